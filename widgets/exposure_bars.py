"""Gross and net exposure of a few lines, as bars about zero, the largest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.domain import Scope
from core.snapshot import UnderlyingExposure
from widgets import figures, theme
from widgets.fonts import figure_font, text_font
from widgets.theme import Tone

LEAST_NAME_PX, FIGURE_PX, ROW_PX, HEAD_PX, LEAST_ROW_PX = 44, 150, 27, 18, 19
NAME_SHARE = 0.28
"""Of the width, at most, for names."""
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """Base currency; NaN is unknown."""

    name: str
    net: float
    gross: float
    scope: Scope | None = None
    """What it opens; None where it is no scope."""

    def words(self, base: str) -> str:
        return f"{self.name}: net {figures.money(self.net, base, plus=True)}, gross {figures.money(self.gross, base)}"


def underlying_rows(exposures: Sequence[UnderlyingExposure]) -> tuple[ExposureRow, ...]:
    return tuple(ExposureRow(row.underlying, row.net, row.gross) for row in exposures)


def grouped(rows: Sequence[ExposureRow], most: int) -> list[ExposureRow]:
    """The largest by gross, unknown ones before all; the rest become one row, so that the sum on the screen is the sum
    in the book."""
    known = sorted(rows, key=lambda row: math.inf if math.isnan(row.gross) else row.gross, reverse=True)
    if len(known) <= most:
        return known
    rest = known[most - 1 :]
    other = ExposureRow(f"{len(rest)} other", math.fsum(row.net for row in rest), math.fsum(row.gross for row in rest))
    return [*known[: most - 1], other]


class ExposureBars(QWidget):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exposure_bars")
        self.setAccessibleName("Exposure")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._rows: tuple[ExposureRow, ...] = ()
        self._base = "USD"
        self._cursor = 0
        self.empty_words = "No position is open"

    def show_rows(self, rows: tuple[ExposureRow, ...], base: str) -> None:
        if (rows, base) != (self._rows, self._base):
            self._rows, self._base = rows, base
            self._tell()
            self.update()

    @property
    def shown(self) -> list[ExposureRow]:
        return grouped(self._rows, max(2, (self.height() - HEAD_PX) // LEAST_ROW_PX))

    def sizeHint(self) -> QSize:
        return QSize(320, 180)

    def _step(self, rows: int) -> float:
        return min(ROW_PX, (self.height() - HEAD_PX) / max(1, rows))

    # What a person does

    def _go_to(self, place: int) -> None:
        self._cursor = place
        self._tell()
        self.update()

    def _tell(self) -> None:
        rows = self.shown
        self._cursor = max(0, min(self._cursor, len(rows) - 1))
        words = rows[self._cursor].words(self._base) if rows else self.empty_words
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def _open(self) -> None:
        rows = self.shown
        if self._cursor < len(rows) and (scope := rows[self._cursor].scope) is not None:
            self.scope_selected.emit(scope)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        rows = self.shown
        place = int((event.position().y() - HEAD_PX) // self._step(len(rows))) if rows else -1
        if 0 <= place < len(rows):
            self._go_to(place)
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if key in steps:
            self._go_to(self._cursor + steps[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._open()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._tell()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = theme.current()
        rows = self.shown
        if not rows:
            painter.setFont(text_font())
            painter.setPen(colors.color(Tone.FAINT))
            painter.drawText(2, 20, self.empty_words)
            return
        step = self._step(len(rows))
        widest = max((row.gross for row in rows if math.isfinite(row.gross)), default=0.0) or 1.0
        name_px = self._name_px(rows)
        area = QRectF(name_px, HEAD_PX, self.width() - name_px - FIGURE_PX - 8, step * len(rows))
        self._paint_heads(painter)
        for place, row in enumerate(rows):
            line = QRectF(area.left(), area.top() + place * step, area.width(), step)
            if self.hasFocus() and place == self._cursor:
                painter.fillRect(QRectF(0, line.top(), self.width(), step), QColor(colors.selection))
            self._paint_row(painter, row, line, widest)
        painter.setPen(QColor(colors.faint))
        middle = area.center().x()
        painter.drawLine(QLineF(middle, area.top(), middle, area.bottom()))

    def _name_px(self, rows: list[ExposureRow]) -> int:
        metrics = QFontMetrics(text_font(12))
        wanted = max(metrics.horizontalAdvance(row.name) for row in rows) + 10
        return max(LEAST_NAME_PX, min(wanted, int(self.width() * NAME_SHARE)))

    def _paint_heads(self, painter: QPainter) -> None:
        painter.setFont(text_font(11))
        painter.setPen(theme.current().color(Tone.FAINT))
        left = self.width() - FIGURE_PX
        painter.drawText(QRectF(left, 0, FIGURE_PX / 2, HEAD_PX), RIGHT, "net")
        painter.drawText(QRectF(left + FIGURE_PX / 2, 0, FIGURE_PX / 2, HEAD_PX), RIGHT, "gross")

    def _paint_row(self, painter: QPainter, row: ExposureRow, area: QRectF, widest: float) -> None:
        colors = theme.current()
        inset = min(5.0, area.height() * 0.18)
        if math.isfinite(row.gross):
            half = area.width() / 2 * row.gross / widest
            box = QRectF(area.center().x() - half, area.top() + inset, 2 * half, area.height() - 2 * inset)
            painter.fillRect(box, QColor(colors.raised))
            painter.setPen(QColor(colors.line))
            painter.drawRect(box)
        if math.isfinite(row.net):
            length = area.width() / 2 * max(-1.0, min(1.0, row.net / widest))
            bar = QRectF(area.center().x(), area.top() + 2 * inset, length, area.height() - 4 * inset).normalized()
            painter.fillRect(bar, colors.color(Tone.GAIN if row.net >= 0 else Tone.LOSS))
        self._paint_words(painter, row, area)

    def _paint_words(self, painter: QPainter, row: ExposureRow, area: QRectF) -> None:
        colors = theme.current()
        painter.setFont(text_font(12))
        painter.setPen(colors.color(Tone.NORMAL))
        room = int(area.left()) - 6
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(0, area.top(), room, area.height()), int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.setFont(figure_font(11))
        left = self.width() - FIGURE_PX
        for place, (value, signed) in enumerate(((row.net, True), (row.gross, False))):
            tone = Tone.UNKNOWN if math.isnan(value) else Tone.FAINT if place else Tone.STRONG
            painter.setPen(colors.color(tone))
            text = figures.money(value, self._base, plus=signed)
            painter.drawText(
                QRectF(left + place * FIGURE_PX / 2, area.top(), FIGURE_PX / 2, area.height()), RIGHT, text
            )
