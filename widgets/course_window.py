"""The part of a course that lies in a span of time, and the stretches in it of which nothing is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.snapshot import Floats, ScopeHistory

GAP = 3.0
"""Points farther apart than so many usual steps have a gap between them."""
NEIGHBOURS = 5
LEAST_SPAN_S = 60.0


@dataclass(frozen=True, slots=True)
class Window:
    history: ScopeHistory
    """What lies within it."""
    holes: npt.NDArray[np.intp]
    """Points that have a gap before them."""
    began_s: float
    """Wall time of the left edge: what was before the first figure would be an empty stretch."""
    now_s: float
    cut: bool
    """Whether less is known than was asked for."""

    def with_gaps(self, values: tuple[Floats, ...]) -> tuple[Floats, tuple[Floats, ...]]:
        """Times and values with NaN put into every gap, so that no line joins its sides."""
        at_s, holes = self.history.at_s, self.holes
        if not len(holes):
            return at_s, values
        middle = (at_s[holes - 1] + at_s[holes]) / 2.0
        return np.insert(at_s, holes, middle), tuple(np.insert(line, holes, np.nan) for line in values)


def window_of(history: ScopeHistory, span_s: float, now_s: float) -> Window:
    known = history.at_s[np.isfinite(history.equity)]
    first = float(known[0]) if len(known) else -math.inf
    began_s = min(max(now_s - span_s, first), now_s - LEAST_SPAN_S)
    since = int(np.searchsorted(history.at_s, began_s))
    at_s = history.at_s[since:]
    shown = ScopeHistory(
        at_s,
        history.drawdown[since:],
        history.gross_exposure[since:],
        history.net_exposure[since:],
        history.equity[since:],
    )
    return Window(shown, gaps(at_s), began_s, now_s, first > now_s - span_s)


def gaps(at_s: Floats) -> npt.NDArray[np.intp]:
    """Points that lie much farther from the one before than points thereabouts do.

    Spacing grows with age: what is usual is the wider of what was usual before and of what is usual after.
    """
    steps = np.diff(at_s)
    if len(steps) < 2:
        return np.empty(0, dtype=np.intp)
    padded = np.concatenate((np.full(NEIGHBOURS, np.nan), steps, np.full(NEIGHBOURS, np.nan)))
    around = np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS)
    # NaN sorts last, so that the middle of what is there stands at half its count.
    ordered, count = np.sort(around, axis=1), np.sum(~np.isnan(around), axis=1)
    middle = ordered[np.arange(len(ordered)), np.maximum(0, (count - 1) // 2)]
    before, after = middle[: len(steps)], middle[NEIGHBOURS + 1 :][: len(steps)]
    # The very next ones, where one of the two sides is too short to tell.
    beside = np.fmin(padded[NEIGHBOURS - 1 :][: len(steps)], padded[NEIGHBOURS + 1 :][: len(steps)])
    return np.flatnonzero(steps > GAP * np.fmax(np.fmax(before, after), beside)) + 1
