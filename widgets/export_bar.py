"""How far a file is written, and the way to call it off; a strip that is there only while there is something to say."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QToolButton, QWidget

from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone


class ExportBar(QFrame):
    called_off = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export_bar")
        self.setAccessibleName("Export")
        self.setProperty("role", "card")
        self.line = Line("", font=text_font(12), elide=RIGHT)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("export_progress")
        self.progress.setAccessibleName("Rows written")
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(160, 8)
        self.cancel = QToolButton(self)
        self.cancel.setObjectName("export_cancel")
        self.cancel.setProperty("role", "flat")
        self.cancel.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 6, 5)
        row.setSpacing(9)
        row.addWidget(self.line, 1)
        row.addWidget(self.progress)
        row.addWidget(self.cancel)
        self.cancel.clicked.connect(self._leave)
        self._running = False
        self.hide()

    @property
    def is_running(self) -> bool:
        return self._running

    def show_progress(self, rows: int, of: int, path: str) -> None:
        self._running = True
        self.progress.setVisible(True)
        self.progress.setRange(0, max(1, of))
        self.progress.setValue(rows)
        self.cancel.setText("Cancel")
        self.line.say(f"Writing row {figures.number(rows)} of {figures.number(of)} to {path}")
        self.show()

    def show_end(self, words: str, tone: Tone = Tone.NORMAL) -> None:
        """What became of it; stays until it is put away."""
        self._running = False
        self.progress.setVisible(False)
        self.cancel.setText("Close")
        self.line.say(words, tone)
        self.show()

    def _leave(self) -> None:
        if self._running:
            self.called_off.emit()
        else:
            self.hide()
