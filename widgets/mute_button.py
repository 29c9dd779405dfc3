"""Whether alarms are heard, and for how long they are not: a button in the last line, a menu, a chord."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from widgets import figures
from widgets.fonts import text_font

MINUTES = (5, 15, 60)
USUAL_MIN = 15
CHORD = "Ctrl+M"


class MuteMenu(QMenu):
    """Opened by `popup`, never by `exec`."""

    asked = Signal(float)
    """For how many seconds alarms are muted; 0: they are heard again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mute_menu")
        self.setAccessibleName("Sound of alarms")
        self.mutes = [self._add(f"Mute for {minutes} min", minutes * 60.0) for minutes in MINUTES]
        self.sound = self._add("Sound on", 0.0)

    def _add(self, text: str, seconds: float) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(lambda: self.asked.emit(seconds))
        return action


class MuteButton(QToolButton):
    asked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mute")
        self.setProperty("role", "flat")
        self.setFont(text_font(11))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.menu_of_times = MuteMenu(self)
        self.menu_of_times.asked.connect(self.asked)
        self.clicked.connect(self._open)
        self._left_s = 0.0
        self.usual_min = USUAL_MIN
        """For how long the chord mutes."""
        # No action of the button's own: it would get Qt's menu, which is run by `exec`.
        self.chord = QShortcut(QKeySequence(CHORD), self)
        self.chord.activated.connect(self.toggle_sound)
        self.show_left(0.0)

    def show_left(self, left_s: float) -> None:
        """How long alarms are muted still; 0 while they are heard."""
        self._left_s = left_s
        text = f"muted {figures.lasting(left_s)}" if left_s > 0.0 else "sound on"
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(f"Alarms: {text}")
            self.setToolTip(
                f"{'Alarms are muted, and sound again by themselves' if left_s > 0.0 else 'Alarms are heard'}. "
                f"{CHORD}: {'sound on' if left_s > 0.0 else f'mute for {self.usual_min} min'}.\n"
                "What is worse than all that stands ends a mute; a further critical is always heard once."
            )

    def set_usual(self, minutes: int) -> None:
        self.usual_min = minutes
        self.setText("")  # the tip is made with the text
        self.show_left(self._left_s)

    def _open(self) -> None:
        self.menu_of_times.popup(self.mapToGlobal(QPoint(0, -self.menu_of_times.sizeHint().height())))

    def toggle_sound(self) -> None:
        self.asked.emit(0.0 if self._left_s > 0.0 else self.usual_min * 60.0)
