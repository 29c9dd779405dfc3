"""What of the limits is in sight: a search, where they are written, and how they stand."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from widgets.limit_models import STATES, LineFilter
from widgets.search_field import SearchField

ALL_SOURCES = "All limits"
SINGLE = "single limits"


class LimitFilterBar(QWidget):
    searched = Signal(str)
    changed = Signal(object)
    """The LineFilter that is wanted now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("limit_filter")
        self.setAccessibleName("Search and choice of limits")
        self._sources: tuple[str, ...] = ()
        self.search = SearchField("limit_search", "Search limits", "Search: metric, scope, profile, policy", self)
        self.search.settled.connect(self.searched)
        self.source = self._choice("limit_source", "Where they are written", (ALL_SOURCES, SINGLE))
        self.state = self._choice("limit_state", "How they stand", STATES)
        self.clear = QToolButton(self)
        self.clear.setObjectName("limit_clear")
        self.clear.setText("Clear")
        self.clear.setToolTip("Show every limit again")
        self.clear.clicked.connect(self.clear_all)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.search, 1)
        for part in (self.source, self.state, self.clear):
            row.addWidget(part)

    def show_sources(self, sources: tuple[str, ...]) -> None:
        if sources == self._sources:
            return
        self._sources = sources
        chosen = self.source.currentText()
        self.source.blockSignals(True)
        self.source.clear()
        self.source.addItems([ALL_SOURCES, SINGLE, *sources])
        self.source.setCurrentIndex(max(0, self.source.findText(chosen)))
        self.source.blockSignals(False)
        self._tell()

    @property
    def wanted(self) -> LineFilter:
        place = self.source.currentIndex()
        source = None if place <= 0 else "" if place == 1 else self.source.currentText()
        return LineFilter(source, max(0, self.state.currentIndex()))

    def clear_all(self) -> None:
        self.search.clear()
        self.search.settle()
        self.source.setCurrentIndex(0)
        self.state.setCurrentIndex(0)

    def _choice(self, name: str, title: str, words: tuple[str, ...]) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setToolTip(title)
        box.addItems(list(words))
        box.currentIndexChanged.connect(self._tell)
        return box

    def _tell(self) -> None:
        self.changed.emit(self.wanted)
