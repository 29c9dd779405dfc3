"""From what a programme would cut to what a venue takes: whole lots, no order below the minimum, no dust left behind.

Of a unit with cap Q, step s and minimum m these quantities can be closed: none; multiples of s from m on that leave at
least m; and Q itself where that closes the position, whatever its size: venues take reduce-only remainders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.mitigation.planning.columns import Bools, Floats, add_up
from core.mitigation.planning.costs import Curves
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

    units: Units
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

    def lot(self) -> Floats:
        """Base currency per lot; of a unit without lots the dust of floats."""
        return np.where(self.step > 0.0, self.step * self.worth, 0.0)

    def _clean(self, cut: Floats) -> Floats:
        quantity = cut / self.worth
        quantity = np.where(quantity <= NOTHING * self.units.quantity, 0.0, quantity)
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
    return Grid(units, cap, np.where(cap > 0.0, np.minimum(cap, keeps), -1.0), units.least, units.step, worth)


def hedge_room(grid: Grid, block: Block, longs: Floats, shorts: Floats) -> Floats:
    """Shape (rows,): by how much the lots may let the net of a hedged group grow."""
    lot = np.zeros(len(block.low))
    np.maximum.at(lot, block.row, grid.lot()[block.unit])
    return np.asarray(np.minimum(HEDGE_LOTS * lot, HEDGE_SHARE * np.minimum(longs, shorts)))


@dataclass(frozen=True, slots=True)
class Rules:
    """The rows that rounded cuts are measured by, hedges with their room."""

    blocks: Sequence[Block]

    def broken(self, cut: Floats) -> list[tuple[Block, Floats]]:
        """Blocks with rows that do not hold, and by how much each falls below (positive) or rises above (negative)."""
        out = []
        for block in self.blocks:
            reach = block.reach(cut)
            scale = np.maximum(np.abs(np.where(np.isfinite(block.low), block.low, 0.0)), np.abs(reach))
            scale = np.maximum(scale, np.abs(np.where(np.isfinite(block.high), block.high, 0.0)))
            miss = np.maximum(block.low - reach, 0.0) - np.maximum(reach - block.high, 0.0)
            miss[np.abs(miss) <= ROW_FUZZ * scale] = 0.0
            if miss.any():
                out.append((block, miss))
        return out

    def hold(self, cut: Floats, *, goals: bool = True) -> bool:
        return not any(goals or block.goal < 0 for block, _ in self.broken(cut))


ROUNDS = 12


def round_cuts(grid: Grid, rules: Rules, cut: Floats) -> Floats:
    """Up to whole lots; down again, side by side, where that would strip a hedge or breach another limit."""
    lower, upper = grid.down(cut), grid.up(cut)
    out = upper.copy()
    for _ in range(ROUNDS):
        broken = [(block, miss) for block, miss in rules.broken(out) if block.goal < 0]
        if not broken:
            return out
        moved = False
        for block, miss in broken:
            moved |= _step_back(block, miss, out, lower)
        if not moved:
            break
    return _give_up(rules, out)


def _step_back(block: Block, miss: Floats, out: Floats, lower: Floats) -> bool:
    """Take units that push a row out of its bounds down by what rounding put on them; whether any was."""
    pushing = block.value * np.sign(miss)[block.row] < 0.0
    some = pushing & (miss[block.row] != 0.0) & (out[block.unit] > lower[block.unit])
    units = block.unit[some]
    out[units] = lower[units]
    return bool(len(units))


def _give_up(rules: Rules, out: Floats) -> Floats:
    """Nothing is cut of what still breaks a rule that holds whatever comes: cutting nothing never breaks one."""
    out = out.copy()
    for _ in range(ROUNDS):
        broken = [(block, miss) for block, miss in rules.broken(out) if block.goal < 0]
        if not broken:
            return out
        for block, miss in broken:
            units = block.unit[miss[block.row] != 0.0]
            out[units] = 0.0
            if block.weight is not None:
                out[block.weight > 0.0] = 0.0
    return np.zeros_like(out)


MOST_UNITS = 40
TIME_LIMIT_S = 0.5
GAP = 0.002


def exact_lots(grid: Grid, rules: Rules, curves: Curves, floor: Floats) -> Floats | None:
    """The cheapest cuts in whole lots, by branch and bound: for a few units. None where none was found in time."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    count = len(grid.cap)
    size, low, high, whole = _lot_columns(grid, floor)
    pooled = add_up(curves.book, grid.cap * grid.worth, len(curves.width))
    start = np.cumsum(curves.width, axis=1)
    start = np.concatenate((np.zeros((len(start), 1)), start[:, :-1]), axis=1)
    length = np.minimum(curves.width, np.maximum(pooled[:, None] - start, 0.0))
    book, piece = np.nonzero(length > 0.0)
    pieces, slope = length[book, piece], curves.slope[book, piece]
    # Columns: lots, whether there are any, whether all is closed, pieces of books.
    width = 3 * count + len(pieces)
    each = np.arange(count)
    rows: list[Any] = []

    def cuts_to(values: Floats) -> Floats:
        """Of a row over cuts the row over columns."""
        return np.concatenate((values * size, np.zeros(count), values * whole, np.zeros(len(pieces))))

    for block in rules.blocks:
        dense = np.zeros((len(block.low), count))
        np.add.at(dense, (block.row, block.unit), block.value)
        if block.weight is not None:
            dense += block.total[:, None] * block.weight[None, :]
        matrix = np.array([cuts_to(row) for row in dense]).reshape(-1, width)
        scale = np.maximum(np.abs(matrix).max(axis=1, initial=0.0), 1e-12)
        rows.append(LinearConstraint(matrix / scale[:, None], block.low / scale, block.high / scale))
    books = np.zeros((len(curves.width), width))
    for unit in each:
        books[curves.book[unit]] += cuts_to(np.eye(count)[unit])
    books[book, 3 * count + np.arange(len(pieces))] = -pieces
    scale = np.maximum(np.abs(books).max(axis=1), 1e-12)
    rows.append(LinearConstraint(books / scale[:, None], 0.0, 0.0))
    rows += _lot_rows(count, width, low, high)
    spend = np.concatenate((curves.fee * size, np.zeros(count), curves.fee * whole, slope * pieces))
    upper = np.concatenate((high, (high > 0.0).astype(float), (whole > 0.0).astype(float), np.ones(len(pieces))))
    lower = np.zeros(width)
    kinds = np.concatenate((np.where(grid.step > 0.0, 1, 0), np.ones(2 * count), np.zeros(len(pieces))))
    answer: Any = milp(
        spend / max(float(spend.max(initial=0.0)), 1e-12), integrality=kinds, bounds=Bounds(lower, upper),
        constraints=rows, options={"time_limit": TIME_LIMIT_S, "mip_rel_gap": GAP},
    )  # fmt: skip
    if answer.x is None:
        return None
    lots, closed = answer.x[:count], answer.x[2 * count : 3 * count] > 0.5
    lots = np.where(grid.step > 0.0, np.round(lots), lots)
    return np.where(closed, whole, np.where(answer.x[count : 2 * count] > 0.5, lots * size, 0.0))


def _lot_columns(grid: Grid, floor: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Base currency per lot, least and most lots of a part, and base currency of closing all of it."""
    size = np.where(grid.step > 0.0, grid.step, 1.0) * grid.worth
    part = np.maximum(grid.least, np.where(grid.step > 0.0, grid.step, 0.0))
    low, high = part * grid.worth / size, np.maximum(grid.most, 0.0) * grid.worth / size
    low = np.maximum(low, floor / size)
    low = np.where(grid.step > 0.0, np.ceil(low - ROUND), low)
    high = np.where(grid.step > 0.0, np.floor(high + ROUND), high)
    return size, low, np.where(high >= low, high, 0.0), grid.cap * grid.worth


def _lot_rows(count: int, width: int, low: Floats, high: Floats) -> list[Any]:
    """low x any <= lots <= high x any; a part or all of it, not both."""
    from scipy.optimize import LinearConstraint

    each = np.arange(count)
    least, most, either = np.zeros((count, width)), np.zeros((count, width)), np.zeros((count, width))
    least[each, each], least[each, count + each] = 1.0, -low
    most[each, each], most[each, count + each] = 1.0, -high
    either[each, count + each] = either[each, 2 * count + each] = 1.0
    return [
        LinearConstraint(least, 0.0, np.inf),
        LinearConstraint(most, -np.inf, 0.0),
        LinearConstraint(either, 0.0, 1.0),
    ]


def near(values: Floats, other: Floats) -> Bools:
    return np.isclose(values, other, rtol=1e-9, atol=0.0)
