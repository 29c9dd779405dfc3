"""One cell per account, worst first: the shape of the trouble at a glance."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from core.snapshot import Snapshot
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.marks import BLIND, INSIDE, SHAPES, severity_mark, severity_tone
from widgets.panel import Panel
from widgets.wall_view import WallView


class RiskWall(Panel):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("risk_wall", "Risk wall", parent)
        self.wall = WallView(self)
        self.wall.scope_selected.connect(self.scope_selected)
        self.wall.zoomed.connect(self._show_zoom)
        self.nearer = self._button("wall_nearer", "+", "Larger cells (+, or the wheel)", self._nearer)
        self.farther = self._button("wall_farther", "\N{MINUS SIGN}", "Smaller cells (-, or the wheel)", self._farther)
        self.all = self._button("wall_all", "all", "All accounts in sight (0)", self.wall.fit)
        self.body.addWidget(self.wall, 1)
        self.body.addWidget(self._legend_row())
        self._show_zoom(False)

    def _button(self, name: str, text: str, tip: str, act: object) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(act)
        self.top.addWidget(button)
        return button

    def _nearer(self) -> None:
        self.wall.zoom(1)

    def _farther(self) -> None:
        self.wall.zoom(-1)

    def _show_zoom(self, zoomed: bool) -> None:
        self.farther.setEnabled(zoomed)
        self.all.setEnabled(zoomed)

    def _legend_row(self) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(14)
        self.legend = {
            level: Line("", severity_tone(level), font=text_font(12), elide=RIGHT)
            for level in (4, 3, BLIND, 2, 1, INSIDE)
        }
        for line in self.legend.values():
            row.addWidget(line)
        row.addStretch(1)
        return holder

    def draw(self, snapshot: Snapshot) -> None:
        severity = self.wall.show_matrix(snapshot.matrix, snapshot.base_currency)
        self.note.say(f"{figures.count(len(severity), 'account')} · one cell each · worst first")
        for level, line in self.legend.items():
            seen = int((severity == level).sum())
            word = {BLIND: "unknown", INSIDE: "calm"}.get(level) or severity_mark(level).split()[-1].lower()
            line.setVisible(bool(seen) or level == INSIDE)
            line.say(f"{SHAPES[level]} {word} {figures.number(seen)}".strip())
