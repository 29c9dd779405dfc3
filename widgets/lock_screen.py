"""What lies over a locked desk: it takes every press and key but those of the stop, which it leaves bare."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from widgets import theme
from widgets.fonts import text_font
from widgets.keyboard_back import give_back
from widgets.line import RIGHT, Line
from widgets.stop_button import CHORD, StopButton
from widgets.theme import Tone

FORGOTTEN = "Forgotten? On this machine, as who runs Scram: scram pin remove"


class LockCard(QFrame):
    pin_given = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("lock_card")
        self.setAccessibleName("The desk is locked")
        self.setProperty("role", "panel")
        self.title = Line("Locked", Tone.STRONG, font=text_font(19, QFont.Weight.Bold))
        self.words = Line("", font=text_font(13), elide=RIGHT)
        self.pin = QLineEdit(self)
        self.pin.setObjectName("lock_pin")
        self.pin.setAccessibleName("PIN")
        self.pin.setPlaceholderText("PIN")
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setMaxLength(32)
        self.unlock = QPushButton("Unlock", self)
        self.unlock.setObjectName("unlock")
        self.unlock.setAccessibleName("Unlock the desk")
        self.said = Line("", Tone.HIGH, font=text_font(12, QFont.Weight.DemiBold), elide=RIGHT)
        self.forgotten = Line(FORGOTTEN, Tone.FAINT, font=text_font(12), elide=RIGHT)
        row = QHBoxLayout()
        row.addWidget(self.pin, 1)
        row.addWidget(self.unlock)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addLayout(row)
        column.addWidget(self.said)
        column.addWidget(self.forgotten)
        self.pin.returnPressed.connect(self._give)
        self.unlock.clicked.connect(self._give)
        self.setFixedSize(440, 190)

    def _give(self) -> None:
        pin = self.pin.text()
        self.pin.clear()
        if pin:
            self.pin_given.emit(pin)


class LockScreen(QWidget):
    pin_given = Signal(str)

    def __init__(self, over: QWidget, stop: StopButton, *, asks: bool = True) -> None:
        """Over the whole of `over`, except for `stop`; `asks` for the PIN, or says where it is asked for."""
        super().__init__(over)
        self.setObjectName("lock_screen")
        self.setAccessibleName("The desk is locked")
        self._over, self._stop = over, stop
        self._hides = True
        self._disabled: list[QWidget] = []
        self._had_focus: QWidget | None = None
        self.card = LockCard(self)
        self.card.pin_given.connect(self.pin_given)
        self.card.words.say(f"Takes no act but the stop: its button, and {CHORD}")
        if not asks:
            self.card.words.say(f"Unlock it in the main window. {CHORD} stops, here too")
            for part in (self.card.pin, self.card.unlock, self.card.forgotten):
                part.hide()
        over.installEventFilter(self)
        stop.installEventFilter(self)
        self.hide()

    def lock(self, parts: list[QWidget], *, hides: bool) -> None:
        """Disable `parts`, and lie over everything; `hides` what is beneath, or lets it be read."""
        self._hides = hides
        window = self.window()
        self._had_focus = window.focusWidget()
        self._disabled = [part for part in parts if part.isEnabled()]
        for part in self._disabled:
            part.setEnabled(False)
        self.card.pin.clear()
        self._place()
        self.show()
        self.raise_()
        (self.card.pin if self.card.pin.isVisibleTo(self) else self).setFocus()

    def unlock(self) -> None:
        for part in self._disabled:
            part.setEnabled(True)
        self._disabled = []
        if not self.isHidden():
            give_back(self._had_focus, self._over)
        self._had_focus = None
        self.hide()

    def say(self, words: str) -> None:
        self.card.said.say(words)
        self.card.said.setAccessibleName(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self._place()
        return False

    def _place(self) -> None:
        self.setGeometry(self._over.rect())
        stop = QRect(self._stop.mapTo(self._over, self._stop.rect().topLeft()), self._stop.size())
        # Not covered and not merely seen through: presses on the stop reach the stop.
        self.setMask(QRegion(self.rect()).subtracted(QRegion(stop)))
        self.card.move((self.width() - self.card.width()) // 2, max(stop.bottom() + 24, self.height() // 3 - 60))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._hides:
            QPainter(self).fillRect(self.rect(), QColor(theme.current().ground))
