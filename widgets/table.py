"""The one table view of the desk: few lines, fixed rows, repaints only what is in sight."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from widgets import theme
from widgets.columns import DISPLAY, ColumnModel, Index
from widgets.fonts import text_font
from widgets.theme import Tone

ROW_PX = 25


def paint_rules(view: QTableView, painter: QPainter, rows: int) -> None:
    """A thin line under every row in sight."""
    painter.setPen(QColor(theme.current().raised))
    width, height = view.viewport().width(), view.viewport().height()
    row = max(0, view.rowAt(0))
    bottom = view.rowViewportPosition(row) + ROW_PX - 1
    while bottom < height and row < rows:
        painter.drawLine(0, bottom, width, bottom)
        bottom, row = bottom + ROW_PX, row + 1


def plain_rows(view: QTableView) -> None:
    """Rows of one height, without numbers and lines; chosen whole."""
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    rows = view.verticalHeader()
    rows.hide()
    # ResizeToContents asks every row for its size on each change: seconds at 100,000 rows.
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setMinimumSectionSize(ROW_PX)
    rows.setDefaultSectionSize(ROW_PX)
    heads = view.horizontalHeader()
    heads.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    heads.setResizeContentsPrecision(0)
    heads.setHighlightSections(False)
    heads.setMinimumSectionSize(28)


class SentenceDelegate(QStyledItemDelegate):
    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


class Table(QTableView):
    """Shows a ColumnModel; says in words when there is nothing to show."""

    opened = Signal(object)
    """The key of the row that was double-clicked or on which Enter was pressed."""
    chosen = Signal(object)
    """The key of the row that became current, by mouse or keyboard."""

    def __init__(self, model: ColumnModel, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = model
        self.empty_words = "Nothing to show"
        self._spared: list[tuple[int, int, int | None]] = []
        self._sentences = SentenceDelegate(self)
        self.setObjectName(name)
        self.setAccessibleName(title)
        model.setParent(self)
        self.setModel(model)
        plain_rows(self)
        # Tab goes on to the next part of the desk; the arrows walk the rows.
        self.setTabKeyNavigation(False)
        self.size_columns()
        self.doubleClicked.connect(self.open_current)
        self.selectionModel().currentRowChanged.connect(self._choose)

    def size_columns(self, stretched: int | None = None) -> None:
        heads = self.horizontalHeader()
        for place, column in enumerate(self.rows.columns):
            heads.resizeSection(place, column.width)
        if stretched is not None:
            heads.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)

    def elide_right(self, *columns: int) -> None:
        """Sentences are cut at their end; names, everywhere else, in the middle."""
        for column in columns:
            self.setItemDelegateForColumn(column, self._sentences)

    def spare(self, column: int, *, below_px: int, instead: int | None = None) -> None:
        """Hide `column` while the table is narrower than this; `instead` takes up the slack then."""
        self._spared.append((column, below_px, instead))

    def resizeEvent(self, event: QResizeEvent) -> None:
        heads = self.horizontalHeader()
        for column, below_px, instead in self._spared:
            narrow = self.width() < below_px
            if narrow != self.isColumnHidden(column):
                self.setColumnHidden(column, narrow)
            if instead is not None:
                modes = QHeaderView.ResizeMode
                heads.setSectionResizeMode(instead, modes.Stretch if narrow else modes.Interactive)
                if not narrow:
                    heads.resizeSection(instead, self.rows.columns[instead].width)
        super().resizeEvent(event)

    def make_sortable(self) -> None:
        """By a click on a header; until then the model's own order stands."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.setSortingEnabled(True)

    def flush(self) -> None:
        """Figures changed: tell the view about the rows in sight, and about no others."""
        last = self.rows.rowCount() - 1
        if last < 0:
            self.viewport().update()
            return
        top = max(0, self.rowAt(0))
        bottom = self.rowAt(self.viewport().height() - 1)
        bottom = last if bottom < 0 else bottom
        columns = self.rows.columnCount() - 1
        self.rows.dataChanged.emit(self.rows.index(top, 0), self.rows.index(bottom, columns), [DISPLAY])

    def chosen_keys(self) -> list[object]:
        return [self.rows.key(index) for index in self.selectionModel().selectedRows()]

    def choose_key(self, key: object, column: int = 0) -> None:
        index = self.rows.index_of(key).siblingAtColumn(column)
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().setCurrentIndex(index, flags)
            self.scrollTo(index)

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:
        """A row that goes takes the choice with it: Qt would choose a neighbour, and the next key press act on that."""
        if start <= self.currentIndex().row() <= end:
            self.selectionModel().clear()
        super().rowsAboutToBeRemoved(parent, start, end)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.open_current()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        if not self.rows.rowCount():
            self.paint_empty(painter)
            return
        paint_rules(self, painter, self.rows.rowCount())

    def paint_empty(self, painter: QPainter) -> None:
        painter.setFont(text_font())
        painter.setPen(theme.current().color(Tone.FAINT))
        painter.drawText(8, 24, self.empty_words)

    def open_current(self, _: object = None) -> None:
        """Tell whoever listens that the current row is to be opened."""
        self.opened.emit(self.rows.key(self.currentIndex()))

    def _choose(self, current: object, previous: object) -> None:
        key = self.rows.key(self.currentIndex())
        if key is not None:
            self.chosen.emit(key)
