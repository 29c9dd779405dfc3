"""Positions are closed under a stop in three dialects, reduce-only, and flat is what the servers' own books say."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from core.clock import SystemClock
from core.domain import PORTFOLIO, Leg, Side
from core.halt.flatten.desk import FlattenDesk, FlattenSettings
from core.halt.flatten.model import FlattenReport, FlattenStyle, FlattenTerms, RowState
from core.halt.flatten.run import FlattenTimes
from core.paper.engine.model import Order, OrderKind
from core.paper.engine.model import OrderRequest as PaperOrder
from core.paper.faults import Fault, FaultKind
from tests.core.halt.conftest import Ground, GroundMaker
from tests.core.halt.guarded import Dialect, site_of, thin
from tests.core.halt.test_restore_on_the_wire import PATIENT_S, SOON, by_dialect
from tests.core.venues.conftest import paper_account

QUICK = FlattenTimes(
    deadline_s=20.0, read_pause_s=0.05, read_pause_max_s=0.2, verify_tries=4, doubt_s=1.0, settle_s=0.2
)
SLICED = FlattenTerms(FlattenStyle.SLICED, share=0.1, bound=0.002)


def flatten_of(ground: Ground, times: FlattenTimes = QUICK) -> FlattenDesk:
    numbers = itertools.count(1)
    return FlattenDesk(
        ground.desk, SystemClock(), lambda: f"plan-{next(numbers)}", random.Random(1), FlattenSettings(times=times)
    )


async def stopped(ground: Ground) -> str:
    ground.site.running = False
    await ground.prepare()
    runner = ground.desk.fire(PORTFOLIO, "tester", "a test")
    assert await runner.wait(15.0)
    return runner.latch.halt_id


async def flattened(
    ground: Ground, desk: FlattenDesk, halt_id: str, terms: FlattenTerms | None = None
) -> FlattenReport:
    plan = await desk.preview(halt_id, terms or FlattenTerms())
    desk.arm(plan.plan_id, "ada")
    return await desk.fire(plan.plan_id, "ada", "get out")


def held(ground: Ground, dialect: Dialect) -> dict[tuple[str, Leg], float]:
    """What the server itself holds, in its units."""
    found = {}
    for kind, legs in {"net": (Leg.NET,), "pot": (Leg.NET,), "legs": (Leg.LONG, Leg.SHORT)}.items():
        account = paper_account(ground.site, dialect.names[kind])
        found |= {(kind, leg): account.quantity_of(dialect.bitcoin, leg) for leg in legs}
    return {key: quantity for key, quantity in found.items() if quantity}


def sent(ground: Ground, name: str) -> list[Order]:
    return [order for order in paper_account(ground.site, name).orders.values() if order.client_id.startswith("scr")]


@by_dialect()
async def test_everything_is_closed_leg_by_leg_and_the_preview_had_its_cost(
    ground: GroundMaker, dialect: Dialect
) -> None:
    async with ground(spec=site_of(dialect), timeout_s=PATIENT_S, stop=SOON) as made:
        halt_id, desk = await stopped(made), flatten_of(made)
        orders = []
        desk.ordered.connect(lambda _, order: orders.append(order))
        plan = await desk.preview(halt_id)
        assert {(row.leg, row.quantity) for row in plan.rows} == {
            (Leg.NET, 1.0), (Leg.NET, -0.4), (Leg.LONG, 1.0), (Leg.SHORT, -0.5),
        }  # fmt: skip
        assert [row.unknown for row in plan.rows] == [""] * 4
        fees = made.site.venues[0].exchange.rules.taker_fee
        for row in plan.rows:
            assert row.fee_cost == pytest.approx((row.notional or 0.0) * fees, rel=0.02)
            assert (row.cost or 0.0) > (row.fee_cost or 0.0)
        (total,) = plan.totals
        assert (total.coin, total.positions, total.incomplete) == ("USDT", 4, 0)
        assert held(made, dialect)
        desk.arm(plan.plan_id, "ada")
        report = await desk.fire(plan.plan_id, "ada", "get out")
        assert (report.complete, report.sentence) == (True, "4 of 4 positions flat")
        assert held(made, dialect) == {}
        assert sorted(order.account for order in orders) == sorted(row.account for row in plan.rows)
        assert all(order.reduce_only for name in dialect.names.values() for order in sent(made, name))
        (view,) = made.desk.views()
        assert view.late == 0, "the sweep knows its own"


@by_dialect()
async def test_slices_never_take_more_than_their_share_nor_a_worse_price(ground: GroundMaker, dialect: Dialect) -> None:
    spec = site_of(dialect, instruments=thin(2_000.0))
    async with ground(spec=spec, timeout_s=PATIENT_S, stop=SOON) as made:
        exchange = made.site.venues[0].exchange
        account = paper_account(made.site, dialect.names["net"])
        for _ in range(3):
            exchange.place(account, PaperOrder(dialect.bitcoin, Side.BUY, OrderKind.MARKET, dialect.units(1.0)))
        halt_id, desk = await stopped(made), flatten_of(made)
        plan = await desk.preview(halt_id, SLICED)
        (big,) = [row for row in plan.rows if row.quantity == 4.0]
        assert big.slices > 1
        bid = exchange.market.best(dialect.bitcoin)[0]
        report = await flattened(made, desk, halt_id, SLICED)
        assert report.complete, report
        slices = sent(made, dialect.names["net"])
        assert len(slices) >= big.slices
        assert all(order.kind is OrderKind.LIMIT and order.price > bid * 0.99 for order in slices)
        assert sum(order.filled for order in slices) == pytest.approx(dialect.units(4.0))


@by_dialect()
async def test_a_thin_book_fills_in_parts_and_no_answer_is_no_end(ground: GroundMaker, dialect: Dialect) -> None:
    spec = site_of(dialect, instruments=thin(12.0))
    async with ground(spec=spec, timeout_s=PATIENT_S, stop=SOON) as made:
        halt_id, desk = await stopped(made), flatten_of(made)
        plan = await desk.preview(halt_id)
        assert any("the visible book lacks" in row.unknown for row in plan.rows)
        # Of the first orders one is turned away and one gets an answer that says nothing.
        paths = {"binanceusdm": "/fapi/v1/order", "okx": "*/trade/batch-orders", "bybit": "*/order/create"}
        path = paths[dialect.exchange]
        made.site.add_fault(Fault(FaultKind.BUSY, method="POST", path=path, seconds=0.05, count=1))
        made.site.add_fault(Fault(FaultKind.STATUS, method="POST", path=path, status=503, count=1))
        desk.arm(plan.plan_id, "ada")
        report = await desk.fire(plan.plan_id, "ada", "get out")
        assert report.complete, report
        assert not made.site.faults.active(), "both of them struck"
        assert held(made, dialect) == {}
        assert any(0 < order.filled < order.quantity for order in sent(made, dialect.names["net"]))


@by_dialect()
async def test_an_account_that_cannot_be_read_is_unknown_and_the_others_are_closed(
    ground: GroundMaker, dialect: Dialect
) -> None:
    async with ground(spec=site_of(dialect), timeout_s=PATIENT_S, stop=SOON) as made:
        times = replace(QUICK, deadline_s=1.0)
        halt_id, desk = await stopped(made), flatten_of(made, times)
        plan = await desk.preview(halt_id)
        blind = dialect.names["net"]
        made.site.add_fault(Fault(FaultKind.STATUS, account=blind, method="GET", path="*osition*", status=503))
        desk.arm(plan.plan_id, "ada")
        report = await desk.fire(plan.plan_id, "ada", "get out")
        found = {(row.account, row.state) for row in report.outcomes}
        assert found == {
            (blind, RowState.UNKNOWN), (dialect.names["legs"], RowState.FLAT), (dialect.names["pot"], RowState.FLAT),
        }  # fmt: skip
        assert set(held(made, dialect)) == {("net", Leg.NET)}
        assert not report.complete
