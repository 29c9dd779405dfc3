"""The linear programme itself: cheapest cuts under rows, by HiGHS.

Every variable is a share of its own bound and every row is divided by its largest entry: a solver's tolerance is
absolute, and positions of one desk lie six orders of magnitude apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.mitigation.planning.columns import Floats, Ints, add_up
from core.mitigation.planning.costs import Curves, taken_up
from core.mitigation.planning.rows import Block
from core.mitigation.planning.units import Units

PIECES_AT_ONCE = 15_000
"""Pieces of all books together: more are taken more coarsely."""
FEWEST_PIECES = 8
SHORT_SLACK = 1e-6
"""By how much more than the least a goal may fall short, so that the second solve finds what the first found."""


@dataclass(frozen=True, slots=True)
class Problem:
    units: Units
    curves: Curves
    blocks: Sequence[Block]
    goals: int
    """How many of the blocks' goals there are."""
    bound: Floats
    """Shape (units,): the most of each unit that may be cut, base currency."""


@dataclass(frozen=True, slots=True)
class Solution:
    cut: Floats
    """Shape (units,): base currency."""
    cost: float
    """As the programme takes it: no plan under these rows costs less."""
    short: Floats
    """Shape (goals,): by which part of its need each falls short; 0 where it is reached."""

    @property
    def feasible(self) -> bool:
        return not (self.short > 0.0).any()


def solve(problem: Problem) -> Solution | None:
    """The cheapest cuts; where not all goals can be reached, the cheapest of those that come nearest.

    None where the solver gave up: cutting nothing always keeps the rows that hold whatever comes.
    """
    programme = _Programme(problem)
    found = programme.run(programme.cost, None)
    none = np.zeros(problem.goals)
    if found is not None:
        return Solution(programme.cuts(found), programme.price(found), none)
    nearest = programme.run(programme.falling_short, None)
    if nearest is None:
        return None
    short = programme.short(nearest)
    found = programme.run(programme.cost, short * (1.0 + SHORT_SLACK) + SHORT_SLACK)
    best = nearest if found is None else found
    return Solution(programme.cuts(best), programme.price(best), np.where(short > 10.0 * SHORT_SLACK, short, 0.0))


class _Programme:
    """Columns: units, pieces of books, totals of scopes, shortfalls of goals."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._caps = np.maximum(problem.bound, 0.0)
        width, slope = problem.curves.pieces(max(FEWEST_PIECES, PIECES_AT_ONCE // max(1, len(problem.curves.width))))
        room = add_up(problem.curves.book, self._caps, len(width))
        length = taken_up(width, room)
        self._piece_book, piece = np.nonzero(length > 0.0)
        self._piece = length[self._piece_book, piece]
        self._slope = slope[self._piece_book, piece]
        self._totals = [block for block in problem.blocks if block.weight is not None]
        self._counts = (len(problem.units), len(self._piece), len(self._totals), problem.goals)
        self._starts = np.concatenate(([0], np.cumsum(self._counts)))
        self._low: list[Floats] = []
        self._high: list[Floats] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self._rows = 0
        self._link_books(room)
        for block in problem.blocks:
            self._add(block)
        self._matrix = self._build()
        size = int(self._starts[-1])
        spend = np.concatenate((self._caps * problem.curves.fee, self._piece * self._slope, np.zeros(size)))[:size]
        self._money = max(float(spend.max(initial=0.0)), 1e-12)
        self.cost = spend / self._money
        self.falling_short = np.zeros(size)
        self.falling_short[self._starts[3] :] = 1.0

    def cuts(self, found: Floats) -> Floats:
        return np.clip(found[: self._counts[0]], 0.0, 1.0) * self._caps

    def price(self, found: Floats) -> float:
        return float(found @ self.cost) * self._money

    def short(self, found: Floats) -> Floats:
        return np.maximum(found[self._starts[3] :], 0.0)

    def run(self, objective: Floats, short: Floats | None) -> Floats | None:
        """`short`: how far goals may fall short; None for not at all, or, where that is to be found out, for any."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        count = int(self._starts[-1])
        low, high = np.zeros(count), np.ones(count)
        goals = slice(int(self._starts[3]), count)
        if objective is self.falling_short:
            high[goals] = np.inf
        else:
            high[goals] = 0.0 if short is None else short
        matrix, lows, highs = self._matrix
        rows = [LinearConstraint(matrix, lows, highs)] if len(lows) else []
        answer: Any = milp(objective, bounds=Bounds(low, high), constraints=rows)
        return None if answer.x is None or answer.status != 0 else np.asarray(answer.x, dtype=np.float64)

    def _link_books(self, room: Floats) -> None:
        """What units close into a book is what goes through its pieces."""
        used = np.flatnonzero(room > 0.0)
        number = np.full(len(room), -1, dtype=np.int64)
        number[used] = np.arange(len(used))
        at = np.flatnonzero(number[self._problem.curves.book] >= 0)
        book = self._problem.curves.book[at]
        pieces = np.arange(len(self._piece))
        rows = np.concatenate((number[book], number[self._piece_book]))
        columns = np.concatenate((at, self._starts[1] + pieces))
        values = np.concatenate((self._caps[at] / room[book], -self._piece / room[self._piece_book]))
        self._put(rows, columns, values, np.zeros(len(used)), np.zeros(len(used)))

    def _add(self, block: Block) -> None:
        count = len(block.low)
        row, column, value = block.row, block.unit, block.value * self._caps[block.unit]
        if block.weight is not None:
            place = next(number for number, other in enumerate(self._totals) if other is block)
            weight = block.weight * self._caps
            whole = max(float(weight.sum()), 1e-12)
            total = int(self._starts[2]) + place
            at = np.flatnonzero(weight)
            self._put(
                np.zeros(len(at) + 1, dtype=np.int64), np.append(at, total), np.append(weight[at] / whole, -1.0),
                np.zeros(1), np.zeros(1),
            )  # fmt: skip
            row = np.concatenate((row, np.arange(count)))
            column = np.concatenate((column, np.full(count, total)))
            value = np.concatenate((value, block.total * whole))
        scale = np.zeros(count)
        np.maximum.at(scale, row, np.abs(value))
        scale = np.where(scale > 0.0, scale, 1.0)
        low, high = block.low / scale, block.high / scale
        value = value / scale[row]
        if block.goal >= 0:
            row, column, value = self._with_slack(block, row, column, value, low, high)
        self._put(row, column, value, low, high)

    def _with_slack(
        self, block: Block, row: Ints, column: Ints, value: Floats, low: Floats, high: Floats
    ) -> tuple[Ints, Ints, Floats]:
        """One shortfall for all rows of a goal, as a part of what each needs at most."""
        slack = int(self._starts[3]) + block.goal
        rows = np.arange(len(low))
        # A row with both ends is pulled from the side on which cutting nothing leaves it.
        below = np.isfinite(low) & (low > 0.0)
        need = np.where(below, low, np.maximum(-high, 0.0))
        sign = np.where(below, 1.0, -1.0)
        some = rows[need > 0.0]
        return (
            np.concatenate((row, some)),
            np.concatenate((column, np.full(len(some), slack))),
            np.concatenate((value, (sign * need)[some])),
        )

    def _put(self, row: Ints, column: Ints, value: Floats, low: Floats, high: Floats) -> None:
        self._entries.append((row + self._rows, column, value))
        self._low.append(low)
        self._high.append(high)
        self._rows += len(low)

    def _build(self) -> tuple[Any, Floats, Floats]:
        from scipy.sparse import csr_array

        row = np.concatenate([part[0] for part in self._entries])
        column = np.concatenate([part[1] for part in self._entries])
        value = np.concatenate([part[2] for part in self._entries])
        matrix = csr_array((value, (row, column)), shape=(self._rows, int(self._starts[-1])))
        return matrix, np.concatenate(self._low), np.concatenate(self._high)
