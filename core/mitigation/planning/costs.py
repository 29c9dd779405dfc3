"""What cutting costs: half the spread, a walk down the visible book that own accounts share, and the taker's fee."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.mitigation.planning.columns import Floats, Ints, PlanColumns, add_up
from core.mitigation.planning.units import Units

FEE = 0.0005
"""Share of the notional, where the venue names no fee: what most futures venues ask of a small taker."""
UNSEEN = 0.0025
"""Loss against the mid where no book is known: dear enough that what is known to be cheap goes first."""
VISIBLE_SHARE = 0.5
"""Of every level: the rest is left for others, who leave at the same time."""
BEYOND = ((1.0, 1.5), (2.0, 3.0), (4.0, 6.0), (8.0, 12.0))
"""Past the visible book: lengths as multiples of it, and losses as multiples of its dearest level. A straight line from
the mid (Kyle, "Continuous auctions and insider trading", Econometrica 53, 1985) in steps, as `exit_cost` takes it."""
LEAST = 1e-7
"""A loss per unit below this is taken for this: nothing is cut for free."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Loss against the mid as a convex, piecewise linear function of what is closed into each book, base currency."""

    book: Ints
    """Shape (units,): the curve that it goes into."""
    fee: Floats
    """Shape (units,)."""
    width: Floats
    """Shape (curves, pieces); the last piece of each has no end."""
    slope: Floats
    """Per base currency; never falling."""
    guessed: Ints
    """Units whose book is not known."""
    visible: Floats
    """Shape (curves,): how far the book is seen; 0 where it is not."""

    def through(self, amount: Floats) -> Floats:
        """Shape (curves,): the loss for these amounts."""
        return np.asarray((self.lengths(amount) * self.slope).sum(axis=1))

    def lengths(self, amount: Floats) -> Floats:
        """Shape (curves, pieces): how much of each piece these amounts take up."""
        return taken_up(self.width, amount)

    def pooled(self, cut: Floats) -> Floats:
        """Shape (curves,): what all units together close into each book."""
        return add_up(self.book, cut, len(self.width))

    def costs(self, cut: Floats) -> Floats:
        """Shape (units,): every unit's part of what its book costs on average, and its fee."""
        pooled = self.pooled(cut)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = np.where(pooled > 0.0, self.through(pooled) / pooled, 0.0)
        return np.asarray(cut * (rate[self.book] + self.fee))

    def total(self, cut: Floats) -> float:
        return float(self.through(self.pooled(cut)).sum() + cut @ self.fee)

    def pieces(self, most: int) -> tuple[Floats, Floats]:
        """Widths and slopes with at most `most` pieces a book, by chords, which are a little dear."""
        count = self.width.shape[1]
        if count <= most:
            return self.width, self.slope
        tail = len(BEYOND) + 1
        # Levels near the mid are what most plans need: told apart finely there, and coarsely further down.
        edges = np.unique(np.geomspace(1, count - tail, max(2, most - tail)).astype(np.int64))
        bounds = np.concatenate(([0], edges, np.arange(count - tail + 1, count + 1)))
        loss = np.where(np.isfinite(self.width), self.width, 0.0) * self.slope
        width = np.add.reduceat(self.width, bounds[:-1], axis=1)
        cost = np.add.reduceat(loss, bounds[:-1], axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = np.where(np.isfinite(width) & (width > 0.0), cost / width, self.slope[:, bounds[1:] - 1])
        return width, np.maximum.accumulate(slope, axis=1)


def taken_up(width: Floats, amount: Floats) -> Floats:
    """Shape (curves, pieces): pieces of these widths, one after the other, as far as the amounts reach."""
    start = np.cumsum(width, axis=1)
    start = np.concatenate((np.zeros((len(start), 1)), start[:, :-1]), axis=1)
    return np.asarray(np.clip(amount[:, None] - start, 0.0, width))


def curves_of(columns: PlanColumns, units: Units) -> Curves:
    known = columns.book[units.row]
    numbers, first, place = np.unique(known[known >= 0], return_index=True, return_inverse=True)
    book = np.full(len(units), len(numbers), dtype=np.int64)
    book[known >= 0] = place
    rows = units.row[known >= 0][first]
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.abs(columns.notional[rows] / columns.quantity[rows])
    width, slope = _pieces(columns.books.quantity[numbers] * worth[:, None], columns.books.cost[numbers])
    none = np.flatnonzero(known < 0)
    # All that is not known shares one straight curve.
    flat_width = np.zeros((1, width.shape[1]))
    flat_width[0, -1] = np.inf
    visible = np.where(np.isfinite(width), width, 0.0)[:, : -1 - len(BEYOND)].sum(axis=1)
    return Curves(
        book=book,
        fee=np.where(np.isnan(columns.fee[units.row]), FEE, np.maximum(columns.fee[units.row], 0.0)),
        width=np.concatenate((width, flat_width)),
        slope=np.concatenate((slope, np.full((1, width.shape[1]), UNSEEN))),
        guessed=none,
        visible=np.append(visible, 0.0),
    )


def _pieces(amount: Floats, cost: Floats) -> tuple[Floats, Floats]:
    """Widths and slopes of each level and of what lies past the last; amounts and costs are cumulated, NaN unseen."""
    books = len(amount)
    amounts = np.concatenate((np.zeros((books, 1)), amount), axis=1)
    costs = np.concatenate((np.zeros((books, 1)), cost), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        width, loss = np.diff(amounts, axis=1), np.diff(costs, axis=1)
        # A level that holds no more than the one before it, or is no number, ends what can be relied upon.
        seen = np.logical_and.accumulate((width > 0.0) & np.isfinite(loss), axis=1)
        slope = np.where(seen, np.clip(loss / width, LEAST, 1.0), LEAST)
    width = np.where(seen, width * VISIBLE_SHARE, 0.0)
    slope = np.maximum.accumulate(slope, axis=1) if slope.shape[1] else slope
    whole = width.sum(axis=1)
    dearest = np.where(whole > 0.0, slope.max(axis=1, initial=LEAST), UNSEEN)
    lengths, grown = np.array([row[0] for row in BEYOND]), np.array([row[1] for row in BEYOND])
    past = whole[:, None] * lengths
    last = np.full((books, 1), np.inf)
    steep = np.minimum(dearest[:, None] * np.append(grown, 2.0 * grown[-1]), 1.0)
    steep = np.where((whole > 0.0)[:, None], steep, UNSEEN)
    return np.concatenate((width, past, last), axis=1), np.concatenate((slope, steep), axis=1)
