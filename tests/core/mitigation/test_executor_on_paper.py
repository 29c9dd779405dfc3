"""Plans carried out on the paper exchange, over the wire: what counts is what its own books say afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.clock import SystemClock
from core.domain import Side, Trust
from core.mitigation.executor import Execution, Surroundings
from core.mitigation.model import Reduction
from core.mitigation.plan import PlanInputs, PlanPosition, ScaleTerms
from core.mitigation.planner import make_plan
from core.mitigation.report import ExecutionReport
from core.mitigation.urgency import ExecutorSettings
from core.paper.faults import Fault, FaultKind
from core.paper.site import AccountSpec, PaperSite, PaperSpec, PositionSpec, VenueSpec
from core.paper.spec import secret_of
from tests.core.mitigation.paper_venue import PaperActing
from tests.core.mitigation.scripted_venue import having
from tests.core.mitigation.test_executor import mitigation

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
QUICK = ExecutorSettings(verify_pause_s=0.02, busy_pause_s=0.02, busy_pause_max_s=0.05)
ORDERS = {"method": "POST", "path": "/fapi/v1/order"}


def account(name: str, *positions: PositionSpec) -> AccountSpec:
    return AccountSpec(name, f"paper-{name}", secret_of(name, 1), {"USDT": 200_000.0}, positions)


@pytest.fixture
async def site() -> AsyncIterator[PaperSite]:
    rows = (
        account("alpha", PositionSpec("BTCUSDT", 1.5, "bas"), PositionSpec("ETHUSDT", -10.0, "mom")),
        account("beta", PositionSpec("BTCUSDT", 2.0, "bas")),
    )
    async with PaperSite(PaperSpec((VenueSpec("north", rows),), step_s=0.05)) as running:
        running.running = False
        yield running


@pytest.fixture
async def venues(site: PaperSite) -> AsyncIterator[dict[str, PaperActing]]:
    made = {name: PaperActing(site, name) for name in ("alpha", "beta")}
    await asyncio.gather(*(venue.prepare() for venue in made.values()))
    yield made
    await asyncio.gather(*(venue.close() for venue in made.values()))


def held(site: PaperSite, name: str, symbol: str) -> float:
    return site.venue_of(name).exchange.accounts[name].quantity_of(symbol)


def job(venues: dict[str, PaperActing], *reductions: Reduction) -> Execution:
    return Execution(
        mitigation(*reductions), having(venues), SystemClock(), Surroundings(lambda _order, _strategy: None), QUICK
    )


def cut(quantity: float, symbol: str = BTC, side: Side = Side.SELL, name: str = "alpha") -> Reduction:
    return Reduction(name, symbol, "basis", side, quantity, quantity * 100.0)


async def run(venues: dict[str, PaperActing], *reductions: Reduction) -> ExecutionReport:
    return await job(venues, *reductions).run()


def row(name: str, symbol: str, quantity: float, mark: float) -> PlanPosition:
    return PlanPosition(name, symbol, "basis", quantity, quantity * mark, mark, 0.001, 0.001, True, quantity)


async def test_a_plan_over_two_accounts_scales_the_venues_own_books_by_its_factor(
    site: PaperSite, venues: dict[str, PaperActing]
) -> None:
    rows = [row("alpha", BTC, 1.5, 60_000.0), row("alpha", ETH, -10.0, 3_000.0), row("beta", BTC, 2.0, 60_000.0)]
    plan = make_plan(PlanInputs(rows, Trust.TRUSTED, 0.0), ScaleTerms(0.5))
    report = await run(venues, *plan.reductions)
    assert report.complete, report
    assert held(site, "alpha", "BTCUSDT") == pytest.approx(0.75)
    assert held(site, "alpha", "ETHUSDT") == pytest.approx(-5.0)
    assert held(site, "beta", "BTCUSDT") == pytest.approx(1.0)


async def test_more_than_is_held_closes_the_position_and_never_turns_it_round(
    site: PaperSite, venues: dict[str, PaperActing]
) -> None:
    report = await run(venues, cut(9.0), cut(50.0, ETH, Side.BUY))
    assert report.complete
    assert held(site, "alpha", "BTCUSDT") == 0.0
    assert held(site, "alpha", "ETHUSDT") == 0.0


async def test_an_order_that_would_enlarge_a_position_is_never_sent(
    site: PaperSite, venues: dict[str, PaperActing]
) -> None:
    report = await run(venues, cut(1.0, BTC, Side.BUY))
    assert report.orders == 0
    assert held(site, "alpha", "BTCUSDT") == 1.5


async def test_an_order_below_the_venues_least_is_refused_and_the_others_go_on(
    site: PaperSite, venues: dict[str, PaperActing]
) -> None:
    report = await run(venues, cut(0.0000001), cut(4.0, ETH, Side.BUY))
    assert report.outcomes[0].refused
    assert held(site, "alpha", "BTCUSDT") == 1.5
    assert held(site, "alpha", "ETHUSDT") == pytest.approx(-6.0)


async def test_a_busy_venue_is_asked_again(site: PaperSite, venues: dict[str, PaperActing]) -> None:
    site.add_fault(Fault(FaultKind.BUSY, account="alpha", count=1, **ORDERS))  # type: ignore[arg-type]
    report = await run(venues, cut(0.5))
    assert report.complete
    assert held(site, "alpha", "BTCUSDT") == pytest.approx(1.0)


async def test_an_order_whose_answer_never_comes_is_settled_by_the_position_and_holds_up_no_other_account(
    site: PaperSite, venues: dict[str, PaperActing]
) -> None:
    site.add_fault(Fault(FaultKind.HANG, account="alpha", duration_s=5.0, **ORDERS))  # type: ignore[arg-type]
    report = await run(venues, cut(0.5), cut(0.5, name="beta"))
    assert report.complete
    assert held(site, "alpha", "BTCUSDT") == pytest.approx(1.0)
    assert held(site, "beta", "BTCUSDT") == pytest.approx(1.5)


async def test_an_order_that_never_arrived_is_not_called_done_nor_sent_again(
    site: PaperSite, venues: dict[str, PaperActing]
) -> None:
    site.add_fault(Fault(FaultKind.REFUSE, account="alpha", **ORDERS))  # type: ignore[arg-type]
    report = await run(venues, cut(0.5))
    assert "no answer to the order" in report.outcomes[0].refused
    assert report.orders == 1
    assert not report.confirmed
    assert held(site, "alpha", "BTCUSDT") == 1.5


async def test_an_answer_that_cannot_be_read_is_settled_by_the_position(
    site: PaperSite, venues: dict[str, PaperActing]
) -> None:
    site.add_fault(Fault(FaultKind.MALFORMED, account="alpha", count=1, **ORDERS))  # type: ignore[arg-type]
    report = await run(venues, cut(0.5))
    assert report.orders == 1
    assert report.outcomes[0].filled == pytest.approx(1.5 - held(site, "alpha", "BTCUSDT"))


async def test_ceasing_stops_the_orders_that_have_not_left(site: PaperSite, venues: dict[str, PaperActing]) -> None:
    fault: dict[str, Any] = {"seconds": 0.3, **ORDERS}
    site.add_fault(Fault(FaultKind.LATENCY, account="alpha", **fault))
    running = job(venues, cut(0.5), cut(5.0, ETH, Side.BUY))
    task = asyncio.gather(running.run())
    await SystemClock().sleep(0.1)
    began_s = SystemClock().monotonic()
    running.cease("a stop of portfolio was fired")
    (report,) = await task
    assert SystemClock().monotonic() - began_s < 0.1
    assert report.outcomes[1].client_order_ids == ()
    assert held(site, "alpha", "ETHUSDT") == -10.0
