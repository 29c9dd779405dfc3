"""Unmodified ccxt's `binancecoinm` against the COIN-M wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from core.paper.engine.liquidation_price import liquidation_price
from core.paper.site import PaperSite
from tests.core.paper.watching import Watching, connected

BTC, ETH = "BTC/USD:BTC", "ETH/USD:ETH"
TRIGGER = {"trigger": True}
Connect = Callable[..., Any]


async def test_markets_are_inverse_with_a_size_in_dollars(connect_wide: Connect) -> None:
    markets = await connect_wide("coin").load_markets()
    assert len(markets) == 12
    assert [markets[s]["contractSize"] for s in (BTC, ETH)] == [100, 10]
    assert (markets[BTC]["inverse"], markets[BTC]["settle"], markets[BTC]["precision"]["amount"]) == (True, "BTC", 1)


async def test_balance_and_positions_are_counted_in_the_coin(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("coin")
    wide.running = False
    wide.market.shock_price("BTCUSDT", 70_000.0)
    (position,) = await ex.fetch_positions()
    assert (position["symbol"], position["side"], position["contracts"]) == (BTC, "long", 300)
    assert position["unrealizedPnl"] == pytest.approx(300 * 100 * (1 / 64_200 - 1 / 70_000), abs=1e-8)
    assert position["notional"] == pytest.approx(300 * 100 / 70_000, abs=1e-8)
    account = wide.venue_of("coin").exchange.accounts["coin"]
    held = account.position_of("BTCUSD_PERP")
    assert position["liquidationPrice"] == pytest.approx(liquidation_price(account, held), abs=1e-6)
    balance = await ex.fetch_balance()
    assert balance["BTC"]["total"] == pytest.approx(account.margin("BTC").equity)
    assert balance["BTC"]["free"] == pytest.approx(account.margin("BTC").available)
    assert balance["ETH"]["total"] == 30


async def test_orders_of_both_books_come_are_listed_and_go(connect_wide: Connect) -> None:
    ex = connect_wide("coin")
    order = await ex.create_order(BTC, "limit", "buy", 5, 50_000, {"clientOrderId": "mom-1"})
    assert (order["status"], order["amount"], order["clientOrderId"]) == ("open", 5, "mom-1")
    assert [row["id"] for row in await ex.fetch_open_orders()] == [order["id"]]
    stop = await ex.create_order(BTC, "market", "sell", 5, None, {"stopLossPrice": 40_000, "reduceOnly": True})
    assert [row["id"] for row in await ex.fetch_open_orders(None, None, None, TRIGGER)] == [stop["id"]]
    assert (await ex.cancel_order(order["id"], BTC))["status"] == "canceled"
    await ex.create_order(ETH, "limit", "buy", 5, 2_000)
    await ex.create_order(BTC, "limit", "buy", 5, 50_000)
    await ex.cancel_all_orders(BTC)
    assert [row["symbol"] for row in await ex.fetch_open_orders()] == [ETH]
    await ex.cancel_all_orders(BTC, TRIGGER)
    assert await ex.fetch_open_orders(None, None, None, TRIGGER) == []


async def test_a_fill_leaves_trades_and_a_ledger_in_the_coin(connect_wide: Connect) -> None:
    ex = connect_wide("coin")
    order = await ex.create_order(BTC, "market", "sell", 100)
    assert (order["status"], order["filled"]) == ("closed", 100)
    assert order["cost"] == pytest.approx(100 * 100 / order["average"], rel=1e-6)
    trade = (await ex.fetch_my_trades(BTC))[-1]
    assert (trade["order"], trade["fee"]["currency"]) == (order["id"], "BTC")
    assert trade["fee"]["cost"] == pytest.approx(100 * 100 / trade["price"] * 0.0005, abs=1e-8)
    rows = [(row["type"], row["currency"]) for row in await ex.fetch_ledger()]
    assert {("commission", "BTC"), ("trade", "BTC"), ("transfer", "BTC")} <= set(rows)


async def test_legs_and_pots_work_as_on_the_other_venue(connect_wide: Connect) -> None:
    ex = connect_wide("coin-legs")
    await ex.create_order(ETH, "market", "buy", 100, None, {"positionSide": "LONG"})
    await ex.create_order(ETH, "market", "sell", 50, None, {"positionSide": "SHORT"})
    rows = {row["side"]: row for row in await ex.fetch_positions()}
    assert {side: (row["contracts"], row["marginMode"]) for side, row in rows.items()} == {
        "long": (100, "isolated"),
        "short": (50, "isolated"),
    }
    assert rows["short"]["liquidationPrice"] > rows["long"]["liquidationPrice"]
    with pytest.raises(ccxt.BaseError, match="-4068"):
        await ex.set_position_mode(False)


async def test_prices_candles_depth_and_tiers_are_served(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("coin")
    wide.running = False
    for call in (ex.fetch_tickers, ex.fetch_bids_asks, ex.fetch_mark_prices, ex.fetch_funding_rates):
        assert len(await call()) == 12
    ticker, day = await ex.fetch_ticker(BTC), wide.market.last_day("BTCUSDT")
    assert ticker["baseVolume"] == pytest.approx(day.volume, rel=1e-6)
    assert float(ticker["info"]["volume"]) == pytest.approx(day.turnover / 100, abs=1)
    candles = await ex.fetch_ohlcv(BTC, "1h", None, 50)
    assert len(candles) == 50
    assert candles[-1][4] == wide.market.last_of("BTCUSDT")
    book = await ex.fetch_order_book(BTC, 5)
    assert book["bids"][0][0] < book["asks"][0][0]
    assert book["asks"][0][1] * 100 == pytest.approx(400_000, rel=0.01)
    tiers = (await ex.fetch_leverage_tiers())[BTC]
    assert (tiers[0]["maxLeverage"], tiers[0]["maxNotional"]) == (125, pytest.approx(400_000 / 64_200))
    assert (await ex.set_leverage(10, BTC))["leverage"] == 10
    assert (await ex.fetch_trading_fee(BTC))["taker"] == 0.0005


async def test_the_user_stream_tells_orders_trades_positions_balance(wide: PaperSite, connect_wide: Connect) -> None:
    ex = connect_wide("coin")
    await ex.load_markets()
    orders = Watching(ex.watch_orders)
    await connected(wide, "coin")
    trades, positions, balance = Watching(ex.watch_my_trades), Watching(ex.watch_positions), Watching(ex.watch_balance)
    await ex.create_order(BTC, "market", "sell", 100)
    await orders.until(bool)
    await trades.until(bool)
    await positions.until(lambda seen: any(row["contracts"] == 200 for rows in seen for row in rows))
    totals = await balance.until(bool)
    for watching in (orders, trades, positions, balance):
        await watching.stop()
    assert totals[-1]["BTC"]["total"] == pytest.approx(2.0, abs=0.01)
    assert trades.seen[-1][-1]["fee"]["currency"] == "BTC"


async def test_public_streams_carry_marks_and_a_book_without_stale_levels(
    wide: PaperSite, connect_wide: Connect
) -> None:
    ex = connect_wide("coin")
    marks = Watching(ex.watch_mark_prices)
    book = Watching(lambda: ex.watch_order_book(BTC))
    await marks.until(lambda seen: len(seen[-1]) == 12 if seen else False)
    await book.until(lambda seen: len(seen) > 8)
    last = book.seen[-1]
    await marks.stop()
    await book.stop()
    assert last["bids"][0][0] < last["asks"][0][0]
    assert len(last["bids"]) <= 31
