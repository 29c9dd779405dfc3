"""What happened over time, against references in plain Python; and over restarts, odd clocks and holes in the data."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book.attribution import AccountEntry
from core.errors import JournalError
from core.risk.saving import load_course, save_course
from tests.core.book.desk import ACCOUNTS, Desk
from tests.core.risk.courses import START_S, Feed

DAY_S = 86_400.0
NAN = math.nan

unit_values = st.one_of(st.just(NAN), st.floats(0.2, 3.0))
steps = st.lists(st.tuples(st.sampled_from([1.0, 60.0, 900.0, 7_200.0, 30_000.0, 200_000.0]), unit_values), max_size=60)


def bucketed_peak(told: list[tuple[float, float]], now_s: float, span_s: float, bucket_s: float) -> float:
    """The highest known value since the beginning of the bucket that lies one span back."""
    since_s = (now_s // bucket_s - round(span_s / bucket_s)) * bucket_s
    return max((value for at_s, value in told if at_s >= since_s and not math.isnan(value)), default=NAN)


@settings(deadline=None, max_examples=80)
@given(course=steps, restarts=st.sets(st.integers(0, 59), max_size=3))
def test_rolling_peaks_agree_with_a_plain_reference_over_any_restart(
    course: list[tuple[float, float]], restarts: set[int]
) -> None:
    feed, told = Feed(), []
    for number, (pause_s, value) in enumerate(course):
        feed.wait(pause_s)
        if number in restarts:
            feed.restart()
        told.append((feed.at_s, value))
        series = feed.step(value)
        for got, span_s, bucket_s in ((series.peak_7d, 7 * DAY_S, DAY_S / 4), (series.peak_30d, 30 * DAY_S, DAY_S)):
            wanted = bucketed_peak(told, feed.at_s, span_s, bucket_s)
            assert got[0] == pytest.approx(wanted, rel=1e-12, nan_ok=True)
            recent = [value for at_s, value in told if feed.at_s - at_s <= span_s and not math.isnan(value)]
            assert not recent or got[0] >= max(recent)


@settings(deadline=None, max_examples=80)
@given(returns=st.lists(st.one_of(st.just(NAN), st.sampled_from([-0.02, -0.001, 0.0, 0.001, 0.03])), max_size=30))
def test_a_loss_run_agrees_with_a_plain_reference(returns: list[float]) -> None:
    feed = Feed()
    value = 1.0
    feed.step(value)
    run = 0
    for change in returns:
        # One hour, ended by a value that may be missing.
        feed.wait(1_800.0)
        if not math.isnan(change):
            value *= 1.0 + change
            run = run + 1 if change < 0.0 else 0
            feed.step(value)
        feed.wait(1_800.0)
        assert feed.step(NAN).loss_run[0] == run


def test_the_hour_that_runs_does_not_count_yet() -> None:
    feed = Feed()
    feed.step(1.0)
    for _ in range(59):
        feed.wait(60.0)
        assert feed.step(0.5).loss_run[0] == 0.0
    feed.wait(60.0)
    assert feed.step(0.5).loss_run[0] == 1.0


@settings(deadline=None, max_examples=60)
@given(values=st.lists(st.floats(0.5, 2.0), min_size=2, max_size=200))
def test_the_value_before_is_one_span_old_or_a_sample_more(values: list[float]) -> None:
    feed, told = Feed(), []
    for value in values:
        feed.wait(20.0)
        told.append((feed.at_s, value))
        series = feed.step(value)
        age_s = float(series.before_s[0])
        assert 900.0 <= age_s <= 960.0 + 20.0
        if feed.at_s - told[0][0] >= 900.0:
            at_s = feed.at_s - age_s
            assert series.unit_before[0] == next(value for moment, value in told if moment == pytest.approx(at_s))
        else:
            assert series.unit_before[0] == values[0]


def test_a_scope_known_for_a_minute_has_no_exaggerated_velocity() -> None:
    feed = Feed()
    feed.step(NAN)
    feed.wait(30.0)
    feed.step(1.0)
    feed.wait(60.0)
    series = feed.step(0.98)
    assert (series.unit_before[0], series.before_s[0]) == (1.0, 900.0)


def test_what_is_older_than_two_spans_says_nothing_of_the_present() -> None:
    feed = Feed()
    feed.step(2.0)
    feed.wait(3 * 3_600.0)
    feed.restart()
    feed.step(1.0)
    feed.wait(120.0)
    series = feed.step(0.9)
    assert (series.unit_before[0], series.before_s[0]) == (1.0, 900.0)


@settings(deadline=None, max_examples=40)
@given(jumps=st.lists(st.sampled_from([-1e7, -7_200.0, -1.0, 0.0, 0.5, 7_200.0, 4e6]), min_size=1, max_size=40))
def test_a_wall_clock_that_jumps_about_makes_no_peak_fall_or_loss(jumps: list[float]) -> None:
    feed, wall_s = Feed(), START_S
    feed.step(1.0)
    for jump in jumps:
        feed.now_s += 1.0
        feed.at_s = wall_s + jump
        wall_s += 1.0
        series = feed.step(1.0)
        assert (series.peak_7d == 1.0).all()
        assert (series.unit_before == 1.0).all()
        assert (series.loss_run == 0.0).all()


def test_a_clock_set_ahead_for_a_moment_forgets_no_peak() -> None:
    feed = Feed()
    feed.step(2.0)
    for moved_s in (90 * DAY_S, 90 * DAY_S, 0.0):
        feed.now_s += 10.0
        feed.at_s = START_S + (feed.now_s - 50.0) + moved_s
        assert feed.step(1.0).peak_7d[0] == 2.0


def test_a_machine_that_slept_for_ten_days_forgets_the_peak_of_the_week_and_keeps_that_of_the_month() -> None:
    feed = Feed()
    feed.step(2.0)
    feed.at_s += 10 * DAY_S
    for _ in range(70):
        feed.wait(1.0)
        series = feed.step(1.0)
    assert series.peak_7d[0] == 1.0
    assert series.peak_30d[0] == 2.0


def test_a_clock_behind_the_saved_time_loses_no_peak_and_stops_nothing() -> None:
    feed = Feed()
    feed.step(2.0)
    feed.restart()
    feed.at_s -= 400 * DAY_S
    for _ in range(20):
        series = feed.step(1.0)
        feed.wait(60.0)
    assert series.peak_7d[0] == 2.0
    assert series.unit_before[0] == 1.0


def test_a_series_that_begins_anew_is_not_compared_with_what_was() -> None:
    feed = Feed()
    count = len(feed.layout.scopes)
    feed.step(3.0)
    feed.wait(7_300.0)
    feed.step(2.5)
    peak = [1.0] + [3.0] * (count - 1)
    series = feed.step([1.0] + [2.5] * (count - 1), peak=peak)
    assert series.peak_7d.tolist() == peak
    assert series.peak_30d.tolist() == peak
    assert series.unit_before[0] == 1.0
    assert series.loss_run[0] == 0.0


def test_a_book_that_lost_its_memory_makes_no_fall_out_of_an_old_peak() -> None:
    feed = Feed()
    feed.step(3.0)
    feed.restart()
    feed.peak[:] = NAN
    series = feed.step(1.0)
    assert (series.peak_7d == 1.0).all()


@pytest.mark.parametrize("value", [math.inf, -math.inf, NAN])
def test_what_is_not_finite_is_unknown_and_moves_nothing(value: float) -> None:
    feed = Feed()
    feed.step(1.0)
    feed.wait(1_000.0)
    series = feed.step(value)
    assert series.peak_30d[0] == 1.0
    assert series.unit_before[0] == 1.0
    assert series.loss_run[0] == 0.0


# -- returns ----------------------------------------------------------------------------------------------------------


def test_returns_are_changes_between_samples_and_holes_stay_holes() -> None:
    feed = Feed()
    for value in (1.0, 1.1, NAN, 1.2, 1.26):
        feed.step(value)
        feed.wait(300.0)
    feed.wait(600.0)
    feed.step(2.0)
    feed.wait(300.0)
    feed.step(2.2)
    held = feed.course.scope_returns().build()
    wanted = [0.1, NAN, NAN, 0.05, NAN, NAN, NAN, 0.1]
    np.testing.assert_allclose(held.value[:, 0], wanted, rtol=1e-6)
    assert held.at_s[-1] == feed.at_s
    assert np.all(np.diff(held.at_s) == 300.0)


def test_a_sample_that_comes_late_is_none() -> None:
    feed = Feed()
    feed.step(1.0)
    feed.wait(299.0)
    feed.step(1.0)
    feed.wait(100.0)
    feed.step(1.5)
    assert np.isnan(feed.course.scope_returns().build().value).all()


def test_what_was_held_stays_as_it_was() -> None:
    feed = Feed()
    for value in (1.0, 1.1):
        feed.step(value)
        feed.wait(300.0)
    held = feed.course.scope_returns()
    feed.step(5.0)
    assert held.build().value.shape == (1, len(feed.layout.scopes))


# -- over a restart ---------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(course=steps.filter(lambda rows: len(rows) > 3), cut=st.integers(1, 3))
def test_a_restart_changes_nothing(course: list[tuple[float, float]], cut: int) -> None:
    through, broken = Feed(), Feed()
    for number, (pause_s, value) in enumerate(course):
        # Closer together than samples are, so that what is due at the end of the pause is due for both.
        pause_s = min(pause_s, 900.0)
        for feed in (through, broken):
            feed.wait(pause_s)
        if number % (cut + 1) == cut:
            broken.restart()
        one, other = through.step(value), broken.step(value)
        for name in ("peak_7d", "peak_30d", "unit_before", "before_s", "loss_run"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_array_equal(
        through.course.scope_returns().build().value, broken.course.scope_returns().build().value
    )


def test_a_changed_configuration_keeps_what_stays(rng: random.Random) -> None:
    feed = Feed()
    values = {str(scope): rng.uniform(0.5, 2.0) for scope in feed.layout.scopes}
    feed.step([values[str(scope)] for scope in feed.layout.scopes])
    feed.wait(DAY_S)
    feed.step([0.4] * len(values))
    feed.restart(Desk(accounts=(ACCOUNTS[2], AccountEntry("new", "west", "e"), ACCOUNTS[0])))
    series = feed.step([0.4] * len(feed.layout.scopes))
    for row, scope in enumerate(feed.layout.scopes):
        assert series.peak_7d[row] == values.get(str(scope), 0.4), scope
    for _ in range(200):
        feed.wait(1.0)
        series = feed.step([0.4] * len(feed.layout.scopes))
    for row, scope in enumerate(feed.layout.scopes):
        # Who is new was covered since it was first seen, who was there before was not for a day.
        assert series.coverage_month[row] == pytest.approx(
            200 / (DAY_S + 200) if str(scope) in values else 1.0, abs=1e-4
        )


@pytest.mark.parametrize("broken", ["data", "numbers", "sections", "missing"])
def test_a_state_that_cannot_be_understood_is_refused_and_changes_nothing(broken: str) -> None:
    feed = Feed()
    feed.step(3.0)
    state = save_course(feed.course).encode()
    if broken == "data":
        state["sections"]["open"]["data"] = state["sections"]["open"]["data"][:-8]
    elif broken == "missing":
        del state["sections"]["week"]
    else:
        state[broken] = None
    fresh = Feed()
    with pytest.raises(JournalError, match="cannot be understood"):
        load_course(fresh.course, state)
    assert fresh.step(1.0).peak_7d[0] == 1.0


def test_another_base_currency_begins_anew() -> None:
    feed = Feed()
    feed.step(3.0)
    feed.course.base_currency = "EUR"
    feed.restart()
    assert feed.step(1.0).peak_7d[0] == 1.0
