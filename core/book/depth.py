"""Visible order books as columns: cumulated from the best level on, NaN beyond what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.book.columns import NAN, Bools, Floats

DEPTH_LEVELS = 50


@dataclass(frozen=True, slots=True)
class Depth:
    """Both sides of the books of n instruments; arrays are (n, DEPTH_LEVELS).

    Quantities are in base units, costs (price x quantity) in the coin of the price: the quote coin, and the settle coin
    of an option.
    """

    bid_quantity: Floats
    bid_cost: Floats
    ask_quantity: Floats
    ask_cost: Floats
    said_s: Floats
    """(n,), monotonic; NEVER where no book was told."""

    def against_mid(self, inverse: Bools) -> tuple[Floats, Floats, Floats, Floats]:
        """(sell quantity, sell loss, buy quantity, buy loss), cumulated, for positions in these n instruments.

        Quantities are in the units of a position's quantity (quote units where `inverse`), losses in quote coins
        against the mid price: base units x |price - mid|, which for an inverse contract is
        quantity x |mid / price - 1|, its loss in coins valued at the mid. All NaN where one side of the book is empty:
        there is no mid price.
        """
        best_bid = self.bid_cost[:, :1] / self.bid_quantity[:, :1]
        mid = (best_bid + self.ask_cost[:, :1] / self.ask_quantity[:, :1]) / 2.0
        sold, bought = mid * self.bid_quantity - self.bid_cost, self.ask_cost - mid * self.ask_quantity
        units = np.where(inverse[:, None], self.bid_cost, self.bid_quantity)
        others = np.where(inverse[:, None], self.ask_cost, self.ask_quantity)
        return np.where(np.isnan(mid), NAN, units), sold, np.where(np.isnan(mid), NAN, others), bought


def cumulative(levels: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    """Quantity and cost up to and with each level, best first, padded to DEPTH_LEVELS with NaN."""
    pairs = np.array(levels[:DEPTH_LEVELS], dtype=np.float64).reshape(-1, 2)
    quantity, cost = np.full(DEPTH_LEVELS, NAN), np.full(DEPTH_LEVELS, NAN)
    quantity[: len(pairs)] = np.cumsum(pairs[:, 1])
    cost[: len(pairs)] = np.cumsum(pairs[:, 0] * pairs[:, 1])
    return quantity, cost
