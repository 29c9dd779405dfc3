"""A strip in which a view is given its name; in nobody's way, and no window of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from core.errors import SettingError
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.saved_view import checked_name
from widgets.theme import Tone


class ViewForm(QFrame):
    named = Signal(str)
    """A name that may be taken."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view_form")
        self.setAccessibleName("Name of the view")
        self.setProperty("role", "card")
        self._others: tuple[str, ...] = ()
        self.line = Line("", Tone.STRONG, font=text_font(12), elide=RIGHT)
        self.name = QLineEdit(self)
        self.name.setObjectName("view_name")
        self.name.setAccessibleName("Name of the view")
        self.name.setPlaceholderText("A name for what the table shows now")
        self.told = Line("", Tone.HIGH, font=text_font(12), elide=RIGHT)
        self.button = QPushButton("Save", self)
        self.button.setObjectName("view_save")
        self.button.setProperty("role", "primary")
        self.shut = QToolButton(self)
        self.shut.setObjectName("view_form_shut")
        self.shut.setText("Cancel")
        self.shut.setProperty("role", "flat")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 6, 5)
        row.setSpacing(7)
        for part in (self.line, self.name, self.told, self.button, self.shut):
            row.addWidget(part, 1 if part in (self.name, self.told) else 0)
        self.name.textChanged.connect(self._weigh)
        self.name.returnPressed.connect(self._send)
        self.button.clicked.connect(self._send)
        self.shut.clicked.connect(self.close_form)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.close_form)
        self.hide()

    def ask(self, words: str, name: str, others: tuple[str, ...]) -> None:
        """`others`: names that are taken."""
        self._others = others
        self.line.say(words)
        self.name.setText(name)
        self.name.selectAll()
        self._weigh()
        self.show()
        self.name.setFocus()

    def close_form(self) -> None:
        self.hide()
        self.closed.emit()

    def _weigh(self) -> None:
        wrong = self._wrong()
        self.button.setEnabled(not wrong)
        self.told.say(f"▲ {wrong}" if wrong and self.name.text().strip() else "")

    def _wrong(self) -> str:
        try:
            checked_name(self.name.text(), self._others)
        except SettingError as error:
            return str(error)
        return ""

    def _send(self) -> None:
        if not self._wrong():
            name = checked_name(self.name.text(), self._others)
            self.close_form()
            self.named.emit(name)
