"""What of the events is in sight: a search, and a few choices."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QToolButton, QWidget

from core.domain import ScopeKind, Severity
from core.events.model import EventState
from widgets import figures
from widgets.event_rows import EventFilter
from widgets.search_field import SearchField

LEAST = (("All severities", Severity.LOW), *((f"{s.word} and up", s) for s in Severity if s > Severity.LOW))
STATES: tuple[tuple[str, EventState | None], ...] = (
    ("All states", None),
    ("new", EventState.RAISED),
    ("acknowledged", EventState.ACKNOWLEDGED),
    ("mitigating", EventState.MITIGATING),
    ("back inside", EventState.CLEARED),
)
KINDS: tuple[tuple[str, ScopeKind | None], ...] = (
    ("All scopes", None),
    *((kind.value, kind) for kind in (ScopeKind.PORTFOLIO, ScopeKind.VENUE, ScopeKind.ACCOUNT, ScopeKind.STRATEGY)),
)


class EventFilterBar(QWidget):
    searched = Signal(str)
    changed = Signal(object)
    """The EventFilter that is wanted now; what a flood holds back is not this bar's business."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("event_filter")
        self.setAccessibleName("Search and choice of events")
        self.search = SearchField("event_search", "Search events", "Search: scope, metric, note, person", self)
        self.search.settled.connect(self.searched)
        self.least = self._choice("event_least", "Least severity", [words for words, _ in LEAST])
        self.state = self._choice("event_state", "State", [words for words, _ in STATES])
        self.kind = self._choice("event_kind", "Kind of scope", [words for words, _ in KINDS])
        self.shelved = self._tick("event_shelved", "Shelved", "Show what was put aside too")
        self.explained = self._tick("event_explained", "Explained", "Show what an event above it explains too")
        self.clear = QToolButton(self)
        self.clear.setObjectName("event_clear")
        self.clear.setText("Clear")
        self.clear.setToolTip("Show everything again")
        self.clear.clicked.connect(self._clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.search, 1)
        for part in (self.least, self.state, self.kind, self.shelved, self.explained, self.clear):
            row.addWidget(part)

    @property
    def wanted(self) -> EventFilter:
        return EventFilter(
            least=LEAST[self.least.currentIndex()][1],
            state=STATES[self.state.currentIndex()][1],
            kind=KINDS[self.kind.currentIndex()][1],
            shelved=self.shelved.isChecked(),
            explained=self.explained.isChecked(),
        )

    def show_counts(self, shelved: int, explained: int) -> None:
        for tick, word, count in ((self.shelved, "Shelved", shelved), (self.explained, "Explained", explained)):
            text = f"{word} {figures.number(count)}" if count else word
            if tick.text() != text:
                tick.setText(text)

    def _choice(self, name: str, title: str, words: list[str]) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setToolTip(title)
        box.addItems(words)
        box.currentIndexChanged.connect(self._tell)
        return box

    def _tick(self, name: str, text: str, tip: str) -> QCheckBox:
        tick = QCheckBox(text, self)
        tick.setObjectName(name)
        tick.setAccessibleName(tip)
        tick.setToolTip(tip)
        tick.toggled.connect(self._tell)
        return tick

    def _tell(self) -> None:
        self.changed.emit(self.wanted)

    def _clear(self) -> None:
        self.search.clear()
        for box in (self.least, self.state, self.kind):
            box.setCurrentIndex(0)
        for tick in (self.shelved, self.explained):
            tick.setChecked(False)
