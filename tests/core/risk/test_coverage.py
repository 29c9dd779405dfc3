"""Coverage against a reference that counts second by second."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Trust
from core.risk.coverage import LEAST_S, WINDOWS, Coverage
from tests.core.risk.courses import START_S, Feed


def reference(told: list[tuple[float, bool]], now_s: float, span_s: float, bucket_s: float) -> float:
    """Seconds of the window that a cycle at their end vouches for, of at most one second each."""
    first_s = told[0][0]
    good = next((at_s for at_s, is_good in told if is_good), None)
    since_s = good if good is not None and good - first_s < LEAST_S else first_s
    window_s = (now_s // bucket_s - round(span_s / bucket_s)) * bucket_s
    elapsed_s = now_s - max(since_s, window_s)
    credit = [(at_s, min(1.0, at_s - before_s)) for (before_s, _), (at_s, _) in itertools.pairwise(told)]
    covered = math.fsum(
        seconds for (at_s, seconds), (_, is_good) in zip(credit, told[1:], strict=True) if is_good and at_s >= window_s
    )
    return min(covered / elapsed_s, 1.0) if elapsed_s >= LEAST_S else math.nan


phases = st.lists(
    st.tuples(st.sampled_from([1.0, 40.0, 2_000.0]), st.integers(1, 80), st.booleans()), min_size=1, max_size=8
)


@settings(deadline=None, max_examples=60)
@given(course=phases)
def test_coverage_agrees_with_a_plain_count(course: list[tuple[float, int, bool]]) -> None:
    coverage, told, at_s = Coverage(1), [], START_S
    for pause_s, count, good in course:
        for _ in range(count):
            at_s += pause_s
            told.append((at_s, good))
            shares = coverage.step(at_s, np.array([good]))
    for share, (span_s, bucket_s) in zip(shares, WINDOWS, strict=True):
        assert share[0] == pytest.approx(reference(told, at_s, span_s, bucket_s), abs=1e-6, nan_ok=True)


def run(feed: Feed, seconds: int, trust: Trust = Trust.TRUSTED) -> tuple[float, float, float]:
    for _ in range(seconds):
        feed.wait(1.0)
        series = feed.step(1.0, trust)
    return float(series.coverage_hour[0]), float(series.coverage_day[0]), float(series.coverage_month[0])


def test_an_outage_of_six_minutes_is_a_tenth_of_an_hour() -> None:
    feed = Feed()
    feed.step(1.0)
    run(feed, 3_240)
    hour, day, month = run(feed, 360, Trust.STALE)
    assert (hour, day, month) == pytest.approx((0.9, 0.9, 0.9), abs=1e-3)


@pytest.mark.parametrize("trust", [Trust.UNKNOWN, Trust.STALE, Trust.UNSETTLED])
def test_only_trusted_figures_cover(trust: Trust) -> None:
    feed = Feed()
    feed.step(1.0, trust)
    assert run(feed, 120, trust) == (0.0, 0.0, 0.0)


def test_time_while_scram_does_not_run_is_not_covered() -> None:
    feed = Feed()
    feed.step(1.0)
    run(feed, 3_000)
    feed.wait(600.0)
    feed.restart()
    feed.step(1.0)
    hour, day, _ = run(feed, 60)
    assert hour == pytest.approx(3_060 / 3_660, abs=1e-3)
    assert day == pytest.approx(3_060 / 3_660, abs=1e-3)


def test_a_restart_forgets_nothing() -> None:
    through, broken = Feed(), Feed()
    for feed in (through, broken):
        feed.step(1.0)
        run(feed, 400)
        run(feed, 100, Trust.STALE)
    broken.restart()
    assert run(broken, 500) == pytest.approx(run(through, 500), abs=3e-3)


def test_the_first_minute_is_unknown_and_connecting_is_no_outage() -> None:
    feed = Feed()
    feed.step(1.0, Trust.UNKNOWN)
    run(feed, 20, Trust.UNKNOWN)
    assert all(math.isnan(share) for share in run(feed, 59))
    assert run(feed, 2) == (1.0, 1.0, 1.0)


def test_an_account_that_never_answers_is_not_covered_once_the_minute_is_over() -> None:
    feed = Feed()
    feed.step(1.0, Trust.UNKNOWN)
    assert run(feed, 61, Trust.UNKNOWN) == (0.0, 0.0, 0.0)


def test_a_stall_of_the_cycle_is_not_covered() -> None:
    feed = Feed()
    feed.step(1.0)
    run(feed, 100)
    feed.wait(100.0)
    feed.step(1.0)
    assert run(feed, 1)[0] == pytest.approx(102 / 201, abs=0.01)
