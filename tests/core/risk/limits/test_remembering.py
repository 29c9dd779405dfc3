"""Limits on a change over a restart: what they remember goes into JSON and comes back on another clock."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.journal.canonical import canonical
from tests.core.risk.limits.cells import Stage, compiled, limit

LIMITS = (
    limit("account:*", change_over_s=60.0),
    limit("account:*", "leverage", (1.0, 2.0, 3.0, 4.0), change_over_s=30.0),
)
COURSE = st.lists(
    st.tuples(st.sampled_from([0.0, 0.05, 0.2, 0.35, 0.6, 1.5, math.nan, math.inf]), st.sampled_from([0.5, 2.0, 20.0])),
    min_size=2, max_size=20,
)  # fmt: skip
LATER_S = 5_000.0
"""How much further another machine's monotonic clock is."""


def restarted(stage: Stage) -> Stage:
    state = stage.watch.change_state(stage.at_s - stage.now_s)
    fresh = Stage(compiled(*LIMITS))
    fresh.now_s, fresh.at_s = stage.now_s + LATER_S, stage.at_s
    fresh.watch.restore_changes(json.loads(canonical(state.rows())), fresh.at_s - fresh.now_s)
    return fresh


@given(COURSE, st.integers(1, 19))
def test_a_restart_changes_nothing_of_what_limits_on_a_change_say(course: list[tuple[float, float]], at: int) -> None:
    one = other = Stage(compiled(*LIMITS))
    other = Stage(compiled(*LIMITS))
    for number, (value, wait_s) in enumerate(course):
        if number == at:
            other = restarted(other)
        both = {"drawdown": value, "leverage": value}
        assert one.step(both, wait_s=wait_s) == other.step(both, wait_s=wait_s)
        assert one.judged is not None
        assert other.judged is not None
        assert one.judged.severity.tolist() == other.judged.severity.tolist()


def test_a_fall_that_began_before_a_restart_is_not_over_with_it() -> None:
    stage = Stage(compiled(*LIMITS))
    for value in (0.0, 0.0, 2.5):
        rank = stage.step(value, metric="leverage", wait_s=10.0)
    assert rank == 2
    after = restarted(stage)
    assert after.step(2.5, metric="leverage", wait_s=10.0) == 2
    assert after.step(2.5, metric="leverage", wait_s=60.0) == 0


def test_what_is_no_such_state_is_refused_and_what_is_gone_is_left_out() -> None:
    stage = Stage(compiled(*LIMITS))
    with pytest.raises(ValueError, match="unpack"):
        stage.watch.restore_changes([["account:alpha-1", "drawdown"]], 0.0)
    stage.watch.restore_changes([["account:gone", "drawdown", 60.0, [1.0], [0.5]]], 0.0)
    assert stage.step(0.3) == 0
