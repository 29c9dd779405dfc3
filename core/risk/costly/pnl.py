"""How the PnL of many accounts or strategies moves together, from the T x T Gram matrix of T samples.

A hundred thousand series never meet in a matrix of their own: the sums that are asked for, and all eigenvalues that
are not zero, are those of the Gram matrix (samples x samples) of the same panel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats, Ints
from core.risk.costly.inputs import Returns
from core.risk.costly.samples import OVERLAP, clean, effective, moves, overlap_inflation, overlapping, weights
from core.risk.settings import RiskSettings

ENOUGH = 0.8
"""Share of the exposure, and of a series' samples, that has to be there."""
_ROUNDING = 1e-12
"""With less of all weight in pairs one series is everything, and the rest is what rounding leaves of a difference."""
_CHUNK = 1 << 19
"""Returns taken at once: 4 MB."""


@dataclass(frozen=True, slots=True)
class Bets:
    """NaN unknown; without anything held all is 0, with a single series there is no pair: correlation 0, one bet."""

    correlation: float
    """Exposure-weighted mean."""
    effective: float
    first_factor: float
    samples: float
    """Effective samples that the rest stands on; also told where that is unknown because they are too few."""
    shrinkage: float = float("nan")


NO_BETS = Bets(0.0, 0.0, 0.0, 0.0)


def estimate_bets(returns: Returns, columns: Ints, exposure: Floats, settings: RiskSettings) -> Bets:
    """Of the series `columns` of `returns`, each weighing its `exposure` (same shape, >= 0, NaN unknown).

    What holds nothing is left out. Periods count in which series with ENOUGH of all exposure have a sample; series
    count that have samples in ENOUGH of these periods and that move at all. Where they carry less than ENOUGH of the
    exposure, or the effective samples are fewer than `settings.min_samples`, all is unknown.
    """
    held = exposure > 0.0
    if np.isnan(exposure).any():
        return Bets(np.nan, np.nan, np.nan, np.nan)
    if not held.any():
        return NO_BETS
    panel = _Panel.of(returns, columns[held], exposure[held], settings)
    inflation = overlap_inflation(panel.span)
    samples = float(effective(panel.weight.sum(), np.square(panel.weight).sum(), inflation))
    unknown = Bets(np.nan, np.nan, np.nan, samples)
    if samples < settings.min_samples:
        return unknown
    sums = panel.sums()
    if sums.covered < ENOUGH * panel.exposure.sum():
        return unknown
    if sums.count == 1:
        return Bets(0.0, 1.0, 1.0, samples, 0.0)
    number, factor, shrinkage = spectrum(panel.gram(sums.market()), panel.weight, sums.count, inflation)
    return Bets(sums.correlation(), number, factor, samples, shrinkage)


@dataclass(slots=True)
class _Sums:
    """What one pass over the standardised series adds up; arrays of shape (samples,)."""

    weight: Floats
    whole: Floats
    """Sum of exposure x standardised return."""
    whole_squares: Floats
    """Sum of their squares."""
    present: Floats
    """Sum of the exposures that have a sample."""
    present_squares: Floats
    covered: float = 0.0
    """Exposure of the series taken."""
    count: int = 0

    def correlation(self) -> float:
        """Mean over all pairs, from sums alone: (sum g z)^2 - sum (g z)^2 is the sum over pairs.

        A pair counts by the samples that both have. Shrinking towards a constant correlation, taken with the same
        weights, would leave the mean as it is.
        """
        pairs = float(self.weight @ (self.whole**2 - self.whole_squares))
        most = float(self.weight @ (self.present**2 - self.present_squares))
        if most <= _ROUNDING * float(self.weight @ self.present**2):
            return 0.0
        return float(np.clip(pairs / most, -1.0, 1.0))

    def market(self) -> Floats:
        """Shape (samples,): the exposure-weighted mean move, with variance 1."""
        mean = self.whole / self.present
        size = float(np.sqrt(self.weight @ np.square(mean)))
        return mean / size if size > 0.0 else mean


@dataclass(frozen=True, slots=True)
class _Panel:
    """The series of one group, read chunk by chunk: a copy of a hundred thousand would not fit beside the book."""

    returns: Returns
    columns: Ints
    exposure: Floats
    span: int
    counted: Ints
    """The samples that count, and what each weighs."""
    weight: Floats

    @classmethod
    def of(cls, returns: Returns, columns: Ints, exposure: Floats, settings: RiskSettings) -> _Panel:
        span = min(OVERLAP, max(1, len(returns.value)))
        samples = max(0, len(returns.value) - span + 1)
        whole = cls(returns, columns, exposure, span, np.arange(samples), np.zeros(samples))
        presence: Floats = np.zeros(samples)
        for value, size in whole.chunks():
            presence += (~np.isnan(value)).astype(np.float64) @ size
        counted = np.flatnonzero(presence >= ENOUGH * exposure.sum())
        weight = weights(returns.at_s[span - 1 :][counted], settings.ewma_half_life_s)
        return cls(returns, columns, exposure, span, counted, weight)

    def chunks(self) -> Iterator[tuple[Floats, Floats]]:
        """Returns of some series in the samples that count, and the exposures of these series."""
        every = len(self.counted) == len(self.returns.value) - self.span + 1
        step = max(1, _CHUNK // max(1, len(self.returns.value)))
        for start in range(0, len(self.columns), step):
            some = slice(start, start + step)
            value = overlapping(clean(self.returns.value[:, self.columns[some]]), self.returns, self.span)
            yield value if every else value[self.counted], self.exposure[some]

    def standardised(self) -> Iterator[tuple[Floats, Bools, Floats]]:
        """Of the series that count: exposure x standardised returns (0 in holes), where there are any, exposures."""
        for value, size in self.chunks():
            present = ~np.isnan(value)
            total = self.weight @ present
            value[~present] = 0.0
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = self.weight @ value / total
                value -= mean
                value[~present] = 0.0
                deviation = np.sqrt(self.weight @ np.square(value) / total)
            taken = (total >= ENOUGH) & moves(deviation, mean)
            if not taken.all():
                value, present, size, deviation = value[:, taken], present[:, taken], size[taken], deviation[taken]
            value *= size / deviation
            yield value, present, size

    def sums(self) -> _Sums:
        samples = len(self.weight)
        out = _Sums(self.weight, np.zeros(samples), np.zeros(samples), np.zeros(samples), np.zeros(samples))
        for value, present, size in self.standardised():
            out.whole += value.sum(axis=1)
            out.whole_squares += np.square(value).sum(axis=1)
            out.present += present @ size
            out.present_squares += present @ np.square(size)
            out.covered += float(size.sum())
            out.count += len(size)
        return out

    def gram(self, market: Floats) -> Floats:
        """Shape (samples, samples): of all series, each with a weighted variance of its exposure squared.

        A hole is filled by what the series is expected to do given the market's move: its slope times that. A zero
        would make series that were not read look unrelated; this errs, a little, towards one bet.
        """
        out: Floats = np.zeros((len(self.weight), len(self.weight)))
        for value, present, size in self.standardised():
            if not present.all():
                slope = (self.weight * market) @ value / ((self.weight * np.square(market)) @ present)
                value += np.where(present, 0.0, market[:, None] * slope)
                value *= size / np.sqrt(self.weight @ np.square(value))
            out += value @ value.T
        return out


def spectrum(gram: Floats, weight: Floats, series: int, inflation: float) -> tuple[float, float, float]:
    """Effective number of bets, first-factor share and shrinkage of the covariance S that `gram` (samples x samples,
    of centred returns) belongs to, S shrunk towards the identity times its mean variance mu.

    The eigenvalues of S are those of the weighted Gram matrix and, beyond their number, zeros; shrunk by a, each
    becomes (1 - a) x eigenvalue + a mu, also the zeros. The sums of them and of their squares need no eigenvalue at
    all. a is (sampling variance of S) / (squared distance of S to its target), at most 1; with weights, 1 / T^2 is
    their square; overlapping sums multiply by their inflation.

    Source: Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of
    Multivariate Analysis 88 (2004).
    """
    lengths = np.diagonal(gram)
    trace = float(weight @ lengths)
    mean = trace / series
    square = float(weight @ gram**2 @ weight)
    spread = square - series * mean * mean
    fourth = weight**2 @ (lengths**2 - 2.0 * (gram**2 @ weight) + square)
    noise = min(inflation * float(fourth), spread)
    shrinkage = noise / spread if noise > 0.0 else 0.0
    keep = 1.0 - shrinkage
    squares = keep**2 * square + 2.0 * keep * shrinkage * mean * trace + (shrinkage * mean) ** 2 * series
    root = np.sqrt(weight)
    largest = float(np.linalg.eigvalsh(root[:, None] * gram * root)[-1])
    return trace**2 / squares, (keep * largest + shrinkage * mean) / trace, shrinkage
