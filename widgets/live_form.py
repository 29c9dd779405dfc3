"""The choice of accounts for a live drill, and what would be placed in them; nothing is placed without both."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.halt.drill.report import DrillPreview
from core.halt.readiness.view import ReadinessView
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone

LINES = 4
"""Accounts shown one by one; the tool tip has all of them."""


class LiveForm(QWidget):
    preview_requested = Signal(object)
    """Names and patterns, as a tuple."""
    run_requested = Signal(object)
    """Names of the accounts in which an order is to be placed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("live_form")
        self.setAccessibleName("Live drill: choice of accounts")
        self._names: tuple[str, ...] = ()
        self.accounts = QLineEdit(self)
        self.accounts.setObjectName("drill_accounts")
        self.accounts.setAccessibleName("Accounts of the live drill")
        self.accounts.setPlaceholderText("Accounts: names or patterns, alpha-1 beta-*")
        self.look = QPushButton("Preview", self)
        self.look.setObjectName("drill_preview")
        self.look.setAccessibleName("Preview what the live drill would place")
        self.lines = [Line("", Tone.NORMAL, font=text_font(12), elide=RIGHT) for _ in range(LINES)]
        self.place = QPushButton("Place and stop", self)
        self.place.setObjectName("drill_place")
        self.place.setProperty("role", "primary")
        choice = QHBoxLayout()
        choice.addWidget(self.accounts, 1)
        choice.addWidget(self.look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(choice)
        for part in (*self.lines, self.place):
            column.addWidget(part)
        self.accounts.textChanged.connect(self._changed)
        self.accounts.returnPressed.connect(self._look)
        self.look.clicked.connect(self._look)
        self.place.clicked.connect(self._place)
        self._changed()

    @property
    def patterns(self) -> tuple[str, ...]:
        return tuple(self.accounts.text().replace(",", " ").split())

    def show_preview(self, view: ReadinessView | None) -> None:
        """A preview of other accounts than those that stand in the field says nothing about these."""
        mine = view is not None and bool(self.patterns) and view.preview_of == self.patterns
        rows = view.preview if view is not None and mine else ()
        self._names = tuple(row.account for row in rows if row.words)
        said = _said(rows)
        for place, line in enumerate(self.lines):
            line.setVisible(place < len(said))
            line.say(*said[place] if place < len(said) else ("", Tone.NORMAL))
        self.setToolTip("\n".join(f"{row.account}: {row.words or row.obstacle}" for row in rows))
        self.place.setEnabled(bool(self._names))
        orders = figures.count(len(self._names), "order")
        self.place.setText(f"Place and stop {orders}" if self._names else "Place and stop: preview first")

    def _changed(self) -> None:
        self.look.setEnabled(bool(self.patterns))
        self.show_preview(None)

    def _look(self) -> None:
        if self.patterns:
            self.preview_requested.emit(self.patterns)

    def _place(self) -> None:
        names, self._names = self._names, ()
        self.place.setEnabled(False)  # a second click previews anew instead of placing twice
        if names:
            self.run_requested.emit(names)


def _said(rows: tuple[DrillPreview, ...]) -> list[tuple[str, Tone]]:
    shown = rows if len(rows) <= LINES else rows[: LINES - 1]
    said = [(f"{row.account}: {row.words or row.obstacle}", Tone.NORMAL if row.words else Tone.MEDIUM) for row in shown]
    if len(rows) > len(shown):
        placing = sum(bool(row.words) for row in rows)
        more = f"and {figures.number(len(rows) - len(shown))} more"
        said.append((f"{more}: {figures.part(placing, len(rows))} would place", Tone.FAINT))
    return said
