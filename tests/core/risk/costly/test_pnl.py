"""Correlation of many PnL series against scikit-learn, plain loops over all pairs, and what must not change it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf

from core.book.columns import Floats
from core.risk.costly.inputs import Returns
from core.risk.costly.pnl import Bets, estimate_bets, spectrum
from core.risk.settings import RiskSettings
from tests.core.risk.costly.panel import related, returns, with_holes

NAN = math.nan
STEP_S = 300.0
SETTINGS = RiskSettings(min_samples=10, ewma_half_life_s=40 * STEP_S)


def bets(value: Floats, exposure: list[float], settings: RiskSettings = SETTINGS) -> Bets:
    return estimate_bets(returns(value, STEP_S), np.arange(value.shape[1]), np.array(exposure), settings)


def figures(found: Bets) -> tuple[float, float, float, float]:
    return found.correlation, found.effective, found.first_factor, found.samples


@pytest.mark.parametrize(("periods", "series"), [(50, 8), (30, 120), (200, 60)])
def test_the_spectrum_is_that_of_scikit_learns_ledoit_wolf_matrix(periods: int, series: int) -> None:
    rng = np.random.default_rng(periods)
    value = related(rng, periods, series, 0.3) * rng.uniform(0.2, 3.0, series)
    centred = value - value.mean(axis=0)
    number, share, shrinkage = spectrum(centred @ centred.T, np.full(periods, 1.0 / periods), series, 1.0)
    reference = LedoitWolf().fit(value)
    eigenvalues = np.linalg.eigvalsh(reference.covariance_)
    assert 0.0 < reference.shrinkage_ < 1.0
    assert shrinkage == pytest.approx(reference.shrinkage_, rel=1e-9)
    assert number == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues**2).sum(), rel=1e-9)
    assert share == pytest.approx(eigenvalues[-1] / eigenvalues.sum(), rel=1e-9)


def plain(value: Floats, exposure: list[float], half_life: float) -> tuple[float, float, float, float]:
    """Everything by loops over all pairs of a complete panel: sums over two periods, weights, shrinkage."""
    rows = [[a + b for a, b in zip(one, two, strict=True)] for one, two in itertools.pairwise(value)]
    size, n = len(rows), len(exposure)
    w = [0.5 ** ((size - 1 - t) / half_life) for t in range(size)]
    w = [one / math.fsum(w) for one in w]
    z = []
    for i in range(n):
        mean = math.fsum(w[t] * rows[t][i] for t in range(size))
        centred = [row[i] - mean for row in rows]
        deviation = math.sqrt(math.fsum(w[t] * centred[t] ** 2 for t in range(size)))
        z.append([exposure[i] * one / deviation for one in centred])
    s = [[math.fsum(w[t] * z[i][t] * z[j][t] for t in range(size)) for j in range(n)] for i in range(n)]
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    correlation = math.fsum(s[i][j] for i, j in pairs) / math.fsum(exposure[i] * exposure[j] for i, j in pairs)
    mu = math.fsum(s[i][i] for i in range(n)) / n
    inflation = 1.5
    noise = inflation * math.fsum(
        w[t] ** 2 * (z[i][t] * z[j][t] - s[i][j]) ** 2 for t in range(size) for i in range(n) for j in range(n)
    )
    spread = math.fsum((s[i][j] - (mu if i == j else 0.0)) ** 2 for i in range(n) for j in range(n))
    a = min(noise, spread) / spread
    shrunk = [[(1.0 - a) * s[i][j] + (a * mu if i == j else 0.0) for j in range(n)] for i in range(n)]
    eigenvalues = np.linalg.eigvals(np.array(shrunk)).real
    number = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
    samples = 1.0 / math.fsum(one**2 for one in w) / inflation
    return correlation, float(number), float(eigenvalues.max() / eigenvalues.sum()), samples


def test_the_figures_agree_with_loops_over_all_pairs() -> None:
    rng = np.random.default_rng(1)
    value = related(rng, 60, 7, 0.4) @ rng.uniform(-0.3, 1.0, (7, 7))
    exposure = [1.0, 2.0, 5.0, 0.5, 3.0, 1.0, 10.0]
    assert figures(bets(value, exposure)) == pytest.approx(plain(value, exposure, 40.0), rel=1e-9)


def test_more_series_than_are_taken_at_once_add_up_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    value = with_holes(rng, related(rng, 60, 25, 0.4), 0.01)
    exposure = rng.uniform(1.0, 5.0, 25).tolist()
    whole = figures(bets(value, exposure))
    monkeypatch.setattr("core.risk.costly.pnl._CHUNK", 60 * 4)
    assert figures(bets(value, exposure)) == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize("truth", [0.0, 0.3, 0.9])
def test_a_thousand_accounts_of_known_correlation_are_recognised(truth: float) -> None:
    rng = np.random.default_rng(3)
    series = 1_000
    value = with_holes(rng, related(rng, 400, series, truth), 0.01)
    found = bets(value, [1.0] * series, RiskSettings(min_samples=10, ewma_half_life_s=math.inf))
    error = 3.0 * truth * (1.0 - truth) * math.sqrt(2.0 / found.samples) + 0.01
    assert found.correlation == pytest.approx(truth, abs=error + 0.02)
    # Equal variances: the first eigenvalue is 1 + (n - 1) rho, all others 1 - rho.
    first = (1.0 + (series - 1) * truth) / series
    assert found.first_factor == pytest.approx(first, abs=error + 0.02)
    effective = series / (1.0 + (series - 1) * truth**2)
    assert found.effective == pytest.approx(effective, rel=0.25)


def test_series_that_move_as_one_are_one_bet_and_opposite_ones_too() -> None:
    rng = np.random.default_rng(4)
    one = related(rng, 100, 1, 0.0)
    together = bets(np.concatenate((one, 2.0 * one, one), axis=1), [1.0, 1.0, 4.0])
    assert together.correlation == pytest.approx(1.0)
    assert together.effective == pytest.approx(1.0, abs=0.1)
    assert together.first_factor == pytest.approx(1.0, abs=0.1)
    against = bets(np.concatenate((one, -one), axis=1), [1.0, 3.0])
    assert against.correlation == pytest.approx(-1.0)
    assert against.effective == pytest.approx(together.effective, abs=0.1)


def test_scattered_holes_make_series_neither_unrelated_nor_unknown() -> None:
    rng = np.random.default_rng(5)
    truth, n = 0.6, 200
    full = related(rng, 500, n, truth)
    found, wanted = bets(with_holes(rng, full, 0.05), [1.0] * n), bets(full, [1.0] * n)
    assert found.correlation == pytest.approx(wanted.correlation, abs=0.01)
    # One sample in ten is the market's move then, and the estimate may err towards one bet, not towards many.
    assert -0.005 < found.first_factor - wanted.first_factor < 0.04
    assert -0.10 < found.effective / wanted.effective - 1.0 < 0.01


def test_periods_without_most_of_the_exposure_do_not_count() -> None:
    rng = np.random.default_rng(6)
    value = related(rng, 100, 3, 0.5)
    value[:60, 0] = NAN
    few = bets(value, [10.0, 1.0, 1.0])
    assert figures(few) == pytest.approx(figures(bets(value[60:], [10.0, 1.0, 1.0])), rel=1e-9)
    small = bets(value, [0.01, 1.0, 1.0])
    assert figures(small) == pytest.approx(figures(bets(value[:, 1:], [1.0, 1.0])), rel=1e-9)


def test_too_few_samples_are_told_and_nothing_else() -> None:
    rng = np.random.default_rng(7)
    found = bets(related(rng, 14, 3, 0.5), [1.0] * 3)
    assert found.samples == pytest.approx(13 / 1.5, rel=0.01)
    assert all(math.isnan(one) for one in figures(found)[:3])
    for periods in (0, 1):
        nothing = bets(np.full((periods, 3), NAN), [1.0] * 3)
        assert nothing.samples == 0.0
        assert math.isnan(nothing.correlation)


def test_a_large_series_that_never_moves_makes_the_whole_unknown_and_a_small_one_does_not() -> None:
    rng = np.random.default_rng(8)
    value = related(rng, 60, 3, 0.5)
    value[:, 2] = 0.0
    assert math.isnan(bets(value, [1.0, 1.0, 1.0]).correlation)
    assert figures(bets(value, [1.0, 1.0, 0.01])) == pytest.approx(figures(bets(value[:, :2], [1.0, 1.0])), rel=1e-9)


def test_no_pair_no_correlation() -> None:
    rng = np.random.default_rng(9)
    value = related(rng, 60, 2, 0.5)
    assert figures(bets(value, [0.0, 0.0])) == (0.0, 0.0, 0.0, 0.0)
    assert figures(bets(value, [0.0, 3.0]))[:3] == (0.0, 1.0, 1.0)
    assert all(math.isnan(one) for one in figures(bets(value, [NAN, 1.0])))


@given(seed=st.integers(0, 2**32), n=st.integers(2, 8), holes=st.sampled_from([0.0, 0.02]), scale=st.floats(1e-6, 1e6))
def test_order_scale_and_flat_series_change_nothing(seed: int, n: int, holes: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    value = with_holes(rng, related(rng, 80, n, rng.random()), holes)
    exposure = rng.uniform(0.1, 10.0, n)
    base = figures(bets(value, exposure.tolist()))
    order = rng.permutation(n)
    assert figures(bets(value[:, order], exposure[order].tolist())) == pytest.approx(base, rel=1e-9, nan_ok=True)
    assert figures(bets(value, (exposure * scale).tolist())) == pytest.approx(base, rel=1e-9, nan_ok=True)
    flat = np.concatenate((value, np.zeros((80, 1))), axis=1)
    assert figures(bets(flat, [*exposure.tolist(), 0.0])) == pytest.approx(base, rel=1e-9, nan_ok=True)
    assert -1.0 <= base[0] <= 1.0 or math.isnan(base[0])
    if not math.isnan(base[0]):
        assert 1.0 - 1e-9 <= base[1] <= n + 1e-9
        assert 1.0 / n - 1e-9 <= base[2] <= 1.0 + 1e-9


@pytest.mark.parametrize("absurd", [NAN, math.inf, -math.inf, 1e12, -50.0])
def test_an_absurd_sample_is_as_good_as_none(absurd: float) -> None:
    rng = np.random.default_rng(10)
    value = related(rng, 80, 3, 0.5)
    value[40, 1] = absurd
    missing = value.copy()
    missing[40, 1] = NAN
    assert figures(bets(value, [1.0] * 3)) == figures(bets(missing, [1.0] * 3))


def test_a_gap_in_time_is_no_sample_and_ages_what_came_before() -> None:
    rng = np.random.default_rng(11)
    value = related(rng, 80, 3, 0.5)
    at_s = np.arange(80) * STEP_S
    at_s[40:] += 400 * STEP_S
    found = estimate_bets(Returns(at_s, STEP_S, value), np.arange(3), np.ones(3), SETTINGS)
    # Ten half-lives later the first half weighs a thousandth.
    assert found.samples == pytest.approx(bets(value[40:], [1.0] * 3).samples, rel=0.01)
    assert found.correlation == pytest.approx(bets(value[40:], [1.0] * 3).correlation, abs=0.01)
