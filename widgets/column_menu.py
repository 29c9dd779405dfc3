"""What can be done with a column of the scope table."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.snapshot import MetricInfo


class ColumnMenu(QMenu):
    """Opened by `popup`, never by `exec`: a loop within the loop would hold up everything else."""

    help_wanted = Signal(int)
    hide_wanted = Signal(str)
    sort_wanted = Signal(int)
    choose_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("column_menu")
        self.setAccessibleName("Column")
        self._column = -1
        self._name = ""
        self.help = self._add("Explain (F1)", self._help)
        self.sort = self._add("Sort (S)", self._sort)
        self.hide_column = self._add("Hide", self._hide)
        self.choose = self._add("Choose columns (Alt+C)", self._choose)

    def _add(self, text: str, act: object) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(act)
        return action

    def turn_to(self, column: int, info: MetricInfo | None) -> None:
        """The column that is spoken of; `info` None where it shows no metric."""
        self._column, self._name = column, info.name if info is not None else ""
        self.hide_column.setEnabled(info is not None)
        self.hide_column.setText(f"Hide {info.title}" if info is not None else "Hide")

    def _help(self) -> None:
        self.help_wanted.emit(self._column)

    def _sort(self) -> None:
        self.sort_wanted.emit(self._column)

    def _hide(self) -> None:
        self.hide_wanted.emit(self._name)

    def _choose(self) -> None:
        self.choose_wanted.emit(self._name)
