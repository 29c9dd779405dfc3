"""The first column of a table, laid over it: it stays while the others scroll sideways."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QTableView

from widgets.table import Table, paint_rules, plain_rows

FROZEN = 0


class FrozenColumn(QTableView):
    """A second view of the same rows and the same choice; the keyboard stays with the table beneath."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._table = table
        self.setObjectName(f"{table.objectName()}_frozen")
        self.setAccessibleName(f"{table.accessibleName()}, first column")
        self.setProperty("role", "frozen")
        self.setModel(table.rows)
        self.setSelectionModel(table.selectionModel())
        plain_rows(self)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusProxy(table)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAutoScroll(False)
        below, own = table.horizontalHeader(), self.horizontalHeader()
        own.setSectionsClickable(True)
        own.setSortIndicatorShown(True)
        own.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        own.sectionClicked.connect(self._sort)
        below.sortIndicatorChanged.connect(self._mark)
        below.sectionResized.connect(self.place)
        own.sectionResized.connect(self._resized)
        table.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(table.verticalScrollBar().setValue)
        table.rows.modelReset.connect(self.hide_others)
        # The table hears of its new size before its viewport has it.
        table.installEventFilter(self)
        table.viewport().installEventFilter(self)
        self.doubleClicked.connect(table.open_current)
        self.hide_others()

    @property
    def width_px(self) -> int:
        return self._table.columnWidth(FROZEN)

    def hide_others(self) -> None:
        for column in range(self._table.rows.columnCount()):
            self.setColumnHidden(column, column != FROZEN)
        self.place()

    def place(self, *_: int) -> None:
        """Over the first column exactly; as high as the table's header and rows in sight are."""
        edge, table = self._table.frameWidth(), self._table
        heads = table.horizontalHeader().height()
        self.horizontalHeader().setFixedHeight(heads)
        if self.columnWidth(FROZEN) != self.width_px:
            self.setColumnWidth(FROZEN, self.width_px)
        self.setGeometry(edge, edge, self.width_px, table.viewport().height() + heads)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.place()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._table.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        if self._table.rows.rowCount():
            paint_rules(self, painter, self._table.rows.rowCount())
        else:
            # The table's own words lie under this column.
            self._table.paint_empty(painter)

    def _resized(self, section: int, _before: int, after: int) -> None:
        if section == FROZEN and after != self.width_px and after > 0:
            self._table.setColumnWidth(FROZEN, after)

    def _sort(self, section: int) -> None:
        """As a click on the header beneath would: one way, the other way, not at all."""
        heads, ways = self._table.horizontalHeader(), Qt.SortOrder
        if heads.sortIndicatorSection() != section:
            heads.setSortIndicator(section, ways.AscendingOrder)
        elif heads.sortIndicatorOrder() is ways.AscendingOrder:
            heads.setSortIndicator(section, ways.DescendingOrder)
        else:
            heads.setSortIndicator(-1, ways.AscendingOrder)

    def _mark(self, section: int, way: Qt.SortOrder) -> None:
        self.horizontalHeader().setSortIndicator(section, way)
