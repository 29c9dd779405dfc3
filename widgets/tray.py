"""Scram in the system's tray: the worst that asks for a person, as a shape and in words, without a window too."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from core.domain import Severity
from core.events.model import Event
from widgets import figures, theme
from widgets.annunciator import Ring
from widgets.fonts import application_icon, text_font
from widgets.marks import SHAPES, metric_words, scope_words, severity_mark, severity_tone
from widgets.mute_button import MuteMenu

SIZE_PX = 64
SHOWN_MS = 10_000


class Tray(QObject):
    """Made only where the system has a tray."""

    desk_wanted = Signal()
    mute_asked = Signal(float)

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
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.desk_wanted)
        self._drawn = ""
        self.show_standing((), 0.0)
        self.icon.show()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self.desk_wanted.emit()

    def show_standing(self, asking: Sequence[Event], muted_s: float) -> None:
        words = standing_words(asking, muted_s)
        if words != self.icon.toolTip():
            self.icon.setToolTip(words)
        worst = int(asking[0].urgency) if asking else 0
        if f"{worst}" != self._drawn:
            self._drawn = f"{worst}"
            self.icon.setIcon(picture(worst))

    def tell(self, ring: Ring) -> None:
        if ring.fresh and self.icon.supportsMessages():
            kind = QSystemTrayIcon.MessageIcon
            icon = kind.Critical if ring.severity is Severity.CRITICAL else kind.Warning
            self.icon.showMessage(f"Scram: {severity_mark(int(ring.severity))}", told(ring.fresh), icon, SHOWN_MS)

    def close(self) -> None:
        self.icon.hide()
        self.menu.deleteLater()


def standing_words(asking: Sequence[Event], muted_s: float) -> str:
    """`Scram: ▲▲ CRITICAL, 3 critical and 12 high ask for you; muted 04:10`."""
    muted = f"; muted {figures.lasting(muted_s)}" if muted_s > 0.0 else ""
    if not asking:
        return f"Scram: nothing high or critical asks for you{muted}"
    critical = sum(event.urgency is Severity.CRITICAL for event in asking)
    counts = [f"{figures.number(critical)} critical"] if critical else []
    if len(asking) > critical:
        counts.append(f"{figures.number(len(asking) - critical)} high")
    return f"Scram: {severity_mark(int(asking[0].urgency))}, {' and '.join(counts)} ask for you{muted}"


def told(fresh: Sequence[Event]) -> str:
    first = fresh[0]
    line = first.note or f"{metric_words(first.metric)} of {scope_words(first.scope)}"
    return line if len(fresh) == 1 else f"{line}\nand {figures.number(len(fresh) - 1)} more"


def picture(level: int) -> QIcon:
    """The program's sign, with the shape of a severity over it."""
    plain = application_icon()
    if not level:
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
    painter.setPen(theme.DARK.color(severity_tone(level)))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), SHAPES[level])
    painter.end()
    return QIcon(canvas)
