"""Flat buttons in a row, one of which is down: the way between the parts of a page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from widgets.fonts import text_font


class TabBar(QWidget):
    turned = Signal(int)

    def __init__(self, name: str, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_tabs")
        self.group = QButtonGroup(self)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(2)
        self.buttons = [self._button(name, text) for text in words]
        for place, button in enumerate(self.buttons):
            self.group.addButton(button, place)
            self.row.addWidget(button)
        self.row.addStretch(1)
        self.buttons[0].setChecked(True)
        self.group.idClicked.connect(self.turned)

    def _button(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{name}_{text.lower().replace(' ', '_')}")
        button.setText(text)
        button.setCheckable(True)
        button.setFont(text_font(12))
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def choose(self, place: int) -> None:
        self.buttons[place].setChecked(True)
        self.turned.emit(place)
