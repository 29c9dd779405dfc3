"""The view of the scope table: its first column stands still, and its headers have two lines."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from widgets.frozen import FROZEN, FrozenColumn
from widgets.scope_model import ScopeModel
from widgets.table import Table

HEADS_PX = 36


class ScopeView(Table):
    def __init__(self, model: ScopeModel, parent: QWidget | None = None) -> None:
        super().__init__(model, "scopes", "Scopes and their metrics", parent)
        self.empty_words = "No scope is known yet"
        self.horizontalHeader().setFixedHeight(HEADS_PX)
        self.make_sortable()
        self.frozen = FrozenColumn(self)

    def take_columns(self) -> None:
        """The model has others now: widths and the mark of what is sorted by follow."""
        self.size_columns()
        self.horizontalHeader().setSortIndicator(*self.rows.sorted_by)
        self.frozen.hide_others()

    def sort_by(self, column: int) -> None:
        """The largest first, then the smallest, then not by it any more."""
        heads, ways = self.horizontalHeader(), Qt.SortOrder
        if heads.sortIndicatorSection() != column:
            heads.setSortIndicator(column, ways.DescendingOrder)
        elif heads.sortIndicatorOrder() is ways.DescendingOrder:
            heads.setSortIndicator(column, ways.AscendingOrder)
        else:
            heads.setSortIndicator(-1, ways.DescendingOrder)

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """What is scrolled to must not lie under the column that stands still."""
        super().scrollTo(index, hint)
        if index.column() <= FROZEN:
            return
        hidden = self.columnWidth(FROZEN) - self.columnViewportPosition(index.column())
        if hidden > 0:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - hidden)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_S and not event.modifiers() and self.currentIndex().isValid():
            self.sort_by(self.currentIndex().column())
            return
        super().keyPressEvent(event)
