"""Unmodified ccxt against OKX's algo orders: six types, each listed, fired and cancelled in its own way."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from core.paper.engine.model import Status
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from tests.core.paper.test_ccxt_okx import BTC, PAIR, Connect, account_of, refused

INST = "BTC-USDT-SWAP"
TYPES = ("conditional", "oco", "trigger", "move_order_stop", "iceberg", "twap")
TRIGGER = {"trigger": True}


async def place_one_of_each(ex: Any) -> dict[str, str]:
    """Type to algo id."""
    worked = {"instId": INST, "tdMode": "cross", "side": "buy", "sz": "4", "szLimit": "1", "pxLimit": "50000"}
    stop, profit = {"stopLossPrice": 50_000, "reduceOnly": True}, {"takeProfitPrice": 90_000, "reduceOnly": True}
    placed = {
        "conditional": await ex.create_order(BTC, "market", "sell", 10, None, stop),
        "oco": await ex.create_order(BTC, "market", "sell", 10, None, {**stop, **profit}),
        "trigger": await ex.create_order(BTC, "limit", "buy", 10, 50_000, {"triggerPrice": 51_000}),
        "move_order_stop": await ex.create_order(BTC, "market", "sell", 10, None, {"trailingPercent": 5}),
    }
    ids = {kind: order["id"] for kind, order in placed.items()}
    for kind, more in (("iceberg", {"pxVar": "0.01"}), ("twap", {"pxVar": "0.01", "timeInterval": "60"})):
        reply = await ex.privatePostTradeOrderAlgo({**worked, "ordType": kind, **more})
        ids[kind] = reply["data"][0]["algoId"]
    return ids


async def test_each_type_is_listed_by_itself_and_by_nothing_else(connect_okx: Connect) -> None:
    ex = connect_okx("one")
    ids = await place_one_of_each(ex)
    assert await ex.fetch_open_orders() == []
    for kind in TYPES:
        (row,) = await ex.fetch_open_orders(None, None, None, {"ordType": kind})
        assert (row["id"], row["info"]["ordType"], row["status"]) == (ids[kind], kind, "open")
        found = (await ex.privateGetTradeOrderAlgo({"algoId": ids[kind]}))["data"][0]
        assert found["algoId"] == ids[kind]
    # What a client sees that asks for triggers and does not name the types.
    assert [row["id"] for row in await ex.fetch_open_orders(None, None, None, TRIGGER)] == [ids["trigger"]]
    both = await ex.fetch_open_orders(None, None, None, {"trigger": True, "ordType": "conditional,oco"})
    assert {row["id"] for row in both} == {ids["conditional"], ids["oco"]}
    await refused("51000", ex.fetch_open_orders(None, None, None, {"trigger": True, "ordType": "trigger,twap"}))


async def test_rows_say_what_was_ordered(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("one")
    okx.running = False
    await place_one_of_each(ex)
    rows = {kind: (await ex.fetch_open_orders(None, None, None, {"ordType": kind}))[0] for kind in TYPES}
    assert (rows["conditional"]["stopLossPrice"], rows["conditional"]["reduceOnly"]) == (50_000, True)
    assert (rows["oco"]["stopLossPrice"], rows["oco"]["takeProfitPrice"]) == (50_000, 90_000)
    assert (rows["trigger"]["triggerPrice"], rows["trigger"]["price"]) == (51_000, 50_000)
    last = account_of(okx, "one").market.last_of(INST)
    assert rows["move_order_stop"]["triggerPrice"] == pytest.approx(last * 0.95, abs=0.1)
    assert rows["move_order_stop"]["info"]["callbackRatio"] == "0.05"
    assert [rows["twap"]["info"][name] for name in ("szLimit", "timeInterval", "sz")] == ["1", "60", "4"]
    assert all(row["info"]["tdMode"] == "cross" for row in rows.values())


async def test_they_are_cancelled_by_ten_and_each_has_its_own_result(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("one")
    ids = await place_one_of_each(ex)
    for _ in range(6):
        await place_one_of_each(ex)
    rows = [
        {"id": row["id"], "symbol": row["symbol"]}
        for kind in TYPES
        for row in await ex.fetch_open_orders(None, None, None, {"ordType": kind})
    ]
    assert len(rows) == 42
    await refused("51406", ex.cancel_orders_for_symbols(rows[:11], TRIGGER))
    for first in range(0, 42, 10):
        await ex.cancel_orders_for_symbols(rows[first : first + 10], TRIGGER)
    assert account_of(okx, "one").open_triggers() == []
    gone, unknown = {"instId": INST, "algoId": ids["twap"]}, {"instId": INST, "algoId": "12345"}
    await refused("51400", ex.privatePostTradeCancelAlgos([gone, unknown]), ccxt.OrderNotFound)
    assert (await ex.fetch_order(ids["twap"], BTC, TRIGGER))["status"] == "canceled"
    ended = (await ex.privateGetTradeOrdersAlgoHistory({"ordType": "twap", "state": "canceled"}))["data"]
    assert len(ended) == 7


async def test_the_older_cancel_takes_the_three_advanced_types_only(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("one")
    ids = await place_one_of_each(ex)
    rows = {kind: {"instId": INST, "algoId": number} for kind, number in ids.items()}
    await refused("51000", ex.privatePostTradeCancelAdvanceAlgos([rows["twap"], rows["oco"]]))
    await ex.privatePostTradeCancelAdvanceAlgos([rows[kind] for kind in ("move_order_stop", "iceberg", "twap")])
    left = {str(trigger.trigger_id) for trigger in account_of(okx, "one").open_triggers()}
    assert left == {ids["conditional"], ids["oco"], ids["trigger"]}


async def test_a_list_of_one_type_has_pages_too(connect_okx: Connect) -> None:
    ex = connect_okx("one")
    await ex.load_markets()
    for symbol in (BTC, "ETH/USDT:USDT"):
        for _ in range(60):
            await ex.create_order(symbol, "market", "buy", 1, None, {"triggerPrice": 90_000})
    first = await ex.fetch_open_orders(None, None, None, TRIGGER)
    oldest = min(first, key=lambda row: int(row["id"]))["id"]
    second = await ex.fetch_open_orders(None, None, None, {**TRIGGER, "after": oldest})
    assert (len(first), len(second)) == (100, 20)
    assert len({row["id"] for row in first + second}) == 120


@pytest.mark.parametrize("price", [45_000.0, 95_000.0])
async def test_an_oco_fires_on_either_side_and_once(okx: PaperSite, connect_okx: Connect, price: float) -> None:
    ex, account = connect_okx("one"), account_of(okx, "one")
    both = {"stopLossPrice": 50_000, "takeProfitPrice": 90_000, "reduceOnly": True}
    order = await ex.create_order(BTC, "market", "sell", 150, None, both)
    okx.running = False
    for at in (price, 64_000.0, 140_000.0 - price):
        okx.market.shock_price("BTCUSDT", at)
        okx.venue_of("one").exchange.match()
    assert account.quantity_of(INST) == 0
    fired = await ex.fetch_order(order["id"], BTC, TRIGGER)
    assert fired["status"] == "closed"
    child = await ex.fetch_order(fired["info"]["ordId"], BTC)
    assert (child["filled"], child["info"]["algoId"]) == (150, order["id"])
    assert [row.status for row in account.triggers.values()] == [Status.TRIGGERED]


async def test_a_moving_stop_follows_the_market_up_and_never_down(okx: PaperSite, connect_okx: Connect) -> None:
    ex, account = connect_okx("one"), account_of(okx, "one")
    exchange = okx.venue_of("one").exchange
    await ex.create_order(BTC, "market", "sell", 150, None, {"trailingPercent": 5, "reduceOnly": True})
    okx.running = False
    (trigger,) = account.open_triggers()
    for price, stop in ((80_000.0, 76_000.0), (77_000.0, 76_000.0), (78_000.0, 76_000.0)):
        okx.market.shock_price("BTCUSDT", price)
        exchange.match()
        assert trigger.trigger_price == pytest.approx(stop, rel=1e-4)
        assert trigger.status.is_open
    okx.market.shock_price("BTCUSDT", 75_900.0)
    exchange.match()
    assert account.quantity_of(INST) == 0


async def test_iceberg_and_twap_rest_wherever_the_market_goes(okx: PaperSite, connect_okx: Connect) -> None:
    ex, account = connect_okx("one"), account_of(okx, "one")
    ids = await place_one_of_each(ex)
    okx.running = False
    for price in (30_000.0, 120_000.0):
        okx.market.shock_price("BTCUSDT", price)
        okx.venue_of("one").exchange.match()
    assert {str(row.trigger_id) for row in account.open_triggers()} >= {ids["iceberg"], ids["twap"]}


async def test_a_pair_has_algo_orders_as_well(okx: PaperSite, connect_okx: Connect) -> None:
    ex = connect_okx("two")
    order = await ex.create_order(PAIR, "limit", "sell", 0.5, 49_000, {"stopLossPrice": 50_000})
    (row,) = await ex.fetch_open_orders(None, None, None, {"ordType": "conditional"})
    assert (row["id"], row["symbol"], row["info"]["instType"]) == (order["id"], PAIR, "SPOT")
    assert (await ex.fetch_balance())["BTC"]["used"] == 0.5
    await ex.cancel_orders([order["id"]], PAIR, TRIGGER)
    assert account_of(okx, "two").open_triggers() == []


async def test_trigger_prices_that_the_market_has_passed_are_refused_by_their_own_codes(connect_okx: Connect) -> None:
    ex = connect_okx("one")
    for side, params, code in (
        ("sell", {"stopLossPrice": 90_000}, "51280"),
        ("buy", {"stopLossPrice": 30_000}, "51278"),
        ("sell", {"takeProfitPrice": 30_000}, "51279"),
        ("buy", {"takeProfitPrice": 90_000}, "51277"),
        ("sell", {"trailingPercent": 150}, "51257"),
    ):
        await refused(code, ex.create_order(BTC, "market", side, 1, None, params), ccxt.InvalidOrder)


async def test_cancels_that_are_only_acknowledged_leave_both_kinds_resting(
    okx: PaperSite, connect_okx: Connect
) -> None:
    ex, account = connect_okx("one"), account_of(okx, "one")
    order = await ex.create_order(BTC, "limit", "buy", 1, 50_000)
    ids = await place_one_of_each(ex)
    okx.add_fault(Fault(FaultKind.IGNORE_CANCELS, account="one"))
    reply = await ex.privatePostTradeCancelBatchOrders([{"instId": INST, "ordId": order["id"]}])
    algos = await ex.privatePostTradeCancelAlgos([{"instId": INST, "algoId": number} for number in ids.values()])
    assert (reply["code"], algos["code"], {row["sCode"] for row in algos["data"]}) == ("0", "0", {"0"})
    assert (len(account.open_orders()), len(account.open_triggers())) == (1, 6)
