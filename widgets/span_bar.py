"""The way between spans of time: hour, day, week, month."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

SPANS = (("hour", 3_600.0), ("day", 86_400.0), ("week", 7 * 86_400.0), ("month", 30 * 86_400.0))
_USUAL = 1


class SpanBar(QWidget):
    turned = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_spans")
        self.span_s = SPANS[_USUAL][1]
        self._group = QButtonGroup(self)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(4)
        self.buttons = {word: self._button(name, word, seconds) for word, seconds in SPANS}
        for button in self.buttons.values():
            self.row.addWidget(button)

    def _button(self, name: str, word: str, seconds: float) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{name}_span_{word}")
        button.setText(word)
        button.setAccessibleName(f"Show the last {word}")
        button.setCheckable(True)
        button.setChecked(seconds == self.span_s)
        button.setProperty("role", "flat")
        self._group.addButton(button)
        button.clicked.connect(self._choose)
        return button

    def _choose(self) -> None:
        self.span_s = next(seconds for word, seconds in SPANS if self.buttons[word].isChecked())
        self.turned.emit()
