"""What a venue says and nobody can believe: prices that leap, amounts that do not exist.

A mark that leaps is kept apart, its instrument has no mark meanwhile (unknown, with the reason), and it is believed
when a second source shows it or later readings agree. One bad tick then costs a desk a moment of knowing, and never a
peak that was never there: a peak, once moved, would show a drawdown for ever.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MOST_PRICE = 1e11
"""Quote coins per unit. Bitcoin in the smallest unit of account that is traded anywhere is a hundred times lower."""
MOST_UNITS = 1e18
"""Of anything held. An amount told in the smallest units of a chain (wei) is beyond it."""
MOST_WORTH = 1e13
"""Base currency, of one position or coin. Beyond it a float cannot hold the cents of the account any more."""
MOST_RATE = 10.0
"""Margin per unit of notional."""
LEAP = 3.0
"""Factor between two marks of an instrument, either way, up to which the second is believed at once."""
OPTION_LEAP = 100.0
"""The same of options, whose price may be a multiple within a moment."""
CONFIRM_S = 1.0
"""Readings that agree for so long confirm a leap."""
ABSURD = 10.0
INSIST_S = 60.0
"""The same where the leap is beyond `ABSURD` x `LEAP`: a venue that insists will also liquidate there."""
FAR = 1e4
"""Factor between the mark and the price of an entry or a fill beyond which that price is a mistake."""


def is_price(value: float) -> bool:
    """NaN, infinity, zero and less, and what nothing costs are none."""
    return 0.0 < value <= MOST_PRICE


def is_amount(value: float, worth: float = math.nan) -> bool:
    """Whether anybody can hold `value` units, worth `worth` in the base currency (NaN where that is not known)."""
    return abs(value) <= MOST_UNITS and not abs(worth) > MOST_WORTH


def is_rate(value: float) -> bool:
    """Whether it can be margin per unit of notional."""
    return 0.0 <= value <= MOST_RATE


def apart(one: float, other: float, factor: float) -> bool:
    """Whether two prices are more than `factor` apart; False where one is NaN."""
    return one > other * factor or other > one * factor


@dataclass(frozen=True, slots=True)
class Doubt:
    price: float
    since_s: float
    believed: float
    """What it is measured against: the last mark that was believed, or a second source's."""


class Quarantine:
    """Marks that leapt and wait for a confirmation, by row of the table of instruments."""

    def __init__(self) -> None:
        self._doubts: dict[int, Doubt] = {}

    def __contains__(self, row: int) -> bool:
        return row in self._doubts

    def passes(self, row: int, before: float, price: float, at_s: float, leap: float, others: Iterable[float]) -> bool:
        """Whether `price` is to be believed, told at `at_s` (monotonic) after a mark of `before` (NaN: none).

        `others`: what second sources show at the moment, in the same unit; read only where it matters.
        """
        doubt = self._doubts.get(row)
        believed = before if doubt is None else doubt.believed
        if not math.isnan(believed) and not apart(believed, price, leap):
            self._doubts.pop(row, None)
            return True
        elsewhere = list(others)
        if math.isnan(believed):
            believed = elsewhere[0] if elsewhere else price
        confirmed = any(not apart(other, price, leap) for other in elsewhere) or not apart(believed, price, leap)
        if doubt is not None and not apart(doubt.price, price, leap):
            wanted_s = INSIST_S if apart(believed, price, ABSURD * leap) else CONFIRM_S
            confirmed = confirmed or at_s - doubt.since_s >= wanted_s
        if confirmed:
            self._doubts.pop(row, None)
        elif doubt is None or apart(doubt.price, price, leap):
            self._doubts[row] = Doubt(price, at_s, believed)
        return confirmed

    def why(self, row: int, symbol: str) -> str:
        """One sentence for a row in doubt."""
        doubt = self._doubts[row]
        return f"the mark of {symbol} leapt from {doubt.believed:g} to {doubt.price:g}, and nothing confirms it yet"
