"""One line of text with a tone, elided instead of clipped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from widgets import theme
from widgets.fonts import text_font
from widgets.theme import Tone

MIDDLE = Qt.TextElideMode.ElideMiddle
RIGHT = Qt.TextElideMode.ElideRight
LEFT_MIDDLE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT_MIDDLE = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Line(QLabel):
    """Set by `say`; repaints only when something changed, and never asks its layout for a width again and again."""

    def __init__(
        self,
        text: str = "",
        tone: Tone = Tone.NORMAL,
        *,
        font: QFont | None = None,
        align: Qt.AlignmentFlag = LEFT_MIDDLE,
        elide: Qt.TextElideMode = MIDDLE,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._tone = tone
        self._elide = elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font or text_font())
        self.setAlignment(align)
        self.setToolTip("")

    @property
    def tone(self) -> Tone:
        return self._tone

    def say(self, text: str, tone: Tone | None = None) -> None:
        if tone is not None and tone is not self._tone:
            self._tone = tone
            self.update()
        if text != self.text():
            self.setText(text)
            self._tell_what_is_cut()

    def minimumSizeHint(self) -> QSize:
        """Narrow: a long name gives way to its neighbours."""
        metrics = self.fontMetrics()
        return QSize(min(metrics.averageCharWidth() * 4, self.sizeHint().width()), metrics.height() + 2)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 4, metrics.height() + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_what_is_cut()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme.current().color(self._tone))
        shown = self.fontMetrics().elidedText(self.text(), self._elide, self.width())
        painter.drawText(self.rect(), int(self.alignment()), shown)

    def _tell_what_is_cut(self) -> None:
        cut = self.sizeHint().width() - 4 > self.width()
        tip = self.text() if cut else ""
        if tip != self.toolTip():
            self.setToolTip(tip)
