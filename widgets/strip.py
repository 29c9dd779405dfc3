"""Lines above the pages that say what kind of sitting this is: a demo, or one that waits for a passphrase."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone


class Strip(QFrame):
    def __init__(self, name: str, title: str, tone: Tone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setProperty("role", "card")
        self.line = Line("", tone, font=text_font(13, QFont.Weight.DemiBold), elide=RIGHT)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(11, 3, 6, 3)
        self.row.setSpacing(10)
        self.row.addWidget(self.line, 1)
        self.hide()

    def add_button(self, name: str, text: str) -> QPushButton:
        made = QPushButton(text, self)
        made.setObjectName(name)
        made.setAccessibleName(text)
        self.row.addWidget(made)
        return made


class DemoStrip(Strip):
    connect_requested = Signal()
    end_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("demo_strip", "This is the demo", Tone.ACCENT, parent)
        self.line.say("Demo: paper exchanges on this machine, no money. A crash begins soon; nothing of this is kept.")
        self.connect_account = self.add_button("demo_connect", "Connect an account")
        self.end = self.add_button("demo_end", "End the demo")
        self.connect_account.clicked.connect(self.connect_requested)
        self.end.clicked.connect(self.end_requested)


class UnlockStrip(Strip):
    opened = Signal(str)
    """The passphrase that was typed in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("unlock_strip", "Keys wait for their passphrase", Tone.HIGH, parent)
        self.passphrase = QLineEdit(self)
        self.passphrase.setObjectName("unlock_passphrase")
        self.passphrase.setAccessibleName("Passphrase of the encrypted file")
        self.passphrase.setPlaceholderText("passphrase")
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setFixedWidth(240)
        self.passphrase.returnPressed.connect(self._open)
        self.row.addWidget(self.passphrase)
        self.unlock = self.add_button("unlock", "Unlock")
        self.unlock.clicked.connect(self._open)
        self.later = self.add_button("unlock_later", "Go on without")
        self.later.clicked.connect(self._put_it_off)
        self._put_off = False

    def ask(self, accounts: int, path: str) -> None:
        """Again and again the same while it shows is one question."""
        if self.isVisible() or self._put_off:
            return
        self.line.say(f"▲ {figures.count(accounts, 'account')} locked: keys in {path}. All others are watched.")
        self.setAccessibleDescription(self.line.text())
        self.show()
        self.passphrase.setFocus()

    def refuse(self, why: str) -> None:
        self.line.say(f"▲ {why}")
        self.unlock.setEnabled(True)
        self.passphrase.setFocus()

    def done(self) -> None:
        self.unlock.setEnabled(True)
        self.hide()

    def _put_it_off(self) -> None:
        self._put_off = True
        self.hide()

    def _open(self) -> None:
        word = self.passphrase.text()
        if word:
            self.passphrase.clear()
            self.unlock.setEnabled(False)
            self.opened.emit(word)
