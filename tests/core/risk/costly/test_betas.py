"""Betas against a regression by statsmodels, and how few samples draw them to their prior."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from core.book.columns import Bools, Floats
from core.risk.costly.betas import PRIOR_DEVIATION, estimate_betas
from core.risk.settings import RiskSettings
from tests.core.risk.costly.panel import HOUR_S, returns

NAN = math.nan
COINS = ("ETH", "BTC", "SOL")
SETTINGS = RiskSettings(min_samples=20, ewma_half_life_s=60 * HOUR_S)


def betas(value: Floats, settings: RiskSettings = SETTINGS, money: Bools | None = None) -> list[float]:
    return estimate_betas(returns(value), COINS, settings, money).tolist()


def market(rng: np.random.Generator, periods: int, *slopes: float, noise: float = 0.004) -> Floats:
    """Columns of COINS: the first and the last with these slopes on the middle one."""
    btc = 0.01 * rng.standard_normal(periods)
    own = noise * rng.standard_normal((periods, 2))
    return np.stack((slopes[0] * btc + own[:, 0], btc, slopes[1] * btc + own[:, 1]), axis=1)


def test_a_beta_is_the_weighted_regression_drawn_to_one_by_its_standard_error() -> None:
    rng = np.random.default_rng(1)
    value = market(rng, 150, 1.4, -0.3)
    value[20:60, 2] = NAN
    got = betas(value)
    for coin in (0, 2):
        sums = value[1:] + value[:-1]
        weight = 0.5 ** (np.arange(len(sums))[::-1] / 60)
        at = ~np.isnan(sums[:, coin])
        fit = sm.WLS(sums[at, coin], sm.add_constant(sums[at, 1]), weights=weight[at]).fit()
        w, x = weight[at], sums[at, 1]
        count = w.sum() ** 2 / (w**2).sum() / 1.5
        residual = (w * fit.resid**2).sum() / w.sum()
        spread = (w * (x - np.average(x, weights=w)) ** 2).sum() / w.sum()
        error = residual / spread / (count - 2.0)
        slope, trust = fit.params[1], 1.0 / error
        prior = 1.0 / PRIOR_DEVIATION**2
        assert got[coin] == pytest.approx((slope * trust + prior) / (trust + prior), rel=1e-9)
    assert got[1] == 1.0


def test_equal_weights_and_single_periods_give_the_textbook_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.risk.costly.betas.OVERLAP", 1)
    rng = np.random.default_rng(2)
    value = market(rng, 100, 1.4, 0.3)
    fit = sm.OLS(value[:, 0], sm.add_constant(value[:, 1])).fit()
    keep = PRIOR_DEVIATION**2 / (PRIOR_DEVIATION**2 + fit.bse[1] ** 2)
    got = betas(value, RiskSettings(ewma_half_life_s=math.inf))
    assert got[0] == pytest.approx(1.0 + keep * (fit.params[1] - 1.0), rel=1e-9)


@given(seed=st.integers(0, 2**32), slope=st.floats(-2.0, 3.0), periods=st.integers(40, 200))
def test_a_beta_lies_between_its_prior_and_its_regression(seed: int, slope: float, periods: int) -> None:
    rng = np.random.default_rng(seed)
    value = market(rng, periods, slope, 1.0, noise=0.05)
    sums = value[1:] + value[:-1]
    weight = 0.5 ** (np.arange(len(sums))[::-1] / 60)
    raw = sm.WLS(sums[:, 0], sm.add_constant(sums[:, 1]), weights=weight).fit().params[1]
    assert min(1.0, raw) - 1e-9 <= betas(value)[0] <= max(1.0, raw) + 1e-9


def test_more_samples_come_closer_to_the_truth_and_few_stay_nearer_to_one() -> None:
    rng = np.random.default_rng(3)
    settings = RiskSettings(min_samples=20, ewma_half_life_s=math.inf)
    found: dict[int, list[float]] = {20: [], 60: [], 400: []}
    for _ in range(40):
        value = market(rng, 400, 2.0, 0.0, noise=0.03)
        for samples, slopes in found.items():
            seen = value.copy()
            seen[:-samples, 0] = NAN
            slopes.append(betas(seen, settings)[0])
    means = [float(np.mean(found[samples])) for samples in (20, 60, 400)]
    assert means == sorted(means)
    assert means[0] < 1.7
    assert means[2] == pytest.approx(2.0, abs=0.15)


def test_a_coin_without_samples_moves_with_the_benchmark_and_one_without_a_benchmark_is_unknown() -> None:
    rng = np.random.default_rng(4)
    value = market(rng, 60, 1.5, 0.5)
    value[:, 0] = NAN
    value[:-8, 2] = NAN
    assert betas(value) == [1.0, 1.0, 1.0]
    value[:-10, 1] = NAN
    assert betas(value) == pytest.approx([NAN, 1.0, NAN], nan_ok=True)
    elsewhere = RiskSettings(benchmark="XMR")
    assert betas(value, elsewhere) == pytest.approx([NAN] * 3, nan_ok=True)
    assert betas(np.empty((0, 3))) == pytest.approx([NAN, 1.0, NAN], nan_ok=True)


def test_a_price_that_never_moves_is_taken_for_unsampled_unless_it_is_money() -> None:
    rng = np.random.default_rng(5)
    value = market(rng, 80, 1.5, 0.5)
    value[:, 2] = 0.0
    assert betas(value)[2] == 1.0
    assert betas(value, money=np.array([False, False, True]))[2] == 0.0
    value[:, 1] = 0.0
    assert betas(value) == pytest.approx([NAN, 1.0, NAN], nan_ok=True)


@pytest.mark.parametrize("absurd", [NAN, math.inf, 1e12, -3.0])
def test_an_absurd_return_changes_a_beta_as_little_as_a_missing_one(absurd: float) -> None:
    rng = np.random.default_rng(6)
    value = market(rng, 80, 1.5, 0.5)
    value[30, 0] = absurd
    missing = np.where(np.isclose(value, value[30, 0], equal_nan=True), NAN, value)
    missing[30, 0] = NAN
    assert betas(value) == betas(missing)
