"""The past of the events: who did what to which of them and when, read from the journal, a page at a time."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.events.history import HistoryLine, HistoryPage, HistoryWish
from core.snapshot import Snapshot
from widgets import figures
from widgets.columns import Column
from widgets.line_model import LineModel
from widgets.marks import metric_words, severity_mark, severity_tone
from widgets.pager import Pager
from widgets.panel import Panel
from widgets.search_field import SearchField
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (
    Column("WHEN (UTC)", 132, figures=True),
    Column("WHAT", 124, bold=True),
    Column("BY", 84),
    Column("SEVERITY", 104, tip="Afterwards"),
    Column("SCOPE", 150),
    Column("METRIC", 130),
    Column("NOTE", 200),
)
WHEN, WHAT, BY, SEVERITY, SCOPE, METRIC, NOTE = range(len(COLUMNS))
TONES = {"raised": Tone.STRONG, "reopened": Tone.STRONG, "escalated": Tone.HIGH, "resolved": Tone.OK}


class PastModel(LineModel[HistoryLine]):
    def __init__(self) -> None:
        super().__init__(COLUMNS)

    def key_of(self, line: HistoryLine) -> Hashable:
        return line.seq

    def number(self, line: HistoryLine, column: int) -> float | None:
        return line.at_s if column == WHEN else None

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == WHEN:
            return figures.stamp(line.at_s)
        if column == SEVERITY:
            return severity_mark(line.severity) if line.severity else ""
        words = {WHAT: line.what.replace("-", " "), BY: line.by, SCOPE: line.scope, METRIC: metric_words(line.metric)}
        return words.get(column, line.note)

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == WHAT:
            return TONES.get(line.what, Tone.NORMAL)
        if column == SEVERITY:
            return severity_tone(line.severity)
        return Tone.STRONG if column == SCOPE else Tone.FAINT if column in {NOTE, WHEN} else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return self.text(row, column) if column in {SCOPE, METRIC} else self.lines[row].note


class EventPast(Panel):
    wished = Signal(object)
    """A HistoryWish."""
    event_chosen = Signal(str)
    """The id of an event whose details are wanted."""

    def __init__(self, parent: QWidget | None = None, *, name: str = "past", of_scope: bool = False) -> None:
        """`of_scope`: only of the events of the scope that `turn_to` names."""
        super().__init__(f"event_{name}", "History", parent)
        self.model = PastModel()
        self.table = Table(self.model, f"{name}_rows", "What became of events", self)
        self.table.setColumnHidden(SCOPE, of_scope)
        self.table.size_columns(stretched=NOTE)
        self.table.elide_right(NOTE, METRIC)
        self.table.make_sortable()
        self.table.empty_words = "Nothing is written down yet"
        self.table.opened.connect(self._open)
        self.search = SearchField(
            f"{name}_search", "Search the history of events", "Search: scope, metric, note, person", self
        )
        self.search.settled.connect(self.read_newest)
        self.pager = Pager(name, self)
        self.pager.turned.connect(self._turn)
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self.search, 1)
        bar.addWidget(self.pager)
        self.body.addLayout(bar)
        self.body.addWidget(self.table, 1)
        self._wish = HistoryWish()
        self._page: HistoryPage | None = None

    def turn_to(self, scope: str) -> None:
        """Of this scope from now on; read once it is wanted."""
        if scope != self._wish.scope:
            self._wish, self._page = HistoryWish(scope=scope), None
            self.model.show((), self.model.base, self.model.now_s)
            self.table.empty_words = "Being read"

    def read_newest(self) -> None:
        self.pager.newest()

    def _turn(self, before: int | None) -> None:
        # Pages behind the newest are of what was searched for then.
        text = self.search.text().strip() if before is None else self._wish.text
        self._wish = replace(self._wish, text=text, before=before)
        self.note.say("reading")
        self.wished.emit(self._wish)

    def draw(self, snapshot: Snapshot) -> None:
        page = snapshot.past_of_scope if self._wish.scope else snapshot.past
        if page is None or page.wish != self._wish or page is self._page:
            return
        self._page = page
        self.table.empty_words = page.error or ("Nothing fits" if page.wish.text else "Nothing is written down yet")
        self.model.show(page.lines, snapshot.base_currency, snapshot.at_s)
        self.table.scrollToTop()
        self.table.flush()
        self.note.say(page.error or self._count(page), Tone.CRITICAL if page.error else Tone.FAINT)
        self.pager.arrived(page.lines[-1].seq if page.lines else None, more=page.more)

    def _count(self, page: HistoryPage) -> str:
        first = "the newest" if page.wish.before is None else f"page {figures.number(self.pager.page)}:"
        return f"{first} {figures.number(len(page.lines))} changes" + ("" if page.more else ", there are no older ones")

    def _open(self, key: object) -> None:
        line = next((line for line in self.model.lines if line.seq == key), None)
        if line is not None and line.event_id:
            self.event_chosen.emit(line.event_id)
