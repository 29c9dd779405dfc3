"""The shrunk correlation matrix against plain loops, pandas and what is known of simulated returns."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.book.columns import Floats
from core.risk.costly.covariance import Covariance, estimate_covariance, nearest_correlation
from core.risk.costly.samples import samples_of
from core.risk.settings import RiskSettings
from tests.core.risk.costly.panel import HOUR_S, related, returns, with_holes

NAN = math.nan


def estimate(value: Floats, *, span: int = 1, half_life_s: float = np.inf, least: int = 10) -> Covariance:
    settings = RiskSettings(min_samples=least)
    money = np.zeros(value.shape[1], dtype=np.bool_)
    return estimate_covariance(samples_of(returns(value), half_life_s, span), settings, money)


def mixed(rng: np.random.Generator, periods: int, series: int) -> Floats:
    """Returns whose correlations differ much, so that shrinking them to their mean goes only part of the way."""
    own = 0.01 * rng.standard_normal((periods, series))
    return related(rng, periods, series, 0.5) @ rng.uniform(-0.5, 1.5, (series, series)) + own


def honey(value: Floats) -> tuple[Floats, float]:
    """Ledoit and Wolf (2004) towards the constant correlation, of standardised returns, in plain loops."""
    rows = value.tolist()
    periods, series = len(rows), len(rows[0])
    columns = [[row[i] for row in rows] for i in range(series)]
    means = [math.fsum(column) / periods for column in columns]
    sizes = [math.sqrt(math.fsum((x - m) ** 2 for x in c) / periods) for c, m in zip(columns, means, strict=True)]
    y = [[(row[i] - means[i]) / sizes[i] for i in range(series)] for row in rows]
    s = [[math.fsum(r[i] * r[j] for r in y) / periods for j in range(series)] for i in range(series)]
    every = range(series)
    bar = math.fsum(s[i][j] for i in every for j in every if i != j) / (series * (series - 1))
    target = [[1.0 if i == j else bar for j in every] for i in every]
    pi = [[math.fsum((r[i] * r[j] - s[i][j]) ** 2 for r in y) / periods for j in every] for i in every]
    rho = math.fsum(pi[i][i] for i in every)
    for i in every:
        for j in every:
            if i != j:
                theta_i = math.fsum((r[i] ** 2 - s[i][i]) * (r[i] * r[j] - s[i][j]) for r in y) / periods
                theta_j = math.fsum((r[j] ** 2 - s[j][j]) * (r[i] * r[j] - s[i][j]) for r in y) / periods
                rho += bar / 2.0 * (theta_i + theta_j)
    gamma = math.fsum((target[i][j] - s[i][j]) ** 2 for i in every for j in every)
    kappa = (math.fsum(map(math.fsum, pi)) - rho) / gamma
    a = max(0.0, min(1.0, kappa / periods))
    return np.array([[a * target[i][j] + (1.0 - a) * s[i][j] for j in every] for i in every]), a


def test_the_matrix_agrees_with_ledoit_and_wolf_in_plain_loops() -> None:
    rng = np.random.default_rng(1)
    value = mixed(rng, 90, 6)
    got = estimate(value)
    wanted, a = honey(value)
    assert 0.01 < a < 0.9
    assert got.shrinkage == pytest.approx(a, rel=1e-9)
    np.testing.assert_allclose(got.correlation, wanted, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(got.deviation, value.std(axis=0), rtol=1e-9)


def test_weighted_figures_agree_with_pandas() -> None:
    rng = np.random.default_rng(2)
    value = mixed(rng, 200, 4)
    got = estimate(value, half_life_s=30 * HOUR_S)
    table = pd.DataFrame(value).ewm(halflife=30)
    np.testing.assert_allclose(got.deviation, table.std(bias=True).iloc[-1], rtol=1e-9)
    raw = (got.correlation - got.shrinkage * got.mean) / (1.0 - got.shrinkage)
    wanted = table.corr().loc[199].to_numpy()
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(raw[off], wanted[off], rtol=1e-9)


def test_a_pair_with_holes_is_judged_by_the_samples_that_both_have() -> None:
    rng = np.random.default_rng(3)
    value = with_holes(rng, mixed(rng, 150, 5), 0.3)
    got = estimate(value)
    raw = (got.correlation - got.shrinkage * got.mean) / (1.0 - got.shrinkage)
    for i in range(5):
        for j in range(i):
            means = [np.nanmean(value[:, k]) for k in (i, j)]
            both = [(row[i] - means[0], row[j] - means[1]) for row in value if not np.isnan(row[[i, j]]).any()]
            up = math.fsum(x * y for x, y in both)
            down = math.sqrt(math.fsum(x * x for x, _ in both) * math.fsum(y * y for _, y in both))
            assert raw[i, j] == pytest.approx(up / down, rel=1e-9)
            assert got.samples[i, j] == pytest.approx(len(both), rel=1e-12)


@given(
    seed=st.integers(0, 2**32),
    periods=st.integers(12, 60),
    series=st.integers(2, 12),
    holes=st.sampled_from([0, 0.2, 0.6]),
)
def test_whatever_is_missing_the_matrix_stays_positive_semi_definite(
    seed: int, periods: int, series: int, holes: float
) -> None:
    rng = np.random.default_rng(seed)
    value = with_holes(rng, related(rng, periods, series, rng.random()), holes)
    got = estimate(value, span=2, half_life_s=20 * HOUR_S, least=4)
    known = got.known
    part = got.correlation[np.ix_(known, known)]
    np.testing.assert_allclose(np.diagonal(part), 1.0, atol=1e-9)
    np.testing.assert_allclose(part, part.T, atol=1e-12)
    assert (np.abs(part) <= 1.0 + 1e-9).all()
    if known.any():
        assert np.linalg.eigvalsh(part)[0] > -1e-9


def test_an_impossible_matrix_is_repaired_and_a_possible_one_left_alone() -> None:
    impossible = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    repaired = nearest_correlation(impossible)
    assert np.linalg.eigvalsh(impossible)[0] < -0.5
    assert np.linalg.eigvalsh(repaired)[0] > -1e-12
    assert repaired[0, 1] == pytest.approx(repaired[1, 2])
    assert 0.0 < repaired[0, 1] < 0.9
    possible = np.array([[1.0, 0.5], [0.5, 1.0]])
    assert nearest_correlation(possible) is possible


def test_pairs_that_contradict_each_other_are_reconciled() -> None:
    # Three series, never all together: the first two agree, the last two agree, the first and the last do not.
    rng = np.random.default_rng(12)
    base = rng.standard_normal((300, 1))
    value = 0.01 * np.concatenate((base, base, base), axis=1) + 0.001 * rng.standard_normal((300, 3))
    value[200:, 2] *= -1.0
    for part, missing in enumerate((2, 0, 1)):
        value[100 * part : 100 * part + 100, missing] = NAN
    got = estimate(value)
    assert got.shrinkage < 0.2
    assert np.linalg.eigvalsh(got.correlation)[0] > -1e-9
    assert got.correlation[0, 1] > 0.3
    assert got.correlation[1, 2] > 0.3
    assert got.correlation[0, 2] < -0.3


def test_too_few_samples_make_a_series_unknown_and_say_how_many() -> None:
    rng = np.random.default_rng(4)
    value = related(rng, 60, 3, 0.5)
    value[:-9, 2] = NAN
    got = estimate(value, least=10)
    assert got.known.tolist() == [True, True, False]
    assert got.samples[2, 2] == pytest.approx(9.0)
    assert not got.observed[2].any()


def test_a_pair_that_was_hardly_sampled_together_gets_the_mean_and_says_so() -> None:
    rng = np.random.default_rng(5)
    value = related(rng, 80, 4, 0.7)
    value[:40, 0], value[45:, 1] = NAN, NAN
    got = estimate(value, least=10)
    assert got.known.all()
    assert not got.observed[0, 1]
    assert got.samples[0, 1] == pytest.approx(5.0)
    assert got.correlation[0, 1] == pytest.approx(got.mean, abs=0.1)


def test_a_series_that_never_moves_is_related_to_nothing() -> None:
    rng = np.random.default_rng(6)
    value = related(rng, 60, 4, 0.5)
    value[:, 2], value[:, 3] = 0.0, 0.001
    settings = RiskSettings(min_samples=10)
    got = estimate_covariance(samples_of(returns(value)), settings, np.array([False, False, False, True]))
    assert np.isnan(got.deviation[2])
    assert got.deviation[3] == 0.0
    assert not got.correlation[2:].any()


def test_a_series_listed_twice_is_one_factor() -> None:
    rng = np.random.default_rng(7)
    value = rng.standard_normal((300, 1)) * 0.01
    got = estimate(np.concatenate((value, value), axis=1))
    np.testing.assert_allclose(got.correlation, 1.0, rtol=1e-9)


def test_nothing_sampled_says_nothing() -> None:
    for periods in (0, 1, 50):
        got = estimate(np.full((periods, 3), NAN), span=2)
        assert not got.known.any()
        assert not got.samples.any()
        assert not got.correlation.any()


@pytest.mark.parametrize("truth", [0.0, 0.3, 0.8])
def test_the_truth_lies_within_the_error_that_effective_samples_promise(truth: float) -> None:
    # Fisher's z of a correlation has a standard error of 1 / sqrt(samples - 3), whatever the weights and the overlap.
    rng = np.random.default_rng(8)
    inside, pairs = 0, 0
    for _ in range(150):
        got = estimate(related(rng, 400, 2, truth), span=2, half_life_s=150 * HOUR_S)
        distance = (math.atanh(got.correlation[0, 1]) - math.atanh(truth)) * math.sqrt(got.samples[0, 1] - 3.0)
        inside += abs(distance) < 1.96
        pairs += 1
    assert 0.89 <= inside / pairs <= 0.99


def test_shrinking_comes_closer_to_the_truth_than_the_samples_alone() -> None:
    rng = np.random.default_rng(9)
    truth, series = 0.5, 40
    value = related(rng, 60, series, truth)
    wanted = np.full((series, series), truth)
    np.fill_diagonal(wanted, 1.0)
    raw = np.corrcoef(value.T)
    assert np.linalg.norm(estimate(value).correlation - wanted) < 0.5 * np.linalg.norm(raw - wanted)
