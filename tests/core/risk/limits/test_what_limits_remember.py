"""Confirmations, changes over time and drift, against plain reckoning over the whole course."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Trust
from core.risk.limits import Confirm
from core.risk.limits.memory import CHANGE_POINTS, DRIFT_SPAN_S
from tests.core.risk.limits.cells import SCOPES, Stage, compiled, limit

LEVELS = (0.1, 0.2, 0.3, 0.4)
VALUES = st.sampled_from([0.0, 0.05, 0.15, 0.25, 0.35, 0.45, math.nan])


def rank(value: float) -> int:
    return -1 if math.isnan(value) else sum(value >= level for level in LEVELS)


@given(st.lists(VALUES, max_size=30), st.integers(1, 5), st.integers(0, 4))
def test_a_severity_is_reached_when_n_of_the_last_m_readings_reach_it(
    values: list[float], needed: int, spare: int
) -> None:
    stage = Stage(compiled(limit("account:*", confirm=Confirm(needed, needed + spare))))
    seen: list[int] = []
    for value in values:
        now = rank(value)
        got = stage.step(value)
        if now < 0:
            assert got == -1
            continue
        seen.append(now)
        last = seen[-(needed + spare) :]
        confirmed = max((level for level in range(1, 5) if sum(row >= level for row in last) >= needed), default=0)
        assert got == min(now, confirmed)


@given(st.integers(1, 4), st.integers(0, 3), st.integers(1, 4), st.integers(0, 3))
@settings(max_examples=60)
def test_one_confirmation_implies_another_if_no_course_tells_otherwise(n: int, more: int, k: int, spare: int) -> None:
    mine, other = Confirm(n, n + more), Confirm(k, k + spare)
    counterexample = False
    for course in range(2**8):
        readings = [bool(course >> bit & 1) for bit in range(8)]

        def first(rule: Confirm, readings: list[bool] = readings) -> float:
            for end in range(1, 9):
                if readings[end - 1] and sum(readings[max(0, end - rule.cycles) : end]) >= rule.needed:
                    return end
            return math.inf

        counterexample |= first(mine) > first(other)
    assert mine.implied_by(other) == (not counterexample)


def test_a_second_look_at_the_same_moment_confirms_nothing() -> None:
    stage = Stage(compiled(limit("account:*", confirm=Confirm(2, 3))))
    assert stage.step(0.5) == 0
    assert stage.step(0.5, wait_s=0.0) == 0
    assert stage.step(0.5) == 4


def test_what_too_few_readings_show_is_near_and_becomes_a_breach() -> None:
    stage = Stage(compiled(limit("account:*", confirm=Confirm(2, 2))))
    stage.step(0.25)
    assert stage.check().outcome == "near"
    stage.step(0.25)
    assert (stage.check().outcome, stage.check().severity) == ("breached", 2)


def test_readings_of_too_little_trust_are_unknown_and_counted_by_nobody() -> None:
    stage = Stage(compiled(limit("account:*", confirm=Confirm(2, 2), min_trust=Trust.TRUSTED)))
    assert stage.step(0.5) == 0
    assert stage.step(0.5, trust=Trust.UNSETTLED) == -1
    assert stage.check().outcome == "unknown"
    assert stage.step(0.5) == 4


@pytest.mark.parametrize(
    ("least", "outcomes"),
    [(Trust.STALE, (-1, 4, 4, 4)), (Trust.UNSETTLED, (-1, -1, 4, 4)), (Trust.TRUSTED, (-1, -1, -1, 4))],
)
def test_below_its_least_trust_a_limit_is_unknown(least: Trust, outcomes: tuple[int, ...]) -> None:
    stage = Stage(compiled(limit("account:*", min_trust=least)))
    assert tuple(stage.step(0.5, trust=trust) for trust in Trust) == outcomes


def change_by_hand(course: list[tuple[float, float]], span_s: float) -> float:
    """Against the oldest of the points that are kept, every thirtieth of the span, within the span."""
    kept: list[tuple[float, float]] = []
    for at_s, value in course:
        if not math.isnan(value) and (not kept or at_s - kept[-1][0] >= span_s / CHANGE_POINTS):
            kept.append((at_s, value))
    now_s, value = course[-1]
    within = [row for row in kept if now_s - row[0] <= span_s]
    return value - within[0][1] if within else math.nan


@given(st.lists(st.tuples(st.floats(0.1, 40.0), st.one_of(st.floats(0.0, 1.0), st.just(math.nan))), max_size=40))
def test_a_change_is_that_since_the_oldest_known_level_within_the_span(steps: list[tuple[float, float]]) -> None:
    stage = Stage(compiled(limit("account:*", change_over_s=60.0)))
    course: list[tuple[float, float]] = []
    for wait_s, value in steps:
        severity = stage.step(value, wait_s=wait_s)
        course.append((stage.now_s, value))
        wanted = change_by_hand(course, 60.0)
        assert stage.judged is not None
        assert stage.judged.quantity[stage.cell] == pytest.approx(wanted, nan_ok=True)
        assert severity == rank(wanted)


def test_a_fall_of_what_is_worse_the_smaller_it_is_is_a_change_for_the_worse() -> None:
    stage = Stage(compiled(limit("account:*", "equity", (100.0, None, None, None), change_over_s=300.0)))
    assert stage.step(1_000.0, metric="equity") == 0
    assert stage.step(1_200.0, metric="equity") == 0
    assert stage.step(890.0, metric="equity") == 1
    check = stage.check()
    assert (check.metric, check.threshold) == ("equity_in_300s", 100.0)
    assert check.value == pytest.approx(110.0)
    assert check.clear_level == pytest.approx(95.0)


def test_a_level_that_was_never_known_has_no_change() -> None:
    stage = Stage(compiled(limit("account:*", change_over_s=60.0)))
    for _ in range(5):
        assert stage.step(math.nan, wait_s=100.0) == -1
    assert stage.step(0.3) == 0


def test_time_to_breach_is_the_distance_over_the_drift() -> None:
    stage = Stage(compiled(limit("account:*", levels=(0.5, None, None, None))))
    for second in range(100):
        stage.step(0.001 * second)
    left_s = stage.check().breach_in_s
    assert left_s == pytest.approx((0.5 - 0.099) / 0.001, rel=1e-6)


def test_one_wild_reading_does_not_turn_the_drift() -> None:
    stage = Stage(compiled(limit("account:*", levels=(0.5, None, None, None))))
    for second in range(int(DRIFT_SPAN_S) + 20):
        stage.step(0.45 if second == 30 else 0.001 * second)
        if second > 65:
            assert stage.check().breach_in_s == pytest.approx((0.5 - 0.001 * second) / 0.001, rel=0.05)


def test_moving_away_takes_for_ever_and_beyond_the_last_threshold_there_is_no_time_left() -> None:
    stage = Stage(compiled(limit("account:*", levels=(0.5, None, None, None))))
    for second in range(100):
        stage.step(0.4 - 0.001 * second)
    assert stage.check().breach_in_s == math.inf
    stage.step(0.6)
    assert stage.check().breach_in_s == 0.0


def test_before_the_whole_span_was_seen_the_time_to_breach_is_unknown() -> None:
    stage = Stage(compiled(limit("account:*")))
    for second in range(int(DRIFT_SPAN_S) - 2):
        stage.step(0.001 * second)
        assert math.isnan(stage.check().breach_in_s)


def test_other_limits_leave_what_is_remembered_of_a_cell_that_stays() -> None:
    confirmed = limit("account:*", confirm=Confirm(3, 3))
    change = limit("account:alpha-1", "leverage", (1.0, None, None, None), change_over_s=60.0)
    stage = Stage(compiled(confirmed, change))
    for second in range(70):
        stage.step({"drawdown": 0.0, "leverage": 0.01 * second})
    stage.step({"drawdown": 0.5, "leverage": 0.7})
    stage.step({"drawdown": 0.5, "leverage": 0.7})
    stage.watch.take(compiled(change, limit("portfolio"), confirmed, limit("account:*", "margin_use")))
    assert stage.step({"drawdown": 0.5, "leverage": 0.7}) == 0
    limits, judged = stage.watch.limits, stage.judged
    assert judged is not None
    drawdown, leverage = limits.cell(SCOPES[3], "drawdown"), limits.cell(SCOPES[3], "leverage_in_60s")
    assert judged.severity[drawdown] == 4
    assert judged.quantity[leverage] == pytest.approx(0.57, abs=0.03)
    assert math.isfinite(judged.breach_in_s[leverage])


def test_a_confirmation_that_is_asked_for_anew_counts_anew() -> None:
    stage = Stage(compiled(limit("account:*", confirm=Confirm(2, 2))))
    stage.step(0.5)
    stage.watch.take(compiled(limit("account:*", confirm=Confirm(2, 3))))
    assert stage.step(0.5) == 0
    assert stage.step(0.5) == 4
