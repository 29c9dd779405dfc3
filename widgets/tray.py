"""Scram in the system's tray: the worst that asks for a person, as a shape and in words, without a window too."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRectF, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from core.domain import Severity
from core.events.model import Event
from widgets import figures, theme
from widgets.annunciator import Ring
from widgets.fonts import application_icon, text_font
from widgets.marks import metric_words, scope_words, severity_mark
from widgets.mute_button import MuteMenu
from widgets.stop_button import CHORD
from widgets.tray_state import NOTHING_KNOWN, TrayState

SIZE_PX = 64
SHOWN_MS = 10_000


class Tray(QObject):
    """Made only where the system has a tray."""

    desk_wanted = Signal()
    mute_asked = Signal(float)
    lock_asked = Signal()
    quit_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.icon = QSystemTrayIcon(application_icon(), self)
        self.menu = QMenu()
        self.menu.setAccessibleName("Scram")
        self.open = QAction("Open desk", self.menu)
        self.open.triggered.connect(self.desk_wanted)
        self.menu.addAction(self.open)
        self.menu.addSeparator()
        self.mute = MuteMenu(self.menu)
        self.mute.asked.connect(self.mute_asked)
        self.menu.addActions(self.mute.actions())
        self.menu.addSeparator()
        self.lock = self._add("Lock desk", self.lock_asked)
        self.stop_words = QAction(f"Stop all: {CHORD}, in any window of Scram", self.menu)
        # Told and not done here: a menu that closes under the mouse is no place for it.
        self.stop_words.setEnabled(False)
        self.menu.addAction(self.stop_words)
        self.menu.addSeparator()
        self.quit = self._add("Quit Scram", self.quit_asked)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.desk_wanted)
        self.discreet = False
        """Tells no figures and no names: the desk is locked, and hides them."""
        self._drawn: TrayState | None = None
        self.show_standing(NOTHING_KNOWN, 0.0)
        self.icon.show()

    def _add(self, words: str, asked: SignalInstance) -> QAction:
        action = QAction(words, self.menu)
        action.triggered.connect(asked)
        self.menu.addAction(action)
        return action

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self.desk_wanted.emit()

    def show_standing(self, state: TrayState, muted_s: float) -> None:
        muted = f"; muted {figures.lasting(muted_s)}" if muted_s > 0.0 else ""
        words = f"Scram: {state.words}{muted}"
        if words != self.icon.toolTip():
            self.icon.setToolTip(words)
        if self._drawn is None or state.shape != self._drawn.shape:
            self.icon.setIcon(picture(state))
        self._drawn = state

    def show_lock(self, locked: bool, *, can: bool, discreet: bool) -> None:
        """`can`: there is a PIN to lock the desk with."""
        self.lock.setEnabled(can and not locked)
        self.lock.setText("Desk is locked" if locked else "Lock desk")
        self.quit.setEnabled(not locked)
        for action in self.mute.actions():
            action.setEnabled(not locked)
        self.discreet = locked and discreet

    def tell(self, ring: Ring) -> None:
        if ring.fresh and self.icon.supportsMessages():
            kind = QSystemTrayIcon.MessageIcon
            icon = kind.Critical if ring.severity is Severity.CRITICAL else kind.Warning
            words = f"{figures.count(len(ring.fresh), 'event')} for you" if self.discreet else told(ring.fresh)
            self.icon.showMessage(f"Scram: {severity_mark(int(ring.severity))}", words, icon, SHOWN_MS)

    def say(self, words: str) -> None:
        if self.icon.supportsMessages():
            self.icon.showMessage("Scram", words, QSystemTrayIcon.MessageIcon.Information, SHOWN_MS)

    def close(self) -> None:
        self.icon.hide()
        self.menu.deleteLater()


def told(fresh: Sequence[Event]) -> str:
    first = fresh[0]
    line = first.note or f"{metric_words(first.metric)} of {scope_words(first.scope)}"
    return line if len(fresh) == 1 else f"{line}\nand {figures.number(len(fresh) - 1)} more"


def picture(state: TrayState) -> QIcon:
    """The program's sign, with the shape of its state over it."""
    plain = application_icon()
    if not state.shape:
        return plain
    canvas = QPixmap(SIZE_PX, SIZE_PX)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    plain.paint(painter, canvas.rect())
    plate = QRectF(SIZE_PX * 0.30, SIZE_PX * 0.42, SIZE_PX * 0.70, SIZE_PX * 0.58)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.DARK.ground))
    painter.drawRoundedRect(plate, 8.0, 8.0)
    painter.setFont(text_font(24))
    painter.setPen(theme.DARK.color(state.tone))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), state.shape)
    painter.end()
    return QIcon(canvas)
