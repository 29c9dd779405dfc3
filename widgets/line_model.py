"""What the tables of a scope's page have in common: frozen lines in, sorted on numbers where a column has them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from widgets.columns import Column, ColumnModel, ranks

L = TypeVar("L")


class LineModel(ColumnModel, Generic[L]):
    """Subclasses say `key_of`, `text`, and `number` of the columns that hold one."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(columns, parent)
        self.lines: tuple[L, ...] = ()
        self.base = "USD"
        self.now_s = float("nan")

    def show(self, lines: tuple[L, ...], base: str, now_s: float) -> None:
        """`now_s`: wall time of the snapshot."""
        self.lines, self.base, self.now_s = lines, base, now_s
        self.take(tuple(self.key_of(line) for line in lines))

    def key_of(self, line: L) -> Hashable:
        raise NotImplementedError

    def number(self, line: L, column: int) -> float | None:
        """What a column of figures is sorted by; None of columns of words."""
        return None

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = len(self.lines)
        if self.columns[column].figures:
            found = (self.number(line, column) for line in self.lines)
            return np.fromiter((np.nan if value is None else value for value in found), np.float64, rows)
        return ranks(self.text(row, column) for row in range(rows))
