"""Unmodified ccxt's `bybit` lists orders page by page and cancels them: what each call takes, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from core.domain import Side
from core.paper.engine.model import TriggerKind, TriggerRequest
from core.paper.site import PaperSite
from tests.core.paper.test_bybit_orders import ETH, INVERSE, SPOT, USDC, USDT, account_of, left, rest

SIZES = {USDT: 0.01, USDC: 0.01, INVERSE: 1_000, SPOT: 0.01, ETH: 0.1}
OF_INVERSE, OF_SPOT = {"subType": "inverse", "baseCoin": "BTC"}, {"type": "spot"}
Connect = Callable[..., Any]


async def one_of_each(ex: Any) -> dict[str, list[str]]:
    """By symbol an order far away and a stop far away; their ids."""
    ids: dict[str, list[str]] = {}
    for symbol, size in SIZES.items():
        price = 2_000 if symbol == ETH else 50_000
        order = await ex.create_order(symbol, "limit", "buy", size, price)
        params = {"triggerPrice": price - 100}
        if symbol != SPOT:
            params["triggerDirection"] = "descending"
        stop = await ex.create_order(symbol, "market", "sell", size, None, params)
        ids[symbol] = [order["id"], stop["id"]]
    return ids


async def test_each_category_and_settle_coin_lists_its_own_orders_of_every_kind(connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    ids = await one_of_each(ex)
    listed = {
        "usdt": await ex.fetch_open_orders(),
        "usdc": await ex.fetch_open_orders(None, None, None, {"settleCoin": "USDC"}),
        "inverse": await ex.fetch_open_orders(None, None, None, OF_INVERSE),
        "spot": await ex.fetch_open_orders(None, None, None, OF_SPOT),
        "option": await ex.fetch_open_orders(None, None, None, {"type": "option"}),
    }
    assert {name: {row["id"] for row in rows} for name, rows in listed.items()} == {
        "usdt": {*ids[USDT], *ids[ETH]},
        "usdc": set(ids[USDC]),
        "inverse": set(ids[INVERSE]),
        "spot": set(ids[SPOT]),
        "option": set(),
    }
    # Only the settle coin of the other contracts comes along by itself: nothing is settled in it there.
    assert await ex.fetch_open_orders(None, None, None, {"subType": "inverse"}) == []
    kinds = {
        word: {row["id"] for row in await ex.fetch_open_orders(USDT, None, None, {"orderFilter": word})}
        for word in ("Order", "StopOrder")
    }
    assert kinds == {"Order": {ids[USDT][0]}, "StopOrder": {ids[USDT][1]}}
    with pytest.raises(ccxt.BadRequest, match="symbol or settleCoin or baseCoin"):
        await ex.privateGetV5OrderRealtime({"category": "linear"})


async def test_a_listing_goes_on_beyond_its_page_whatever_ends_in_between(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex = connect_unified("flat")
    rest(unified, 120)
    assert len(await ex.fetch_open_orders()) == 20
    assert len(await ex.fetch_open_orders(None, None, 50)) == 50
    assert len(await ex.fetch_open_orders(None, None, None, {"paginate": True})) == 120
    seen: list[str] = []
    query: dict[str, Any] = {"category": "linear", "settleCoin": "USDT", "limit": 50}
    while True:
        page = (await ex.privateGetV5OrderRealtime(query))["result"]
        seen += [row["orderId"] for row in page["list"]]
        if not page["list"]:
            break
        account = account_of(unified)
        unified.venue_of("flat").exchange.cancel(account, account.orders[int(page["list"][0]["orderId"][-12:], 16)])
        query["cursor"] = page["nextPageCursor"]
    assert len(seen) == len(set(seen)) == 120
    with pytest.raises(ccxt.BadRequest, match="cursor"):
        await ex.privateGetV5OrderRealtime({**query, "cursor": "page-2"})


async def test_cancel_all_takes_what_it_names_and_leaves_the_rest(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    await one_of_each(ex)
    every = {"BTCUSDT": 2, "ETHUSDT": 2, "BTCPERP": 2, "BTCUSD": 2, "BTCUSDT_SPOT": 2}
    assert left(unified) == every
    steps: list[tuple[str | None, dict[str, Any], dict[str, int]]] = [
        (None, {"subType": "inverse"}, {}),
        (USDT, {}, {"BTCUSDT": 0}),
        (None, {}, {"ETHUSDT": 0}),
        (None, {"settleCoin": "USDC"}, {"BTCPERP": 0}),
        (None, OF_INVERSE, {"BTCUSD": 0}),
        (None, OF_SPOT, {"BTCUSDT_SPOT": 1}),
        (None, {**OF_SPOT, "orderFilter": "tpslOrder"}, {}),
        (None, {**OF_SPOT, "orderFilter": "StopOrder"}, {"BTCUSDT_SPOT": 0}),
    ]
    for symbol, params, gone in steps:
        await ex.cancel_all_orders(symbol, params)
        every = {name: count for name, count in (every | gone).items() if count}
        assert left(unified) == every, params
    with pytest.raises(ccxt.BadRequest, match="symbol or settleCoin or baseCoin"):
        await ex.privatePostV5OrderCancelAll({"category": "linear"})
    assert await ex.cancel_all_orders(None, {"type": "option"}) == []


async def test_a_base_coin_cancels_over_settle_coins_and_a_filter_one_kind(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex = connect_unified("flat")
    await one_of_each(ex)
    await ex.cancel_all_orders(None, {"baseCoin": "BTC", "trigger": True})
    assert left(unified) == {"BTCUSDT": 1, "BTCPERP": 1, "ETHUSDT": 2, "BTCUSD": 2, "BTCUSDT_SPOT": 2}
    await ex.cancel_all_orders(None, {"baseCoin": "BTC", "settleCoin": "USDT"})
    assert left(unified) == {"ETHUSDT": 2, "BTCUSD": 2, "BTCUSDT_SPOT": 2}


async def test_cancel_all_of_contracts_ends_at_500_orders_and_does_not_say_so(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex = connect_unified("flat")
    for symbol in ("BTCUSDT", "BTCPERP"):
        rest(unified, 300, symbol)
    assert len(await ex.cancel_all_orders(None, {"baseCoin": "BTC"})) == 500
    assert sum(left(unified).values()) == 100
    await ex.cancel_all_orders(None, {"baseCoin": "BTC"})
    assert left(unified) == {}


async def test_spot_keeps_kinds_apart_that_other_clients_placed(unified: PaperSite, connect_unified: Connect) -> None:
    """The venue's own pages place pairs of orders that its API can only list and cancel."""
    ex, exchange = connect_unified("flat"), unified.venue_of("flat").exchange
    for tag in ("OcoOrder", "BidirectionalTpslOrder"):
        stop = TriggerRequest("BTCUSDT_SPOT", Side.SELL, TriggerKind.STOP_MARKET, 50_000.0, 0.1, tag=tag)
        exchange.place_trigger(exchange.accounts["flat"], stop)
    profit = await ex.create_order(SPOT, "market", "sell", 0.01, None, {"takeProfitPrice": 90_000})
    rows = await ex.fetch_open_orders(None, None, None, OF_SPOT)
    assert {row["info"]["stopOrderType"] for row in rows} == {"OcoOrder", "BidirectionalTpslOrder", "tpslOrder"}
    for wrong in ({}, {"trigger": True}):
        with pytest.raises(ccxt.OrderNotFound, match="170213"):
            await ex.cancel_order(profit["id"], SPOT, wrong)
    await ex.cancel_order(profit["id"], SPOT, {"orderFilter": "tpslOrder"})
    await ex.cancel_all_orders(None, OF_SPOT)
    assert left(unified) == {"BTCUSDT_SPOT": 2}
    for tag in ("OcoOrder", "BidirectionalTpslOrder"):
        await ex.cancel_all_orders(None, {**OF_SPOT, "orderFilter": tag})
    assert left(unified) == {}
