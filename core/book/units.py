"""Time-weighted return: money that comes or goes changes the number of units, never the value of one.

Source: the CFA Institute's GIPS standards (true time-weighted return); the unit method is how funds publish it.
"""

from __future__ import annotations

import numpy as np

from core.book.columns import NAN, Bools, Floats, Ints
from core.clock import utc_day

DUST_SHARE = 1e-4
DUST = 1.0
"""Base currency. With no more than this left after a flow a scope is as good as empty, and a fee on it no drawdown."""


class Units:
    """One series per scope; arrays of shape (scopes,).

    `worth` is the equity with flows since the last anchor taken out, so the unit value is worth / units. A flow anchors
    anew: units x equity / worth, which leaves the unit value as it was. A scope that was emptied keeps its unit value.
    """

    def __init__(self, count: int) -> None:
        self.worth: Floats = np.full(count, NAN)
        self.units: Floats = np.full(count, NAN)
        self.last_equity: Floats = np.full(count, NAN)
        self.last_flow: Floats = np.full(count, NAN)
        self.peak: Floats = np.full(count, NAN)
        self.day_open: Floats = np.full(count, NAN)
        self.day_peak: Floats = np.full(count, NAN)
        self.day: Ints = np.full(count, -1, dtype=np.int64)

    @property
    def value(self) -> Floats:
        """Unit value; 1 when tracking began (for strategies: equity / capital)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.worth / self.units

    def step(self, equity: Floats, flow: Floats, at_s: float, first_units: Floats, sure: Bools) -> None:
        """Take equity and flows so far (base currency, NaN equity is left out) at wall time `at_s`.

        What is pending is in neither. A series begins with `first_units` units. Where a scope is not `sure`, something
        of it is older than can be trusted: its value moves, and comes right again, but is no height of its own. One leg
        of a hedge that is seen rising alone would be a peak that never was.
        """
        before = self.value
        known = np.isfinite(equity)
        first = known & np.isnan(self.units) & (equity > 0.0) & (first_units > 0.0)
        self._move(known & np.isfinite(self.units), equity, flow)
        for column, now in (
            (self.units, first_units),
            (self.worth, equity),
            (self.last_equity, equity),
            (self.last_flow, flow),
        ):
            np.copyto(column, now, where=first)
        self._remember(at_s, before, sure)

    def endow(self, rows: slice, amount: Floats) -> None:
        """Money that a person gave or took outside of all flows: units are made or taken, their value stays.

        `amount` in the base currency, of the rows' shape. A series that would be left with nothing begins anew.
        """
        worth, units = self.worth[rows], self.units[rows]
        with np.errstate(invalid="ignore", divide="ignore"):
            after = worth + amount
            self.units[rows] = np.where((worth > 0.0) & (after > 0.0), units * after / worth, NAN)
        self.worth[rows] = after
        self.last_equity[rows] += amount

    def _move(self, known: Bools, equity: Floats, flow: Floats) -> None:
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = flow - self.last_flow
            worth = self.worth + (equity - self.last_equity) - moved
            empty = equity <= np.maximum(DUST, DUST_SHARE * worth)
            anchor = known & (moved != 0.0) & (worth > 0.0) & ~empty
            # Nothing was left, and money came: a return on nothing has no meaning, so the series begins anew.
            anew = known & (moved > 0.0) & (worth <= 0.0) & (equity > DUST)
            units = np.where(anchor, self.units * equity / worth, self.units)
        np.copyto(self.worth, worth, where=known)
        np.copyto(self.worth, equity, where=anchor)
        np.copyto(self.units, units, where=known)
        if anew.any():
            for column in (self.worth, self.units):
                column[anew] = equity[anew]
            for column in (self.peak, self.day_open, self.day_peak):
                column[anew] = 1.0
        np.copyto(self.last_equity, equity, where=known)
        np.copyto(self.last_flow, flow, where=known)

    def rebase_peak(self, row: int) -> tuple[float, float] | None:
        """Let the highest value be the present one: the peak before and after; None where that is unknown."""
        before, value = float(self.peak[row]), float(self.value[row])
        if not np.isfinite(value):
            return None
        self.peak[row] = value
        return before, value

    def _remember(self, at_s: float, before: Floats, sure: Bools) -> None:
        value = self.value
        today = utc_day(at_s)
        # A clock that is set back has not opened a new day, and the next one still begins at midnight.
        self.day = np.minimum(self.day, today)
        fresh = np.isfinite(value) & (self.day != today)
        # The last value of yesterday is today's opening: what happened while nobody looked counts.
        opening = np.where(np.isfinite(before), before, value)
        self.day_open[fresh] = opening[fresh]
        self.day_peak[fresh] = opening[fresh]
        self.day[fresh] = today
        for column in (self.peak, self.day_peak):
            np.fmax(column, value, out=column, where=sure)
