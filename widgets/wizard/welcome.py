"""The first page: what this is, and the two ways to begin."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from widgets.fonts import text_font
from widgets.line import Line
from widgets.theme import Tone
from widgets.wizard.page import WizardPage, button, words

ABOUT = (
    "Scram watches every account of your desk, tells you how far each is from its limits, mends by rule what can be "
    "mended, and has one red button that stops everything and proves that it stopped."
)
DEMO = (
    "The whole desk on paper exchanges of its own on this machine: six accounts, a crash, alarms, a stop. No key, no "
    "money, and nothing leaves this computer. Nothing of it is kept."
)
CONNECT = (
    "Choose a venue, paste the keys of one account, and test them. Scram only watches until you say otherwise; keys go "
    "to the keyring of your system or into an encrypted file. Nothing is written before the last page."
)


class WelcomePage(WizardPage):
    demo_requested = Signal()
    connect_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("welcome", "Welcome", "Welcome to Scram", parent)
        self.demo = button("wizard_demo", "Start the demo", self)
        self.connect_account = button("wizard_connect", "Connect an account", self, role="primary")
        self.state = words("", self, "wizard_demo_state")
        self.demo.clicked.connect(self.demo_requested)
        self.connect_account.clicked.connect(self.connect_requested)
        self.body.addWidget(words(ABOUT, self))
        self.body.addSpacing(12)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        cards.addWidget(_card("See how it works", DEMO, self.demo, self))
        cards.addWidget(_card("Begin with your own", CONNECT, self.connect_account, self))
        self.body.addLayout(cards)
        self.body.addWidget(self.state)
        self.body.addStretch(1)

    def first(self) -> QWidget:
        return self.connect_account

    def missing(self) -> str:
        return "choose one of the two"

    def show_state(self, text: str, *, busy: bool) -> None:
        """What became of a demo that was asked for."""
        self.state.setText(text)
        self.demo.setEnabled(not busy)


def _card(title: str, text: str, act: QPushButton, parent: QWidget) -> QFrame:
    frame = QFrame(parent)
    frame.setProperty("role", "panel")
    column = QVBoxLayout(frame)
    column.setContentsMargins(18, 16, 18, 16)
    column.setSpacing(10)
    column.addWidget(Line(title, Tone.STRONG, font=text_font(16, QFont.Weight.DemiBold)))
    column.addWidget(words(text, frame))
    column.addStretch(1)
    row = QHBoxLayout()
    row.addWidget(act)
    row.addStretch(1)
    column.addLayout(row)
    return frame
