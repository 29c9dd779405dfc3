"""Every scope with every metric; the table one looks things up in."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.domain import Scope
from core.snapshot import Snapshot
from widgets import theme
from widgets.bar import paint_bar
from widgets.marks import severity_tone
from widgets.panel import Panel
from widgets.scope_model import SCOPE, TREND, USED, ScopeModel
from widgets.table import Table
from widgets.theme import Tone

RESORT_EVERY_S = 1.0
"""Rows that change places ten times a second cannot be read."""


class ScopeDelegate(QStyledItemDelegate):
    """Paints the sparkline and the headroom bar; everything else as usual."""

    def __init__(self, model: ScopeModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        area = QRectF(option.rect)
        row, column = self._model.source(index.row()), index.column()
        if column == TREND:
            self._paint_line(painter, area.adjusted(6, 5, -6, -5), row)
        elif column == USED:
            used = float(self._model.used[row])
            if not math.isnan(used):
                tone = severity_tone(int(self._model.state[row]))
                middle = area.adjusted(7, area.height() / 2 - 2, -7, -area.height() / 2 + 2)
                paint_bar(painter, middle, used, Tone.ACCENT if tone is Tone.FAINT else tone)

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


class ScopeTable(Panel):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("scope_table", "Scopes", parent)
        self.model = ScopeModel()
        self.table = Table(self.model, "scopes", "Scopes and their metrics", self)
        self.table.empty_words = "No scope is known yet"
        self.table.setItemDelegate(ScopeDelegate(self.model, self.table))
        self.table.make_sortable()
        self.filter = QLineEdit(self)
        self.filter.setObjectName("scope_filter")
        self.filter.setAccessibleName("Filter scopes")
        self.filter.setPlaceholderText("Filter: part of a name")
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(220)
        self.filter.textChanged.connect(self._filter)
        self.top.addWidget(self.filter)
        self.body.addWidget(self.table)
        self.table.chosen.connect(self._choose)
        self._sorted_at_s = -math.inf

    def draw(self, snapshot: Snapshot) -> None:
        due = not 0 <= snapshot.at_s - self._sorted_at_s < RESORT_EVERY_S
        if due:
            self._sorted_at_s = snapshot.at_s
        if self.model.show(snapshot, resort=due):
            self.table.size_columns()
        self.table.flush()
        self._count()

    def _count(self) -> None:
        shown, known = self.model.rowCount(), len(self.model.state)
        self.note.say(f"{shown:,} of {known:,} scopes" if shown != known else f"{known:,} scopes")

    def _filter(self, text: str) -> None:
        self.model.set_filter(text)
        self._count()

    def _choose(self, key: object) -> None:
        if isinstance(key, Scope):
            self.scope_selected.emit(key)

    def select(self, scope: Scope) -> None:
        self.table.choose_key(scope)
        self.table.scrollTo(self.model.index(self.table.currentIndex().row(), SCOPE))
