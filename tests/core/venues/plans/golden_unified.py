"""Golden lines of the venues with a classic and a unified account: Bitget and KuCoin, one case for each."""

from __future__ import annotations

from typing import Any

from tests.core.venues.plans.golden import Golden, GoldenBook
from tests.core.venues.plans.stub import market

SPOT, LINEAR, USDC, INVERSE = "BTC/USDT", "BTC/USDT:USDT", "BTC/USDC:USDC", "BTC/USD:BTC"

# -- Bitget -----------------------------------------------------------------------------------------------------------
# https://www.bitget.com/api-doc/contract/trade/Get-Orders-Pending and .../Cancel-All-Orders
# https://www.bitget.com/api-doc/contract/plan/get-orders-plan-pending and .../Cancel-Plan-Order
# Paths as recorded for Bitget.Net: GET /api/v2/mix/order/orders-pending, .../orders-plan-pending,
# POST /api/v2/mix/order/cancel-all-orders, .../batch-cancel-orders, .../cancel-plan-order; POST /api/v2/spot/trade/...
MIX = "/api/v2/mix/order"
NOTHING = {"code": "00000", "data": {"entrustedList": None, "endId": None}}
CANCEL_PLAN = f"POST {MIX}/cancel-plan-order"
PLANS = {
    "trigger": ("normal_plan", ["normal_plan"]),
    "trailing": ("track_plan", ["track_plan", "moving_plan"]),
    "tpsl": ("profit_loss", ["profit_plan", "loss_plan", "pos_profit", "pos_loss", "moving_plan"]),
}


def _row(order_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {"orderId": order_id, "symbol": name, "side": "buy", "orderType": "limit", "status": "live", "size": "1",
            "price": "1", "cTime": "1700000000000"} | more  # fmt: skip


def _mix(coin: str, product: str, name: str, unified: str) -> dict[str, GoldenBook]:
    whole = f'"productType":"{product}"'
    one = f'{whole},"symbol":"{name}"'
    pending = f"GET {MIX}/orders-pending?limit=100&productType={product}"

    def reply(row: dict[str, Any]) -> dict[str, Any]:
        return {"code": "00000", "data": {"entrustedList": [row], "endId": row["orderId"]}}

    books = {
        f"futures {coin}": GoldenBook(
            lists=[pending],
            none=NOTHING,
            one=reply(_row("91", name)),
            more={pending.replace("?", "?idLessThan=91&"): NOTHING},
            order=("91", unified),
            empty=[f"POST {MIX}/cancel-all-orders {{{whole}}}"],
            symbol=[f"POST {MIX}/batch-cancel-orders {{{one}}}"],
            ids=[f'POST {MIX}/batch-cancel-orders {{"orderIdList":[{{"orderId":"91"}}],{one}}}'],
        )
    }
    for title, (listing, kinds) in PLANS.items():
        waiting = f"GET {MIX}/orders-plan-pending?limit=100&planType={listing}&productType={product}"
        books[f"futures {coin} {title}"] = GoldenBook(
            lists=[waiting],
            none=NOTHING,
            one=reply(_row("92", name, planType=kinds[0], triggerPrice="2")),
            more={waiting.replace("?", "?idLessThan=92&"): NOTHING},
            order=("92", unified),
            empty=[f'{CANCEL_PLAN} {{"planType":"{kind}",{whole}}}' for kind in kinds],
            symbol=[f'{CANCEL_PLAN} {{"planType":"{kind}",{one}}}' for kind in kinds],
            ids=[f'{CANCEL_PLAN} {{"orderIdList":[{{"orderId":"92"}}],{one}}}'],
        )
    return books


TRADE = "/api/v2/spot/trade"
MARKETS = [market(SPOT, "BTCUSDT"), market(LINEAR, "BTCUSDT"), market(USDC, "BTCPERP"), market(INVERSE, "BTCUSD")]
TIME = {"GET /api/v2/public/time": {"code": "00000", "data": {"serverTime": "1700000000000"}}}
BITGET_CLASSIC = Golden(
    "bitget",
    {
        "spot": GoldenBook(
            lists=[f"GET {TRADE}/unfilled-orders?limit=100"],
            none={"code": "00000", "data": []},
            one={"code": "00000", "data": [_row("93", "BTCUSDT")]},
            more={f"GET {TRADE}/unfilled-orders?idLessThan=93&limit=100": {"code": "00000", "data": []}},
            order=("93", SPOT),
            symbol=[f'POST {TRADE}/cancel-symbol-order {{"symbol":"BTCUSDT"}}'],
            ids=[f'POST {TRADE}/batch-cancel-order {{"orderList":[{{"orderId":"93"}}],"symbol":"BTCUSDT"}}'],
        ),
        # https://www.bitget.com/api-doc/spot/trade/Get-Unfilled-Orders and .../Cancel-Order: tpslType
        "spot tpsl": GoldenBook(
            lists=[f"GET {TRADE}/unfilled-orders?limit=100&tpslType=tpsl"],
            none={"code": "00000", "data": []},
            one={"code": "00000", "data": [_row("94", "BTCUSDT", triggerPrice="2")]},
            more={f"GET {TRADE}/unfilled-orders?idLessThan=94&limit=100&tpslType=tpsl": {"code": "00000", "data": []}},
            order=("94", SPOT),
            ids=[f'POST {TRADE}/cancel-order {{"orderId":"94","symbol":"BTCUSDT","tpslType":"tpsl"}}'],
        ),
        "spot trigger": GoldenBook(
            lists=[f"GET {TRADE}/current-plan-order?limit=100"],
            none={"code": "00000", "data": {"nextFlag": False, "orderList": []}},
            one={"code": "00000", "data": {"orderList": [_row("95", "BTCUSDT", triggerPrice="2")]}},
            more={
                f"GET {TRADE}/current-plan-order?idLessThan=95&limit=100": {"code": "00000", "data": {"orderList": []}}
            },
            order=("95", SPOT),
            symbol=[f'POST {TRADE}/batch-cancel-plan-order {{"symbolList":["BTCUSDT"]}}'],
            ids=[f'POST {TRADE}/cancel-plan-order {{"orderId":"95"}}'],
        ),
        **_mix("USDT", "USDT-FUTURES", "BTCUSDT", LINEAR),
        **_mix("USDC", "USDC-FUTURES", "BTCPERP", USDC),
        **_mix("coin", "COIN-FUTURES", "BTCUSD", INVERSE),
    },
    MARKETS,
    ok={"code": "00000", "data": {}},
    # https://github.com/ccxt/ccxt/issues/26838 has the sentence of the other mode.
    learned=TIME | {"GET /api/v3/account/settings": (400, {"code": "40084", "msg": "You are in Classic Account mode"})},
    unconfirmed=True,
    title="bitget classic",
)  # fmt: skip


def _v3(name: str, category: str, market_id: str, unified: str) -> dict[str, GoldenBook]:
    row = {"orderId": "96", "symbol": market_id, "category": category, "side": "buy", "orderType": "limit",
           "orderStatus": "live", "qty": "1", "price": "1", "createdTime": "1700000000000"}  # fmt: skip
    return {
        # Recorded for Bitget.Net: POST /api/v3/trade/cancel-symbol-order {"category":"SPOT"}
        f"unified {name}": GoldenBook(
            lists=[f"GET /api/v3/trade/unfilled-orders?category={category}&limit=100"],
            none={"code": "00000", "data": {"list": [], "cursor": ""}},
            one={"code": "00000", "data": {"list": [row], "cursor": ""}},
            order=("96", unified),
            empty=[f'POST /api/v3/trade/cancel-symbol-order {{"category":"{category}"}}'],
            symbol=[f'POST /api/v3/trade/cancel-symbol-order {{"category":"{category}","symbol":"{market_id}"}}'],
            ids=['POST /api/v3/trade/cancel-order {"orderId":"96"}'],
        ),
        # Recorded for Bitget.Net: GET /api/v3/trade/unfilled-strategy-orders {"category":"SPOT"}
        f"unified {name} strategy": GoldenBook(
            lists=[f"GET /api/v3/trade/unfilled-strategy-orders?category={category}&limit=100"],
            none={"code": "00000", "data": []},
            one={"code": "00000", "data": [row | {"orderId": "97", "triggerPrice": "2"}]},
            order=("97", unified),
            ids=['POST /api/v3/trade/cancel-strategy-order {"orderId":"97"}'],
        ),
    }


BITGET_UNIFIED = Golden(
    "bitget",
    _v3("spot", "SPOT", "BTCUSDT", SPOT)
    | _v3("margin", "MARGIN", "BTCUSDT", SPOT)
    | _v3("USDT", "USDT-FUTURES", "BTCUSDT", LINEAR)
    | _v3("USDC", "USDC-FUTURES", "BTCPERP", USDC)
    | _v3("coin", "COIN-FUTURES", "BTCUSD", INVERSE),
    MARKETS,
    ok={"code": "00000", "data": {}},
    learned=TIME | {"GET /api/v3/account/settings": {"code": "00000", "data": {"assetMode": "union"}}},
    unconfirmed=True,
    title="bitget unified",
)

# -- KuCoin -----------------------------------------------------------------------------------------------------------
# https://www.kucoin.com/docs-new/rest/spot-trading/orders/cancel-all-orders and .../get-open-orders
# Paths as recorded for Kucoin.Net: GET /api/v1/hf/orders/active/symbols, DELETE /api/v1/hf/orders/cancelAll,
# DELETE /api/v1/stop-order/cancel, DELETE /api/v3/oco/orders, GET /api/v3/hf/margin/order/active/symbols,
# DELETE /api/v1/stopOrders; ccxt sends the futures' cancel to /api/v1/orders, Kucoin.Net to /api/v3/orders.


def _active(order_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": order_id, "symbol": name, "side": "buy", "type": "limit", "size": "1", "price": "1",
            "isActive": True, "createdAt": 1700000000000} | more  # fmt: skip


def _pages(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"code": "200000", "data": {"currentPage": 1, "totalPage": 1, "items": list(rows)}}


def _margin(kind: str) -> GoldenBook:
    names = f"GET /api/v3/hf/margin/order/active/symbols?tradeType={kind}"
    return GoldenBook(
        lists=[names, f"GET /api/v3/hf/margin/orders/active?symbol=BTC-USDT&tradeType={kind}"],
        none={"code": "200000", "data": None},
        one={"code": "200000", "data": [_active("104", "BTC-USDT")]},
        more={names: {"code": "200000", "data": {"symbolSize": 1, "symbols": ["BTC-USDT"]}}},
        order=("104", SPOT),
        symbol=[f"DELETE /api/v3/hf/margin/orders?symbol=BTC-USDT&tradeType={kind}"],
        ids=["DELETE /api/v3/hf/margin/orders/104?symbol=BTC-USDT"],
    )


FUTURES = {
    "futures": GoldenBook(
        lists=["GET /api/v1/orders?currentPage=1&pageSize=1000&status=active"],
        none=_pages(),
        one=_pages(_active("105", "XBTUSDTM")),
        order=("105", LINEAR),
        empty=["DELETE /api/v1/orders"],
        symbol=["DELETE /api/v1/orders?symbol=XBTUSDTM"],
        ids=["DELETE /api/v1/orders/105"],
    ),
    "futures stop": GoldenBook(
        lists=["GET /api/v1/stopOrders?currentPage=1&pageSize=1000"],
        none=_pages(),
        one=_pages(_active("106", "XBTUSDTM", stop="down", stopPrice="2")),
        order=("106", LINEAR),
        empty=["DELETE /api/v1/stopOrders"],
        symbol=["DELETE /api/v1/stopOrders?symbol=XBTUSDTM"],
        ids=["DELETE /api/v1/orders/106"],
    ),
}
ACCOUNT_MODE, OPENED = "GET /api/ua/v1/account/mode", "GET /api/v1/hf/accounts/opened"
CLASSIC = {ACCOUNT_MODE: {"code": "200000", "data": {"selfAccountMode": "CLASSIC"}}}
UNIFIED_MODE = {ACCOUNT_MODE: {"code": "200000", "data": {"selfAccountMode": "UNIFIED"}}}
KUCOIN_TIME = {"GET /api/v1/timestamp": {"code": "200000", "data": 1700000000000}}
HF = {OPENED: {"code": "200000", "data": True}}
SPOT_NAMES = "GET /api/v1/hf/orders/active/symbols"
KUCOIN_CLASSIC = Golden(
    "kucoin",
    {
        "spot": GoldenBook(
            lists=[SPOT_NAMES, "GET /api/v1/hf/orders/active?symbol=BTC-USDT"],
            none={"code": "200000", "data": []},
            one={"code": "200000", "data": [_active("101", "BTC-USDT")]},
            more={SPOT_NAMES: {"code": "200000", "data": {"symbols": ["BTC-USDT"]}}},
            order=("101", SPOT),
            empty=["DELETE /api/v1/hf/orders/cancelAll"],
            symbol=["DELETE /api/v1/hf/orders?symbol=BTC-USDT"],
            ids=["DELETE /api/v1/hf/orders/101?symbol=BTC-USDT"],
        ),
        "spot stop": GoldenBook(
            lists=["GET /api/v1/stop-order?currentPage=1&pageSize=500"],
            none=_pages(),
            one=_pages(_active("102", "BTC-USDT", stop="loss", stopPrice="2", status="NEW")),
            order=("102", SPOT),
            empty=["DELETE /api/v1/stop-order/cancel"],
            symbol=["DELETE /api/v1/stop-order/cancel?symbol=BTC-USDT"],
            ids=["DELETE /api/v1/stop-order/102"],
        ),
        "spot oco": GoldenBook(
            lists=["GET /api/v3/oco/orders?currentPage=1&pageSize=500"],
            none=_pages(),
            one=_pages({"orderId": "103", "symbol": "BTC-USDT", "clientOid": "x", "status": "NEW"}),
            order=("103", SPOT),
            empty=["DELETE /api/v3/oco/orders"],
            symbol=["DELETE /api/v3/oco/orders?symbol=BTC-USDT"],
            ids=["DELETE /api/v3/oco/order/103"],
        ),
        "cross margin": _margin("MARGIN_TRADE"),
        "isolated margin": _margin("MARGIN_ISOLATED_TRADE"),
        **FUTURES,
    },
    [market(SPOT, "BTC-USDT"), market(LINEAR, "XBTUSDTM")],
    ok={"code": "200000", "data": {}},
    learned=KUCOIN_TIME | CLASSIC | HF,
    unconfirmed=True,
    title="kucoin classic",
)
KUCOIN_OLD = Golden(
    "kucoin",
    {
        **KUCOIN_CLASSIC.books,
        "spot": GoldenBook(
            lists=["GET /api/v1/orders?currentPage=1&pageSize=500&status=active&tradeType=TRADE"],
            none=_pages(),
            one=_pages(_active("101", "BTC-USDT")),
            order=("101", SPOT),
            empty=["DELETE /api/v1/orders?tradeType=TRADE"],
            symbol=["DELETE /api/v1/orders?symbol=BTC-USDT&tradeType=TRADE"],
            ids=["DELETE /api/v1/orders/101"],
        ),
    },
    KUCOIN_CLASSIC.markets,
    ok={"code": "200000", "data": {}},
    learned=KUCOIN_TIME | CLASSIC | {OPENED: {"code": "200000", "data": False}},
    unconfirmed=True,
    title="kucoin classic, not yet of the new engine",
)


def _ua(kind: str, name: str, unified: str, order_filter: str) -> GoldenBook:
    # Kucoin.Net, GetOpenOrdersAsync: tradeType, orderFilter, pageNumber and pageSize; recorded cancel-all and cancel.
    which = f'"orderFilter":"{order_filter}","symbol":"{name}","tradeType":"{kind}"'
    row = {"orderId": "107", "symbol": name, "side": "BUY", "orderType": "LIMIT", "size": "1", "price": "1",
           "orderTime": 1700000000000}  # fmt: skip
    asked = f"orderFilter={order_filter}&pageNumber=1&pageSize=100&tradeType={kind}"
    return GoldenBook(
        lists=[f"GET /api/ua/v1/unified/order/open-list?{asked}"],
        none=_pages(),
        one=_pages(row),
        order=("107", unified),
        symbol=[f"POST /api/ua/v1/unified/order/cancel-all {{{which}}}"],
        ids=[f'POST /api/ua/v1/unified/order/cancel {{"orderId":"107","symbol":"{name}","tradeType":"{kind}"}}'],
    )


UA_FUTURES = {
    "unified futures": _ua("FUTURES", "XBTUSDTM", LINEAR, "NORMAL"),
    "unified futures advanced": _ua("FUTURES", "XBTUSDTM", LINEAR, "ADVANCED"),
}
KUCOIN_UNIFIED = Golden(
    "kucoin",
    UA_FUTURES
    | {
        "unified spot": _ua("SPOT", "BTC-USDT", SPOT, "NORMAL"),
        "unified spot advanced": _ua("SPOT", "BTC-USDT", SPOT, "ADVANCED"),
    },
    KUCOIN_CLASSIC.markets,
    ok={"code": "200000", "data": {}},
    learned=KUCOIN_TIME | UNIFIED_MODE | HF,
    unconfirmed=True,
    title="kucoin unified",
)
KUCOIN_FUTURES = Golden(
    "kucoinfutures",
    FUTURES,
    [market(LINEAR, "XBTUSDTM")],
    ok={"code": "200000", "data": {}},
    learned=KUCOIN_TIME | CLASSIC,
)

UNIFIED = (BITGET_CLASSIC, BITGET_UNIFIED, KUCOIN_CLASSIC, KUCOIN_OLD, KUCOIN_UNIFIED, KUCOIN_FUTURES)
