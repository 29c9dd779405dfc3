"""Cells of the scope table: text, sparkline, bars of what is used of a limit, and a frame about the current one.

Text is drawn here and not by the style, which asks for seven things of each cell and applies its sheet to it: that
takes three times as long, and while somebody scrolls every cell in sight is drawn anew.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.snapshot import Snapshot
from widgets import theme
from widgets.bar import paint_bar
from widgets.columns import LEFT, RIGHT
from widgets.fonts import figure_font, text_font
from widgets.marks import marked, severity_tone
from widgets.scope_model import INDENT, SCOPE, SHUT, TREND, USED, ScopeModel
from widgets.table import Table
from widgets.theme import Tone

THIN_PX = 2.0
PADDING_PX = 8
"""Left and right of a cell's text."""
SELECTED = QStyle.StateFlag.State_Selected
LINE_PX = (72.0, 15.0)
"""Room of a sparkline; it is drawn once for this room, and moved to where it is wanted."""


class TreeTable(Table):
    """What these delegates stand in: a table that opens and shuts rows."""

    on_mark = False
    """The mouse was pressed on the mark of a row last."""

    def turn(self, place: int, *, opened: bool) -> None:
        """Open the shown row at this place, or shut it."""
        raise NotImplementedError


class CellDelegate(QStyledItemDelegate):
    def __init__(self, model: ScopeModel, table: TreeTable) -> None:
        super().__init__(table)
        self._model = model
        self._table = table

    def paint_text(self, painter: QPainter, option: QStyleOptionViewItem, node: int, column: int) -> Tone:
        """Ground and text of a cell; what is too long loses its middle. Returns what the text means."""
        area, tone = option.rect, self._model.tone(node, column)
        chosen = bool(option.state & SELECTED)
        if chosen:
            painter.fillRect(area, QColor(theme.current().selection))
        text = marked(self._model.text(node, column), tone)
        if text:
            described = self._model.columns[column]
            font, metrics = _face(described.figures, described.bold)
            painter.setFont(font)
            painter.setPen(theme.brush(Tone.STRONG if chosen else tone).color())
            room: QRect = area.adjusted(PADDING_PX, 0, -PADDING_PX, 0)
            if metrics.horizontalAdvance(text) > room.width():
                text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, RIGHT if described.figures else LEFT, text)
        return tone


@cache
def _face(figures: bool, bold: bool) -> tuple[QFont, QFontMetrics]:
    font = figure_font() if figures else text_font(12, QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font, QFontMetrics(font)


class ScopeDelegate(CellDelegate):
    def __init__(self, model: ScopeModel, table: TreeTable) -> None:
        super().__init__(model, table)
        self._lines: dict[int, QPolygonF] = {}
        self._lines_of: Snapshot | None = None
        """The snapshot that the sparklines were drawn from."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        column = index.column()
        if column == SCOPE:
            return  # the column that stands still lies over it
        node = self._model.source(index.row())
        tone = self.paint_text(painter, option, node, column)
        area = QRectF(option.rect)
        if column == TREND:
            self._paint_line(painter, area.adjusted(6, 5, -6, -5), node)
        elif column == USED:
            self._paint_used(
                painter, area.adjusted(7, area.height() / 2 - 2, -7, -area.height() / 2 + 2), node, column, tone
            )
        else:
            self._paint_used(painter, area.adjusted(9, area.height() - THIN_PX - 2, -6, -2), node, column, tone)
        if self._table.hasFocus() and index == self._table.currentIndex():
            painter.setPen(QColor(theme.current().accent))
            painter.drawRect(area.adjusted(0, 0, -1, -2))

    def _paint_used(self, painter: QPainter, area: QRectF, node: int, column: int, tone: Tone) -> None:
        used = self._model.used(node, column)
        if not math.isnan(used):
            tone = severity_tone(self._model.state(node)) if column == USED else tone
            paint_bar(painter, area, used, Tone.ACCENT if tone in (Tone.FAINT, Tone.NORMAL) else tone)

    def _paint_line(self, painter: QPainter, area: QRectF, node: int) -> None:
        snapshot = self._model.snapshot
        if snapshot is not self._lines_of:
            self._lines_of = snapshot
            self._lines.clear()
        row = self._model.row_of(node)
        line = self._lines.get(row)
        if line is None:
            line = self._lines[row] = _polygon(self._model.spark(node))
        painter.setPen(QPen(theme.current().color(Tone.FAINT), 1))
        painter.drawPolyline(line.translated(area.topLeft()))


def _polygon(values: np.ndarray) -> QPolygonF:
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 2:
        return QPolygonF()
    width, height = LINE_PX
    seen = values[known]
    low, span = float(seen.min()), float(np.ptp(seen)) or 1.0
    steps = width * known / (len(values) - 1)
    heights = height - height * (seen - low) / span
    return QPolygonF([QPointF(x, y) for x, y in zip(steps.tolist(), heights.tolist(), strict=True)])


class ScopeNameDelegate(CellDelegate):
    """The first column: a click on the mark before a name opens what is under it, and chooses nothing."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.paint_text(painter, option, self._model.source(index.row()), SCOPE)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        if not isinstance(event, QMouseEvent):
            return super().editorEvent(event, model, option, index)
        node = self._model.source(index.row())
        opened = self._model.is_open(node)
        on_mark = opened is not None and self.is_mark(event.position().x() - option.rect.left(), node, option)
        if event.type() is QEvent.Type.MouseButtonPress:
            self._table.on_mark = on_mark
            if on_mark:
                self._table.turn(index.row(), opened=not opened)
        return on_mark

    def is_mark(self, x: float, node: int, option: QStyleOptionViewItem) -> bool:
        """Whether so many pixels into the cell the mark stands; `x` may miss it by a few."""
        left = PADDING_PX + option.fontMetrics.horizontalAdvance(INDENT) * self._model.depth(node)
        return left - 6 <= x <= left + option.fontMetrics.horizontalAdvance(SHUT) + 4
