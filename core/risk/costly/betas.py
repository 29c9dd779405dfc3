"""Beta of every underlying to the benchmark, drawn towards 1 where few samples speak."""

from __future__ import annotations

import numpy as np

from core.book.columns import Bools, Floats
from core.risk.costly.inputs import Returns
from core.risk.costly.samples import OVERLAP, effective, moves, samples_of
from core.risk.settings import RiskSettings

PRIOR_BETA = 1.0
PRIOR_DEVIATION = 0.5
"""Betas of liquid coins to BTC lie within about 0.5 to 2."""
_LEAST = 10.0
"""With fewer effective samples a regression's own error is a guess, and the prior stands alone."""


def estimate_betas(
    returns: Returns, coins: tuple[str, ...], settings: RiskSettings, money: Bools | None = None
) -> Floats:
    """Shape (coins,): regression coefficient of a coin's returns on those of `settings.benchmark`, shrunk towards 1.

    beta = (b / s^2 + 1 / 0.5^2) / (1 / s^2 + 1 / 0.5^2), where b is the weighted least-squares slope over the samples
    that both have (returns over OVERLAP periods, see core.risk.costly.samples) and s its standard error from effective
    samples. Of 0 samples the prior is left: a new coin moves with the benchmark, one to one. A coin whose price never
    moves is taken for unsampled, unless `money` (shape (coins,)) says that it is a stablecoin: money without a
    variance of its own has beta 0. The benchmark has 1. All others are NaN while the benchmark itself has fewer than
    `settings.min_samples`: nothing says then what its moves are.

    Source: Vasicek, "A note on using cross-sectional information in Bayesian estimation of security betas", Journal of
    Finance 28 (1973), with a stated prior in place of the cross-section.
    """
    out = np.full(len(coins), np.nan)
    still_money = np.zeros(len(coins), dtype=np.bool_) if money is None else money
    if settings.benchmark in coins:
        at = coins.index(settings.benchmark)
        slope, error, ready = _regress(returns, at, settings)
        if ready:
            # The weight of the slope is 0 where its error is infinite.
            weight = PRIOR_DEVIATION**2 / (PRIOR_DEVIATION**2 + error**2)
            moving = np.isfinite(error)
            out = np.where(moving, PRIOR_BETA + weight * (slope - PRIOR_BETA), np.where(still_money, 0.0, PRIOR_BETA))
        out[at] = 1.0
    out.flags.writeable = False
    return out


def _regress(returns: Returns, benchmark: int, settings: RiskSettings) -> tuple[Floats, Floats, bool]:
    """Slope and its standard error per series (0 and inf where nothing is told), and if the benchmark is known."""
    samples = samples_of(returns, settings.ewma_half_life_s, min(OVERLAP, max(1, len(returns.value))))
    market = samples.value[:, benchmark]
    both = ~np.isnan(samples.value) & ~np.isnan(market)[:, None]
    weight = samples.weight[:, None] * both
    total = weight.sum(axis=0)
    count = effective(total, np.square(weight).sum(axis=0), samples.inflation)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Each coin over the samples it shares with the benchmark, so the benchmark has a mean per coin.
        x, y = np.where(both, market[:, None], 0.0), np.where(both, samples.value, 0.0)
        x_mean, y_mean = (weight * x).sum(axis=0) / total, (weight * y).sum(axis=0) / total
        x, y = np.where(both, x - x_mean, 0.0), np.where(both, y - y_mean, 0.0)
        x_square, y_square = (weight * x * x).sum(axis=0) / total, (weight * y * y).sum(axis=0) / total
        slope = (weight * x * y).sum(axis=0) / total / x_square
        rest = np.maximum(0.0, y_square - slope * slope * x_square)
        error = np.sqrt(rest / x_square / (count - 2.0))
        told = (count >= _LEAST) & moves(np.sqrt(x_square), x_mean) & moves(np.sqrt(y_square), y_mean)
    ready = bool(count[benchmark] >= settings.min_samples and told[benchmark])
    return np.where(told, slope, 0.0), np.where(told, error, np.inf), ready
