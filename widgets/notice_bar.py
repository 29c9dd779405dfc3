"""What the operator should know about Scram itself, in one line; hidden while there is nothing."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from core.snapshot import Snapshot
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.panel import SnapshotWidget
from widgets.theme import Tone

SILENT_MS = 3_000
"""Thirty cycles without a snapshot: what is on the screen is then a picture of the past, and must say so."""


class NoticeBar(SnapshotWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("notice_bar", "Notices about Scram itself", parent)
        self.setProperty("role", "card")
        self.line = Line("", Tone.MEDIUM, font=text_font(13, QFont.Weight.DemiBold), elide=RIGHT)
        self.next = QToolButton(self)
        self.next.setObjectName("next_notice")
        self.next.setProperty("role", "flat")
        self.next.setToolTip("Show the next notice")
        self.next.clicked.connect(self._turn)
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 3, 6, 3)
        row.addWidget(self.line, 1)
        row.addWidget(self.next)
        self._place = 0
        self._notices: tuple[str, ...] = ()
        self._since = QElapsedTimer()
        self._watch = QTimer(self)
        self._watch.setInterval(1_000)
        self._watch.timeout.connect(self._look)
        self.hide()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Never deferred: this part hides itself, and must come back by itself."""
        self._snapshot = snapshot
        self._since.start()
        if not self._watch.isActive():
            self._watch.start()
        self.draw(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        self._notices = snapshot.notices
        self._say()

    def _look(self) -> None:
        if self._snapshot is not None and self._since.elapsed() > SILENT_MS:
            frozen = figures.clock(self._snapshot.at_s)
            silent = figures.lasting(self._since.elapsed() / 1000)
            self.line.say(f"◆ This screen stands still since {frozen}: no cycle for {silent}", Tone.UNKNOWN)
            self.next.hide()
            self.show()

    def _say(self) -> None:
        known = len(self._notices)
        self.setVisible(bool(known))
        if known:
            self._place %= known
            self.line.say(f"▲ {self._notices[self._place]}", Tone.MEDIUM)
            self.next.setVisible(known > 1)
            self.next.setText(f"{self._place + 1} of {known} ▸")

    def _turn(self) -> None:
        self._place += 1
        self._say()
