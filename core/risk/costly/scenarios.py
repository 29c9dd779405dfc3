"""What the recent periods would do to today's positions: returns of every underlying, as they were and rescaled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats
from core.risk.costly.inputs import CostlyInputs, Returns
from core.risk.costly.samples import clean, moves


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Read-only. Unknown coins (`known` False) have returns of 0 here and must be counted otherwise."""

    plain: Floats
    """Shape (coins, periods): the returns as they were, holes filled."""
    filtered: Floats
    """Shape (coins, periods): each times today's volatility over that of its period."""
    known: Floats
    """Shape (coins,): 1 where samples suffice, or for money that does not move; else 0."""
    still: Floats
    """Shape (coins,): 1 for money without returns of its own: it carries no risk."""
    samples: Floats
    """Shape (coins,): periods that a coin has a return of its own in."""
    periods: int


def scenarios_of(inputs: CostlyInputs) -> Scenarios:
    """From `inputs.coin_returns`.

    A coin is known with `settings.min_samples` returns of its own. In a period that it missed it is given the market's
    move (the equally weighted mean of all standardised returns, scaled back to variance 1) times its own deviation and
    the sign of its relation to the market: as volatile as itself and no less related than anything could be, so that a
    young coin is not called a diversification. A period in which nothing was sampled is none.
    """
    returns = inputs.coin_returns
    value = clean(returns.value)
    present = ~np.isnan(value)
    samples = present.sum(axis=0).astype(np.float64)
    filled = np.where(present, value, 0.0)
    deviation = np.sqrt(np.square(filled).sum(axis=0) / np.maximum(samples, 1.0))
    known = (samples >= inputs.settings.min_samples) & moves(deviation, np.zeros(len(deviation)))
    rows: Bools = present[:, known].sum(axis=1) > 0
    plain = np.zeros((int(rows.sum()), len(samples)))
    plain[:, known] = _without_holes(value[np.ix_(rows, known)], deviation[known])
    filtered = plain * _rescaling(plain, returns, rows, inputs.settings.ewma_half_life_s)
    still = inputs.stablecoins & ~known
    out = Scenarios(
        plain=np.ascontiguousarray(plain.T),
        filtered=np.ascontiguousarray(filtered.T),
        known=(known | still).astype(np.float64),
        still=still.astype(np.float64),
        samples=samples,
        periods=len(plain),
    )
    for array in (out.plain, out.filtered, out.known, out.still, out.samples):
        array.flags.writeable = False
    return out


def _without_holes(value: Floats, deviation: Floats) -> Floats:
    present = ~np.isnan(value)
    if present.all():
        return value
    standard = np.where(present, value / deviation, 0.0)
    market = standard.sum(axis=1) / present.sum(axis=1)
    size = np.sqrt(np.square(market).mean())
    if size > 0.0:
        market = market / size
    sign = np.where(standard.T @ market < 0.0, -1.0, 1.0)
    return np.where(present, value, market[:, None] * (deviation * sign))


def _rescaling(value: Floats, returns: Returns, rows: Bools, half_life_s: float) -> Floats:
    """Shape (periods, series): volatility after the last period over the one expected for each period before it came.

    Source: Hull and White, "Incorporating volatility updating into the historical simulation method for value at risk",
    Journal of Risk 1 (1998); Barone-Adesi, Giannopoulos and Vosper, "VaR without correlations for portfolios of
    derivative securities", Journal of Futures Markets 19 (1999). Here with an EWMA volatility in place of a GARCH one.
    """
    expected = ewma_variance(value, returns.at_s[rows], returns.period_s, half_life_s)
    before, now = expected[:-1], expected[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(before > 0.0, np.sqrt(now / before), 1.0)


def ewma_variance(value: Floats, at_s: Floats, period_s: float, half_life_s: float) -> Floats:
    """Shape (periods + 1, series): variance about 0 expected for each period from those before it; the last is today's.

    v(t + 1) = d v(t) + (1 - d) r(t)^2 with d = 0.5^(period / half-life), begun with the mean square of all. Over a gap
    in time all that was seen ages by the time that passed, and what comes after it counts for more.

    Source: J.P. Morgan, "RiskMetrics technical document" (1996), section 5.2.
    """
    decay = np.exp2(-period_s / half_life_s)
    out = np.empty((len(value) + 1, value.shape[1]))
    # Sum of squares and of their weights; begun as if the mean square had been seen for ever.
    weight = 1.0 / (1.0 - decay) if decay < 1.0 else float(max(1, len(value)))
    total = np.square(value).mean(axis=0) * weight if len(value) else np.zeros(value.shape[1])
    out[0] = total / weight
    elapsed_s = np.maximum(0.0, np.diff(at_s, prepend=at_s[:1] - period_s))
    for period, faded in enumerate(np.exp2(-elapsed_s / half_life_s).tolist()):
        total = total * faded + np.square(value[period])
        weight = weight * faded + 1.0
        out[period + 1] = total / weight
    return out
