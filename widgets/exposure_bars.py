"""Gross and net exposure per underlying, as bars about zero."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.snapshot import UnderlyingExposure
from widgets import figures, theme
from widgets.fonts import figure_font, text_font
from widgets.theme import Tone

NAME_PX, FIGURE_PX, ROW_PX, HEAD_PX = 58, 150, 27, 18


def grouped(rows: tuple[UnderlyingExposure, ...], most: int) -> list[UnderlyingExposure]:
    """The largest by gross; the rest become one row, so that the sum on the screen is the sum in the book."""
    known = sorted(rows, key=lambda row: -math.inf if math.isnan(row.gross) else row.gross, reverse=True)
    if len(known) <= most:
        return known
    rest = known[most - 1 :]
    other = UnderlyingExposure(
        f"{len(rest)} other", math.fsum(row.net for row in rest), math.fsum(row.gross for row in rest)
    )
    return [*known[: most - 1], other]


class ExposureBars(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exposure_bars")
        self.setAccessibleName("Exposure by underlying")
        self._rows: tuple[UnderlyingExposure, ...] = ()
        self._base = "USD"
        self.empty_words = "No position is open"

    def show_rows(self, rows: tuple[UnderlyingExposure, ...], base: str) -> None:
        if (rows, base) != (self._rows, self._base):
            self._rows, self._base = rows, base
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = theme.current()
        if not self._rows:
            painter.setFont(text_font())
            painter.setPen(colors.color(Tone.FAINT))
            painter.drawText(2, 20, self.empty_words)
            return
        rows = grouped(self._rows, max(2, (self.height() - HEAD_PX) // 19))
        step = min(ROW_PX, (self.height() - HEAD_PX) / len(rows))
        widest = max((row.gross for row in rows if math.isfinite(row.gross)), default=0.0) or 1.0
        area = QRectF(NAME_PX, HEAD_PX, self.width() - NAME_PX - FIGURE_PX - 8, step * len(rows))
        self._paint_heads(painter)
        for place, row in enumerate(rows):
            self._paint_row(painter, row, QRectF(area.left(), area.top() + place * step, area.width(), step), widest)
        painter.setPen(QColor(colors.faint))
        middle = area.center().x()
        painter.drawLine(QLineF(middle, area.top(), middle, area.bottom()))

    def _paint_heads(self, painter: QPainter) -> None:
        painter.setFont(text_font(11))
        painter.setPen(theme.current().color(Tone.FAINT))
        left = self.width() - FIGURE_PX
        align = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(left, 0, FIGURE_PX / 2, HEAD_PX), align, "net")
        painter.drawText(QRectF(left + FIGURE_PX / 2, 0, FIGURE_PX / 2, HEAD_PX), align, "gross")

    def _paint_row(self, painter: QPainter, row: UnderlyingExposure, area: QRectF, widest: float) -> None:
        colors = theme.current()
        inset = min(5.0, area.height() * 0.18)
        if math.isfinite(row.gross):
            half = area.width() / 2 * row.gross / widest
            box = QRectF(area.center().x() - half, area.top() + inset, 2 * half, area.height() - 2 * inset)
            painter.fillRect(box, QColor(colors.raised))
            painter.setPen(QColor(colors.line))
            painter.drawRect(box)
        if math.isfinite(row.net):
            length = area.width() / 2 * row.net / widest
            bar = QRectF(area.center().x(), area.top() + 2 * inset, length, area.height() - 4 * inset).normalized()
            painter.fillRect(bar, colors.color(Tone.GAIN if row.net >= 0 else Tone.LOSS))
        self._paint_words(painter, row, area)

    def _paint_words(self, painter: QPainter, row: UnderlyingExposure, area: QRectF) -> None:
        colors = theme.current()
        painter.setFont(text_font(12))
        painter.setPen(colors.color(Tone.NORMAL))
        name = painter.fontMetrics().elidedText(row.underlying, Qt.TextElideMode.ElideMiddle, NAME_PX - 6)
        painter.drawText(QRectF(0, area.top(), NAME_PX - 6, area.height()), int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.setFont(figure_font(11))
        align = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        left = self.width() - FIGURE_PX
        for place, (value, signed) in enumerate(((row.net, True), (row.gross, False))):
            tone = Tone.UNKNOWN if math.isnan(value) else Tone.FAINT if place else Tone.STRONG
            painter.setPen(colors.color(tone))
            text = figures.money(value, self._base, plus=signed)
            painter.drawText(
                QRectF(left + place * FIGURE_PX / 2, area.top(), FIGURE_PX / 2, area.height()), align, text
            )
