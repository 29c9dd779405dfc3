"""Absurd samples, gaps, overlapping sums, weights by time, and series that are read at different moments."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.book.columns import Floats
from core.risk.costly.covariance import estimate_covariance
from core.risk.costly.inputs import Returns
from core.risk.costly.samples import clean, effective, overlap_inflation, overlapping, samples_of, weights
from core.risk.settings import RiskSettings
from tests.core.risk.costly.panel import HOUR_S, related, returns

NAN = math.nan


def test_infinite_impossible_and_absurd_returns_are_missing() -> None:
    raw = np.array([[0.1, math.inf, -math.inf, NAN, -1.0, -1.01, 10.0, 1e12]])
    np.testing.assert_array_equal(clean(raw), [[0.1, NAN, NAN, NAN, -1.0, NAN, 10.0, NAN]])


def test_a_sum_over_periods_never_crosses_a_hole_or_a_gap_of_the_grid() -> None:
    value = np.array([[1.0], [2.0], [NAN], [4.0], [5.0], [6.0]])
    at_s = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0]) * HOUR_S
    sums = overlapping(value, Returns(at_s, HOUR_S, value), 2)
    np.testing.assert_array_equal(sums[:, 0], [3.0, NAN, NAN, 9.0, NAN])


@pytest.mark.parametrize("periods", [0, 1, 2, 3])
def test_fewer_periods_than_a_sum_spans_give_no_sample(periods: int) -> None:
    samples = samples_of(returns(np.full((periods, 2), 0.5)), 10 * HOUR_S, 3)
    assert samples.value.shape == (max(0, periods - 2), 2)
    assert samples.weight.shape == (max(0, periods - 2),)


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20), st.floats(1.0, 1e7))
def test_weights_halve_with_every_half_life_that_passed(at_s: list[float], half_life_s: float) -> None:
    got = weights(np.array(at_s), half_life_s)
    plain = [0.5 ** ((max(at_s) - at) / half_life_s) for at in at_s]
    assert got.tolist() == pytest.approx([one / math.fsum(plain) for one in plain], rel=1e-9)
    assert effective(got.sum(), (got**2).sum()) <= len(at_s) * (1.0 + 1e-12)


def test_overlapping_sums_tell_less_than_their_number() -> None:
    rng = np.random.default_rng(5)
    for span in (1, 2, 3, 5):
        steps = rng.standard_normal((4_000, 200 + span - 1))
        sums = sum(steps[:, at : at + 200] for at in range(span)) / math.sqrt(span)
        noise = np.square(sums).mean(axis=1).var() * 200 / 2.0
        assert noise == pytest.approx(overlap_inflation(span), rel=0.1)


def previous_tick(rng: np.random.Generator, fine: Floats, per_period: int, mean_wait: float) -> Floats:
    """Returns on a grid of `per_period` fine steps, of prices that are only seen at random moments of their own."""
    prices = np.concatenate((np.zeros((1, fine.shape[1])), np.cumsum(fine, axis=0)))
    seen = rng.random(prices.shape) < 1.0 / mean_wait
    seen[0] = True
    last = np.maximum.accumulate(np.where(seen, np.arange(len(prices))[:, None], 0), axis=0)
    return np.diff(np.take_along_axis(prices, last, axis=0)[::per_period], axis=0)


def test_series_read_at_different_moments_keep_most_of_their_correlation() -> None:
    rng = np.random.default_rng(11)
    truth, per_period, series = 0.8, 20, 12
    fine = related(rng, 3_000 * per_period, series, truth, 0.001)
    # On average a price is 0.2 periods old when it is read.
    panel = returns(previous_tick(rng, fine, per_period, 0.2 * per_period))
    settings, no_money = RiskSettings(min_samples=10), np.zeros(series, dtype=np.bool_)
    found = {span: estimate_covariance(samples_of(panel, np.inf, span), settings, no_money).mean for span in (1, 2, 4)}
    assert found[1] < 0.90 * truth
    for span in (1, 2, 4):
        # What is lost: twice the mean wait over the span, for two prices that are late independently of each other.
        assert found[span] == pytest.approx(truth * (1.0 - 0.2 / span), abs=0.03), span
    synchronous = returns(np.add.reduceat(fine, np.arange(0, len(fine), per_period)))
    both = [estimate_covariance(samples_of(synchronous, np.inf, span), settings, no_money).mean for span in (1, 2)]
    assert both == pytest.approx([truth, truth], abs=0.02)


def test_weights_agree_with_pandas_over_unequal_times() -> None:
    rng = np.random.default_rng(3)
    at_s = np.cumsum(rng.exponential(HOUR_S, 50))
    value = rng.standard_normal(50)
    index = pd.to_datetime((at_s * 1e9).astype(np.int64))
    wanted = pd.Series(value, index=index).ewm(halflife=pd.Timedelta(hours=7), times=index).mean().iloc[-1]
    assert weights(at_s, 7 * HOUR_S) @ value == pytest.approx(wanted, rel=1e-9)
