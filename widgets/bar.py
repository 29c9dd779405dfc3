"""Thin bars: how much of a limit is used, and how a whole is shared out."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from widgets.theme import Tone


def paint_bar(painter: QPainter, area: QRectF, used: float, tone: Tone) -> None:
    """`used` 0 to 1 of the way to the threshold; NaN leaves the track empty."""
    colors = theme.current()
    painter.fillRect(area, QColor(colors.track))
    if not math.isnan(used):
        filled = QRectF(area)
        filled.setWidth(area.width() * min(1.0, max(0.0, used)))
        painter.fillRect(filled, colors.color(tone))


class HeadroomBar(QWidget):
    """Value against its next threshold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._used = math.nan
        self._tone = Tone.FAINT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def used(self) -> float:
        return self._used

    def show_used(self, used: float, tone: Tone) -> None:
        same = used == self._used or (math.isnan(used) and math.isnan(self._used))
        if not same or tone is not self._tone:
            self._used, self._tone = used, tone
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(60, 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Without a limit there is no track either: an empty one would read as "nothing used".
        if not math.isnan(self._used):
            paint_bar(QPainter(self), QRectF(self.rect()), self._used, self._tone)


class ShareBar(QWidget):
    """A whole shared out: every part that is there at all is seen, however small."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[tuple[int, Tone], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: tuple[tuple[int, Tone], ...]) -> None:
        if parts != self._parts:
            self._parts = parts
            self.setAccessibleName(", ".join(f"{tone.value} {share}" for share, tone in parts))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 9)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(self.rect(), QColor(theme.current().track))
        shares = [(share, tone) for share, tone in self._parts if share > 0]
        whole = sum(share for share, _ in shares)
        least = 5.0
        free = self.width() - least * len(shares)
        left = 0.0
        for share, tone in shares:
            width = least + free * share / whole
            painter.fillRect(QRectF(left, 0, width, self.height()), theme.current().color(tone))
            left += width
