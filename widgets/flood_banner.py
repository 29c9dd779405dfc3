"""A flood, said in one line: how many alarms came, what the table shows of them, and how to see the rest."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from core.domain import Severity
from core.events.view import FloodView
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.marks import SHAPES
from widgets.theme import Tone


class FloodBanner(QFrame):
    all_wanted = Signal(bool)
    """Whether what is below the line is to be seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("flood_banner")
        self.setAccessibleName("Flood of alarms")
        self.setProperty("role", "card")
        self.line = Line("", Tone.HIGH, font=text_font(13, QFont.Weight.DemiBold), elide=RIGHT)
        self.below = Line("", Tone.NORMAL, font=text_font(12), elide=RIGHT)
        self.everything = QToolButton(self)
        self.everything.setObjectName("flood_all")
        self.everything.setText("Show all")
        self.everything.setCheckable(True)
        self.everything.setToolTip("Show what is held back from the table too")
        self.everything.toggled.connect(self.all_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 4, 6, 4)
        row.setSpacing(12)
        row.addWidget(self.line, 1)
        row.addWidget(self.below)
        row.addWidget(self.everything)
        self.hide()

    def show_flood(self, flood: FloodView, now_s: float) -> None:
        if flood.active:
            since = "" if flood.since_s is None else f", for {figures.lasting(now_s - flood.since_s)}"
            self.line.say(f"▲ {flood.sentence or f'{figures.number(flood.raised)} alarms in ten minutes'}{since}")
            self.below.say(below_words(flood))
        elif self.everything.isChecked():
            self.everything.setChecked(False)  # the next flood begins readable again
        self.setVisible(flood.active)


def below_words(flood: FloodView) -> str:
    """`held back 312: ▲ 4 high, ■ 120 medium, ● 188 low`."""
    if not flood.below:
        return "nothing is held back"
    counts = zip(Severity, flood.below_by, strict=True)
    parts = [f"{SHAPES[int(severity)]} {figures.number(count)} {severity.word}" for severity, count in counts if count]
    return f"held back {figures.number(flood.below)}: " + ", ".join(reversed(parts))
