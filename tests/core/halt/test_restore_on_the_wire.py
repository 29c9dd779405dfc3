"""Stop-losses and take-profits that a stop took are back at their venue as they were, in three dialects, and fire."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from core.domain import PORTFOLIO, Leg, Side
from core.halt.restore import RestoreReport
from core.halt.target import StopSettings
from core.paper.engine.model import OrderKind, OtherSide, PriceSource, Trigger, TriggerKind, TriggerRequest
from core.paper.engine.model import OrderRequest as PaperOrder
from tests.core.halt.conftest import Ground, GroundMaker
from tests.core.halt.guarded import BINANCE, BYBIT, DIALECTS, OKX, Dialect, site_of
from tests.core.venues.conftest import eventually, paper_account

TAGS = {"okx": "conditional", "bybit": "Stop", "binanceusdm": ""}
PATIENT_S = 4.0
SOON = StopSettings(settle_s=0.1, sweep_s=0.2, quiet_s=0.2)
"""Nothing here is late: what a proof waits for in earnest is tested elsewhere."""

Facts = tuple[Side, TriggerKind, float, bool, bool, bool, Leg, PriceSource, float, float | None]


def by_dialect(*dialects: Dialect) -> Any:
    return pytest.mark.parametrize("dialect", dialects or DIALECTS, ids=lambda row: row.exchange)


def facts(trigger: Trigger) -> Facts:
    """All that decides what it does and when."""
    return (
        trigger.side, trigger.kind, trigger.trigger_price, trigger.fires_above, trigger.reduce_only,
        trigger.close_position, trigger.leg, trigger.source, trigger.quantity, trigger.price,
    )  # fmt: skip


def guard(
    dialect: Dialect, kind: TriggerKind, at: float, side: Side = Side.SELL, coins: float = 0.5, **more: Any
) -> TriggerRequest:
    whole = more.pop("close_position", False)
    flags = {"close_position": True} if whole else {"reduce_only": more.get("leg", Leg.NET) is Leg.NET}
    given = {"tag": TAGS[dialect.exchange], **flags, **more}
    return TriggerRequest(dialect.bitcoin, side, kind, at, 0.0 if whole else dialect.units(coins), **given)


def put(ground: Ground, account: str, *requests: TriggerRequest) -> list[Facts]:
    exchange = ground.site.venue_of(account).exchange
    return [facts(exchange.place_trigger(exchange.accounts[account], request)) for request in requests]


def resting(ground: Ground, account: str) -> list[Trigger]:
    return list(paper_account(ground.site, account).open_triggers())


def move(ground: Ground, price: float) -> None:
    ground.site.market.shock_price("BTCUSDT", price)
    for venue in ground.site.venues:
        venue.exchange.match()


async def stop(ground: Ground) -> str:
    """Fire at everything, and wait until it is proven and kept."""
    await ground.prepare()
    runner = ground.desk.fire(PORTFOLIO, "tester", "a test")
    assert await runner.wait(15.0)
    assert not any(ground.resting().values())
    return runner.latch.halt_id


async def stop_and_restore(ground: Ground) -> RestoreReport:
    halt_id = await stop(ground)
    await eventually(lambda: _kept(ground, halt_id))
    return await ground.desk.restorer.restore(halt_id, "ada")


def _kept(ground: Ground, halt_id: str) -> bool:
    return bool(ground.desk._folder.saved.read(halt_id))


def all_three(dialect: Dialect) -> dict[str, list[TriggerRequest]]:
    """Every account's guards: stop-losses, take-profits, at the market and at a limit, on the mark and on the last."""
    short = {"leg": Leg.SHORT, "side": Side.BUY}
    names = dialect.names
    return {
        names["net"]: [
            guard(dialect, TriggerKind.STOP_MARKET, 60_000.0, source=PriceSource.MARK),
            guard(dialect, TriggerKind.TAKE_PROFIT_MARKET, 70_000.0),
            guard(dialect, TriggerKind.TAKE_PROFIT, 71_000.0, price=70_990.0, source=PriceSource.MARK),
            guard(dialect, TriggerKind.STOP, 59_000.0, price=58_900.0),
        ],
        names["legs"]: [
            guard(dialect, TriggerKind.STOP_MARKET, 60_000.0, leg=Leg.LONG),
            guard(dialect, TriggerKind.TAKE_PROFIT_MARKET, 70_000.0, leg=Leg.LONG),
            guard(dialect, TriggerKind.STOP_MARKET, 70_500.0, coins=0.2, **short),
            guard(dialect, TriggerKind.TAKE_PROFIT_MARKET, 58_000.0, coins=0.2, **short),
        ],
        names["pot"]: [
            guard(dialect, TriggerKind.STOP_MARKET, 71_500.0, Side.BUY, 0.4),
            guard(dialect, TriggerKind.TAKE_PROFIT_MARKET, 57_000.0, Side.BUY, 0.1),
        ],
    }


@by_dialect()
async def test_guards_come_back_as_they_were_outlive_the_sweep_and_fire(ground: GroundMaker, dialect: Dialect) -> None:
    async with ground(spec=site_of(dialect), timeout_s=PATIENT_S, stop=SOON) as made:
        made.site.running = False
        before = {name: put(made, name, *requests) for name, requests in all_three(dialect).items()}
        report = await stop_and_restore(made)
        assert [row.obstacle for row in report.plan.rows if row.obstacle] == []
        assert [row.error for row in report.placed if row.error] == []
        after = {name: resting(made, name) for name in before}
        assert {name: sorted(map(facts, rows), key=repr) for name, rows in after.items()} == {
            name: sorted(rows, key=repr) for name, rows in before.items()
        }
        (runner,) = made.desk.runners
        passes = {row.account: row.passes for row in runner.view().rows}
        await eventually(lambda: all(row.passes >= passes[row.account] + 2 for row in runner.view().rows), 15.0)
        assert {name: len(resting(made, name)) for name in before} == {name: len(rows) for name, rows in before.items()}
        move(made, 59_900.0)
        net = paper_account(made.site, dialect.names["net"])
        assert net.quantity_of(dialect.bitcoin) == pytest.approx(dialect.units(0.5))
        legs = paper_account(made.site, dialect.names["legs"])
        assert legs.quantity_of(dialect.bitcoin, Leg.LONG) == pytest.approx(dialect.units(0.5))
        move(made, 71_600.0)
        assert net.quantity_of(dialect.bitcoin) == 0.0
        assert paper_account(made.site, dialect.names["pot"]).quantity_of(dialect.bitcoin) == 0.0
        assert legs.quantity_of(dialect.bitcoin, Leg.SHORT) == pytest.approx(-dialect.units(0.3))


@by_dialect()
async def test_what_closes_its_whole_position_does_so_again(ground: GroundMaker, dialect: Dialect) -> None:
    name = dialect.names["net"]
    async with ground(spec=site_of(dialect), timeout_s=PATIENT_S, stop=SOON) as made:
        made.site.running = False
        tag = "StopLoss" if dialect is BYBIT else TAGS[dialect.exchange]
        notes = {"closeFraction": "1"} if dialect is OKX else {}
        put(made, name, guard(dialect, TriggerKind.STOP_MARKET, 60_000.0, close_position=True, tag=tag, notes=notes))
        report = await stop_and_restore(made)
        assert [(row.obstacle, row.quantity) for row in report.plan.rows] == [("", pytest.approx(1.0))]
        (trigger,) = resting(made, name)
        # Bybit's of a position cannot be named by us, and what cannot be named is swept: it is for what stands now.
        assert (trigger.close_position, trigger.kind) == (dialect is not BYBIT, TriggerKind.STOP_MARKET)
        move(made, 59_900.0)
        assert paper_account(made.site, name).quantity_of(dialect.bitcoin) == 0.0


@by_dialect()
async def test_guards_of_closed_positions_and_those_that_the_price_has_passed_are_not_placed(
    ground: GroundMaker, dialect: Dialect
) -> None:
    names = dialect.names
    async with ground(spec=site_of(dialect), timeout_s=PATIENT_S, stop=SOON) as made:
        made.site.running = False
        put(made, names["net"], guard(dialect, TriggerKind.STOP_MARKET, 63_000.0))
        put(made, names["pot"], guard(dialect, TriggerKind.STOP_MARKET, 71_500.0, Side.BUY, 0.4))
        put(made, names["legs"], guard(dialect, TriggerKind.STOP_MARKET, 59_000.0, leg=Leg.LONG))
        halt_id = await stop(made)
        exchange = made.site.venue_of(names["pot"]).exchange
        closing = PaperOrder(dialect.bitcoin, Side.BUY, OrderKind.MARKET, dialect.units(0.4), reduce_only=True)
        exchange.place(exchange.accounts[names["pot"]], closing)
        closing = dataclasses.replace(
            closing, side=Side.SELL, quantity=dialect.units(1.0), reduce_only=False, leg=Leg.LONG
        )
        exchange.place(exchange.accounts[names["legs"]], closing)
        move(made, 61_000.0)
        await eventually(lambda: len(made.desk._folder.saved.read(halt_id)) == 3)
        report = await made.desk.restorer.restore(halt_id, "ada")
        said = {row.order.account: row.obstacle for row in report.plan.rows}
        # Of a leg that is closed, the other one is no position that this order could reduce.
        assert said[names["pot"]] == "its position is closed"
        assert said[names["legs"]] == "its position has turned"
        assert said[names["net"]].startswith("it would trigger at once: the price has passed it and is 6")
        assert report.placed == ()
        assert not any(made.resting().values())


async def test_both_levels_of_a_one_cancels_other_come_back(ground: GroundMaker) -> None:
    name = OKX.names["net"]
    async with ground(spec=site_of(OKX), timeout_s=PATIENT_S, stop=SOON) as made:
        made.site.running = False
        put(made, name, guard(OKX, TriggerKind.STOP_MARKET, 60_000.0, other=OtherSide(70_000.0, 69_990.0), tag="oco"))
        report = await stop_and_restore(made)
        assert [row.error or row.client_order_id[:3] for row in report.placed] == ["scr"]
        (trigger,) = resting(made, name)
        assert (trigger.trigger_price, trigger.price, trigger.other) == (60_000.0, None, OtherSide(70_000.0, 69_990.0))


async def test_a_trailing_stop_is_left_to_hands(ground: GroundMaker) -> None:
    name = OKX.names["net"]
    async with ground(spec=site_of(OKX), timeout_s=PATIENT_S, stop=SOON) as made:
        made.site.running = False
        put(made, name, guard(OKX, TriggerKind.STOP_MARKET, 60_000.0, trail=0.05, tag="move_order_stop"))
        report = await stop_and_restore(made)
        (row,) = report.plan.rows
        assert row.obstacle.startswith("it follows the market by rules of the venue's own: at 6")
        assert resting(made, name) == []


async def test_a_take_profit_at_rest_comes_back_for_its_leg(ground: GroundMaker) -> None:
    """No trigger: a limit order, which in hedge mode can only close for the leg that it names."""
    name = BINANCE.names["legs"]
    async with ground(spec=site_of(BINANCE), timeout_s=PATIENT_S, stop=SOON) as made:
        made.site.running = False
        exchange = made.site.venue_of(name).exchange
        order = PaperOrder("BTCUSDT", Side.SELL, OrderKind.LIMIT, 0.3, 70_000.0, leg=Leg.LONG, client_id="tp")
        exchange.place(exchange.accounts[name], order)
        report = await stop_and_restore(made)
        assert [row.error for row in report.placed] == [""]
        (again,) = exchange.accounts[name].open_orders()
        assert (again.leg, again.quantity, again.price, again.side) == (Leg.LONG, 0.3, 70_000.0, Side.SELL)
