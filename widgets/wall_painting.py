"""Paints the cells of the risk wall that are in sight: plain ones as one picture, named ones one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from core.snapshot import Bytes
from widgets import theme
from widgets.fonts import text_font
from widgets.marks import INSIDE, SHAPES, severity_tone
from widgets.theme import Tone
from widgets.wall_cells import Cells

EDGE_PX = 4
Words = Callable[[int], tuple[str, str]]
"""Name and one line of figures of the account at a place."""


def shade(level: int) -> QColor:
    colors = theme.current()
    return QColor(colors.track) if level == INSIDE else colors.color(severity_tone(level))


def picture(cells: Cells, severity: Bytes, top: int, height: int) -> QImage:
    """The rows of cells in sight as one image: ten thousand rectangles would be drawn one by one otherwise."""
    seen = cells.seen(top, height)
    down = max(1, -(-len(seen) // cells.across))
    shades = np.array([shade(level).rgb() for level in range(-1, 5)], dtype=np.uint32)
    ground = np.uint32(QColor(theme.current().panel).rgb())
    flat = np.full(cells.across * down, ground, dtype=np.uint32)
    flat[: len(seen)] = shades[severity[seen.start : seen.stop] + 1]
    image = np.repeat(np.repeat(flat.reshape(down, cells.across), cells.height, axis=0), cells.width, axis=1)
    if cells.gap:
        image[cells.height - 1 :: cells.height, :] = ground
        image[:, cells.width - 1 :: cells.width] = ground
    image = np.ascontiguousarray(image)
    made = QImage(image.data, image.shape[1], image.shape[0], image.shape[1] * 4, QImage.Format.Format_RGB32)
    return made.copy()


def paint_named(painter: QPainter, area: QRect, level: int, words: tuple[str, str], lines: int) -> None:
    """A cell with the account's name and, on two `lines`, with its figures."""
    colors = theme.current()
    painter.fillRect(area, QColor(colors.raised))
    painter.fillRect(QRect(area.left(), area.top(), EDGE_PX, area.height()), shade(level))
    inner = area.adjusted(EDGE_PX + 5, 2, -4, -2)
    align = Qt.AlignmentFlag.AlignLeft | (Qt.AlignmentFlag.AlignTop if lines > 1 else Qt.AlignmentFlag.AlignVCenter)
    painter.setFont(text_font(12 if lines > 1 else 11))
    painter.setPen(colors.color(Tone.STRONG))
    name = f"{SHAPES[level]} {words[0]}".strip() if lines == 1 else words[0]
    shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, inner.width())
    painter.drawText(inner, int(align), shown)
    if lines > 1:
        painter.setFont(text_font(11))
        painter.setPen(colors.color(severity_tone(level)))
        shown = painter.fontMetrics().elidedText(words[1], Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), shown)


def paint_cursor(painter: QPainter, area: QRect) -> None:
    painter.setPen(QColor(theme.current().strong))
    painter.drawRect(area.adjusted(-1, -1, 0, 0))
