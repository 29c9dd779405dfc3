"""Putting events aside, and closing them, each with a reason: a strip under the table that is in nobody's way."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone

SHELVE, RESOLVE = "shelve", "resolve"
DURATIONS = (("15 min", 900.0), ("1 h", 3_600.0), ("4 h", 14_400.0), ("8 h", 28_800.0), ("24 h", 86_400.0))
USUAL = 1


class EventForm(QFrame):
    shelve_requested = Signal(object, float, str)
    """Ids of events, for how many seconds, and why."""
    resolve_requested = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("event_form")
        self.setAccessibleName("Put aside or resolve")
        self.setProperty("role", "card")
        self._what = ""
        self._ids: tuple[str, ...] = ()
        self.line = Line("", Tone.STRONG, font=text_font(12), elide=RIGHT)
        self.duration = QComboBox(self)
        self.duration.setObjectName("shelve_duration")
        self.duration.setAccessibleName("For how long")
        self.duration.addItems([words for words, _ in DURATIONS])
        self.duration.setCurrentIndex(USUAL)
        self.reason = QLineEdit(self)
        self.reason.setObjectName("event_reason")
        self.reason.setAccessibleName("Reason")
        self.reason.setPlaceholderText("Reason, for the journal and for whoever comes after you")
        self.button = QPushButton(self)
        self.button.setObjectName("event_form_button")
        self.button.setProperty("role", "primary")
        self.shut = QToolButton(self)
        self.shut.setObjectName("event_form_shut")
        self.shut.setText("Cancel")
        self.shut.setProperty("role", "flat")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 6, 5)
        row.setSpacing(7)
        row.addWidget(self.line)
        row.addWidget(self.duration)
        row.addWidget(self.reason, 1)
        row.addWidget(self.button)
        row.addWidget(self.shut)
        self.reason.textChanged.connect(self._weigh)
        self.reason.returnPressed.connect(self._send)
        self.button.clicked.connect(self._send)
        self.shut.clicked.connect(self.close_form)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.close_form)
        self.hide()

    def ask(self, what: str, ids: tuple[str, ...]) -> None:
        """`what` is to be done to these events; the form is for them, whatever is chosen meanwhile."""
        self._what, self._ids = what, ids
        words = figures.count(len(ids), "event")
        self.line.say(f"Shelve {words} for" if what == SHELVE else f"Resolve {words}")
        self.duration.setVisible(what == SHELVE)
        self.button.setText("Shelve" if what == SHELVE else "Resolve")
        self.reason.clear()
        self._weigh()
        self.show()
        self.reason.setFocus()

    def close_form(self) -> None:
        self._ids = ()
        self.hide()

    def _weigh(self) -> None:
        self.button.setEnabled(bool(self._ids and self.reason.text().strip()))

    def _send(self) -> None:
        reason, ids = self.reason.text().strip(), self._ids
        if not (reason and ids):
            return
        self.close_form()
        if self._what == SHELVE:
            self.shelve_requested.emit(ids, DURATIONS[self.duration.currentIndex()][1], reason)
        else:
            self.resolve_requested.emit(ids, reason)
