"""What every page of the wizard is, and the few parts that they are made of."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QPushButton, QRadioButton, QVBoxLayout, QWidget

from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone

WIDEST_PX = 860


class WizardPage(QWidget):
    changed = Signal()
    """Whether one may go on from here may be another now."""

    def __init__(self, name: str, step: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"wizard_{name}")
        self.setAccessibleName(title)
        self.setMaximumWidth(WIDEST_PX)
        self.step = step
        """Its word in the list of steps."""
        self.heading = Line(title, Tone.STRONG, font=text_font(20, QFont.Weight.DemiBold), elide=RIGHT)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(8)
        self.body.addWidget(self.heading)

    def missing(self) -> str:
        """What has to be done before one may go on, in a sentence; "" where one may."""
        return ""

    def first(self) -> QWidget | None:
        """What has the keyboard when the page is turned to."""
        return None

    def turned_to(self) -> None:
        """The page is shown now."""

    def clear_secrets(self) -> None:
        """The wizard is left: nothing that was typed in stays."""


def words(text: str, parent: QWidget, name: str = "", *, role: str = "") -> QLabel:
    label = QLabel(text, parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label


def button(name: str, text: str, parent: QWidget, *, role: str = "") -> QPushButton:
    made = QPushButton(text, parent)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setAutoDefault(True)  # Return presses what has the keyboard
    if role:
        made.setProperty("role", role)
    return made


class Choice(QWidget):
    """One of several: a button of its own kind and what it means, which is read out with it."""

    def __init__(self, name: str, text: str, meaning: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.radio = QRadioButton(text, self)
        self.radio.setObjectName(name)
        self.radio.setAccessibleName(text)
        self.radio.setFont(text_font(14, QFont.Weight.DemiBold))
        self.meaning = words("", self, f"{name}_meaning")
        self.meaning.setIndent(24)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 4)
        column.setSpacing(2)
        column.addWidget(self.radio)
        column.addWidget(self.meaning)
        self.explain(meaning)

    def explain(self, meaning: str) -> None:
        self.meaning.setText(meaning)
        self.radio.setAccessibleDescription(meaning)
