"""What is closest to its next limit, all scopes and metrics together, and how long until it is reached."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.domain import Scope, ScopeKind
from core.snapshot import RiskMatrix, Snapshot
from widgets import figures
from widgets.bar import HeadroomBar
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.marks import SHAPES
from widgets.panel import Panel
from widgets.reading import Reading, reading_at
from widgets.row_button import RowButton
from widgets.standing import least_cells
from widgets.theme import Tone

MOST_ROWS = 16
ROW_PX = 21
SHAPE_PX, BAR_PX = 28, (24, 90)
"""Of the bar: the least width, and the most."""


def least_headroom(matrix: RiskMatrix, most: int = MOST_ROWS) -> list[Reading]:
    """The limits with the least headroom, breached ones first."""
    return [reading_at(matrix, row, column) for row, column in least_cells(matrix, most)]


class HeadroomRow(RowButton):
    opened = Signal(object)
    """The Scope."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._scope: Scope | None = None
        self.shape = Line("", Tone.STRONG, font=text_font(11))
        self.shape.setFixedWidth(SHAPE_PX)
        self.row.addWidget(self.shape)
        self.row.setSpacing(6)
        self.name = Line("", Tone.STRONG, font=text_font(12, QFont.Weight.Medium), elide=RIGHT)
        self.value = Line("", Tone.NORMAL, font=figure_font(11), elide=RIGHT)
        self.bar = HeadroomBar()
        self.until = Line("", Tone.NORMAL, font=figure_font(11), align=RIGHT_MIDDLE, elide=RIGHT)
        self.bar.setMinimumWidth(BAR_PX[0])
        self.bar.setMaximumWidth(BAR_PX[1])
        for part, share in ((self.name, 7), (self.value, 0), (self.bar, 1), (self.until, 0)):
            self.row.addWidget(part, share)
        self.setFixedHeight(ROW_PX)
        self.clicked.connect(self._open)

    def _open(self) -> None:
        if self._scope is not None:
            self.opened.emit(self._scope)

    def show_reading(self, found: Reading, base: str) -> None:
        tone, scope = found.tone, found.scope
        self._scope = scope
        who = scope.name if scope.kind is not ScopeKind.PORTFOLIO else scope.kind.value
        until = figures.until_breach(found.breach_in_s, found.headroom)
        self.shape.say(SHAPES[found.severity], tone)
        self.name.say(f"{who} · {found.info.title.lower()}")
        self.value.say(f"{found.text(base)} / {found.limit_text(base)}")
        self.bar.show_used(found.used, Tone.ACCENT if tone is Tone.STRONG else tone)
        self.until.say(until, Tone.NORMAL if tone is Tone.STRONG else tone)
        words = f"{figures.percent(found.used)} of the limit used"
        value = f"{found.text(base)} of {found.limit_text(base)}"
        told = f"{who}, {found.info.title.lower()}: {value}, {words}, time to breach {until}"
        if told != self.accessibleName():
            self.setAccessibleName(told)
            self.setToolTip(f"{who} · {found.info.title}: {words}")


class HeadroomPanel(Panel):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("headroom_panel", "Least headroom", parent)
        self.note.say("value / next threshold · time to breach")
        self.empty = Line("No limit can be evaluated", Tone.FAINT)
        self.rows = [HeadroomRow(f"headroom_{place}", self) for place in range(MOST_ROWS)]
        # Held in a part without a least height: rows that have no room must not make the panel taller.
        self.list = QWidget(self)
        column = QVBoxLayout(self.list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self.rows:
            row.hide()
            row.opened.connect(self.scope_selected)
            column.addWidget(row)
        column.addStretch(1)
        self.list.setMinimumHeight(1)
        self.body.addWidget(self.empty)
        self.body.addWidget(self.list, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._snapshot is not None and self.isVisible():
            self.draw(self._snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        room = max(1, (self.height() - 42) // ROW_PX)
        found = least_headroom(snapshot.matrix, min(MOST_ROWS, room))
        self.empty.setVisible(not found)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(found))
            if place < len(found):
                row.show_reading(found[place], snapshot.base_currency)
        self._align(self.rows[: len(found)])

    @staticmethod
    def _align(rows: list[HeadroomRow]) -> None:
        """Figures under each other, in columns as wide as they need: names give way to them."""
        for parts in ([row.value for row in rows], [row.until for row in rows]):
            wanted = max((part.sizeHint().width() for part in parts), default=0)
            for part in parts:
                if part.width() != wanted:
                    part.setFixedWidth(wanted)
