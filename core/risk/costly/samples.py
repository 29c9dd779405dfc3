"""What a panel of returns says and what it does not: absurd samples, gaps, overlapping sums, weights, effective counts.

Two series that are read at different moments look less related than they are (Epps, JASA 74, 1979): a move shows in
one period here and in the next there. Correlations and betas are therefore taken from sums over `OVERLAP` periods in a
row, overlapping. That is the Bartlett-weighted sum of the lead and lag covariances (Newey and West, Econometrica 55,
1987), which unlike a plain lead-lag correction can never give a matrix that is not positive semi-definite. A reading
that is late by d of a period's p seconds then hides about d / (OVERLAP x p) of a correlation instead of d / p.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats
from core.risk.costly.inputs import Returns

OVERLAP = 2
"""Periods that a return of covariances spans."""
COVERED = 0.95
"""Share of what is held that must be known before an estimate says anything of the whole."""
YEAR_S = 365.0 * 86_400.0
"""Crypto trades every day: volatility is annualised over 365 days."""
ABSURD = 10.0
"""A simple return above +1000 % in one period is a glitch or a redenomination, one below -100 % is impossible."""
_STILL = 1e-12
"""A standard deviation that rounding alone can make."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Returns over `span` periods in a row, overlapping, oldest first, and what each of them weighs."""

    value: Floats
    """Shape (samples, series); NaN where any of the periods is missing."""
    weight: Floats
    """Shape (samples,): adds up to 1, halves every half-life back from the last."""
    span: int
    period_s: float

    @property
    def inflation(self) -> float:
        return overlap_inflation(self.span)


def samples_of(returns: Returns, half_life_s: float = np.inf, span: int = OVERLAP) -> Samples:
    """The panel as covariances take it; equal weights with an infinite half-life."""
    return Samples(
        overlapping(clean(returns.value), returns, span),
        weights(returns.at_s[span - 1 :], half_life_s),
        span,
        returns.period_s,
    )


def clean(value: Floats) -> Floats:
    """The same returns, with NaN for what is infinite or absurd."""
    value = np.asarray(value, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.where((value >= -1.0) & (value <= ABSURD), value, np.nan)


def overlapping(value: Floats, returns: Returns, span: int) -> Floats:
    """Shape (periods - span + 1, series): sums over `span` rows in a row; NaN across a hole or a gap of the grid."""
    count = max(0, len(value) - span + 1)
    out = value[span - 1 :].copy()
    for back in range(1, span):
        out += value[span - 1 - back : span - 1 - back + count]
    elapsed_s = returns.at_s[span - 1 :] - returns.at_s[:count]
    out[np.abs(elapsed_s - (span - 1) * returns.period_s) > 0.5 * returns.period_s] = np.nan
    return out


def weights(at_s: Floats, half_life_s: float) -> Floats:
    """Shape (samples,): adds up to 1 and halves with every half-life of age; by elapsed time, not by count."""
    if not len(at_s):
        return np.empty(0)
    weight = np.exp2(-(at_s.max() - at_s) / half_life_s)
    out: Floats = weight / weight.sum()
    return out


def overlap_inflation(span: int) -> float:
    """By how much the variance of an estimate from overlapping sums exceeds that from as many independent ones:
    1 + 2 sum over l of (1 - l / span)^2 = (2 span^2 + 1) / (3 span).

    Source: Hansen and Hodrick, Journal of Political Economy 88 (1980), for squared sums of white noise.
    """
    return (2.0 * span * span + 1.0) / (3.0 * span)


def effective(total: Floats, squares: Floats, inflation: float = 1.0) -> Floats:
    """How many equally weighted, independent samples are as good: (sum w)^2 / sum w^2 / inflation; 0 of none.

    Source: Kish, "Survey Sampling" (1965).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(squares > 0.0, total * total / squares / inflation, 0.0)


def moves(deviation: Floats, mean: Floats) -> Bools:
    """Whether a series varies at all, beyond rounding."""
    with np.errstate(invalid="ignore"):
        out: Bools = deviation > np.maximum(_STILL, 1e-9 * np.abs(mean))
    return out
