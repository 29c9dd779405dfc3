"""Golden lines of the dead-man's switches: what arms them for a minute, what takes them back, and what a reply means.

Written by hand from the source named beside each; request lines are written as everywhere else in these tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class GoldenSwitch:
    title: str
    """Of the golden case whose account it is."""
    lines: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By countdown: what arms it for 60 s, and what takes it back ("" where nothing does)."""
    reply: Any = field(default_factory=dict)
    """The venue's answer to arming."""
    granted: float | None = None
    """For how long it runs by that answer."""
    none: str = ""
    """Words of the reason why there is none."""
    unconfirmed: bool = False
    uncovered: Sequence[str] = ()
    """Instruments of the case that no countdown guards."""
    streamed: Mapping[str, str] = field(default_factory=dict)
    """By countdown: what is said on a private stream to arm it, beside the request where there is one."""


FAPI, DAPI = "POST /fapi/v1/countdownCancelAll", "POST /dapi/v1/countdownCancelAll"
LINEAR, INVERSE = "BTC/USDT:USDT", "BTC/USD:BTC"
SPOT, DATED, OPTION = "BTC/USDT", "BTC/USDT:USDT-261225", "BTC/USDT:USDT-261225-100000-C"

# https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api/Auto-Cancel-All-Open-Orders
# https://developers.binance.com/docs/derivatives/coin-margined-futures/trade/rest-api/Auto-Cancel-All-Open-Orders
BINANCE_LINEAR = (
    f'{FAPI} {{"countdownTime":"60000","symbol":"BTCUSDT"}}', f'{FAPI} {{"countdownTime":"0","symbol":"BTCUSDT"}}'
)  # fmt: skip
BINANCE_INVERSE = (
    f'{DAPI} {{"countdownTime":"60000","symbol":"BTCUSD_PERP"}}',
    f'{DAPI} {{"countdownTime":"0","symbol":"BTCUSD_PERP"}}',
)
BINANCE_SAID = {"symbol": "BTCUSDT", "countdownTime": "60000"}

# https://www.kucoin.com/docs-new/rest/spot-trading/orders/set-dcp, and as kucoin-api (Node) and Kucoin.Net send them.
KUCOIN_FUTURES = (
    'POST /api/ua/v1/dcp/set {"timeout":60,"tradeType":"FUTURES"}',
    'POST /api/ua/v1/dcp/set {"timeout":-1,"tradeType":"FUTURES"}',
)
KUCOIN_SPOT = (
    'POST /api/v1/hf/orders/dead-cancel-all {"timeout":60}',
    'POST /api/v1/hf/orders/dead-cancel-all {"timeout":-1}',
)
KUCOIN_SAID = {"code": "200000", "data": {"currentTime": 1682010526, "triggerTime": 1682010586}}

ASKED_FOR = "no dead-man's switch is known"

SWITCHES = (
    GoldenSwitch("binanceusdm", {LINEAR: BINANCE_LINEAR}, BINANCE_SAID, 60.0),
    GoldenSwitch("binancecoinm", {INVERSE: BINANCE_INVERSE}, BINANCE_SAID, 60.0),
    GoldenSwitch(
        "binance", {LINEAR: BINANCE_LINEAR, INVERSE: BINANCE_INVERSE}, BINANCE_SAID, 60.0, uncovered=(SPOT, OPTION)
    ),
    # https://www.okx.com/docs-v5/en/#order-book-trading-trade-post-cancel-all-after
    GoldenSwitch(
        "okx",
        {
            "account": (
                'POST /api/v5/trade/cancel-all-after {"timeOut":60}',
                'POST /api/v5/trade/cancel-all-after {"timeOut":0}',
            )
        },
        {"code": "0", "msg": "", "data": [{"triggerTime": "1587971460000", "tag": "", "ts": "1587971400000"}]},
        60.0,
    ),
    # https://www.gate.com/docs/developers/apiv4/en/#countdown-cancel-orders
    GoldenSwitch(
        "gate",
        {
            "spot": (
                'POST /api/v4/spot/countdown_cancel_all {"timeout":60}',
                'POST /api/v4/spot/countdown_cancel_all {"timeout":0}',
            ),
            "swap USDT": (
                'POST /api/v4/futures/usdt/countdown_cancel_all {"timeout":60}',
                'POST /api/v4/futures/usdt/countdown_cancel_all {"timeout":0}',
            ),
            "swap BTC": (
                'POST /api/v4/futures/btc/countdown_cancel_all {"timeout":60}',
                'POST /api/v4/futures/btc/countdown_cancel_all {"timeout":0}',
            ),
            "option": (
                'POST /api/v4/options/countdown_cancel_all {"timeout":60}',
                'POST /api/v4/options/countdown_cancel_all {"timeout":0}',
            ),
        },
        {"triggerTime": "1660039145000"},
        uncovered=(DATED,),
    ),
    # Bitget's announcement of 2025-06-25, and the parameters as its own Java client and bitget-api (Node) have them.
    GoldenSwitch("bitget classic", none="an account of this kind"),
    GoldenSwitch(
        "bitget unified",
        {
            "account": (
                'POST /api/v3/trade/countdown-cancel-all {"countdown":"60"}',
                'POST /api/v3/trade/countdown-cancel-all {"countdown":"0"}',
            )
        },
        {"code": "00000", "msg": "success", "data": "success"},
    ),
    GoldenSwitch("kucoin classic", {"spot": KUCOIN_SPOT, "futures": KUCOIN_FUTURES}, KUCOIN_SAID, 60.0),
    GoldenSwitch(
        "kucoin classic, not yet of the new engine", {"futures": KUCOIN_FUTURES}, KUCOIN_SAID, 60.0, uncovered=(SPOT,)
    ),
    GoldenSwitch("kucoin unified", none="an account of this kind"),
    GoldenSwitch("kucoinfutures", {"futures": KUCOIN_FUTURES}, KUCOIN_SAID, 60.0),
    # https://docs.kraken.com/api-reference/trading/cancel-all-orders-after-x
    GoldenSwitch(
        "kraken",
        {
            "account": (
                'POST /0/private/CancelAllOrdersAfter {"timeout":"60"}',
                'POST /0/private/CancelAllOrdersAfter {"timeout":"0"}',
            )
        },
        {"error": [], "result": {"currentTime": "2023-03-24T17:41:56Z", "triggerTime": "2023-03-24T17:42:56Z"}},
        60.0,
    ),
    # https://docs.kraken.com/api-reference/order-management/dead-mans-switch
    GoldenSwitch(
        "krakenfutures",
        {
            "account": (
                "POST /derivatives/api/v3/cancelallordersafter?timeout=60",
                "POST /derivatives/api/v3/cancelallordersafter?timeout=0",
            )
        },
        {
            "result": "success",
            "serverTime": "2018-06-19T16:51:23.839Z",
            "status": {"currentTime": "2018-06-19T16:51:23.839Z", "triggerTime": "2018-06-19T16:52:23.839Z"},
        },
        60.0,
    ),
    # https://bybit-exchange.github.io/docs/v5/order/dcp and .../websocket/private/dcp
    GoldenSwitch(
        "bybit",
        {
            "derivatives": (
                'POST /v5/order/disconnected-cancel-all {"product":"DERIVATIVES","timeWindow":60}',
                "",
            ),
            "spot": ('POST /v5/order/disconnected-cancel-all {"product":"SPOT","timeWindow":60}', ""),
            "options": ('POST /v5/order/disconnected-cancel-all {"product":"OPTIONS","timeWindow":60}', ""),
        },
        {"retCode": 0, "retMsg": "success"},
        60.0,
        streamed={
            "derivatives": 'WS /v5/private subscribe ["dcp.future"]',
            "spot": 'WS /v5/private subscribe ["dcp.spot"]',
            "options": 'WS /v5/private subscribe ["dcp.option"]',
        },
    ),
    # https://docs.deribit.com/api-reference/session-management/private-enable_cancel_on_disconnect
    GoldenSwitch(
        "deribit",
        {"streams": ("", 'WS /ws/api/v2 private/disable_cancel_on_disconnect {"scope": "account"}')},
        granted=60.0,
        streamed={"streams": 'WS /ws/api/v2 private/enable_cancel_on_disconnect {"scope": "account"}'},
    ),
    GoldenSwitch("coinbaseinternational", none="stream"),
    GoldenSwitch("coinbase", none=ASKED_FOR),
    GoldenSwitch("coinbaseexchange", none=ASKED_FOR),
    GoldenSwitch("mexc", none=ASKED_FOR),
    GoldenSwitch("phemex", none=ASKED_FOR),
    GoldenSwitch("backpack", none=ASKED_FOR),
    GoldenSwitch("bitfinex", none="login"),
    GoldenSwitch("cryptocom", none="stream"),
    # https://huobiapi.github.io/docs/spot/v1/en/#dead-man-s-switch
    GoldenSwitch(
        "htx",
        {
            "spot": (
                'POST /v2/algo-orders/cancel-all-after {"timeout":60}',
                'POST /v2/algo-orders/cancel-all-after {"timeout":0}',
            )
        },
        {"code": 200, "message": "success", "data": {"currentTime": 1630491627230, "triggerTime": 1630491687230}},
        60.0,
        uncovered=(LINEAR, INVERSE),
    ),
    # https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/exchange-endpoint#schedule-cancel-dead-mans-switch
    GoldenSwitch(
        "hyperliquid",
        {
            "account": (
                'POST /exchange {"action":{"time":"NONCE+60000","type":"scheduleCancel"}}',
                'POST /exchange {"action":{"type":"scheduleCancel"}}',
            )
        },
        {"status": "ok", "response": {"type": "default"}},
    ),
    # https://bingx-api.github.io/docs-v3/ (Cancel All After, in spot and in swap)
    GoldenSwitch(
        "bingx",
        {
            "spot": (
                "POST /openApi/spot/v1/trade/cancelAllAfter?timeOut=60&type=ACTIVATE",
                "POST /openApi/spot/v1/trade/cancelAllAfter?timeOut=0&type=CLOSE",
            ),
            "linear swap": (
                "POST /openApi/swap/v2/trade/cancelAllAfter?timeOut=60&type=ACTIVATE",
                "POST /openApi/swap/v2/trade/cancelAllAfter?timeOut=0&type=CLOSE",
            ),
        },
        {"code": "0", "msg": "", "data": {"triggerTime": "1712645434", "status": "ACTIVATED"}},
        uncovered=(INVERSE,),
    ),
    # https://docs.woox.io/#cancel-all-after
    GoldenSwitch(
        "woo",
        {
            "account": (
                'POST /v3/trade/cancelAllAfter {"triggerAfter":60000}',
                'POST /v3/trade/cancelAllAfter {"triggerAfter":0}',
            )
        },
        {"success": True, "timestamp": 1711534242938, "data": {"expectedTriggerTime": 1711534302938}},
        60.0,
    ),
    # https://github.com/asterdex/api-docs (Auto-Cancel All Open Orders, read of the first version)
    GoldenSwitch(
        "aster",
        {
            LINEAR: (
                'POST /fapi/v3/countdownCancelAll {"countdownTime":"60000","symbol":"BTCUSDT"}',
                'POST /fapi/v3/countdownCancelAll {"countdownTime":"0","symbol":"BTCUSDT"}',
            )
        },
        BINANCE_SAID,
        unconfirmed=True,
        uncovered=(SPOT,),
    ),
)
