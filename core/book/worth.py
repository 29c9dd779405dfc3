"""What everything is worth at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from core.book.columns import Floats


@dataclass(frozen=True, slots=True)
class Prices:
    """Per instrument: settle coins per unit (`Marks.levels`), base per settle coin, base exposure per unit, mark (of a
    coin: base currency), stamp; and base currency per unit of each coin."""

    level: Floats
    settle: Floats
    worth: Floats
    mark: Floats
    marked_s: Floats
    rates: Floats
