"""What a table holds, column by column; nothing is gathered before somebody writes it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Figures = npt.NDArray[np.float64]


class SheetForm(enum.StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    name: str
    title: str
    values: Callable[[int, int], Figures | Sequence[str]]
    """Of the rows from the first to the one before the last; figures are NaN where unknown."""
    is_figure: bool = False
    unit: str = ""
    """As it is written behind the name: `ratio`, `USD`, `s`; "" for none."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What else is known of it (formula, source); kept in the file where its form has a place for that."""

    @property
    def head(self) -> str:
        """`drawdown [ratio]`."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Sheet:
    rows: int
    columns: tuple[SheetColumn, ...]
    notes: Mapping[str, str] = field(default_factory=dict)
    """Of the whole: when it was, in which base currency, through which filter."""
