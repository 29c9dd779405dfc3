"""What can only reduce a position is kept where that was chosen, and only while it has a position to reduce."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.domain import PORTFOLIO, Protective, Side, StopLevel
from core.errors import VenueUnreachable
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.model import ProofRow, ProofState
from core.halt.runner import HaltRunner
from core.halt.sorting import Fate, Sorter
from core.halt.target import StopSettings
from core.halt.terms import USUAL, StopTerms
from tests.core.halt.scripted import SYMBOL, ScriptedVenue, pass_time

KEEP = StopTerms(Protective.KEEP)
REDUCE_ONLY = StopTerms(level=StopLevel.REDUCE_ONLY)


@pytest.fixture
def venue(clock: ManualClock) -> ScriptedVenue:
    """Long one BTC, with an entry order, a stop-loss and a take-profit resting."""
    venue = ScriptedVenue(clock, positions={SYMBOL: 1.0})
    venue.put(side=Side.BUY, client="entry-1")
    venue.put(side=Side.SELL, client="sl-1", book="trigger", reduce_only=True)
    venue.put(side=Side.SELL, client="tp-1", reduce_only=True)
    return venue


@pytest.fixture
async def desk(venue: ScriptedVenue, clock: ManualClock, tmp_path: Path) -> AsyncIterator[HaltDesk]:
    def targets(_scope: object, *, include_unattributed: bool = False) -> tuple[object, ...]:
        return (venue.target(known_orders=tuple(venue.resting.values()), known_symbols=frozenset({SYMBOL})),)

    made = HaltDesk(LatchFolder(tmp_path), targets, clock, StopSettings(), lambda: "h-1")  # type: ignore[arg-type]
    yield made
    await made.close()


def clients(venue: ScriptedVenue) -> set[str]:
    return {order.client_order_id for order in venue.resting.values()}


def row(runner: HaltRunner) -> ProofRow:
    (only,) = runner.view().rows
    return only


async def test_by_default_everything_goes(venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock) -> None:
    runner = desk.fire(PORTFOLIO, "tester", "a test")
    await pass_time(clock, 3.0)
    assert clients(venue) == set()
    assert row(runner).words == "VERIFIED"


@pytest.mark.parametrize("terms", [KEEP, REDUCE_ONLY])
async def test_kept_orders_are_counted_in_the_proof_and_never_touched(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock, terms: StopTerms
) -> None:
    runner = desk.fire(PORTFOLIO, "tester", "a test", terms)
    await pass_time(clock, 3.0)
    assert clients(venue) == {"sl-1", "tp-1"}
    assert row(runner).words == "VERIFIED, 2 protective kept"
    view = runner.view()
    assert (view.proven, view.kept, view.orders_cancelled) == (True, 2, 1)


async def test_what_has_no_position_to_reduce_protects_nothing_and_is_swept(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    runner = desk.fire(PORTFOLIO, "tester", "a test", KEEP)
    await pass_time(clock, 3.0)
    venue.positions = {SYMBOL: -1.0}  # it flipped: a sell would enlarge it, were it not for the venue
    await pass_time(clock, 5.0)
    assert clients(venue) == set()
    assert row(runner).words == "VERIFIED"


async def test_without_positions_to_judge_by_nothing_is_swept_and_nothing_is_proven(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    venue.trouble["positions"] = VenueUnreachable("no answer", account="alpha-1")
    runner = desk.fire(PORTFOLIO, "tester", "a test", KEEP)
    await pass_time(clock, 4.0)
    assert clients(venue) == {"sl-1", "tp-1"}
    assert row(runner).state is ProofState.UNKNOWN
    assert row(runner).reason == "2 protective orders rest, and whether their positions stand is not known: no answer"
    del venue.trouble["positions"]
    await pass_time(clock, 5.0)
    assert row(runner).words == "VERIFIED, 2 protective kept"
    venue.trouble["positions"] = VenueUnreachable("no answer", account="alpha-1")
    await pass_time(clock, 2.0)
    assert row(runner).state is ProofState.UNKNOWN, "an old proof says nothing about positions that moved since"


async def test_an_order_that_could_enlarge_voids_the_proof_and_goes(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    runner = desk.fire(PORTFOLIO, "tester", "a test", KEEP)
    await pass_time(clock, 3.0)
    order = venue.put(side=Side.SELL, client="bas-7", late=True)
    desk.hint(order)
    assert row(runner).state is ProofState.RESTING
    await pass_time(clock, 5.0)
    assert clients(venue) == {"sl-1", "tp-1"}
    assert [(late.client_order_id, late.pattern, late.kept) for late in runner.view().late_orders] == [
        ("bas-7", "bas-*", False)
    ]


async def test_a_stop_loss_set_anew_under_a_stop_stays_and_is_told(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    runner = desk.fire(PORTFOLIO, "tester", "a test", KEEP)
    await pass_time(clock, 3.0)
    desk.hint(venue.put(client="sl-2", book="trigger", reduce_only=True, late=True))
    await pass_time(clock, 3.0)
    assert clients(venue) == {"sl-1", "sl-2", "tp-1"}
    assert row(runner).words == "VERIFIED, 3 protective kept"
    assert [(late.client_order_id, late.kept) for late in runner.view().late_orders] == [("sl-2", True)]


async def test_at_reduce_only_an_order_that_reduces_is_nothing_out_of_order(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    runner = desk.fire(PORTFOLIO, "tester", "a test", REDUCE_ONLY)
    await pass_time(clock, 3.0)
    desk.hint(venue.put(client="exit-1", reduce_only=True, late=True))
    await pass_time(clock, 3.0)
    assert "exit-1" in clients(venue)
    assert runner.view().late == 0


async def test_firing_again_only_tightens(venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock) -> None:
    desk.fire(PORTFOLIO, "tester", "a test", KEEP)
    await pass_time(clock, 3.0)
    runner = desk.fire(PORTFOLIO, "tester", "all of it")
    await pass_time(clock, 3.0)
    assert clients(venue) == set()
    again = desk.fire(PORTFOLIO, "tester", "again", KEEP)
    await pass_time(clock, 1.0)
    assert again.latch.terms == USUAL
    assert (again.latch.halt_id, again.latch.firings) == (runner.latch.halt_id, 3)
    assert LatchFolder(desk._folder.folder).load() == (again.latch,)


ORDER = ScriptedVenue(ManualClock()).put()
SIDES = st.sampled_from(list(Side))


@given(
    terms=st.builds(StopTerms, st.sampled_from(Protective), st.sampled_from(StopLevel)),
    reduce_only=st.booleans(),
    side=SIDES,
    issued=st.booleans(),
    positions=st.none() | st.frozensets(st.tuples(st.just(SYMBOL), SIDES)),
)
def test_nothing_is_ever_spared_that_could_open_or_enlarge(
    terms: StopTerms, reduce_only: bool, side: Side, issued: bool, positions: frozenset[tuple[str, Side]] | None
) -> None:
    order = ScriptedVenue(ManualClock()).put(side=side, reduce_only=reduce_only, client="c-1")
    target = ScriptedVenue(ManualClock()).target()
    fate = Sorter(target, terms, ("c-1",) if issued else ()).fate(order, positions)
    if fate is Fate.SPARE:
        assert reduce_only
        assert positions is not None
        assert (SYMBOL, side) in positions
        assert issued or terms.spares_reducing
    if not reduce_only:
        assert fate is Fate.CANCEL
