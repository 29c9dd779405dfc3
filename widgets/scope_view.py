"""The view of the scope table: a first column that stands still, headers of two lines, and the keys of a tree."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QWidget

from widgets.frozen import FROZEN, FrozenColumn
from widgets.scope_delegate import ScopeDelegate, ScopeNameDelegate, TreeTable
from widgets.scope_model import SCOPE, ScopeModel

HEADS_PX = 36
TREE_PX = 270
"""Width of the first column while it has marks and indents."""
_SHIFT = Qt.KeyboardModifier.ShiftModifier
MANY = 500
"""Rows chosen at once from which on their order stands: every one of them would have to be followed."""


class ScopeView(TreeTable):
    copy_wanted = Signal(bool)
    """The chosen rows; True as they are shown, False as numbers."""

    def __init__(self, model: ScopeModel, parent: QWidget | None = None) -> None:
        super().__init__(model, "scopes", "Scopes and their metrics", parent)
        self.scopes = model
        self.empty_words = "No scope is known yet"
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.horizontalHeader().setFixedHeight(HEADS_PX)
        self.make_sortable()
        self.setItemDelegate(ScopeDelegate(model, self))
        self.frozen = FrozenColumn(self)
        self._names = ScopeNameDelegate(model, self)
        self.frozen.setItemDelegate(self._names)

    def take_columns(self) -> None:
        """The model has others now: widths and the mark of what is sorted by follow."""
        self.size_columns()
        self.size_names()
        self.horizontalHeader().setSortIndicator(*self.rows.sorted_by)
        self.frozen.hide_others()

    def size_names(self) -> None:
        """A tree needs room for its marks."""
        width = TREE_PX if self.scopes.is_tree else self.rows.columns[SCOPE].width
        self.horizontalHeader().resizeSection(SCOPE, width)

    def sort_by(self, column: int) -> None:
        """The largest first, then the smallest, then not by it any more."""
        heads, ways = self.horizontalHeader(), Qt.SortOrder
        if heads.sortIndicatorSection() != column:
            heads.setSortIndicator(column, ways.DescendingOrder)
        elif heads.sortIndicatorOrder() is ways.DescendingOrder:
            heads.setSortIndicator(column, ways.AscendingOrder)
        else:
            heads.setSortIndicator(-1, ways.DescendingOrder)

    @property
    def chosen_places(self) -> list[int]:
        """Shown rows that are chosen, from the top."""
        parts = self.selectionModel().selection().toList()
        return sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})

    @property
    def chosen_count(self) -> int:
        """Rows chosen, counted by ranges: there may be 100,000."""
        return sum(part.height() for part in self.selectionModel().selection().toList())

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

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # What the mouse did last says nothing about a key.
        self.on_mark = False
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit(False)
        elif event.key() == Qt.Key.Key_C and event.modifiers() == Qt.KeyboardModifier.ControlModifier | _SHIFT:
            self.copy_wanted.emit(True)
        elif event.key() == Qt.Key.Key_S and not event.modifiers() and self.currentIndex().isValid():
            self.sort_by(self.currentIndex().column())
        elif not (self.scopes.is_tree and self._walks_tree(event)):
            super().keyPressEvent(event)

    def _walks_tree(self, event: QKeyEvent) -> bool:
        """Right opens and Left shuts, or goes up, while the first column is current; plus, minus and star anywhere."""
        index, key = self.currentIndex(), event.key()
        if not index.isValid() or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier & ~_SHIFT:
            return False
        opened = self.scopes.is_open(self.scopes.source(index.row()))
        at_name = index.column() == SCOPE and not event.modifiers() & _SHIFT
        if key == Qt.Key.Key_Asterisk:
            self.scopes.turn_all(opened=True)
        elif key == Qt.Key.Key_Plus or (key == Qt.Key.Key_Right and at_name and opened is False):
            self.turn(index.row(), opened=True)
        elif key == Qt.Key.Key_Minus or (key == Qt.Key.Key_Left and at_name and opened):
            self.turn(index.row(), opened=False)
        elif key == Qt.Key.Key_Left and at_name:
            self._go_up(index.row())
        else:
            return False
        return True

    def _go_up(self, place: int) -> None:
        above = self.scopes.parent_of(self.scopes.source(place))
        if above >= 0:
            self.setCurrentIndex(self.scopes.index(self.scopes.place_of(above), SCOPE))

    def turn(self, place: int, *, opened: bool) -> None:
        """What was current and goes out of sight hands over to the row that was shut."""
        node = self.scopes.source(place)
        column = max(SCOPE, self.currentIndex().column())
        had_current = self.currentIndex().isValid()
        if self.scopes.turn(node, opened=opened) and had_current and not self.currentIndex().isValid():
            self.setCurrentIndex(self.scopes.index(self.scopes.place_of(node), column))

    def open_current(self, _: object = None) -> None:
        """A strategy under an account opens the page of the strategy; a double click on a mark opens no page."""
        if self.on_mark or not self.currentIndex().isValid():
            return
        self.opened.emit(self.scopes.scope(self.scopes.source(self.currentIndex().row())))
