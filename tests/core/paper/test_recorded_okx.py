"""OKX's wire field by field against payloads of the real venue, where a copy of them lies beside the repository."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.paper.site import PaperSite
from tests.core.paper.conftest import eventually
from tests.core.paper.test_ccxt_okx import BTC, Connect
from tests.core.paper.test_recorded_payloads import missing

INST = "BTC-USDT-SWAP"
# Of what a local exchange has not got: a gateway in front of the matching engine.
ABSENT = {"inTime", "outTime"}


@pytest.fixture
def recordings(shared_folder: Path) -> Path:
    folder = shared_folder / "payloads" / "OKX.Net" / "OKX.Net.UnitTests"
    if not folder.is_dir():
        pytest.skip("no recorded payloads of OKX beside the repository")
    return folder


def recorded(file: Path) -> Any:
    text = file.read_text(encoding="utf-8")
    body = text.split("\n= ", 1)[1] if "\n= " in text else text[text.index("{") :]
    value = orjson.loads(re.sub(r"\s//[^\n]*", "", body))
    return {name: part for name, part in value.items() if name not in ABSENT}


async def test_rest_answers_have_the_fields_of_the_real_venue(connect_okx: Connect, recordings: Path) -> None:
    ex = connect_okx("one")
    await ex.load_markets()
    one, leverage = {"instId": INST}, {"instId": INST, "mgnMode": "cross"}
    bid = {**one, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "50000"}
    stop = {**one, "tdMode": "cross", "side": "sell", "sz": "1", "ordType": "trigger", "triggerPx": "40000"}
    trade = await ex.create_order(BTC, "market", "sell", 50)
    order = await ex.create_order(BTC, "limit", "buy", 1, 50_000)
    other = await ex.create_order(BTC, "limit", "buy", 1, 50_000)
    algo = (await ex.privatePostTradeOrderAlgo({**stop, "orderPx": "-1"}))["data"][0]
    number, algo_number = {**one, "ordId": order["id"]}, {**one, "algoId": algo["algoId"]}
    calls: dict[str, Awaitable[Any]] = {
        "Trading/PlaceOrder": ex.privatePostTradeOrder(dict(bid)),
        "Trading/PlaceMultipleOrders": ex.privatePostTradeBatchOrders([dict(bid)]),
        "Trading/GetOrders": ex.privateGetTradeOrdersPending(),
        "Trading/GetOrderDetails": ex.privateGetTradeOrder({**one, "ordId": trade["id"]}),
        "Trading/AmendOrder": ex.privatePostTradeAmendOrder({**number, "newSz": "2"}),
        "Trading/CancelOrder": ex.privatePostTradeCancelOrder(number),
        "Trading/CancelMultipleOrders": ex.privatePostTradeCancelBatchOrders([{**one, "ordId": other["id"]}]),
        "Trading/GetOrderHistory": ex.privateGetTradeOrdersHistory({"instType": "SWAP"}),
        "Trading/GetUserTrades": ex.privateGetTradeFills(),
        "Trading/GetUserTradesArchive": ex.privateGetTradeFillsHistory({"instType": "SWAP"}),
        "Trading/PlaceAlgoOrder": ex.privatePostTradeOrderAlgo({**stop, "orderPx": "-1"}),
        "Trading/GetAlgoOrderList": ex.privateGetTradeOrdersAlgoPending({"ordType": "trigger"}),
        "Trading/GetAlgoOrder": ex.privateGetTradeOrderAlgo(algo_number),
        "Trading/CancelAlgoOrder": ex.privatePostTradeCancelAlgos([algo_number]),
        "Trading/CancelAllAfter": ex.privatePostTradeCancelAllAfter({"timeOut": "0"}),
        "Trading/ClosePosition": ex.privatePostTradeClosePosition({**one, "mgnMode": "cross"}),
        "Account/GetAccountBalance": ex.privateGetAccountBalance(),
        "Account/GetAccountPositions": ex.privateGetAccountPositions(),
        "Account/GetAccountConfiguration": ex.privateGetAccountConfig(),
        "Account/GetBillHistory": ex.privateGetAccountBills(),
        "Account/GetAccountLeverage": ex.privateGetAccountLeverageInfo(dict(leverage)),
        "Account/SetAccountLeverage": ex.privatePostAccountSetLeverage({**leverage, "lever": "21"}),
        "Account/SetAccountPositionMode": ex.privatePostAccountSetPositionMode({"posMode": "net_mode"}),
        "Account/GetDepositHistory": ex.privateGetAssetDepositHistory(),
        "Account/GetFundingBillDetails": ex.privateGetAssetBills(),
        "Account/GetFeeRates": ex.privateGetAccountTradeFee({"instType": "SWAP"}),
        "Account/GetAssets": ex.privateGetAssetCurrencies(),
        "ExchangeData/GetServerTime": ex.publicGetPublicTime(),
        "ExchangeData/GetSymbols": ex.publicGetPublicInstruments({"instType": "SWAP"}),
        "ExchangeData/GetTicker": ex.publicGetMarketTicker(dict(one)),
        "ExchangeData/GetOrderBook": ex.publicGetMarketBooks(dict(one)),
        "ExchangeData/GetKlines": ex.publicGetMarketCandles(dict(one)),
        "ExchangeData/GetMarkPrices": ex.publicGetPublicMarkPrice({"instType": "SWAP"}),
        "ExchangeData/GetFundingRates": ex.publicGetPublicFundingRate(dict(one)),
        "ExchangeData/GetPositionTiers": ex.publicGetPublicPositionTiers(
            {"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT"}
        ),
    }
    gaps: dict[str, list[str]] = {}
    for name, call in calls.items():
        await call
        told = recorded(recordings / "Endpoints" / "UnifiedApi" / f"{name}.txt")
        gaps[name] = missing(told, orjson.loads(ex.last_http_response))
    assert {name: rows for name, rows in gaps.items() if rows} == {}


async def test_stream_events_have_the_fields_of_the_real_venue(
    okx: PaperSite, connect_okx: Connect, recordings: Path
) -> None:
    ex, venue = connect_okx("one"), okx.venue_of("one")
    await ex.load_markets()
    heard: dict[str, Any] = {}

    def keep(frames: list[bytes]) -> None:
        heard.update({body["arg"]["channel"]: body for body in map(orjson.loads, frames) if body.get("data")})

    venue.exchange.events.connect(lambda event: keep(venue.dialect.user_frames(event, okx.clock.now())))
    await ex.create_order(BTC, "market", "sell", 1, None, {"stopLossPrice": 40_000})
    await ex.create_order(BTC, "market", "sell", 1, None, {"trailingPercent": 5})
    await ex.create_order(BTC, "market", "sell", 50)
    for channel in ("tickers", "mark-price", "books", "funding-rate", "trades", "candle1D"):
        topic = orjson.dumps({"channel": channel, "instId": INST}).decode()
        await eventually(lambda topic=topic: bool(venue.dialect.market_frames(topic, okx.clock.now())))
        keep(venue.dialect.market_frames(topic, okx.clock.now()))
    pairs = {
        "Trading/Order": heard["orders"],
        "Trading/AlgoOrder": heard["orders-algo"],
        "Trading/AdvancedAlgoOrder": heard["algo-advance"],
        "Trading/Position": heard["positions"],
        "Account/Balance": heard["account"],
        "ExchangeData/Ticker": heard["tickers"],
        "ExchangeData/MarkPrice": heard["mark-price"],
        "ExchangeData/OrderBook": heard["books"],
        "ExchangeData/FundingRate": heard["funding-rate"],
        "ExchangeData/Klines": heard["candle1D"],
        "ExchangeData/Trades": heard["trades"],
    }
    folder = recordings / "Subscriptions" / "Unified"
    gaps = {name: missing(recorded(folder / f"{name}.txt"), ours) for name, ours in pairs.items()}
    assert {name: rows for name, rows in gaps.items() if rows} == {}
