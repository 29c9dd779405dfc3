"""The cheapest cuts in whole lots by branch and bound, for books of a few positions with coarse lots.

Columns of the programme: lots of a part, whether a part is cut, whether all is closed, pieces of the books.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.mitigation.planning.columns import Floats, Ints
from core.mitigation.planning.costs import Curves
from core.mitigation.planning.lots import ROUND, Grid
from core.mitigation.planning.rounding import Rules

MOST_UNITS = 40
TIME_LIMIT_S = 0.5
GAP = 0.002
"""Relative: the solver may stop this near to the optimum."""


@dataclass(frozen=True, slots=True)
class _Lots:
    """Arrays of shape (units,), base currency or numbers of lots."""

    size: Floats
    """Base currency per lot; where there are none, per unit of quantity."""
    low: Floats
    high: Floats
    """Least and most lots of a part; 0 where there is no part."""
    whole: Floats
    """Base currency of closing all of it."""
    integral: Ints


@dataclass(frozen=True, slots=True)
class _Pieces:
    book: Ints
    length: Floats
    slope: Floats


def exact_lots(grid: Grid, rules: Rules, curves: Curves) -> Floats | None:
    """Shape (units,): base currency; None where none was found in time."""
    from scipy.optimize import Bounds, milp

    lots, pieces = _lots(grid), _pieces(grid, curves)
    count = len(grid.cap)
    width = 3 * count + len(pieces.length)
    spend = np.concatenate((curves.fee * lots.size, np.zeros(count), curves.fee * lots.whole))
    spend = np.concatenate((spend, pieces.slope * pieces.length))
    highs = (lots.high, (lots.high > 0.0).astype(float), (lots.whole > 0.0).astype(float), np.ones(len(pieces.length)))
    kinds = np.concatenate((lots.integral, np.ones(2 * count), np.zeros(len(pieces.length))))
    rows = [*_rule_rows(rules, lots, width), _book_rows(curves, lots, pieces, width), *_lot_rows(lots, width)]
    answer: Any = milp(
        spend / max(float(spend.max(initial=0.0)), 1e-12), integrality=kinds,
        bounds=Bounds(np.zeros(width), np.concatenate(highs)), constraints=rows,
        # Without presolve, which now and then prints a line of its own on the standard output.
        options={"time_limit": TIME_LIMIT_S, "mip_rel_gap": GAP, "presolve": False},
    )  # fmt: skip
    if answer.x is None:
        return None
    parts = np.where(lots.integral > 0, np.round(answer.x[:count]), answer.x[:count])
    some, closed = answer.x[count : 2 * count] > 0.5, answer.x[2 * count : 3 * count] > 0.5
    return np.where(closed, lots.whole, np.where(some, parts * lots.size, 0.0))


def _lots(grid: Grid) -> _Lots:
    stepped = grid.step > 0.0
    size = np.where(stepped, grid.step, 1.0) * grid.worth
    low = np.maximum(grid.least, np.where(stepped, grid.step, 0.0)) * grid.worth / size
    high = np.maximum(grid.most, 0.0) * grid.worth / size
    low = np.where(stepped, np.ceil(low - ROUND), low)
    high = np.where(stepped, np.floor(high + ROUND), high)
    return _Lots(size, low, np.where(high >= low, high, 0.0), grid.cap * grid.worth, stepped.astype(np.int64))


def _pieces(grid: Grid, curves: Curves) -> _Pieces:
    room = curves.pooled(grid.cap * grid.worth)
    length = curves.lengths(room)
    book, piece = np.nonzero(length > 0.0)
    return _Pieces(book, length[book, piece], curves.slope[book, piece])


def _cuts(lots: _Lots, values: Floats, width: int) -> Floats:
    """Of rows over cuts, shape (rows, units), the rows over columns."""
    out = np.zeros((len(values), width))
    count = values.shape[1]
    out[:, :count] = values * lots.size
    out[:, 2 * count : 3 * count] = values * lots.whole
    return out


def _rule_rows(rules: Rules, lots: _Lots, width: int) -> list[Any]:
    from scipy.optimize import LinearConstraint

    rows = []
    for block in rules.blocks:
        dense = np.zeros((len(block.low), len(lots.size)))
        np.add.at(dense, (block.row, block.unit), block.value)
        if block.weight is not None:
            dense += block.total[:, None] * block.weight[None, :]
        matrix = _cuts(lots, dense, width)
        scale = np.maximum(np.abs(matrix).max(axis=1, initial=0.0), 1e-12)
        rows.append(LinearConstraint(matrix / scale[:, None], block.low / scale, block.high / scale))
    return rows


def _book_rows(curves: Curves, lots: _Lots, pieces: _Pieces, width: int) -> Any:
    """What is closed into a book goes through its pieces."""
    from scipy.optimize import LinearConstraint

    count = len(lots.size)
    into = np.zeros((len(curves.width), count))
    into[curves.book, np.arange(count)] = 1.0
    matrix = _cuts(lots, into, width)
    matrix[pieces.book, 3 * count + np.arange(len(pieces.length))] = -pieces.length
    scale = np.maximum(np.abs(matrix).max(axis=1), 1e-12)
    return LinearConstraint(matrix / scale[:, None], 0.0, 0.0)


def _lot_rows(lots: _Lots, width: int) -> list[Any]:
    """low x any <= lots <= high x any; a part or all of it, not both."""
    from scipy.optimize import LinearConstraint

    count = len(lots.size)
    each = np.arange(count)
    least, most, either = np.zeros((count, width)), np.zeros((count, width)), np.zeros((count, width))
    least[each, each], least[each, count + each] = 1.0, -lots.low
    most[each, each], most[each, count + each] = 1.0, -lots.high
    either[each, count + each] = either[each, 2 * count + each] = 1.0
    return [
        LinearConstraint(least, 0.0, np.inf),
        LinearConstraint(most, -np.inf, 0.0),
        LinearConstraint(either, 0.0, 1.0),
    ]
