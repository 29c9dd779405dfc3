"""Everything explained in one list: tasks, metrics, events, keys, words, licences; found by any of their words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget

from core.snapshot import MetricInfo, RiskMatrix, Snapshot
from widgets import figures
from widgets.columns import Column, ColumnModel, Order
from widgets.help_entries import HelpEntry, HelpKind, Keyed, entries, metric_sections
from widgets.help_view import HelpView
from widgets.panel import Panel
from widgets.tab_bar import TabBar
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (Column("KIND", 74), Column("NAME", 236, bold=True), Column("ABOUT", 300))
KIND, NAME, ABOUT = range(len(COLUMNS))
ALL = "All"
TABS = (ALL, *(kind.value for kind in HelpKind))
_WALKS = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class HelpModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.entries: tuple[HelpEntry, ...] = ()
        self._texts: tuple[str, ...] = ()
        self._kind: HelpKind | None = None

    def show(self, entries: tuple[HelpEntry, ...]) -> None:
        self.entries = entries
        self._texts = tuple(entry.text for entry in entries)
        self.take(tuple(entry.key for entry in entries))

    def show_kind(self, kind: HelpKind | None) -> None:
        """None: all of them."""
        if kind is not self._kind:
            self._kind = kind
            self._arrange()

    def _wanted(self) -> Order:
        order = super()._wanted()
        if self._kind is None:
            return order
        fits = np.fromiter((entry.kind is self._kind for entry in self.entries), np.bool_, len(self.entries))
        return order[fits[order]]

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        """Every word of the search, anywhere in the entry."""
        words = needle.split()
        return np.fromiter((all(word in text for word in words) for text in self._texts), np.bool_, len(self._texts))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        words = np.array([self.text(row, column).lower() for row in range(len(self.entries))], dtype=np.str_)
        return np.unique(words, return_inverse=True)[1].astype(np.float64)

    def entry(self, key: object) -> HelpEntry | None:
        return next((entry for entry in self.entries if entry.key == key), None)

    def text(self, row: int, column: int) -> str:
        entry = self.entries[row]
        return {KIND: entry.kind.value, NAME: entry.name}.get(column, entry.about)

    def tone(self, row: int, column: int) -> Tone:
        return Tone.STRONG if column == NAME else Tone.NORMAL if column == ABOUT else Tone.FAINT

    def tip(self, row: int, column: int) -> str:
        entry = self.entries[row]
        return "" if entry.kind is HelpKind.LICENCE else "\n".join(text for _, text in entry.sections)[:600]


class HelpPage(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("help_page", "Help", parent)
        self.model = HelpModel()
        self.tabs = TabBar("help", TABS, self)
        self.tabs.turned.connect(self._turned)
        self.table = Table(self.model, "help_rows", "Entries of the help", self)
        self.table.size_columns(stretched=ABOUT)
        self.table.elide_right(NAME, ABOUT)
        self.table.make_sortable()
        self.table.empty_words = "No entry has these words"
        self.search = QLineEdit(self)
        self.search.setObjectName("help_search")
        self.search.setAccessibleName("Search help")
        self.search.setPlaceholderText("Search help: any words of a task, metric, event, key or word")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(380)
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.top.addWidget(self.search)
        self.view = HelpView(self)
        self.table.chosen.connect(self._explain)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.table, 6)
        row.addWidget(self.view, 4)
        self.body.addWidget(self.tabs)
        self.body.addLayout(row, 1)
        self._matrix: RiskMatrix | None = None
        self._metrics: tuple[MetricInfo, ...] | None = None
        self._commands: tuple[Keyed, ...] = ()

    def take_commands(self, commands: tuple[Keyed, ...]) -> None:
        """Whose keys the page lists."""
        self._commands, self._metrics = commands, None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._list(self._metrics or ())  # there is something to read before there is any figure

    def draw(self, snapshot: Snapshot) -> None:
        self._matrix = snapshot.matrix
        self._list(snapshot.matrix.metrics)

    def _list(self, metrics: tuple[MetricInfo, ...]) -> None:
        if metrics != self._metrics:
            self._metrics = metrics
            self.model.show(entries(metrics, self._commands))
        if not self.table.currentIndex().isValid() and self.model.rowCount():
            self.table.choose_key(self.model.key(self.model.index(0, 0)))
        self._count()

    def _count(self) -> None:
        shown, known = self.model.rowCount(), len(self.model.entries)
        self.note.say(f"{figures.part(shown, known)} entries")

    def _search(self, text: str) -> None:
        self.model.set_filter(text)
        if self.model.rowCount() and not self.table.currentIndex().isValid():
            self.table.choose_key(self.model.key(self.model.index(0, 0)))
        self._count()

    def _turned(self, place: int) -> None:
        self.model.show_kind(None if place == 0 else tuple(HelpKind)[place - 1])
        self._search(self.search.text())

    def show_entry(self, key: str) -> None:
        """Choose the entry of this key, whatever was searched for; "" chooses none."""
        self._list(self._snapshot.matrix.metrics if self._snapshot is not None else self._metrics or ())
        if key:
            self.search.clear()
            self.tabs.choose(0)
            self.table.choose_key(key)
        self.table.setFocus()

    def show_kind(self, kind: HelpKind) -> None:
        """The first entry of this kind, and only those of it."""
        self.search.clear()
        self.tabs.choose(tuple(HelpKind).index(kind) + 1)
        if self.model.rowCount():
            self.table.choose_key(self.model.key(self.model.index(0, 0)))
        self.table.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down walk the list while words are typed."""
        pressed = watched is self.search and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in _WALKS:
            QApplication.sendEvent(self.table, event)
            return True
        return super().eventFilter(watched, event)

    def _explain(self, key: object) -> None:
        entry = self.model.entry(key)
        if entry is None:
            return
        info = next((info for info in self._metrics or () if info.name == key), None)
        sections = entry.sections if info is None else metric_sections(info, self._matrix)
        self.view.read(entry.name, sections, entry.picture)
