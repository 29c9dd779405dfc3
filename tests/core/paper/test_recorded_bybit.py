"""Field by field against payloads of the real Bybit, where a copy of them lies beside the repository."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from core.paper.engine.model import Cause
from core.paper.site import PaperSite
from tests.core.paper.test_bybit_orders import USDT, account_of
from tests.core.paper.test_recorded_payloads import ROOT as BINANCE
from tests.core.paper.test_recorded_payloads import missing, recorded_in

ROOT = BINANCE.parents[1] / "Bybit.Net" / "Bybit.UnitTests"
Connect = Callable[..., Any]

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="no recorded payloads beside the repository")


async def test_rest_answers_have_the_fields_of_the_real_venue(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("uta")
    await ex.load_markets()
    linear, one = {"category": "linear"}, {"category": "linear", "symbol": "BTCUSDT"}
    await ex.create_order(USDT, "market", "sell", 0.2)
    order = await ex.create_order(USDT, "limit", "buy", 0.1, 50_000)
    gone = await ex.create_order(USDT, "limit", "buy", 0.1, 50_000)
    exchange = unified.venue_of("uta").exchange
    exchange.flow(account_of(unified, "uta"), "ETH", -1.0, Cause.WITHDRAW)
    row = {"symbol": "BTCUSDT", "orderId": gone["id"]}
    calls = {
        "Trading/GetOrders": ex.privateGetV5OrderRealtime(one),
        "Trading/CancelOrder": ex.privatePostV5OrderCancel({**one, "orderId": order["id"]}),
        "Trading/GetOrderHistory": ex.privateGetV5OrderHistory(one),
        "Trading/GetPositions": ex.privateGetV5PositionList({"category": "inverse"}),
        "Trading/GetUserTrades": ex.privateGetV5ExecutionList(one),
        "Trading/CancelMultipleOrders": ex.privatePostV5OrderCancelBatch({**linear, "request": [row]}),
        "Trading/CancelAllOrder": ex.privatePostV5OrderCancelAll(one),
        "Account/GetBalances": ex.privateGetV5AccountWalletBalance({"accountType": "UNIFIED"}),
        "Account/GetApiKeyInfo": ex.privateGetV5UserQueryApi(),
        "Account/GetMarginAccountInfo": ex.privateGetV5AccountInfo(),
        "Account/GetTransactionHistory": ex.privateGetV5AccountTransactionLog(linear),
        "Account/GetFeeRate": ex.privateGetV5AccountFeeRate(one),
        "Account/SetLeverage": ex.privatePostV5PositionSetLeverage({**one, "buyLeverage": "7", "sellLeverage": "7"}),
        "ExchangeData/GetLinearInverseSymbols": ex.publicGetV5MarketInstrumentsInfo(one),
        "ExchangeData/GetSpotSymbols": ex.publicGetV5MarketInstrumentsInfo({"category": "spot"}),
        "ExchangeData/GetLinearInverseTickers": ex.publicGetV5MarketTickers({"category": "inverse"}),
        "ExchangeData/GetSpotTickers": ex.publicGetV5MarketTickers({"category": "spot"}),
        "ExchangeData/GetOrderbook": ex.publicGetV5MarketOrderbook(one),
        "ExchangeData/GetKlines": ex.publicGetV5MarketKline({**one, "interval": "60"}),
        "ExchangeData/GetFundingRateHistory": ex.publicGetV5MarketFundingHistory(one),
        "ExchangeData/GetRiskLimit": ex.publicGetV5MarketRiskLimit({"category": "inverse"}),
    }
    gaps: dict[str, list[str]] = {}
    for name, call in calls.items():
        await call
        gaps[name] = missing(recorded_in(ROOT, f"Endpoints/V5Api/{name}.txt"), orjson.loads(ex.last_http_response))
    assert {name: rows for name, rows in gaps.items() if rows} == {}


async def test_stream_events_have_the_fields_of_the_real_venue(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("uta")
    await ex.load_markets()
    venue, heard = unified.venue_of("uta"), {}

    def keep(event: Any) -> None:
        for frame in venue.dialect.user_frames(event, unified.clock.now()):
            body = orjson.loads(frame)
            heard[body["topic"]] = body

    venue.exchange.events.connect(keep)
    await ex.create_order(USDT, "market", "sell", 0.2)
    unified.running = False
    while venue.exchange.market.steps % 2:
        unified.step()
    topics = (("linear", "tickers.BTCUSDT"), ("linear", "publicTrade.BTCUSDT"), ("spot", "tickers.BTCUSDT"))
    for category, topic in topics:
        (frame,) = venue.dialect.market_frames(f"{category}|{topic}", unified.clock.now())
        heard[f"{category} {topic}"] = orjson.loads(frame)
    pairs = {
        "Private/Order": heard["order"],
        "Private/UserTrades": heard["execution"],
        "Private/Position": heard["position"],
        "Private/Balance": heard["wallet"],
        "Linear/Ticker": heard["linear tickers.BTCUSDT"],
        "Linear/Trades": heard["linear publicTrade.BTCUSDT"],
        "Spot/Ticker": heard["spot tickers.BTCUSDT"],
    }
    gaps = {name: missing(recorded_in(ROOT, f"Subscriptions/V5/{name}.txt"), ours) for name, ours in pairs.items()}
    assert {name: rows for name, rows in gaps.items() if rows} == {}
