"""Past prices on one UTC grid: what was told for a moment stands at that moment, and what was not is a gap."""

from __future__ import annotations

import math

import numpy as np

from core.book.columns import NAN, Floats, Ints
from core.clock import DAY_S

OFF_GRID_S = 1.0
"""By how much a moment may miss the grid: some venues close their bars a millisecond early."""


class PriceGrid:
    """One row of prices per key; columns are consecutive multiples of `period_s` since the epoch."""

    def __init__(self, period_s: float, keep: int) -> None:
        self.period_s = period_s
        self._keep = keep
        self._places: dict[int, int] = {}
        self._values: Floats = np.full((8, keep), NAN)
        self._first: int | None = None
        """Number of the step in the first column."""

    def put(self, key: int, at_s: Floats, price: Floats, now_s: float) -> None:
        """Take prices at moments (UTC seconds, any order); a later word on the same moment wins.

        Left out are prices that are not positive and finite, moments off the grid, and moments more than a day after
        `now_s` (wall time): a venue's clock that is off by years would push out all that is known.
        """
        now_step = math.floor(now_s / self.period_s)
        if self._first is None or now_step < self._first:
            # Nothing yet, or our own clock had run ahead and was put right.
            self._first = now_step - self._keep + 1
            self._values[:] = NAN
        with np.errstate(invalid="ignore"):
            steps = np.round(at_s / self.period_s)
            good = np.isfinite(price) & (price > 0.0) & (np.abs(at_s - steps * self.period_s) <= OFF_GRID_S)
            good &= steps <= (now_s + DAY_S) / self.period_s
        kept = steps[good].astype(np.int64)
        if not len(kept):
            return
        self._make_room(int(kept.max()))
        columns = kept - self._first
        inside = columns >= 0
        place = self._place(key)  # which may grow the table
        self._values[place, columns[inside]] = price[good][inside]

    def prices(self, key: int, steps: Ints) -> Floats:
        """The prices at these steps; NaN where none is known."""
        result = np.full(len(steps), NAN)
        place = self._places.get(key)
        if place is not None and self._first is not None:
            columns = steps - self._first
            inside = (columns >= 0) & (columns < self._keep)
            result[inside] = self._values[place, columns[inside]]
        return result

    def _place(self, key: int) -> int:
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self._places)
            if place == len(self._values):
                self._values = np.concatenate([self._values, np.full_like(self._values, NAN)])
        return place

    def _make_room(self, step: int) -> None:
        """Move the window on until `step` is in it."""
        assert self._first is not None
        beyond = step - (self._first + self._keep - 1)
        if beyond <= 0:
            return
        if beyond >= self._keep:
            self._values[:] = NAN
        else:
            self._values[:, :-beyond] = self._values[:, beyond:].copy()
            self._values[:, -beyond:] = NAN
        self._first += beyond


def ratios(prices: Floats, most_ratio: float | None) -> Floats:
    """Each price over the one before it, NaN where either is; beyond `most_ratio` either way it is taken for an error.

    Both neighbours of a wrong price go with it. None keeps every ratio.
    """
    ratio = prices[1:] / prices[:-1]
    if most_ratio is None:
        return ratio
    with np.errstate(invalid="ignore"):
        return np.where((ratio > most_ratio) | (ratio < 1.0 / most_ratio), NAN, ratio)
