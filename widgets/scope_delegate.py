"""Cells of the scope table: sparkline, bars of what is used of a limit, and a frame about the current one."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRectF
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from widgets import theme
from widgets.bar import paint_bar
from widgets.marks import severity_tone
from widgets.scope_model import INDENT, SCOPE, SHUT, TREND, USED, ScopeModel
from widgets.table import Table
from widgets.theme import Tone

THIN_PX = 2.0
PADDING_PX = 8
"""Left of a cell's text."""


class ScopeDelegate(QStyledItemDelegate):
    def __init__(self, model: ScopeModel, table: Table) -> None:
        super().__init__(table)
        self._model = model
        self._table = table

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        area = QRectF(option.rect)
        row, column = self._model.source(index.row()), index.column()
        if column == TREND:
            self._paint_line(painter, area.adjusted(6, 5, -6, -5), row)
        elif column == USED:
            self._paint_used(painter, area.adjusted(7, area.height() / 2 - 2, -7, -area.height() / 2 + 2), row, column)
        elif column != SCOPE:
            self._paint_used(painter, area.adjusted(9, area.height() - THIN_PX - 2, -6, -2), row, column)
        if self._table.hasFocus() and index == self._table.currentIndex():
            painter.setPen(QColor(theme.current().accent))
            painter.drawRect(area.adjusted(0, 0, -1, -2))

    def _paint_used(self, painter: QPainter, area: QRectF, row: int, column: int) -> None:
        used = self._model.used(row, column)
        if not math.isnan(used):
            tone = severity_tone(self._model.state(row)) if column == USED else self._model.tone(row, column)
            paint_bar(painter, area, used, Tone.ACCENT if tone in (Tone.FAINT, Tone.NORMAL) else tone)

    def _paint_line(self, painter: QPainter, area: QRectF, row: int) -> None:
        values = self._model.spark(row)
        known = np.flatnonzero(np.isfinite(values))
        if len(known) < 2:
            return
        seen = values[known]
        low, span = float(seen.min()), float(np.ptp(seen)) or 1.0
        steps = area.left() + area.width() * known / (len(values) - 1)
        heights = area.bottom() - area.height() * (seen - low) / span
        painter.setPen(QPen(theme.current().color(Tone.FAINT), 1))
        painter.drawPolyline([QPointF(x, y) for x, y in zip(steps.tolist(), heights.tolist(), strict=True)])


class TreeTable(Table):
    """What this delegate stands in: a table that opens and shuts rows."""

    on_mark = False
    """The mouse was pressed on the mark of a row last."""

    def turn(self, place: int, *, opened: bool) -> None:
        """Open the shown row at this place, or shut it."""
        raise NotImplementedError


class ScopeNameDelegate(QStyledItemDelegate):
    """The first column: a click on the mark before a name opens what is under it, and chooses nothing."""

    def __init__(self, model: ScopeModel, parent: TreeTable) -> None:
        super().__init__(parent)
        self._model = model
        self._table = parent

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
