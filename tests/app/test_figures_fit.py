"""A figure that is cut says another one: in no table is there too little room for what stands in it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from tests.app.walked import window
from tests.widgets.visits import busy, visits
from widgets.columns import ColumnModel

EDGES_PX = 12
"""Of a cell, left and right, by the style sheet."""
ROWS = 40


def test_every_figure_has_room_at_the_smaller_size(qtbot: QtBot) -> None:
    main = window(qtbot)
    cut: set[str] = set()
    seen = 0
    for place, page in visits(main.desk, busy(60), settle_ms=0):
        for view in page.findChildren(QTableView):
            model = view.model()
            if view.isVisible() and isinstance(model, ColumnModel):
                seen += min(model.rowCount(), ROWS)
                cut |= {f"{place}, {view.objectName()}: {told}" for told in _cut(view, model)}
    assert cut == set()
    assert seen > 300


def _cut(view: QTableView, model: ColumnModel) -> Iterator[str]:
    for place, column in enumerate(model.columns):
        if not column.figures or view.isColumnHidden(place):
            continue
        room = view.columnWidth(place) - EDGES_PX
        for row in range(min(model.rowCount(), ROWS)):
            index = model.index(row, place)
            text, font = str(index.data() or ""), index.data(Qt.ItemDataRole.FontRole)
            assert isinstance(font, QFont)
            needed = QFontMetricsF(font).horizontalAdvance(text)
            if needed > room + 0.5:
                yield f"{column.title} {text!r} needs {needed:.0f} px and has {room}"
