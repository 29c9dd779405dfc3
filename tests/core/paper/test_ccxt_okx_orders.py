"""Unmodified ccxt against OKX's regular orders: pages of a hundred, cancels by twenty, a result for each of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from core.paper.site import PaperSite
from tests.core.paper.test_ccxt_okx import BTC, ETH, PAIR, Connect, account_of, refused

INST = "BTC-USDT-SWAP"


async def all_open(ex: Any) -> list[Any]:
    """Every regular order, page by page, as a client has to."""
    rows: list[Any] = []
    while True:
        page = await ex.fetch_open_orders(None, None, 100, {"after": rows[-1]["id"]} if rows else {})
        rows += sorted(page, key=lambda row: -int(row["id"]))
        if len(page) < 100:
            return rows


async def test_an_order_comes_is_listed_changed_found_and_goes(connect_okx: Connect) -> None:
    ex = connect_okx("two")
    order = await ex.create_order(BTC, "limit", "buy", 1, 50_000, {"clientOrderId": "mm1"})
    (row,) = await ex.fetch_open_orders()
    assert (row["id"], row["clientOrderId"], row["status"], row["amount"]) == (order["id"], "mm1", "open", 1)
    assert (row["type"], row["price"], row["reduceOnly"]) == ("limit", 50_000, False)
    assert await ex.fetch_open_orders(ETH) == []
    await ex.edit_order(order["id"], BTC, "limit", "buy", 2, 51_000)
    changed = await ex.fetch_order(None, BTC, {"clientOrderId": "mm1"})
    assert (changed["id"], changed["amount"], changed["price"]) == (order["id"], 2, 51_000)
    await ex.cancel_order(order["id"], BTC)
    assert await ex.fetch_open_orders() == []
    assert (await ex.fetch_order(order["id"], BTC))["status"] == "canceled"
    assert [row["id"] for row in await ex.fetch_canceled_orders(BTC)] == [order["id"]]


async def test_a_list_has_a_hundred_rows_and_a_cursor_leads_on(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("two")
    for symbol, price in ((BTC, 50_000), (ETH, 2_000)):
        row = {"symbol": symbol, "type": "limit", "side": "buy", "amount": 0.1, "price": price}
        for _ in range(6):
            await ex.create_orders([dict(row) for _ in range(20)])
    assert len(await ex.fetch_open_orders()) == 100
    found = await all_open(ex)
    resting = account_of(okx, "two").open_orders()
    assert sorted(row["id"] for row in found) == sorted(str(order.order_id) for order in resting)
    assert len(found) == 240
    newer = await ex.fetch_open_orders(None, None, None, {"before": found[30]["id"]})
    assert {row["id"] for row in newer} == {row["id"] for row in found[:30]}


async def test_twenty_orders_go_in_one_cancel_and_no_more(connect_okx: Connect) -> None:
    ex = connect_okx("two")
    row = {"symbol": BTC, "type": "limit", "side": "buy", "amount": 1}
    for _ in range(2):
        await ex.create_orders([{**row, "price": 50_000 + n} for n in range(20)])
    rows = [{"id": row["id"], "symbol": row["symbol"]} for row in await ex.fetch_open_orders()]
    await refused("51406", ex.cancel_orders_for_symbols(rows[:21]))
    assert len(await ex.fetch_open_orders()) == 40
    await ex.cancel_orders_for_symbols(rows[:20])
    assert len(await ex.fetch_open_orders()) == 20
    await refused("51111", ex.create_orders([{**row, "price": 50_000} for _ in range(21)]))
    with pytest.raises(ccxt.NotSupported):
        await ex.cancel_all_orders(BTC)


async def test_each_order_of_a_batch_has_a_result_of_its_own(connect_okx: Connect) -> None:
    ex = connect_okx("two")
    good = {"symbol": BTC, "type": "limit", "side": "buy", "amount": 1, "price": 50_000}
    placed = await ex.create_orders([good, good | {"amount": 50_000}])
    assert [row["status"] for row in placed] == [None, "rejected"]
    assert placed[1]["info"]["sCode"] == "51008"
    mine, unknown = {"instId": INST, "ordId": placed[0]["id"]}, {"instId": INST, "ordId": "12345"}
    reply = await ex.privatePostTradeCancelBatchOrders([mine, unknown])
    assert (reply["code"], [row["sCode"] for row in reply["data"]]) == ("2", ["0", "51400"])
    await refused("51401", ex.cancel_orders([placed[0]["id"]], BTC), ccxt.OrderNotFound)
    filled = await ex.create_order(BTC, "market", "buy", 1)
    await refused("51402", ex.cancel_orders([filled["id"]], BTC), ccxt.OrderNotFound)


async def test_a_pair_is_bought_for_quote_coins_unless_the_order_says_otherwise(connect_okx: Connect) -> None:
    ex = connect_okx("two")
    await ex.load_markets()
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "1000"}
    reply = await ex.privatePostTradeOrder(order)
    found = await ex.fetch_order(reply["data"][0]["ordId"], PAIR)
    assert found["cost"] == pytest.approx(1_000, rel=1e-3)
    await refused("54000", ex.create_order(PAIR, "limit", "buy", 0.1, 50_000, {"marginMode": "cross"}))


async def test_refusals_carry_the_venues_codes(connect_okx: Connect) -> None:
    ex = connect_okx("two")
    await ex.load_markets()
    row = {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1", "px": "50000"}
    attached = [{"slTriggerPx": "40000", "slOrdPx": "-1"}]
    cases: list[tuple[str, Callable[[], Any]]] = [
        ("51008", lambda: ex.create_order(BTC, "market", "buy", 10_000)),
        ("51169", lambda: ex.create_order(BTC, "market", "sell", 1, None, {"reduceOnly": True})),
        ("51511", lambda: ex.create_order(BTC, "limit", "buy", 1, 66_000, {"postOnly": True})),
        ("51006", lambda: ex.create_order(BTC, "limit", "buy", 1, 90_000)),
        ("51400", lambda: ex.cancel_order("12345", BTC)),
        ("51603", lambda: ex.fetch_order("12345", BTC)),
        ("51503", lambda: ex.edit_order("12345", BTC, "limit", "buy", 1, 50_000)),
        ("51001", lambda: ex.privatePostTradeOrder({**row, "instId": "NO-SUCH"})),
        ("51121", lambda: ex.privatePostTradeOrder({**row, "sz": "0.123"})),
        ("50014", lambda: ex.privatePostTradeOrder({**row, "px": ""})),
        ("50014", lambda: ex.privateGetTradeOrdersAlgoPending({})),
        ("50014", lambda: ex.publicGetPublicInstruments({})),
        ("51000", lambda: ex.create_order(BTC, "limit", "buy", 1, 50_000, {"clientOrderId": "with-a-dash"})),
        ("51000", lambda: ex.privatePostTradeOrder({**row, "tdMode": "sideways"})),
        ("51000", lambda: ex.privatePostTradeOrder({**row, "attachAlgoOrds": attached})),
        ("51000", lambda: ex.privatePostTradeCancelAllAfter({"timeOut": "5"})),
        ("50404", lambda: ex.privateGetAccountGreeks()),
    ]
    for code, call in cases:
        await refused(code, call())


async def test_a_countdown_cancels_regular_orders_of_all_instruments(okx: PaperSite, connect_okx: Connect) -> None:
    ex, exchange, account = connect_okx("two"), okx.venue_of("two").exchange, account_of(okx, "two")
    await ex.create_order(BTC, "limit", "buy", 1, 50_000)
    await ex.create_order(PAIR, "limit", "buy", 0.1, 50_000)
    stop = await ex.create_order(BTC, "market", "buy", 1, None, {"stopLossPrice": 90_000})
    reply = await ex.cancel_all_orders_after(10_000)
    assert int(reply["data"][0]["triggerTime"]) - int(reply["data"][0]["ts"]) == 10_000
    await ex.cancel_all_orders_after(0)
    okx.running = False
    began_s = okx.clock.now()
    exchange.now = lambda: began_s + 11.0
    exchange.match()
    assert len(account.open_orders()) == 2
    exchange.now = okx.clock.now
    await ex.cancel_all_orders_after(10_000)
    exchange.now = lambda: began_s + 21.0
    exchange.match()
    assert account.open_orders() == []
    assert [str(row.trigger_id) for row in account.open_triggers()] == [stop["id"]]
