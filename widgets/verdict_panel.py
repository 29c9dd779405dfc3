"""Are we safe: one word, a shape and a colour, and why; every reason leads to where more is told."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.snapshot import Snapshot
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.link_counts import link_counts
from widgets.panel import SnapshotWidget
from widgets.reason_row import ReasonRow
from widgets.theme import Tone
from widgets.verdict import Reason, Standing, Verdict, standing_of

WORD_PX = 178


class VerdictPanel(SnapshotWidget):
    page_wished = Signal(int)
    scope_selected = Signal(object)
    event_selected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("verdict", "Safe or not", parent)
        self.setProperty("role", "panel")
        self.word = Line("", Tone.UNKNOWN, font=text_font(22, QFont.Weight.Bold), elide=RIGHT)
        self.word.setFixedWidth(WORD_PX)
        self.reasons = ReasonRow(self)
        self.reasons.chosen.connect(self._open)
        self.calm = Line("", Tone.NORMAL, font=text_font(13))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 10, 6)
        row.setSpacing(8)
        row.addWidget(self.word)
        row.addWidget(self.calm, 1)
        row.addWidget(self.reasons, 4)
        self.show_standing(Standing(Verdict.UNKNOWN, ()), "nothing is known yet")

    def draw(self, snapshot: Snapshot) -> None:
        links = link_counts(snapshot.connections)
        calm = f"every limit is inside, {figures.count(links.accounts, 'account')} read, a stop would work"
        self.show_standing(standing_of(snapshot), calm)

    def show_standing(self, standing: Standing, calm: str) -> None:
        shape, tone = standing.mark
        self.word.say(f"{shape} {standing.verdict.value}", tone)
        self.calm.say(calm)
        self.calm.setVisible(not standing.reasons)
        self.reasons.setVisible(bool(standing.reasons))
        self.reasons.show_reasons(standing.reasons)
        words = standing.words if standing.reasons else f"{standing.verdict.value}: {calm}"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            self.word.setAccessibleName(words)

    def _open(self, reason: Reason) -> None:
        if reason.event_id:
            self.event_selected.emit(reason.event_id)
        elif reason.scope is not None:
            self.scope_selected.emit(reason.scope)
        elif reason.page is not None:
            self.page_wished.emit(reason.page)
