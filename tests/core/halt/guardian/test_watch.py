"""Whose silence it was: a machine that sleeps is no desk that fails, and a desk that fails is found, once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import GuardianAct
from core.halt.guardian.awake import GAP_S, Awake, Lapse
from core.halt.guardian.watch import CRASH_AFTER_S, UNHEARD_S, WAKE_GRACE_S, Finding, GuardPolicy, Trouble, Watch

STOPS = GuardPolicy(GuardianAct.STOP, GuardianAct.STOP, missed_after_s=5.0)
TICK_S = 0.25


@dataclass
class Machine:
    """One machine with a guardian and a desk, moved by hand."""

    policy: GuardPolicy = STOPS
    now_s: float = 100.0
    sleepless_s: float = 5_000.0
    found: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watch = Watch(self.policy)
        self.awake = Awake(self.now_s, self.sleepless_s)

    def pass_time(self, seconds: float, *beating: str) -> None:
        left_s = seconds
        while left_s > 1e-9:
            step_s = min(TICK_S, left_s)
            left_s -= step_s
            self.tick(step_s, step_s)
            for desk in beating:
                self.watch.beat(desk)

    def tick(self, monotonic_s: float, sleepless_s: float) -> None:
        self.now_s += monotonic_s
        self.sleepless_s += sleepless_s
        self.found += self.watch.step(self.awake.tick(self.now_s, self.sleepless_s))


naps = st.one_of(
    # The whole machine is suspended: one clock stands still (Linux, macOS), or both go on (Windows).
    st.floats(5.0, 500_000.0).map(lambda seconds: (0.1, seconds)),
    st.floats(5.0, 500_000.0).map(lambda seconds: (seconds, seconds)),
    # The guardian itself did not get to run.
    st.floats(GAP_S + 0.1, 600.0).map(lambda seconds: (seconds, seconds)),
)


@given(life=st.lists(st.tuples(st.floats(0.3, 30.0), naps, st.floats(0.0, WAKE_GRACE_S - 0.5)), max_size=8))
def test_a_machine_that_sleeps_is_never_taken_for_a_desk_that_fails(
    life: list[tuple[float, tuple[float, float], float]],
) -> None:
    it = Machine()
    it.watch.linked("desk")
    for working_s, (monotonic_s, sleepless_s), yawning_s in life:
        it.pass_time(working_s, "desk")
        it.tick(monotonic_s, sleepless_s)
        it.pass_time(yawning_s)  # awake again, and not yet back at its heartbeats
        it.pass_time(1.0, "desk")
    assert it.found == []


@given(
    nap=st.none() | naps, before_s=st.floats(0.0, 30.0), missed_after_s=st.floats(1.0, 60.0),
    act=st.sampled_from(GuardianAct),
)  # fmt: skip
def test_a_desk_that_falls_silent_is_found_once_and_not_before_its_time(
    nap: tuple[float, float] | None, before_s: float, missed_after_s: float, act: GuardianAct
) -> None:
    it = Machine(GuardPolicy(on_missed=act, missed_after_s=missed_after_s))
    it.watch.linked("desk")
    it.pass_time(before_s, "desk")
    grace_s = 0.0
    if nap is not None:
        it.tick(*nap)
        grace_s = WAKE_GRACE_S
    it.pass_time(grace_s + missed_after_s - TICK_S - 0.01)
    assert it.found == []
    it.pass_time(2 * TICK_S + 0.02)
    assert it.found == [Finding("desk", Trouble.MISSED, stop=act is GuardianAct.STOP)]
    it.pass_time(3 * missed_after_s)
    assert len(it.found) == 1
    it.pass_time(1.0, "desk")
    it.pass_time(missed_after_s + TICK_S)
    assert len(it.found) == 2, "heard again and silent again is another time"


def test_a_line_that_closes_without_a_goodbye_and_stays_closed_is_a_crash() -> None:
    it = Machine()
    it.watch.linked("desk")
    it.pass_time(2.0, "desk")
    it.watch.unlinked("desk")
    assert not it.watch.heard("desk")
    it.pass_time(CRASH_AFTER_S - TICK_S)
    assert it.found == []
    it.pass_time(TICK_S)
    assert it.found == [Finding("desk", Trouble.CRASH, stop=True)]
    assert it.watch.desks == ()


def test_a_line_that_comes_back_was_no_crash_and_a_goodbye_is_none() -> None:
    it = Machine()
    it.watch.linked("desk")
    it.watch.unlinked("desk")
    it.pass_time(CRASH_AFTER_S / 2)
    it.watch.linked("desk")
    it.pass_time(4 * CRASH_AFTER_S, "desk")
    it.watch.left("desk")
    it.watch.unlinked("desk")
    it.pass_time(60.0)
    assert it.found == []


@pytest.mark.parametrize("trouble", Trouble)
def test_nothing_is_stopped_for_one_desk_while_another_is_heard_and_nothing_where_the_policy_says_alarm(
    trouble: Trouble,
) -> None:
    for policy, other, stop in ((STOPS, True, False), (STOPS, False, True), (GuardPolicy(), False, False)):
        it = Machine(policy)
        it.watch.linked("desk")
        beating = []
        if other:
            it.watch.linked("other")
            beating = ["other"]
        if trouble is Trouble.CRASH:
            it.watch.unlinked("desk")
        it.pass_time(STOPS.missed_after_s + 1.0, *beating)
        assert [(finding.trouble, finding.stop) for finding in it.found] == [(trouble, stop)]


def test_a_silent_desk_is_relied_upon_no_longer_long_before_it_is_an_alarm() -> None:
    it = Machine(GuardPolicy(missed_after_s=60.0))
    it.watch.linked("desk")
    it.pass_time(UNHEARD_S - TICK_S)
    assert it.watch.heard("desk")
    it.pass_time(TICK_S)
    assert not it.watch.heard("desk")
    assert it.found == []


def test_a_clock_that_is_set_back_is_no_sleep() -> None:
    awake = Awake(10.0, 1_000.0)
    assert awake.tick(10.25, 400.0) == Lapse(0.25, False)
