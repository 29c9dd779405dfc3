"""How the underlyings move together: a shrunk correlation matrix that is positive semi-definite, holes and all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats
from core.risk.costly.inputs import CostlyInputs
from core.risk.costly.samples import OVERLAP, YEAR_S, Samples, effective, moves, samples_of
from core.risk.settings import RiskSettings


@dataclass(frozen=True, slots=True)
class Covariance:
    """Of the underlyings' returns; series are `CostlyInputs.coins`. Read-only."""

    deviation: Floats
    """Shape (coins,): standard deviation per square root of a period. NaN unknown: too few samples, or a coin that is
    no money and never moves (no price stands still: that feed is dead). 0 for money without a variance of its own."""
    correlation: Floats
    """Shape (coins, coins): shrunk, positive semi-definite over the coins known, 1 on their diagonal; 0 elsewhere."""
    samples: Floats
    """Shape (coins, coins): effective samples that each pair rests on."""
    observed: Bools
    """Shape (coins, coins): pairs known by samples of their own. A pair of known coins that hardly ever were sampled
    together is given `mean`, as a shrinkage without data would."""
    mean: float
    """Mean correlation of the pairs observed: what is shrunk towards. 0 without a pair."""
    shrinkage: float
    """0 the samples alone, 1 the constant correlation alone."""
    period_s: float

    @property
    def known(self) -> Bools:
        """Shape (coins,): whether a coin's risk can be told; money counts as known."""
        return ~np.isnan(self.deviation)

    @property
    def annual(self) -> float:
        """Factor from the deviation of a period to that of 365 days; independent periods."""
        return float(np.sqrt(YEAR_S / self.period_s))


def coin_covariance(inputs: CostlyInputs) -> Covariance:
    """Of the underlyings of one run; both correlation and volatility read it."""
    return estimate_covariance(
        samples_of(inputs.coin_returns, inputs.settings.ewma_half_life_s, OVERLAP), inputs.settings, inputs.stablecoins
    )


def estimate_covariance(samples: Samples, settings: RiskSettings, money: Bools) -> Covariance:
    """Pairwise-complete weighted correlations, shrunk towards their mean, then repaired if holes made them impossible.

    A pair's correlation comes from the samples that both have, each series with its own mean and with its variance
    over those samples. `money` (shape (series,)) carries no risk unless it has a variance of its own. Unknown below
    `settings.min_samples` effective samples, per series and per pair.
    """
    present = ~np.isnan(samples.value)
    mask = present.astype(np.float64)
    weight = samples.weight
    total = weight @ mask
    count = effective(total, weight**2 @ mask, samples.inflation)
    filled = np.where(present, samples.value, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = weight @ filled / total
        centred = np.where(present, samples.value - mean, 0.0)
        deviation = np.sqrt(weight @ centred**2 / total)
    known = (count >= settings.min_samples) & moves(deviation, mean)
    standard = np.zeros_like(centred)
    standard[:, known] = centred[:, known] / deviation[known]
    both = mask.T @ (weight[:, None] * mask)
    pairs = effective(both, mask.T @ (weight[:, None] ** 2 * mask), samples.inflation)
    observed = (pairs >= settings.min_samples) & known & known[:, None]
    np.fill_diagonal(observed, known)
    raw = _pairwise(standard, mask, weight)
    target = _mean_of_pairs(raw, observed)
    shrinkage = constant_correlation_shrinkage(standard, mask, weight, raw, observed, samples.inflation)
    shrunk = np.where(observed, (1.0 - shrinkage) * raw + shrinkage * target, target)
    np.fill_diagonal(shrunk, 1.0)
    correlation = np.zeros_like(raw)
    place = np.ix_(known, known)
    correlation[place] = shrunk[place] if present[:, known].all() else nearest_correlation(shrunk[place])
    out = np.where(known, deviation / np.sqrt(samples.span), np.where(money, 0.0, np.nan))
    for array in (out, correlation, pairs, observed):
        array.flags.writeable = False
    return Covariance(out, correlation, pairs, observed, target, shrinkage, samples.period_s)


def _pairwise(standard: Floats, mask: Floats, weight: Floats) -> Floats:
    weighted = weight[:, None] * standard
    product = standard.T @ weighted
    own = (weighted * standard).T @ mask
    with np.errstate(invalid="ignore", divide="ignore"):
        out: Floats = np.nan_to_num(product / np.sqrt(own * own.T))
    return np.clip((out + out.T) / 2.0, -1.0, 1.0)


def _mean_of_pairs(raw: Floats, observed: Bools) -> float:
    off = observed & ~np.eye(len(raw), dtype=np.bool_)
    return float(raw[off].mean()) if off.any() else 0.0


def constant_correlation_shrinkage(
    standard: Floats, mask: Floats, weight: Floats, raw: Floats, observed: Bools, inflation: float
) -> float:
    """How far to go towards the constant correlation, 0 to 1.

    pi is the summed sampling variance of the correlations, rho its covariance with the target's, gamma the squared
    distance to the target: (pi - rho) / gamma, over standardised returns, so that one wild coin does not decide for
    all. With weights, 1 / T becomes the sum of their squares; overlapping sums multiply by their inflation.

    Source: Ledoit and Wolf, "Honey, I shrunk the sample covariance matrix", Journal of Portfolio Management 30 (2004).
    """
    off = observed & ~np.eye(len(raw), dtype=np.bool_)
    if not off.any():
        return 0.0
    target = float(raw[off].mean())
    gamma = float(np.square(raw[off] - target).sum())
    if gamma <= 1e-24 * len(raw):
        return 0.0
    square = weight[:, None] ** 2
    first = standard.T @ (square * standard)
    mixed = (square * standard**2).T @ mask
    both = mask.T @ (square * mask)
    overlap = np.square(mask.T @ (weight[:, None] * mask))
    pi = (standard**2).T @ (square * standard**2) - 2.0 * raw * first + raw**2 * both
    theta = (square * standard**3).T @ standard - raw * mixed - first + raw * both
    with np.errstate(invalid="ignore", divide="ignore"):
        pi, theta = pi / overlap, theta / overlap
    variance = float(pi[observed].sum())
    shared = float(np.diagonal(pi)[np.diagonal(observed)].sum() + target / 2.0 * (theta + theta.T)[off].sum())
    return float(np.clip(inflation * (variance - shared) / gamma, 0.0, 1.0))


def nearest_correlation(matrix: Floats) -> Floats:
    """The matrix itself where it is positive semi-definite, else with negative eigenvalues dropped and the diagonal
    scaled back to 1.

    Source: Rebonato and Jäckel, "The most general methodology to create a valid correlation matrix", Journal of Risk 2
    (1999), spectral decomposition.
    """
    if not len(matrix):
        return matrix
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= -1e-12:
        return matrix
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    root /= np.sqrt(np.square(root).sum(axis=1, keepdims=True))
    out: Floats = root @ root.T
    np.fill_diagonal(out, 1.0)
    return out
