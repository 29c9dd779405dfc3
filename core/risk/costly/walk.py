"""What it costs to trade a quantity through the visible order book, and beyond it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Floats, Ints
from core.risk.costly.grouping import inverse_rows
from core.risk.costly.inputs import CostlyInputs

OLDEST_S = 300.0
"""A book seen longer ago says nothing of what leaving costs now."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One side of every book, cumulated, with a level 0 of nothing before it."""

    quantity: Floats
    """Shape (instruments, 1 + levels): strictly rising as far as it is seen, +inf beyond."""
    cost: Floats
    """Shape (instruments, 1 + levels): quote units, never falling."""
    depth: Ints
    """Shape (instruments,): how many levels are seen; 0 where the book is not known."""
    steepest: Floats
    """Shape (instruments,): the dearest level seen, quote units lost per unit; NaN where the book tells nothing."""
    ceiling: Floats
    """Shape (instruments,): what a unit can lose at most."""

    def through(self, instrument: Ints, quantity: Floats) -> tuple[Floats, Floats]:
        """Quote units lost against the mid price, and how much of the quantity the visible book does not hold.

        Every level at its own price. Beyond the last one the loss per unit goes on growing in proportion to the
        quantity, on the straight line from the mid to the dearest level seen (linear impact: Kyle, "Continuous auctions
        and insider trading", Econometrica 53, 1985). Measured impact grows more slowly, with the square root, so this
        errs on the dear side. 0 of nothing; NaN where no book is known, or beyond one that costs nothing.
        """
        level, depth = self._level(instrument, quantity), self.depth[instrument]
        inside = level < depth
        upper = np.minimum(level + 1, depth)
        seen, paid = self.quantity[instrument, level], self.cost[instrument, level]
        rest = quantity - seen
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = (self.cost[instrument, upper] - paid) / (self.quantity[instrument, upper] - seen)
            cost = paid + np.where(inside, slope * rest, self._beyond(instrument, seen, rest))
        nothing = quantity == 0.0
        unseen = np.where(np.isnan(quantity) | (depth == 0), np.nan, np.where(inside, 0.0, rest))
        return np.where(nothing, 0.0, cost), np.where(nothing, 0.0, unseen)

    def _beyond(self, instrument: Ints, seen: Floats, rest: Floats) -> Floats:
        steepest, ceiling = self.steepest[instrument], self.ceiling[instrument]
        rising = np.clip((ceiling - steepest) * seen / steepest, 0.0, rest)
        flat = rest - rising
        grown = steepest * rising + 0.5 * steepest / seen * rising * rising
        out: Floats = grown + np.where(flat > 0.0, ceiling * flat, 0.0)
        return out

    def _level(self, instrument: Ints, quantity: Floats) -> Ints:
        """The last level that does not hold the quantity yet: a binary search in all books at once."""
        levels = self.quantity.shape[1] - 1
        level = np.zeros(len(quantity), dtype=np.int64)
        step = 1 << max(0, levels.bit_length() - 1)
        while step and levels:
            probe = level + step
            short = self.quantity[instrument, np.minimum(probe, levels)] < quantity
            level = np.where((probe <= levels) & short, probe, level)
            step //= 2
        return level


def walks_of(inputs: CostlyInputs) -> tuple[Walk, Walk]:
    """Selling and buying. Selling never loses more than what is sold is worth, buying may cost any amount; of inverse
    contracts, which sell the quote coin to buy the other, it is the other way round."""
    ladders, held = inputs.ladders, inputs.holdings
    with np.errstate(invalid="ignore", divide="ignore"):
        mid = np.abs(inputs.worth) / inputs.quote_rate
    inverse = np.zeros(len(mid), dtype=np.bool_)
    inverse[held.instrument[inverse_rows(held)]] = True
    return (
        _walk(ladders.sell_quantity, ladders.sell_cost, ladders.age_s, np.where(inverse, np.inf, mid)),
        _walk(ladders.buy_quantity, ladders.buy_cost, ladders.age_s, np.where(inverse, mid, np.inf)),
    )


def _walk(quantity: Floats, cost: Floats, age_s: Floats, ceiling: Floats) -> Walk:
    before = np.zeros((len(age_s), 1))
    quantities, costs = np.concatenate((before, quantity), axis=1), np.concatenate((before, cost), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        # A level that holds no more than the one before it, or is no number, ends what can be relied upon.
        good = np.isfinite(quantity) & np.isfinite(cost) & (quantities[:, 1:] > quantities[:, :-1])
        seen = np.logical_and.accumulate(good & (age_s <= OLDEST_S)[:, None], axis=1)
        # Trading against a crossed book is no gain to count on.
        costs[:, 1:] = np.maximum.accumulate(np.where(seen, np.maximum(costs[:, 1:], 0.0), 0.0), axis=1)
        quantities[:, 1:] = np.where(seen, quantities[:, 1:], np.inf)
        slopes = np.where(seen, np.diff(costs, axis=1) / np.diff(quantities, axis=1), 0.0)
    steepest = slopes.max(axis=1, initial=0.0)
    return Walk(quantities, costs, seen.sum(axis=1), np.where(steepest > 0.0, steepest, np.nan), ceiling)
