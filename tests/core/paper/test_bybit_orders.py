"""Unmodified ccxt's `bybit` enters orders and conditional ones in every category, and follows them to their ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import orjson
import pytest

from core.domain import Side
from core.paper.engine.account import Account
from core.paper.engine.model import OrderKind, OrderRequest, Status
from core.paper.site import PaperSite

USDT, USDC, INVERSE, SPOT = "BTC/USDT:USDT", "BTC/USDC:USDC", "BTC/USD:BTC", "BTC/USDT"
ETH = "ETH/USDT:USDT"
Connect = Callable[..., Any]


def account_of(site: PaperSite, name: str = "flat") -> Account:
    return site.venue_of(name).exchange.accounts[name]


def rest(site: PaperSite, count: int, symbol: str = "BTCUSDT", name: str = "flat") -> None:
    """So many far bids, straight into the engine."""
    exchange = site.venue_of(name).exchange
    for number in range(count):
        request = OrderRequest(symbol, Side.BUY, OrderKind.LIMIT, 0.001, 40_000.0 + number)
        exchange.place(exchange.accounts[name], request)


def left(site: PaperSite) -> dict[str, int]:
    account = account_of(site)
    rows = [row.symbol for row in (*account.open_orders(), *account.open_triggers())]
    return {symbol: rows.count(symbol) for symbol in dict.fromkeys(rows)}


async def test_categories_have_markets_of_their_own_under_shared_names(connect_unified: Connect) -> None:
    markets = await connect_unified("flat").load_markets()
    told = {symbol: (markets[symbol]["id"], markets[symbol]["settle"]) for symbol in (USDT, USDC, INVERSE, SPOT)}
    assert told == {
        USDT: ("BTCUSDT", "USDT"),
        USDC: ("BTCPERP", "USDC"),
        INVERSE: ("BTCUSD", "BTC"),
        SPOT: ("BTCUSDT", None),
    }
    assert (len(markets), markets[INVERSE]["contractSize"], markets[SPOT]["precision"]["amount"]) == (48, 1, 1e-5)


async def test_an_order_that_is_gone_is_not_found_and_its_end_is_still_told(connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    for symbol, code in ((USDT, "110001"), (SPOT, "170213")):
        order = await ex.create_order(symbol, "limit", "buy", 0.01, 50_000, {"clientOrderId": f"mm-{code}"})
        await ex.cancel_order(order["id"], symbol)
        with pytest.raises(ccxt.OrderNotFound, match=code):
            await ex.cancel_order(order["id"], symbol)
        with pytest.raises(ccxt.OrderNotFound, match=code):
            await ex.cancel_order("12345", symbol)
        told = await ex.fetch_order(order["id"], symbol, {"acknowledged": True})
        assert (told["status"], told["clientOrderId"]) == ("canceled", f"mm-{code}")
        closed = await ex.fetch_canceled_and_closed_orders(symbol)
        assert [row["id"] for row in closed] == [order["id"]]
        with pytest.raises(ccxt.OrderNotFound):
            await ex.fetch_order("12345", symbol, {"acknowledged": True})
    # A pair's order is not the contract's, though both go by one name.
    pair = await ex.create_order(SPOT, "limit", "buy", 0.01, 50_000)
    with pytest.raises(ccxt.OrderNotFound):
        await ex.cancel_order(pair["id"], USDT)


async def test_a_conditional_order_keeps_its_id_when_it_fires(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("uta")
    stop = await ex.create_order(USDT, "market", "sell", 0.2, None, {"stopLossPrice": 60_000, "clientOrderId": "bas-9"})
    (row,) = await ex.fetch_open_orders()
    assert (row["id"], row["triggerPrice"], row["reduceOnly"], row["info"]["orderStatus"]) == (
        stop["id"],
        60_000,
        True,
        "Untriggered",
    )
    unified.running = False
    unified.market.shock_price("BTCUSDT", 59_000.0)
    unified.venue_of("uta").exchange.match()
    told = await ex.fetch_order(stop["id"], USDT, {"acknowledged": True})
    assert (told["status"], told["filled"], told["clientOrderId"]) == ("closed", 0.2, "bas-9")
    assert await ex.fetch_open_orders() == []
    (trade,) = [row for row in await ex.fetch_my_trades(USDT) if row["amount"] == 0.2]
    assert trade["order"] == stop["id"]
    assert [row["id"] for row in await ex.fetch_my_trades(USDT, None, None, {"orderId": stop["id"]})] == [trade["id"]]


async def test_take_profit_and_stop_loss_of_a_position_are_orders_like_others(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex = connect_unified("uta")
    both = {"stopLossPrice": 50_000, "takeProfitPrice": 90_000}
    await ex.create_order(USDT, "market", "sell", 0, None, both)
    await ex.create_order(USDT, "market", "sell", 0, None, {**both, "stopLossPrice": 55_000})
    await ex.create_order(USDT, "market", "sell", 0.1, None, {"stopLossPrice": 45_000, "tradingStopEndpoint": True})
    rows = {row["info"]["stopOrderType"]: row for row in await ex.fetch_open_orders()}
    assert {word: row["triggerPrice"] for word, row in rows.items()} == {
        "TakeProfit": 90_000,
        "StopLoss": 55_000,
        "PartialStopLoss": 45_000,
    }
    (position,) = await ex.fetch_positions([USDT])
    assert (position["stopLossPrice"], position["takeProfitPrice"]) == (55_000, 90_000)
    await ex.privatePostV5PositionTradingStop({"category": "linear", "symbol": "BTCUSDT", "stopLoss": "0"})
    assert len(await ex.fetch_open_orders()) == 2
    with pytest.raises(ccxt.BadRequest, match="wrong side"):
        await ex.create_order(USDT, "market", "sell", 0, None, {**both, "stopLossPrice": 95_000})
    with pytest.raises(ccxt.BadRequest, match="zero position"):
        await ex.create_order(ETH, "market", "sell", 0, None, both)
    await ex.create_order(USDT, "market", "sell", 0.5, None, {"reduceOnly": True})
    assert [row["info"]["stopOrderType"] for row in await ex.fetch_open_orders()] == ["PartialStopLoss"]


async def test_an_order_brings_its_guards_along_and_they_come_to_rest_when_it_fills(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex = connect_unified("flat")
    guards = {"stopLoss": {"triggerPrice": 50_000}, "takeProfit": {"triggerPrice": 90_000}}
    await ex.create_order(USDT, "market", "buy", 0.1, None, guards)
    assert {row["triggerPrice"] for row in await ex.fetch_open_orders()} == {50_000, 90_000}
    await ex.cancel_all_orders(USDT)
    waiting = await ex.create_order(ETH, "limit", "buy", 0.5, 3_000, {"stopLoss": {"triggerPrice": 2_000}})
    (row,) = await ex.fetch_open_orders()
    assert (row["id"], row["stopLossPrice"]) == (waiting["id"], 2_000)
    unified.running = False
    unified.market.shock_price("ETHUSDT", 2_900.0)
    unified.venue_of("flat").exchange.match()
    (stop,) = await ex.fetch_open_orders()
    assert (stop["triggerPrice"], stop["info"]["stopOrderType"]) == (2_000, "StopLoss")
    # What is cancelled before it fills brings nothing.
    other = await ex.create_order(ETH, "limit", "buy", 0.5, 2_500, guards)
    await ex.cancel_order(other["id"], ETH)
    assert [row["id"] for row in await ex.fetch_open_orders()] == [stop["id"]]


async def test_batches_tell_each_of_their_orders_by_itself(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    rows = [
        {"symbol": USDT, "type": "limit", "side": "buy", "amount": amount, "price": 50_000}
        for amount in (0.01, 0.02, 999_999)
    ]
    made = await ex.create_orders(rows)
    assert [row["status"] for row in made] == [None, None, "rejected"]
    edited = await ex.edit_orders([{**rows[0], "id": made[0]["id"], "price": 51_000}])
    assert edited[0]["id"] == made[0]["id"]
    await ex.edit_order(made[1]["id"], USDT, "limit", "buy", 0.03, 52_000)
    account = account_of(unified)
    assert sorted((row.price, row.quantity) for row in account.open_orders()) == [(51_000, 0.01), (52_000, 0.03)]
    ids = [row["id"] for row in made[:2]]
    await ex.cancel_orders([*ids, "00000000-0000-0000-0000-000000000001"], USDT)
    # ccxt keeps to itself which of them failed.
    assert [row["code"] for row in orjson.loads(ex.last_http_response)["retExtInfo"]["list"]] == [0, 0, 110001]
    assert [row.status for row in account.orders.values()] == [Status.CANCELED] * 2
    with pytest.raises(ccxt.BadRequest, match="between 1 and 20"):
        await ex.cancel_orders(ids * 11, USDT)


async def test_refusals_carry_the_codes_of_their_category(connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    await ex.load_markets()
    taken = {symbol: {"clientOrderId": f"mm-{symbol}"} for symbol in (USDT, SPOT)}
    for symbol, params in taken.items():
        await ex.create_order(symbol, "limit", "buy", 0.01, 50_000, params)
    stop, book = {"stopLossPrice": 50_000}, {"category": "linear", "symbol": "XUSDT"}
    cases: list[tuple[str, type[Exception], Callable[[], Any]]] = [
        ("110007", ccxt.InsufficientFunds, lambda: ex.create_order(USDT, "market", "buy", 40)),
        ("170131", ccxt.InsufficientFunds, lambda: ex.create_order(SPOT, "market", "buy", 40)),
        ("110072", ccxt.InvalidOrder, lambda: ex.create_order(USDT, "limit", "buy", 0.01, 50_000, taken[USDT])),
        ("170141", ccxt.InvalidOrder, lambda: ex.create_order(SPOT, "limit", "buy", 0.01, 50_000, taken[SPOT])),
        ("110094", ccxt.InvalidOrder, lambda: ex.create_order(ETH, "limit", "buy", 0.001, 3_000)),
        ("170140", ccxt.InvalidOrder, lambda: ex.create_order(SPOT, "limit", "buy", 0.00002, 60_000)),
        ("110017", ccxt.InvalidOrder, lambda: ex.create_order(USDT, "market", "sell", 1, None, {"reduceOnly": True})),
        ("110003", ccxt.InvalidOrder, lambda: ex.create_order(USDT, "limit", "buy", 0.01, 90_000)),
        (
            "110092",
            ccxt.InvalidOrder,
            lambda: ex.create_order(USDT, "market", "buy", 1, None, stop),
        ),
        ("170218", ccxt.InvalidOrder, lambda: ex.create_order(USDT, "limit", "buy", 1, 66_000, {"postOnly": True})),
        ("Illegal category", ccxt.BadRequest, lambda: ex.privateGetV5OrderRealtime({"category": "futures"})),
        (
            "symbol invalid",
            ccxt.BadRequest,
            lambda: ex.publicGetV5MarketOrderbook(book),
        ),
        ("10017", ccxt.BadRequest, lambda: ex.privateGetV5AssetExchangeOrderRecord()),
    ]
    for text, error, call in cases:
        with pytest.raises(error, match=text):
            await call()


async def test_spot_market_orders_are_for_coins_or_for_a_cost(unified: PaperSite, connect_unified: Connect) -> None:
    ex, account = connect_unified("flat"), account_of(unified)
    await ex.create_order(SPOT, "market", "buy", 0.1)
    assert account.wallets["BTC"] == pytest.approx(2.1 - 0.1 * 0.00055)
    before = account.wallets["USDT"]
    await ex.create_market_buy_order_with_cost("ETH/USDT", 1_000)
    assert before - account.wallets["USDT"] == pytest.approx(1_000, rel=1e-3)
    order = {"category": "spot", "symbol": "ETHUSDT", "side": "Buy", "orderType": "Market", "qty": "500"}
    await ex.privatePostV5OrderCreate(order)
    assert before - account.wallets["USDT"] == pytest.approx(1_500, rel=1e-3)
    trades = await ex.fetch_my_trades("ETH/USDT")
    assert {trade["fee"]["currency"] for trade in trades} == {"ETH"}
