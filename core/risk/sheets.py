"""Memory for the matrix, used again: fresh pages for tens of megabytes a cycle cost more than what is written there."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from core.risk.model import Floats

_KEPT = 4


@dataclass(slots=True)
class Sheet:
    table: Floats
    """Shape (metrics, scopes)."""
    slow: object = None
    """What the slow columns in it were written from."""


class Sheets:
    """Gives out sheets that nobody looks at any more: whoever holds a view of a table, however small, keeps it."""

    def __init__(self, metrics: int, scopes: int) -> None:
        self._shape = (metrics, scopes)
        self._sheets: list[Sheet] = []

    def take(self) -> Sheet:
        """One whose table may be written; what it holds is left over from before."""
        for sheet in self._sheets:
            # The sheet's own reference and the argument's; every view of the table adds one.
            if sys.getrefcount(sheet.table) == 2:
                return sheet
        sheet = Sheet(np.full(self._shape, np.nan))
        self._sheets = [*self._sheets[1 - _KEPT :], sheet]
        return sheet
