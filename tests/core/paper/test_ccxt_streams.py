"""Unmodified ccxt.pro against the server's websockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from core.paper.engine.model import Cause
from core.paper.site import PaperSite
from tests.core.paper.watching import Watching, connected

BTC = "BTC/USDT:USDT"
Connect = Callable[..., Any]


async def test_orders_of_both_books_are_told_through_their_lives(site: PaperSite, connect: Connect) -> None:
    ex = connect("beta")
    watching = Watching(ex.watch_orders)
    await connected(site, "beta")

    async def told(client_id: str, status: str) -> None:
        # ccxt hands out rows of its own cache, which it changes later: only the present state can be compared.
        rows = {"clientOrderId": client_id, "status": status}
        await watching.until(lambda seen: any(rows.items() <= row.items() for update in seen for row in update))

    order = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000, {"clientOrderId": "mm-7"})
    await told("mm-7", "open")
    stop = {"stopLossPrice": 40_000, "clientOrderId": "mm-8"}
    algo = await ex.create_order(BTC, "market", "sell", 0.1, None, stop)
    await told("mm-8", "open")
    await ex.cancel_order(order["id"], BTC)
    await told("mm-7", "canceled")
    await ex.cancel_order(algo["id"], BTC, {"trigger": True})
    await told("mm-8", "canceled")
    await watching.stop()


async def test_a_fill_is_told_as_trade_position_and_balance(site: PaperSite, connect: Connect) -> None:
    ex = connect("alpha")
    await ex.load_markets()
    orders = Watching(ex.watch_orders)
    await connected(site, "alpha")
    trades, positions, balance = Watching(ex.watch_my_trades), Watching(ex.watch_positions), Watching(ex.watch_balance)
    await asyncio.sleep(0.1)
    await ex.create_order(BTC, "market", "sell", 0.5)
    await trades.until(lambda seen: bool(seen))
    await orders.until(lambda seen: bool(seen))
    sizes = await positions.until(lambda seen: any(row["contracts"] == 1.0 for rows in seen for row in rows))
    totals = await balance.until(lambda seen: bool(seen))
    for watching in (orders, trades, positions, balance):
        await watching.stop()
    assert trades.seen[-1][-1]["amount"] == 0.5
    assert trades.seen[-1][-1]["fee"]["currency"] == "USDT"
    assert sizes[-1][-1]["side"] == "long"
    assert totals[-1]["USDT"]["total"] < 100_000


async def test_flows_change_the_balance_with_their_cause(site: PaperSite, connect: Connect) -> None:
    ex = connect("beta")
    watching = Watching(ex.watch_balance)
    await connected(site, "beta")
    exchange = site.venue_of("beta").exchange
    exchange.flow(exchange.accounts["beta"], "USDT", -1_000.0, Cause.WITHDRAW)
    seen = await watching.until(lambda seen: bool(seen))
    await watching.stop()
    assert seen[0]["USDT"]["total"] == 99_000
    assert seen[0]["info"]["a"]["m"] == "WITHDRAW"


async def test_public_streams_of_all_and_of_single_symbols(connect: Connect) -> None:
    ex = connect("beta")
    async with asyncio.timeout(6):
        assert len(await ex.watch_mark_prices()) == 12
        assert len(await ex.watch_tickers()) == 12
        assert len(await ex.watch_bids_asks()) >= 1
        assert (await ex.watch_mark_price(BTC))["markPrice"] > 0
        assert (await ex.watch_ticker(BTC))["last"] > 0
        assert (await ex.watch_bids_asks([BTC]))[BTC]["bid"] > 0
        assert (await ex.watch_ohlcv(BTC, "5m"))[-1][4] > 0
        assert len(await ex.watch_trades(BTC, None, None, {"name": "aggTrade"})) >= 1


@pytest.mark.parametrize("account", ["alpha", "gamma"])
async def test_each_venue_tells_its_own_accounts(site: PaperSite, connect: Connect, account: str) -> None:
    ex = connect(account)
    watching = Watching(ex.watch_orders)
    await connected(site, account)
    await ex.create_order(BTC, "limit", "buy", 0.1, 50_000)
    await watching.until(lambda seen: bool(seen))
    await watching.stop()
    others = {"alpha", "gamma"} - {account}
    assert all(name not in venue.server.hub.users() for venue in site.venues for name in others)
