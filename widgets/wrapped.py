"""A few lines of text with a tone, wrapped; what does not fit is in the tip."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.fonts import text_font
from widgets.line import Line
from widgets.theme import Tone

WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class Wrapped(Line):
    """As high as its text needs, up to `most` lines; nothing without text."""

    def __init__(self, most: int, tone: Tone = Tone.NORMAL, parent: QWidget | None = None) -> None:
        super().__init__("", tone, font=text_font(12), parent=parent)
        self._most = most
        self.hide()

    def say(self, text: str, tone: Tone | None = None) -> None:
        super().say(text, tone)
        self.setVisible(bool(text))
        self.setAccessibleName(text)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(120, self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme.current().color(self.tone))
        painter.drawText(self.rect(), int(WRAP), self.text())

    def _needed(self) -> int:
        wide = QRect(0, 0, max(40, self.width()), 10_000)
        return self.fontMetrics().boundingRect(wide, int(WRAP), self.text()).height() + 1

    def _height(self) -> int:
        return min(self._needed(), self.fontMetrics().lineSpacing() * self._most + 1)

    def _fit(self) -> None:
        height = self._height()
        if self.maximumHeight() != height:
            self.setFixedHeight(height)
        self._tell_what_is_cut()

    def _tell_what_is_cut(self) -> None:
        tip = self.text() if self._needed() > self._height() else ""
        if tip != self.toolTip():
            self.setToolTip(tip)
        if self.maximumHeight() != self._height():
            self.setFixedHeight(self._height())
