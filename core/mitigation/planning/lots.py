"""From what a programme would cut to what a venue takes: whole lots, no order below the minimum, no dust left behind.

Of a unit with cap Q, step s and minimum m these quantities can be closed: none; multiples of s from m on that leave at
least m; and Q itself where that closes the position, whatever its size: venues take reduce-only remainders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.mitigation.planning.columns import Floats, Ints
from core.mitigation.planning.rows import Block
from core.mitigation.planning.units import FUZZ, Units

ROUND = 1e-6
"""Lots: below it a share of one is the dust of floats."""
NOTHING = 1e-6
"""Share of a unit: less than this is not cut at all."""
ROW_FUZZ = 1e-7
"""Relative: what a row may be off by and still count as kept."""
HEDGE_LOTS = 0.5
HEDGE_SHARE = 0.01
"""Two legs with different lots cannot be cut by the same amount: a hedge may be off by half of the coarser lot, and by
no more than this share of what is hedged."""


@dataclass(frozen=True, slots=True)
class Grid:
    """What can be closed of each unit; arrays of shape (units,), quantities."""

    size: Floats
    """All that there is of it."""
    cap: Floats
    """Q: all of it, or the largest multiple of the step below it where that does not close the position."""
    most: Floats
    """The largest part that leaves enough to be closed by itself; below `least` there is none but Q."""
    least: Floats
    step: Floats
    worth: Floats
    """Base currency per unit of quantity."""

    def up(self, cut: Floats) -> Floats:
        """The smallest allowed cut (base currency) that is not below; `cap` where there is none."""
        quantity = self._clean(cut)
        lots = np.maximum(quantity, self.least)
        lots = np.where(self.step > 0.0, self._steps(np.ceil, lots), lots)
        out = np.where(lots <= self.most * (1.0 + FUZZ), lots, self.cap)
        return self._money(np.where(quantity > 0.0, out, 0.0))

    def down(self, cut: Floats) -> Floats:
        """The largest allowed cut that is not above; 0 where there is none."""
        quantity = self._clean(cut)
        lots = np.minimum(quantity, np.maximum(self.most, 0.0))
        lots = np.where(self.step > 0.0, self._steps(np.floor, lots), lots)
        out = np.where(lots >= self.least * (1.0 - FUZZ), lots, 0.0)
        return self._money(np.where(quantity >= self.cap * (1.0 - FUZZ), self.cap, out))

    def at(self, units: Ints) -> Grid:
        """Of some units."""
        columns = (self.size, self.cap, self.most, self.least, self.step, self.worth)
        return Grid(*(column[units] for column in columns))

    def lot(self) -> Floats:
        """Base currency per lot; of a unit without lots the dust of floats."""
        return np.where(self.step > 0.0, self.step * self.worth, 0.0)

    def _clean(self, cut: Floats) -> Floats:
        quantity = cut / self.worth
        quantity = np.where(quantity <= NOTHING * self.size, 0.0, quantity)
        return np.minimum(quantity, self.cap)

    def _steps(self, rounding: Any, quantity: Floats) -> Floats:
        fuzz = -ROUND if rounding is np.ceil else ROUND
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(rounding(quantity / self.step + fuzz) * self.step)

    def _money(self, quantity: Floats) -> Floats:
        return np.asarray(np.minimum(quantity, self.cap) * self.worth)


def grid_of(units: Units, bound: Floats) -> Grid:
    """`bound`: base currency, the most of each unit that may be cut."""
    worth = units.notional / units.quantity
    cap = np.minimum(bound / worth, units.quantity)
    all_of_it = units.whole & (cap >= units.quantity * (1.0 - FUZZ))
    with np.errstate(invalid="ignore", divide="ignore"):
        floored = np.where(units.step > 0.0, np.floor(cap / units.step + ROUND) * units.step, cap)
    cap = np.where(all_of_it, units.quantity, np.minimum(floored, cap))
    cap = np.where(all_of_it | (cap >= units.least * (1.0 - FUZZ)), cap, 0.0)
    # Leaves less than the smallest order: then that could not be closed any more.
    keeps = units.room / worth - units.least
    return Grid(units.quantity, cap, np.where(cap > 0.0, np.minimum(cap, keeps), -1.0), units.least, units.step, worth)


def hedge_room(grid: Grid, block: Block, longs: Floats, shorts: Floats) -> Floats:
    """Shape (rows,): by how much the lots may let the net of a hedged group grow."""
    lot = np.zeros(len(block.low))
    np.maximum.at(lot, block.row, grid.lot()[block.unit])
    return np.asarray(np.minimum(HEDGE_LOTS * lot, HEDGE_SHARE * np.minimum(longs, shorts)))
