"""Filtered historical scenarios against arch and plain loops, and what fills their holes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from arch.univariate import EWMAVariance
from hypothesis import given
from hypothesis import strategies as st

from core.book.columns import Floats
from core.risk.costly.scenarios import Scenarios, ewma_variance, scenarios_of
from core.risk.settings import RiskSettings
from tests.core.risk.costly.panel import HOUR_S, Book, related, with_holes

NAN = math.nan


def scenarios(value: Floats, **settings: float) -> Scenarios:
    told = RiskSettings(**{"min_samples": 10, **settings})  # type: ignore[arg-type]
    return scenarios_of(Book((), value, settings=told).inputs())


def test_the_variance_is_that_of_archs_risk_metrics_process() -> None:
    rng = np.random.default_rng(1)
    value = 0.01 * rng.standard_normal((120, 2))
    half_life = 12.0
    got = ewma_variance(value, np.arange(120) * HOUR_S, HOUR_S, half_life * HOUR_S)
    process = EWMAVariance(0.5 ** (1.0 / half_life))
    for column in range(2):
        series = np.append(value[:, column], 0.0)
        wanted = np.empty(121)
        bounds = np.tile([0.0, 1e6], (121, 1))
        process.compute_variance(np.empty(0), series, wanted, float(np.square(value[:, column]).mean()), bounds)
        np.testing.assert_allclose(got[:, column], wanted, rtol=1e-9)


def test_what_came_before_a_gap_ages_by_the_time_that_passed() -> None:
    value = np.full((30, 1), 0.05)
    value[20:] = 0.01
    at_s = np.arange(30) * HOUR_S
    long_ago = at_s - np.where(np.arange(30) < 20, 1_000 * HOUR_S, 0.0)
    got = [float(ewma_variance(value, at, HOUR_S, 10 * HOUR_S)[-1, 0]) for at in (at_s, long_ago)]
    assert got[1] == pytest.approx(0.01**2, rel=1e-9)
    assert got[0] > 2.0 * got[1]


def test_filtered_returns_are_scaled_to_todays_volatility_in_plain_loops() -> None:
    rng = np.random.default_rng(2)
    value = related(rng, 100, 4, 0.5) * np.where(np.arange(100) < 50, 1.0, 3.0)[:, None]
    found = scenarios(value, ewma_half_life_s=12 * HOUR_S)
    decay = 0.5 ** (1.0 / 12.0)
    for coin in range(4):
        variance = [math.fsum(r * r for r in value[:, coin]) / 100]
        for one in value[:, coin]:
            variance.append(decay * variance[-1] + (1.0 - decay) * one * one)
        wanted = [one * math.sqrt(variance[-1] / was) for one, was in zip(value[:, coin], variance, strict=False)]
        np.testing.assert_allclose(found.filtered[coin], wanted, rtol=1e-9)
    np.testing.assert_array_equal(found.plain, value.T)
    assert found.filtered[:, :45].std() > 1.5 * found.plain[:, :45].std()


def test_a_hole_is_the_markets_move_at_the_coins_own_volatility() -> None:
    rng = np.random.default_rng(3)
    value = related(rng, 200, 4, 0.8) * [1.0, 1.0, 5.0, -1.0]
    short = value.copy()
    short[:150, 2:] = NAN
    found = scenarios(short)
    assert found.samples.tolist() == [200.0, 200.0, 50.0, 50.0]
    assert found.periods == 200
    guess, truth = found.plain[2:, :150], value[:150, 2:].T
    for coin in range(2):
        assert np.corrcoef(guess[coin], truth[coin])[0, 1] > 0.7
        own = float(np.sqrt(np.nanmean(np.square(short[:, 2 + coin]))))
        assert np.sqrt(np.square(guess[coin]).mean()) == pytest.approx(own, rel=0.15)
    np.testing.assert_array_equal(found.plain[:, 150:], value[150:].T)


def test_a_coin_with_few_samples_is_unknown_and_money_without_any_is_still() -> None:
    rng = np.random.default_rng(4)
    value = related(rng, 50, 4, 0.5)
    value[:-9, 1], value[:, 3] = NAN, NAN
    found = scenarios(value)
    assert found.known.tolist() == [1.0, 0.0, 1.0, 1.0]
    assert found.still.tolist() == [0.0, 0.0, 0.0, 1.0]
    assert not found.plain[[1, 3]].any()


def test_money_with_returns_of_its_own_is_a_risk_like_any_other() -> None:
    rng = np.random.default_rng(5)
    found = scenarios(related(rng, 50, 4, 0.5))
    assert found.still.tolist() == [0.0] * 4
    assert found.plain[3].any()


@given(seed=st.integers(0, 2**32), periods=st.integers(0, 40), holes=st.sampled_from([0.0, 0.3, 0.9, 1.0]))
def test_whatever_is_missing_all_scenarios_are_finite(seed: int, periods: int, holes: float) -> None:
    rng = np.random.default_rng(seed)
    value = with_holes(rng, related(rng, periods, 4, 0.5), holes)
    if periods:
        value[rng.integers(periods), 0] = rng.choice([math.inf, 1e12, -1e300, 0.0])
    found = scenarios(value, min_samples=3)
    assert np.isfinite(found.plain).all()
    assert np.isfinite(found.filtered).all()
    assert found.plain.shape == (4, found.periods)
