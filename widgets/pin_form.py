"""Sets, changes and removes the PIN of the desk's lock; a part of the page Settings."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone


class PinForm(QWidget):
    set_asked = Signal(str, str)
    """The current PIN ("" where there is none), and the new one."""
    remove_asked = Signal(str)
    lock_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pin_form")
        self.setAccessibleName("PIN of the lock")
        self.state = Line("", font=text_font(13), elide=RIGHT)
        self.current = self._field("pin_current", "Current PIN")
        self.new = self._field("pin_new", "New PIN")
        self.again = self._field("pin_again", "New PIN again")
        self.set = self._button("pin_set", "Set PIN")
        self.remove = self._button("pin_remove", "Remove PIN")
        self.lock = self._button("pin_lock", "Lock now")
        self.said = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT)
        fields = QHBoxLayout()
        fields.setSpacing(6)
        for part in (self.current, self.new, self.again):
            fields.addWidget(part)
        acts = QHBoxLayout()
        acts.setSpacing(6)
        for button in (self.set, self.remove, self.lock):
            acts.addWidget(button)
        acts.addWidget(self.said, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.state)
        column.addLayout(fields)
        column.addLayout(acts)
        for part in (self.current, self.new, self.again):
            part.textChanged.connect(self._weigh)
        self.again.returnPressed.connect(self.set.click)
        self.set.clicked.connect(self._set)
        self.remove.clicked.connect(self._remove)
        self.lock.clicked.connect(self.lock_asked)
        self.show_pin(False)

    def _field(self, name: str, title: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setPlaceholderText(title)
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setMaxLength(32)
        return field

    def _button(self, name: str, words: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setAccessibleName(words)
        return button

    def show_pin(self, there: bool) -> None:
        self._there = there
        words = "A PIN is set: the desk can be locked." if there else "No PIN is set: the desk cannot be locked."
        self.state.say(words)
        self.set.setText("Change PIN" if there else "Set PIN")
        self.set.setAccessibleName(self.set.text())
        self.current.setVisible(there)
        self.remove.setVisible(there)
        self.lock.setVisible(there)
        self._clear()

    def say(self, words: str) -> None:
        self.said.say(words)
        self.said.setAccessibleName(words)

    def _clear(self) -> None:
        for field in (self.current, self.new, self.again):
            field.clear()
        self._weigh()

    def _weigh(self) -> None:
        known = bool(self.current.text()) or not self._there
        same = bool(self.new.text()) and self.new.text() == self.again.text()
        self.set.setEnabled(known and same)
        self.remove.setEnabled(bool(self.current.text()))
        if self.again.text() and not same:
            self.say("The two new PINs are not the same.")
        elif self.new.text():
            self.say("")

    def _set(self) -> None:
        if self.set.isEnabled():
            current, new = self.current.text(), self.new.text()
            self._clear()
            self.set_asked.emit(current, new)

    def _remove(self) -> None:
        current = self.current.text()
        self._clear()
        self.remove_asked.emit(current)
