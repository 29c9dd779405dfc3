"""What the keeper of a dead-man's switch claims, and what the venue would do: in time that a test moves."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import VenueBusy, VenueDenied, VenueError, VenueRefused, VenueUnreachable
from core.halt.deadman.keeper import AFTERMATH_S, DEFINITE_S, RENEWALS, DeadManKeeper
from core.halt.deadman.switch import SwitchState, warning_of
from core.venues.protocol import ActingVenue
from tests.core.halt.deadman.switch_stand_in import TERMS, Line, SwitchStandIn, guarded, step
from tests.core.halt.scripted import ScriptedVenue

SECONDS = 30
BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
DELAYS = st.sampled_from([0.0, 0.1, 0.4, 1.0, 2.0])
ANSWERED = st.builds(Line, DELAYS, DELAYS.filter(lambda s: s < 2.0))
TROUBLED = st.one_of(
    ANSWERED,
    st.just(Line(None)),
    st.builds(Line, st.sampled_from([0.5, 3.5, 4.5]), st.just(9.0)),
    st.sampled_from([VenueUnreachable("gone"), VenueBusy("busy", retry_after_s=3.0), VenueRefused("no")]).map(
        lambda error: Line(0.0, 0.3, error)
    ),
)


class Ground:
    """One keeper, the venue's switch, and what is held."""

    def __init__(self, *symbols: str, lines: list[Line] | None = None, seconds: int = SECONDS) -> None:
        self.clock = ManualClock()
        self.switch = SwitchStandIn(self.clock, lines=deque(lines or ()))
        self.held = set(symbols)
        self.venue: ScriptedVenue = guarded(self.switch)
        self.trouble: VenueError | None = None
        self.keeper = DeadManKeeper("alpha-1", seconds, self._acquire, lambda: sorted(self.held), self.clock)

    async def _acquire(self) -> ActingVenue:
        if self.trouble is not None:
            raise self.trouble
        return self.venue

    async def pass_time(self, seconds: float, step_s: float = 0.25) -> None:
        for _ in range(round(seconds / step_s)):
            await step(self.clock, step_s)
            self.switch.fire()

    async def close(self, *, disarm: bool = True) -> tuple[str, ...]:
        closing = asyncio.ensure_future(self.keeper.close(disarm=disarm))
        while not closing.done():
            await step(self.clock, 0.25)
        return closing.result()


@given(lines=st.lists(TROUBLED, max_size=12), step_s=st.sampled_from([0.25, 0.7]))
@settings(max_examples=60, deadline=None)
def test_it_never_claims_more_time_than_the_venue_gives(lines: list[Line], step_s: float) -> None:
    async def run() -> None:
        ground = Ground(BTC, lines=lines)
        ground.keeper.start()
        for _ in range(120):
            await step(ground.clock, step_s)
            left_s = ground.keeper.view().left_s
            assert left_s is None or left_s <= ground.switch.left_s(BTC) + 1e-9
            ground.switch.fire()
        await ground.close()

    asyncio.run(run())


@given(lines=st.lists(ANSWERED, max_size=40), symbols=st.integers(1, 25))
@settings(max_examples=30, deadline=None)
def test_a_venue_that_answers_never_fires(lines: list[Line], symbols: int) -> None:
    async def run() -> None:
        ground = Ground(*(f"S{number}" for number in range(symbols)), lines=lines)
        ground.keeper.start()
        await ground.pass_time(8 * SECONDS, 0.5)
        view = ground.keeper.view()
        assert (ground.switch.fired, ground.keeper.lapses) == ([], 0)
        assert (view.state, view.countdowns) == (SwitchState.ARMED, symbols)
        assert await ground.close() == ()

    asyncio.run(run())


@given(lines=st.lists(TROUBLED, max_size=10), after_s=st.sampled_from([0.0, 0.25, 2.0, 9.75, 10.25, 25.0]))
@settings(max_examples=80, deadline=None)
def test_once_it_was_taken_back_nothing_arms_it_again(lines: list[Line], after_s: float) -> None:
    async def run() -> None:
        ground = Ground(BTC, ETH, lines=lines)
        ground.keeper.start()
        await ground.pass_time(after_s)
        left = await ground.close()
        assert left == ()
        before = len(ground.switch.armed)
        await ground.pass_time(0.5)
        assert ground.switch.until == {}
        await ground.pass_time(60.0)
        assert (ground.switch.until, len(ground.switch.armed)) == ({}, before)

    asyncio.run(run())


async def test_it_is_renewed_two_times_before_it_would_run_out() -> None:
    ground = Ground(BTC)
    ground.keeper.start()
    await ground.pass_time(3 * SECONDS)
    times = [at_s for _, at_s in ground.switch.armed]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert len(times) >= 9
    assert all(abs(gap - SECONDS / RENEWALS) <= 0.5 for gap in gaps)
    await ground.close()


async def test_a_renewal_that_fails_is_tried_again_at_once_and_not_at_the_next_time() -> None:
    ground = Ground(BTC, lines=[Line(), Line(0.0, 0.0, VenueUnreachable("gone")), Line()])
    ground.keeper.start()
    await ground.pass_time(SECONDS / RENEWALS + 1.0)
    assert len(ground.switch.armed) == 2
    await ground.close()


async def test_a_venue_that_asks_to_slow_down_is_left_alone_for_as_long_as_it_wishes() -> None:
    ground = Ground(BTC, lines=[Line(), Line(0.0, 0.0, VenueBusy("slow down", retry_after_s=7.0)), Line()])
    ground.keeper.start()
    await ground.pass_time(SECONDS / RENEWALS + 6.5)
    assert len(ground.switch.armed) == 1
    assert ground.keeper.view().reason == "slow down"
    await ground.pass_time(1.5)
    assert len(ground.switch.armed) == 2
    await ground.close()


async def test_a_time_that_ran_out_is_said_and_counted_once_and_armed_again() -> None:
    ground = Ground(BTC, lines=[Line(), *(Line(None) for _ in range(8)), Line()])
    ground.keeper.start()
    await ground.pass_time(SECONDS - 1.0)
    view = ground.keeper.view()
    assert view.state is SwitchState.FAILED
    assert view.is_worrying
    assert view.left_s is not None
    assert view.left_s <= 1.0
    await ground.pass_time(2.0)
    assert (ground.keeper.view().state, ground.keeper.view().left_s) == (SwitchState.LAPSED, None)
    assert ground.keeper.lapses == 1
    assert ground.switch.fired == [BTC]
    await ground.pass_time(SECONDS * 2)
    assert (ground.keeper.view().state, ground.keeper.lapses) == (SwitchState.ARMED, 1)
    await ground.close()


async def test_a_machine_that_slept_has_lost_its_switch_and_arms_it_as_it_wakes() -> None:
    """The monotonic clock stands still meanwhile, and the venue's does not."""
    ground = Ground(BTC)
    ground.keeper.start()
    await ground.pass_time(1.0)
    ground.clock.set_wall(600.0)
    assert ground.keeper.view().state is SwitchState.LAPSED
    await ground.pass_time(1.5)
    assert (ground.keeper.view().state, ground.keeper.lapses) == (SwitchState.ARMED, 1)
    assert len(ground.switch.armed) == 2
    await ground.close()


async def test_instruments_are_guarded_as_orders_appear_and_let_go_when_none_were_there_for_long() -> None:
    ground = Ground()
    ground.keeper.start()
    await ground.pass_time(2.0)
    assert ground.keeper.view().state is SwitchState.IDLE
    ground.held = {BTC, ETH}
    await ground.pass_time(0.75)
    assert ground.keeper.view().countdowns == 2
    ground.held = {BTC}
    await ground.pass_time(SECONDS - 1.0)
    assert ground.switch.disarmed == []
    await ground.pass_time(2.0)
    assert [name for name, _ in ground.switch.disarmed] == [ETH]
    assert (set(ground.switch.until), ground.switch.fired) == ({BTC}, [])
    ground.held = {BTC, ETH}
    await ground.pass_time(0.75)
    assert set(ground.switch.until) == {BTC, ETH}
    await ground.close()


async def test_what_cannot_be_let_go_is_renewed_on_until_it_can() -> None:
    ground = Ground(BTC)
    ground.keeper.start()
    await ground.pass_time(1.0)
    ground.held, ground.switch.refuses_disarm = set(), VenueUnreachable("gone")
    await ground.pass_time(4 * SECONDS)
    assert (ground.switch.fired, set(ground.switch.until)) == ([], {BTC})
    ground.switch.refuses_disarm = None
    await ground.pass_time(2 * SECONDS)
    assert ground.switch.until == {}
    assert ground.keeper.view().state is SwitchState.IDLE
    await ground.close()


async def test_a_key_that_is_refused_is_not_hammered_with() -> None:
    no = [Line(0.0, 0.0, VenueDenied("the venue refuses the key")) for _ in range(9)]
    ground = Ground(BTC, lines=no)
    ground.keeper.start()
    await ground.pass_time(DEFINITE_S - 1.0)
    assert len(ground.switch.lines) == 8
    view = ground.keeper.view()
    assert (view.state, view.reason, view.left_s) == (SwitchState.FAILED, "the venue refuses the key", None)
    assert await ground.close() == ()


async def test_an_account_that_cannot_be_reached_says_why_and_is_tried_again() -> None:
    ground = Ground(BTC)
    ground.trouble = VenueUnreachable("the venue cannot be reached")
    ground.keeper.start()
    await ground.pass_time(3.0)
    assert ground.keeper.view().reason == "the venue cannot be reached"
    ground.trouble = None
    await ground.pass_time(6.0)
    assert ground.keeper.view().state is SwitchState.ARMED
    await ground.close()


async def test_a_venue_without_a_switch_says_so() -> None:
    ground = Ground(BTC)
    ground.switch.terms = replace(TERMS, none="none is known there")
    ground.keeper.start()
    await ground.pass_time(1.0)
    assert (ground.keeper.view().state, ground.keeper.view().reason) == (SwitchState.NONE, "none is known there")
    assert ground.switch.armed == []
    await ground.close()


async def test_an_acting_side_that_knows_of_no_switch_is_no_armed_one() -> None:
    ground = Ground(BTC)
    ground.venue = ScriptedVenue(ground.clock)
    ground.keeper.start()
    await ground.pass_time(1.0)
    assert ground.keeper.view().state is SwitchState.FAILED
    await ground.close()


async def test_a_crash_leaves_it_armed_and_the_venue_fires() -> None:
    ground = Ground(BTC)
    ground.keeper.start()
    await ground.pass_time(1.0)
    assert await ground.close(disarm=False) == ()
    assert ground.switch.disarmed == []
    await ground.pass_time(SECONDS)
    assert ground.switch.fired == [BTC]


async def test_a_renewal_under_way_is_waited_for_before_it_is_taken_back() -> None:
    ground = Ground(BTC, lines=[Line(), Line(there_s=1.5, back_s=0.5)])
    ground.keeper.start()
    await ground.pass_time(SECONDS / RENEWALS + 0.5)
    assert not ground.switch.lines
    assert len(ground.switch.armed) == 1  # the second is on its way
    assert await ground.close() == ()
    assert len(ground.switch.armed) == 2
    assert ground.switch.disarmed[-1][1] > ground.switch.armed[-1][1]
    assert ground.switch.until == {}


async def test_a_renewal_that_was_given_up_and_arrives_late_is_taken_back_too() -> None:
    late = 4.0 + AFTERMATH_S / 2
    ground = Ground(BTC, lines=[Line(), Line(there_s=late, back_s=9.0)])
    ground.keeper.start()
    await ground.pass_time(SECONDS / RENEWALS + 0.5)
    assert await ground.close() == ()
    assert len(ground.switch.disarmed) == 2
    assert ground.switch.armed[-1][1] < ground.switch.disarmed[-1][1]
    await ground.pass_time(SECONDS * 2)
    assert (ground.switch.until, ground.switch.fired) == ({}, [])


async def test_what_could_not_be_taken_back_is_said() -> None:
    ground = Ground(BTC)
    ground.keeper.start()
    await ground.pass_time(1.0)
    ground.switch.refuses_disarm = VenueRefused("not today")
    (sentence,) = await ground.close()
    assert "alpha-1" in sentence
    assert "not today" in sentence
    other = Ground(BTC)
    other.keeper.start()
    await other.pass_time(1.0)
    other.switch.can_disarm = False
    (sentence,) = await other.close()
    assert "no request for that" in sentence


async def test_a_venue_that_grants_less_than_was_asked_for_is_believed() -> None:
    ground = Ground(BTC)
    ground.switch.granted = 12.0
    ground.keeper.start()
    await ground.pass_time(1.0)
    left_s = ground.keeper.view().left_s
    assert left_s is not None
    assert left_s <= 12.0
    await ground.pass_time(3 * SECONDS)
    assert ground.switch.fired == []
    await ground.close()


async def test_a_renewal_waits_for_room_in_the_budget_as_long_as_it_can_and_goes_without_in_need() -> None:
    ground = Ground(BTC)
    ground.switch.crowded_s = 5.0
    ground.keeper.start()
    await ground.pass_time(4.0)
    assert ground.switch.armed == []
    await ground.pass_time(60.0)
    assert (ground.switch.fired, ground.switch.uncounted) == ([], 0)
    ground.switch.crowded_s = 1000.0
    await ground.pass_time(3 * SECONDS)
    assert ground.switch.fired == []
    assert ground.switch.uncounted >= 3
    await ground.close()


async def test_what_does_not_run_yet_takes_nothing_from_the_stops_reserve() -> None:
    ground = Ground(BTC)
    ground.switch.crowded_s = 1000.0
    ground.keeper.start()
    await ground.pass_time(3 * SECONDS)
    assert (ground.keeper.view().state, ground.switch.armed) == (SwitchState.FAILED, [])
    assert "budget" in ground.keeper.view().reason
    closing = await ground.close()
    assert closing == ()


async def test_where_no_time_runs_it_is_said_again_now_and_then_and_never_runs_out() -> None:
    ground = Ground(BTC, lines=[Line(), *(Line(None) for _ in range(30))])
    ground.switch.terms = replace(TERMS, each_symbol=False, at_disconnect=True)
    ground.keeper.start()
    await ground.pass_time(1.0)
    assert (ground.keeper.view().state, ground.keeper.view().left_s) == (SwitchState.ARMED, None)
    await ground.pass_time(SECONDS + 5.0)
    assert (ground.keeper.view().state, ground.keeper.lapses) == (SwitchState.FAILED, 0)
    ground.switch.lines.clear()
    await ground.pass_time(2 * SECONDS)
    assert ground.keeper.view().state is SwitchState.ARMED
    assert await ground.close() == ()
    assert ground.switch.until == {}


@pytest.mark.expected_logs("a renewal of the dead-man's switch")
async def test_a_fault_of_ours_in_a_renewal_is_shown_and_the_renewing_goes_on() -> None:
    ground = Ground(BTC)
    arm = ground.switch.arm

    async def broken(name: str, seconds: int, *, counted: bool = False) -> float | None:
        raise ZeroDivisionError

    ground.switch.arm = broken  # type: ignore[method-assign]
    ground.keeper.start()
    await ground.pass_time(1.0)
    assert "own fault" in ground.keeper.view().reason
    ground.switch.arm = arm  # type: ignore[method-assign]
    await ground.pass_time(5.0)
    assert ground.keeper.view().state is SwitchState.ARMED
    await ground.close()


def test_the_warning_says_what_goes_with_the_orders() -> None:
    assert "stop-losses and take-profits go with them" in warning_of(TERMS)
    assert "count on it" in warning_of(replace(TERMS, triggers=None))
    assert "stay" in warning_of(replace(TERMS, triggers=False))
    told = warning_of(replace(TERMS, traps=("it is late",), confirmed=False))
    assert told.endswith("It is late. How it is called there is not confirmed")
    assert "up to 10 s later" in warning_of(replace(TERMS, late_s=10.0))
    assert warning_of(replace(TERMS, none="none")) == ""
