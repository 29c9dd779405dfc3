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

        Quantities are in the units of a position's quantity (quote units where `inverse`). A loss is in quote coins
        against the mid price: quantity x |price - mid|, and for inverse contracts quantity x |price / mid - 1|. All NaN
        where one side of the book is empty: there is no mid price.
        """
        best_bid, best_ask = (
            self.bid_cost[:, 0] / self.bid_quantity[:, 0],
            self.ask_cost[:, 0] / self.ask_quantity[:, 0],
        )
        mid = (best_bid + best_ask) / 2.0
        sell = _against(self.bid_quantity, self.bid_cost, mid, inverse, sign=-1.0)
        buy = _against(self.ask_quantity, self.ask_cost, mid, inverse, sign=1.0)
        return (*sell, *buy)


def _against(quantity: Floats, cost: Floats, mid: Floats, inverse: Bools, sign: float) -> tuple[Floats, Floats]:
    base, paid = np.diff(quantity, axis=1, prepend=0.0), np.diff(cost, axis=1, prepend=0.0)
    off = (paid / base - mid[:, None]) * sign
    is_inverse = inverse[:, None]
    units = np.where(is_inverse, paid, base)
    lost = units * np.where(is_inverse, off / mid[:, None], off)
    known = np.isfinite(mid)[:, None]
    return np.where(known, np.cumsum(units, axis=1), NAN), np.cumsum(lost, axis=1)


def cumulative(levels: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    """Quantity and cost up to and with each level, best first, padded to DEPTH_LEVELS with NaN."""
    pairs = np.array(levels[:DEPTH_LEVELS], dtype=np.float64).reshape(-1, 2)
    quantity, cost = np.full(DEPTH_LEVELS, NAN), np.full(DEPTH_LEVELS, NAN)
    quantity[: len(pairs)] = np.cumsum(pairs[:, 1])
    cost[: len(pairs)] = np.cumsum(pairs[:, 0] * pairs[:, 1])
    return quantity, cost
