"""The rows of a drill as a table model: what failed first, then what runs, then what passed."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.halt.drill.report import DrillRow
from widgets import figures
from widgets.columns import Column, ColumnModel, Order, ranks
from widgets.theme import Tone

COLUMNS = (
    Column("RESULT", 104, bold=True),
    Column("ACCOUNT", 120),
    Column("LISTED", 76, figures=True, tip="The slower of the two listings of all its books"),
    Column("CANCELS", 76, figures=True, tip="Made ready, signed and held back"),
    Column("FIRST", 70, figures=True, tip="From the act to the first cancel on the wire"),
    Column("GONE", 70, figures=True, tip="From the act until a listing showed that the order was gone"),
    Column("PROOF", 74, figures=True, tip="From the act to the proof"),
    Column("NOTE", 180),
)
RESULT, ACCOUNT, LISTED, CANCELS, FIRST, GONE, PROOF, NOTE = range(len(COLUMNS))


def rank_of(row: DrillRow) -> int:
    if row.passed is False:
        return 0
    if not row.is_over:
        return 1
    return 3 if row.passed else 2


class DrillModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.rows: tuple[DrillRow, ...] = ()
        self._rank = np.empty(0)

    def show(self, rows: tuple[DrillRow, ...]) -> None:
        if rows is self.rows:
            return
        self.rows = rows
        self._rank = np.fromiter((rank_of(row) for row in rows), np.float64, len(rows))
        self.take(tuple(row.account for row in rows))

    def natural_order(self) -> Order:
        return np.argsort(self._rank, kind="stable")

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        rows = len(self.rows)
        if column == RESULT:
            return self._rank
        if self.columns[column].figures:
            return np.fromiter((self._number(row, column) for row in self.rows), np.float64, rows)
        return ranks(self.text(row, column) for row in range(rows))

    @staticmethod
    def _number(row: DrillRow, column: int) -> float:
        value = {
            LISTED: row.list_ms, CANCELS: row.held_back, FIRST: row.first_cancel_ms, GONE: row.gone_ms,
            PROOF: row.proof_ms,
        }[column]  # fmt: skip
        return math.nan if value is None else float(value)

    def text(self, row: int, column: int) -> str:
        drilled = self.rows[row]
        if column == RESULT:
            return _result(drilled)[0]
        if column == ACCOUNT:
            return drilled.account
        if column == NOTE:
            return drilled.reason or drilled.placed or drilled.step.replace("over", "")
        value = self._number(drilled, column)
        if math.isnan(value):
            return ""
        return figures.number(round(value)) if column == CANCELS else figures.milliseconds(value)

    def tone(self, row: int, column: int) -> Tone:
        if column == RESULT:
            return _result(self.rows[row])[1]
        return Tone.STRONG if column == ACCOUNT else Tone.FAINT if column == NOTE else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        drilled = self.rows[row]
        return "\n".join(filter(None, (drilled.placed, drilled.reason))) if column in {RESULT, NOTE, ACCOUNT} else ""


def _result(row: DrillRow) -> tuple[str, Tone]:
    if not row.is_over:
        return f"○ {row.step}", Tone.ACCENT
    if row.passed is None:
        return "◆ NOT TRIED", Tone.UNKNOWN
    return ("✓ PASSED", Tone.OK) if row.passed else ("▲ FAILED", Tone.CRITICAL)
