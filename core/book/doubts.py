"""Marks that nobody can believe at once: a price ten times the one before is an error far more often than it is one.

A doubted mark is left out; the believed one grows old meanwhile, so that figures go stale rather than wrong. It is
believed when others like it go on coming, which is what a real break or a redenomination looks like.
"""

from __future__ import annotations

from dataclasses import dataclass

FACTOR = 10.0
CONFIRM_S = 5.0
CONFIRM_MARKS = 3


@dataclass(slots=True)
class Doubt:
    price: float
    since_s: float
    marks: int


class Doubts:
    """By row of the instrument table. Times are monotonic."""

    def __init__(self) -> None:
        self._open: dict[int, Doubt] = {}

    def believes(self, row: int, before: float, price: float, received_s: float) -> bool:
        """Whether `price` may follow `before` (NaN for none, which leaves nothing to doubt by)."""
        if not _apart(before, price):
            self._open.pop(row, None)
            return True
        doubt = self._open.get(row)
        if doubt is None or _apart(doubt.price, price):
            self._open[row] = Doubt(price, received_s, 1)
            return False
        doubt.marks += 1
        if doubt.marks < CONFIRM_MARKS or received_s - doubt.since_s < CONFIRM_S:
            return False
        del self._open[row]
        return True

    def of(self, row: int) -> float | None:
        """The price that is doubted; None where none is."""
        doubt = self._open.get(row)
        return None if doubt is None else doubt.price


def _apart(before: float, price: float) -> bool:
    return price > before * FACTOR or price * FACTOR < before
