"""Field by field against payloads of the real venue, where a copy of them lies beside the repository."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.paper.engine.model import Cause
from core.paper.site import PaperSite
from tests.core.paper.conftest import eventually

ROOT = Path(__file__).parents[4] / "shared" / "payloads" / "Binance.Net" / "Binance.Net.UnitTests"
BTC = "BTC/USDT:USDT"
Connect = Callable[..., Any]

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="no recorded payloads beside the repository")

# Fields of what the paper exchange does not have: trailing stops, automatic exchange of coins, delivery.
ABSENT = {"activatePrice", "priceRate", "AP", "cr", "callbackRate", "actualQty", "actualType", "autoAssetExchange"}
ABSENT |= {"settlePlan", "cumBase"}


def recorded(name: str) -> Any:
    """What a recorded file of Binance's holds, out of its envelope."""
    value = recorded_in(ROOT, name)
    return value.get("data", value) if isinstance(value, dict) else value


def recorded_in(root: Path, name: str) -> Any:
    """The last JSON value of a recorded file; comments and placeholders taken out."""
    text = (root / name).read_text(encoding="utf-8")
    if "\n= " in text:
        text = text.split("\n= ", 1)[1]
    body = re.sub(r"\s//[^\n]*", "", text[min(i for i in (text.find("{"), text.find("[")) if i >= 0) :])
    return json.JSONDecoder().raw_decode(body)[0]


def missing(theirs: Any, ours: Any, where: str = "") -> list[str]:
    """Fields that the venue sends and we do not, or with another JSON type."""
    if isinstance(theirs, list):
        return missing(theirs[0], ours[0], where + "[]") if theirs and ours else []
    if not isinstance(theirs, dict):
        return []
    gaps: list[str] = []
    for name, value in theirs.items():
        if name in ABSENT:
            continue
        path = f"{where}.{name}"
        if name not in ours:
            gaps.append(path)
        elif isinstance(value, dict | list):
            gaps += missing(value, ours[name], path)
        elif _kind(value) != _kind(ours[name]) and value is not None:
            gaps.append(f"{path}: {_kind(value)} is {_kind(ours[name])}")
    return gaps


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


async def compare(ex: Any, calls: dict[str, Awaitable[Any]], venue: str) -> None:
    gaps: dict[str, list[str]] = {}
    for name, call in calls.items():
        await call
        ours = orjson.loads(ex.last_http_response)
        gaps[name] = missing(recorded(f"Endpoints/{venue}/{name}.txt"), ours)
    assert {name: rows for name, rows in gaps.items() if rows} == {}


async def test_rest_answers_have_the_fields_of_the_real_venue(connect: Connect) -> None:
    ex = connect("alpha")
    await ex.load_markets()
    await ex.create_order(BTC, "market", "sell", 0.5)
    order = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000)
    algo = await ex.create_order(BTC, "market", "sell", 0.1, None, {"stopLossPrice": 40_000})
    one = {"symbol": "BTCUSDT"}
    calls = {
        "Trading/GetOpenOrders": ex.fapiPrivateGetOpenOrders(),
        "Trading/GetOrder": ex.fapiPrivateGetOrder({**one, "orderId": order["id"]}),
        "Trading/GetOpenConditionalOrders": ex.fapiPrivateGetOpenAlgoOrders(),
        "Trading/GetConditionalOrder": ex.fapiPrivateGetAlgoOrder({"algoId": algo["id"]}),
        "Trading/GetUserTrades": ex.fapiPrivateGetUserTrades(one),
        "Trading/GetForcedOrders": ex.fapiPrivateGetForceOrders(),
        "Account/GetIncomeHistory": ex.fapiPrivateGetIncome(),
        "ExchangeData/GetKlines": ex.fapiPublicGetKlines({**one, "interval": "1h"}),
        "ExchangeData/GetFundingRates": ex.fapiPublicGetFundingRate(),
        "ExchangeData/GetFundingInfo": ex.fapiPublicGetFundingInfo(),
        "Trading/GetPositions": ex.fapiPrivateV2GetPositionRisk(one),
        "Trading/CancelOrder": ex.fapiPrivateDeleteOrder({**one, "orderId": order["id"]}),
        "Trading/CancelAllOrders": ex.fapiPrivateDeleteAllOpenOrders(one),
        "Trading/CancelAllConditionalOrders": ex.fapiPrivateDeleteAlgoOpenOrders(one),
        "Account/GetAccountInfoV3": ex.fapiPrivateV3GetAccount(),
        "Account/GetBalances": ex.fapiPrivateV3GetBalance(),
        "Account/GetBrackets": ex.fapiPrivateGetLeverageBracket(),
        "Account/GetAccountConfiguration": ex.fapiPrivateGetAccountConfig(),
        "Account/GetUserCommissionRate": ex.fapiPrivateGetCommissionRate(one),
        "Account/ChangeInitialLeverage": ex.fapiPrivatePostLeverage({**one, "leverage": 21}),
        "ExchangeData/GetMarkPrice": ex.fapiPublicGetPremiumIndex(one),
        "ExchangeData/GetBookPrice": ex.fapiPublicGetTickerBookTicker(one),
        "ExchangeData/GetTicker": ex.fapiPublicGetTicker24hr(one),
        "ExchangeData/GetOrderBook": ex.fapiPublicGetDepth(one),
        "ExchangeData/GetExchangeInfo": ex.fapiPublicGetExchangeInfo(),
    }
    await compare(ex, calls, "UsdFutures")


async def test_coin_margined_answers_have_the_fields_of_the_real_venue(connect_wide: Connect) -> None:
    ex = connect_wide("coin")
    await ex.load_markets()
    symbol, one = "BTC/USD:BTC", {"symbol": "BTCUSD_PERP"}
    await ex.create_order(symbol, "market", "sell", 5)
    order = await ex.create_order(symbol, "limit", "buy", 1, 50_000)
    number = {**one, "orderId": order["id"]}
    calls = {
        "Account/GetAccountInfo": ex.dapiPrivateGetAccount(),
        "Account/GetBalances": ex.dapiPrivateGetBalance(),
        "Account/GetBrackets": ex.dapiPrivateV2GetLeverageBracket(),
        "Account/GetPositionInformation": ex.dapiPrivateGetPositionRisk(),
        "Account/GetPositionMode": ex.dapiPrivateGetPositionSideDual(),
        "Account/GetUserCommissionRate": ex.dapiPrivateGetCommissionRate(one),
        "Account/ChangeInitialLeverage": ex.dapiPrivatePostLeverage({**one, "leverage": 21}),
        "Trading/GetOpenOrders": ex.dapiPrivateGetOpenOrders(),
        "Trading/GetOpenOrder": ex.dapiPrivateGetOpenOrder(number),
        "Trading/GetOrder": ex.dapiPrivateGetOrder(number),
        "Trading/GetUserTrades": ex.dapiPrivateGetUserTrades(one),
        "Trading/CancelOrder": ex.dapiPrivateDeleteOrder(number),
        "Trading/CancelAllOrders": ex.dapiPrivateDeleteAllOpenOrders(one),
        "ExchangeData/GetExchangeInfo": ex.dapiPublicGetExchangeInfo(),
        "ExchangeData/GetMarkPrices": ex.dapiPublicGetPremiumIndex(),
        "ExchangeData/GetTickers": ex.dapiPublicGetTicker24hr(),
        "ExchangeData/GetBookPrices": ex.dapiPublicGetTickerBookTicker(),
        "ExchangeData/GetPrices": ex.dapiPublicGetTickerPrice(),
        "ExchangeData/GetOrderBook": ex.dapiPublicGetDepth(one),
        "ExchangeData/GetKlines": ex.dapiPublicGetKlines({**one, "interval": "1h"}),
    }
    await compare(ex, calls, "CoinFutures")


async def test_spot_answers_have_the_fields_of_the_real_venue(connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    await ex.load_markets()
    symbol, one = "BTC/USDT", {"symbol": "BTCUSDT"}
    sell = {**one, "side": "SELL", "type": "MARKET", "quantity": "0.1"}
    order = await ex.create_order(symbol, "limit", "buy", 0.1, 50_000)
    number = {**one, "orderId": order["id"]}
    calls = {
        "Account/GetAccountInfo": ex.privateGetAccount(),
        "Trading/PlaceOrder": ex.privatePostOrder(sell),
        "Trading/GetOpenOrders": ex.privateGetOpenOrders(),
        "Trading/GetOrder": ex.privateGetOrder(number),
        "Trading/GetUserTrades": ex.privateGetMyTrades(one),
        "Trading/CancelOrder": ex.privateDeleteOrder(number),
        "ExchangeData/GetExchangeInfo": ex.publicGetExchangeInfo(),
        "ExchangeData/GetTicker": ex.publicGetTicker24hr(one),
        "ExchangeData/GetBookPrice": ex.publicGetTickerBookTicker(one),
        "ExchangeData/GetPrice": ex.publicGetTickerPrice(one),
        "ExchangeData/GetKlines": ex.publicGetKlines({**one, "interval": "1h"}),
    }
    await compare(ex, calls, "Spot")


async def test_spot_stream_events_have_the_fields_of_the_real_venue(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("wallet")
    await ex.load_markets()
    venue = wide.venue_of("wallet")
    heard: dict[str, Any] = {}

    def keep(event: Any) -> None:
        for frame in venue.dialect.user_frames(event, wide.clock.now()):
            body = orjson.loads(venue.dialect.wrap("", frame))
            heard[body["event"]["e"]] = body

    venue.exchange.events.connect(keep)
    await ex.create_order("BTC/USDT", "market", "sell", 0.1)
    venue.exchange.flow(venue.exchange.accounts["wallet"], "ETH", 1.0, Cause.DEPOSIT)
    pairs = {
        "Order": heard["executionReport"],
        "AccountPosition": heard["outboundAccountPosition"],
        "Balance": heard["balanceUpdate"],
    }
    gaps = {name: missing(recorded(f"Subscriptions/Spot/Account/{name}.txt"), ours) for name, ours in pairs.items()}
    assert {name: rows for name, rows in gaps.items() if rows} == {}


async def test_stream_events_have_the_fields_of_the_real_venue(site: PaperSite, connect: Connect) -> None:
    ex = connect("alpha")
    await ex.load_markets()
    venue = site.venue_of("alpha")
    heard: dict[str, Any] = {}

    def keep(event: Any) -> None:
        for frame in venue.dialect.user_frames(event, site.clock.now()):
            body = orjson.loads(frame)
            heard[body["e"]] = body

    venue.exchange.events.connect(keep)
    await ex.create_order(BTC, "market", "sell", 0.1, None, {"stopLossPrice": 40_000})
    await ex.create_order(BTC, "market", "sell", 0.5)
    await ex.set_leverage(7, BTC)
    for topic in (
        "btcusdt@markPrice",
        "btcusdt@bookTicker",
        "btcusdt@ticker",
        "btcusdt@miniTicker",
        "btcusdt@aggTrade",
    ):
        for frame in venue.dialect.market_frames(topic, site.clock.now()):
            heard[topic.partition("@")[2]] = orjson.loads(frame)
    await eventually(lambda: bool(venue.dialect.market_frames("btcusdt@markPrice", site.clock.now())))
    for topic in ("markPrice", "ticker", "miniTicker"):
        heard[topic] = orjson.loads(venue.dialect.market_frames(f"btcusdt@{topic}", site.clock.now())[0])
    pairs = {
        "AccountUpdate": heard["ACCOUNT_UPDATE"],
        "OrderUpdate": heard["ORDER_TRADE_UPDATE"],
        "AlgoOrderUpdate": heard["ALGO_UPDATE"],
        "Leverage": heard["ACCOUNT_CONFIG_UPDATE"],
        "MarkPrice": heard["markPrice"],
        "BookTicker": heard["bookTicker"],
        "Ticker": heard["ticker"],
        "MiniTicker": heard["miniTicker"],
        "AggTrades": heard["aggTrade"],
    }
    gaps = {name: missing(recorded(f"Subscriptions/UsdFutures/{name}.txt"), ours) for name, ours in pairs.items()}
    assert {name: rows for name, rows in gaps.items() if rows} == {}
