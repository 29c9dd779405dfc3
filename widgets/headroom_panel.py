"""What is closest to its next limit, all scopes and metrics together."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QWidget

from core.domain import ScopeKind
from core.snapshot import RiskMatrix, Snapshot
from widgets import figures
from widgets.bar import HeadroomBar
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.panel import Panel
from widgets.reading import Reading, reading_at
from widgets.standing import least_cells
from widgets.theme import Tone

MOST_ROWS = 8
ROW_PX = 21


def least_headroom(matrix: RiskMatrix, most: int = MOST_ROWS) -> list[Reading]:
    """The limits with the least headroom, breached ones first."""
    return [reading_at(matrix, row, column) for row, column in least_cells(matrix, most)]


class HeadroomPanel(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("headroom_panel", "Least headroom", parent)
        self.note.say("value / next threshold · time to breach")
        self.empty = Line("No limit can be evaluated", Tone.FAINT)
        self.rows = [self._make_row() for _ in range(MOST_ROWS)]
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        for place, row in enumerate(self.rows):
            for column, part in enumerate(row):
                grid.addWidget(part, place, column)
        for column, share in enumerate((11, 7, 3, 5)):
            grid.setColumnStretch(column, share)
        self.body.addWidget(self.empty)
        self.body.addLayout(grid)
        self.body.addStretch(1)

    @staticmethod
    def _make_row() -> tuple[Line, Line, HeadroomBar, Line]:
        name = Line("", Tone.STRONG, font=text_font(12, QFont.Weight.Medium), elide=RIGHT)
        value = Line("", Tone.NORMAL, font=figure_font(11), elide=RIGHT)
        until = Line("", Tone.NORMAL, font=figure_font(11), align=RIGHT_MIDDLE, elide=RIGHT)
        return name, value, HeadroomBar(), until

    def draw(self, snapshot: Snapshot) -> None:
        room = max(1, (self.height() - 38) // ROW_PX)
        found = least_headroom(snapshot.matrix, min(MOST_ROWS, room))
        self.empty.setVisible(not found)
        for place, row in enumerate(self.rows):
            seen = place < len(found)
            for part in row:
                part.setVisible(seen)
            if seen:
                self._show_row(row, found[place], snapshot.base_currency)

    @staticmethod
    def _show_row(row: tuple[Line, Line, HeadroomBar, Line], found: Reading, base: str) -> None:
        name, value, bar, until = row
        tone = found.tone
        kind = found.scope.kind
        who = found.scope.name if kind is not ScopeKind.PORTFOLIO else kind.value
        name.say(f"{who} · {found.info.title.lower()}")
        value.say(f"{found.text(base)} / {found.limit_text(base)}")
        bar.show_used(found.used, Tone.ACCENT if tone is Tone.STRONG else tone)
        words = figures.until_breach(found.breach_in_s, found.headroom)
        until.say(words, Tone.NORMAL if tone is Tone.STRONG else tone)
        bar.setAccessibleName(f"{figures.percent(found.used)} of the limit used")
        bar.setToolTip(bar.accessibleName())
