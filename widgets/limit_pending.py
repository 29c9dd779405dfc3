"""A change of the limits that waits for a second person: who asked for what and why, and where the other signs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.halt.way_back.second import same_person
from core.limit_page import PendingChange
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone


class LimitPending(QFrame):
    confirmed = Signal(str, str)
    """The id of what waits, and the second person's name."""
    withdrawn = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("limit_pending")
        self.setAccessibleName("A change that waits for a second person")
        self.setProperty("role", "card")
        self._pending: PendingChange | None = None
        self.words = Line("", Tone.MEDIUM, font=text_font(12), elide=RIGHT)
        self.name = QLineEdit(self)
        self.name.setObjectName("limit_second_person")
        self.name.setAccessibleName("Name of the second person")
        self.name.setPlaceholderText("Second person")
        self.name.setFixedWidth(150)
        self.confirm = QPushButton("Confirm", self)
        self.confirm.setObjectName("limit_confirm")
        self.confirm.setAccessibleName("Confirm the change as the second person")
        self.withdraw = QPushButton("Withdraw", self)
        self.withdraw.setObjectName("limit_withdraw")
        self.withdraw.setAccessibleName("The change is not wanted any more")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 6, 4)
        row.setSpacing(6)
        row.addWidget(self.words, 1)
        for part in (self.name, self.confirm, self.withdraw):
            row.addWidget(part)
        self.name.textChanged.connect(self._weigh)
        self.name.returnPressed.connect(self._confirm)
        self.confirm.clicked.connect(self._confirm)
        self.withdraw.clicked.connect(self._withdraw)
        self.hide()

    def show_pending(self, pending: PendingChange | None, now_s: float) -> None:
        """`now_s` is wall time."""
        if pending is None or self._pending is None or pending.pending_id != self._pending.pending_id:
            self.name.clear()  # a name is given for one change
        self._pending = pending
        self.setVisible(pending is not None)
        if pending is not None:
            left = f"{figures.lasting(pending.until_s - now_s)} left"
            self.words.say(f"{left} · {pending.operator} asks to {pending.title}: {pending.reason}")
        self._weigh()

    def _weigh(self) -> None:
        name = self.name.text().strip()
        fits = self._pending is not None and bool(name) and not same_person(name, self._pending.operator)
        self.confirm.setEnabled(fits)

    def _confirm(self) -> None:
        if self._pending is not None and self.confirm.isEnabled():
            self.confirmed.emit(self._pending.pending_id, self.name.text().strip())

    def _withdraw(self) -> None:
        if self._pending is not None:
            self.withdrawn.emit(self._pending.pending_id)
