"""What waits for a second person: who asked for it, how long it still can be confirmed, and where the other signs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.halt.way_back.second import Pending, same_person
from widgets import figures
from widgets.fonts import text_font
from widgets.line import Line
from widgets.theme import Tone


class SecondRow(QWidget):
    confirmed = Signal(str, str)
    """The id of what waits, and the second person's name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("second_row")
        self._pending: Pending | None = None
        self.words = Line("", Tone.MEDIUM, font=text_font(12))
        self.name = QLineEdit(self)
        self.name.setObjectName("second_person")
        self.name.setAccessibleName("Name of the second person")
        self.name.setPlaceholderText("Second person")
        self.button = QPushButton("Confirm", self)
        self.button.setObjectName("confirm_return")
        self.button.setAccessibleName("Confirm as the second person")
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.name, 1)
        row.addWidget(self.button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addWidget(self.words)
        whole.addLayout(row)
        self.name.textChanged.connect(self._weigh)
        self.button.clicked.connect(self._confirm)
        self.hide()

    def show_pending(self, pending: Pending | None, now_s: float) -> None:
        """`now_s` is wall time."""
        if pending is None or self._pending is None or pending.pending_id != self._pending.pending_id:
            self.name.clear()  # a name is given for one act
        self._pending = pending
        self.setVisible(pending is not None)
        if pending is not None:
            self.words.say(f"{figures.lasting(pending.until_s - now_s)} left · {pending.words}")
        self._weigh()

    def _weigh(self) -> None:
        name = self.name.text().strip()
        fits = self._pending is not None and bool(name) and not same_person(name, self._pending.operator)
        self.button.setEnabled(fits)

    def _confirm(self) -> None:
        if self._pending is not None and self.button.isEnabled():
            self.confirmed.emit(self._pending.pending_id, self.name.text().strip())
