"""One calm line where something inside Scram went wrong; hidden while nothing has, or once it is put away."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from core.crash.view import CrashView
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone


class CrashBar(QFrame):
    report_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fault_bar")
        self.setAccessibleName("Internal faults")
        self.setProperty("role", "card")
        self.line = Line("", Tone.MEDIUM, font=text_font(13, QFont.Weight.DemiBold), elide=RIGHT)
        self.calm = Line("the stop works as before", Tone.NORMAL, font=text_font(12))
        self.show_report = QPushButton("Show report", self)
        self.show_report.setObjectName("show_fault_report")
        self.show_report.setAccessibleName("Show the report of internal faults")
        self.show_report.clicked.connect(self.report_requested)
        self.put_away = QPushButton("Put away", self)
        self.put_away.setObjectName("put_away_faults")
        self.put_away.setAccessibleName("Put this notice away until something new goes wrong")
        self.put_away.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 3, 6, 3)
        row.setSpacing(14)
        row.addWidget(self.line, 1)
        row.addWidget(self.calm)
        row.addWidget(self.show_report)
        row.addWidget(self.put_away)
        self._known = (0, 0)
        self.hide()

    def show_view(self, view: CrashView) -> None:
        """Comes back by itself for a fault of a new kind, and not for one more of the same."""
        self.line.say(f"▲ {view.headline}")
        self.calm.setVisible(bool(view.count))
        self.setAccessibleDescription(view.headline)
        known = (view.kinds, len(view.ended))
        if known != self._known:
            self._known = known
            self.setVisible(bool(view.headline))
