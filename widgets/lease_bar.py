"""Who acts on the book where this desk does not, in one line; hidden while this desk acts on all of it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from core.snapshot import Snapshot
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.panel import SnapshotWidget
from widgets.theme import Tone

TAKE_OVER = "Take over…"
SURE = "Yes, this desk acts"
SURE_WITHIN_MS = 6_000


class LeaseBar(SnapshotWidget):
    take_over_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("lease_bar", "Who acts on the book", parent)
        self.setProperty("role", "card")
        self.line = Line("", Tone.HIGH, font=text_font(13, QFont.Weight.DemiBold), elide=RIGHT)
        self.stop = Line("the stop button here is live", Tone.NORMAL, font=text_font(12))
        self.button = QPushButton(TAKE_OVER, self)
        self.button.setObjectName("take_over")
        self.button.setAccessibleName("Have this desk act instead of the other")
        self.button.setToolTip(
            "Asks the desk that acts to hand over; one that does not answer is replaced when its lease ends"
        )
        self.button.clicked.connect(self._pressed)
        self._unsure = QTimer(self)
        self._unsure.setSingleShot(True)
        self._unsure.setInterval(SURE_WITHIN_MS)
        self._unsure.timeout.connect(self._calm)
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 3, 6, 3)
        row.setSpacing(14)
        row.addWidget(self.line, 1)
        row.addWidget(self.stop)
        row.addWidget(self.button)
        self.hide()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Never deferred: this part hides itself, and must come back by itself."""
        self._snapshot = snapshot
        self.draw(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        lease = snapshot.lease
        words = lease.words
        self.setVisible(bool(words))
        if not words:
            self._calm()
            return
        self.line.say(f"{'■' if lease.view_only else '▲'} {words[:1].upper()}{words[1:]}", Tone.HIGH)
        self.line.setToolTip(words)
        self.setAccessibleName(words)
        self.button.setVisible(bool(lease.others))
        self.button.setEnabled(not lease.asked)

    def _pressed(self) -> None:
        """Twice: what follows takes the book out of somebody's hands."""
        if self.button.text() == TAKE_OVER:
            self.button.setText(SURE)
            self._unsure.start()
            return
        self._calm()
        self.take_over_requested.emit()

    def _calm(self) -> None:
        self._unsure.stop()
        self.button.setText(TAKE_OVER)
