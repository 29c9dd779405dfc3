"""One event in full: its guidance, the figures of its scope, and what became of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from core.domain import PORTFOLIO, Scope
from core.events.history import HistoryWish
from core.events.model import Event
from core.mitigation.model import WAITING_STATES
from core.snapshot import Snapshot
from widgets import figures
from widgets.details_model import METRIC, DetailsModel
from widgets.event_past import METRIC as PAST_METRIC
from widgets.event_past import NOTE, WHAT, PastModel
from widgets.event_past import SCOPE as PAST_SCOPE
from widgets.fonts import text_font
from widgets.guidance_view import GuidanceView
from widgets.line import Line
from widgets.marks import TRUST_WORDS, metric_words, scope_words, severity_mark, severity_tone
from widgets.panel import Panel
from widgets.reading import Reading, reading_at
from widgets.tab_bar import TabBar
from widgets.table import Table
from widgets.theme import Tone

GUIDANCE, FIGURES, PAST = range(3)
TABS = ("Guidance", "Figures", "History")


class DetailsPane(Panel):
    scope_selected = Signal(object)
    """The scope of the event, whose page is asked for."""
    past_wished = Signal(object)
    """The HistoryWish for what became of the event."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("details_pane", "Details", parent)
        self._scope: Scope = PORTFOLIO
        self._event_id = ""
        self._wished = (0.0, "")
        """Up to which change of which event the past was asked for."""
        self.heading = Line("", Tone.STRONG, font=text_font(15, QFont.Weight.DemiBold))
        self.state = Line("", font=text_font(13, QFont.Weight.DemiBold))
        self.story = QLabel("", self)
        self.story.setWordWrap(True)
        self.story.setTextFormat(Qt.TextFormat.PlainText)
        self.guidance = GuidanceView(self)
        self.model = DetailsModel()
        self.table = Table(self.model, "details_rows", "All figures of the scope", self)
        self.table.size_columns(stretched=METRIC)
        self.table.elide_right(METRIC)
        self.table.empty_words = "Nothing is known of this scope"
        self.table.chosen.connect(self._explain)
        self.formula = QLabel("Choose a metric to see its formula.", self)
        self.formula.setWordWrap(True)
        self.formula.setTextFormat(Qt.TextFormat.PlainText)
        self.past = PastModel()
        self.past_table = Table(self.past, "details_past", "What became of the event", self)
        self.past_table.size_columns(stretched=WHAT)
        for column in (PAST_SCOPE, PAST_METRIC, NOTE):  # all of one event; the note is told on hover
            self.past_table.setColumnHidden(column, True)
        self.past_table.empty_words = "Being read"
        self._lay_out()

    def _lay_out(self) -> None:
        self.shut = QToolButton(self)
        self.shut.setText("Close")
        self.shut.setObjectName("close_details")
        self.shut.setProperty("role", "flat")
        self.shut.clicked.connect(self.hide)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.hide)
        self.open_scope = QToolButton(self)
        self.open_scope.setText("Open scope")
        self.open_scope.setObjectName("open_scope")
        self.open_scope.setToolTip("Open the page of this scope")
        self.open_scope.clicked.connect(self._open_scope)
        self.top.addWidget(self.open_scope)
        self.top.addWidget(self.shut)
        figures_page = QWidget(self)
        column = QVBoxLayout(figures_page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.formula)
        self.pages = QStackedWidget(self)
        for page in (self.guidance, figures_page, self.past_table):
            self.pages.addWidget(page)
        self.tabs = TabBar("details", TABS, self)
        self.tabs.turned.connect(self._turn)
        for part in (self.heading, self.state, self.story, self.tabs):
            self.body.addWidget(part)
        self.body.addWidget(self.pages, 1)

    def _turn(self, place: int) -> None:
        self.pages.setCurrentIndex(place)
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def show_event(self, event_id: str) -> None:
        self._event_id = event_id
        self._wished = (0.0, "")
        self.past_table.empty_words = "Being read"
        self.past.show((), "USD", 0.0)
        self._again()

    def _open_scope(self) -> None:
        self.scope_selected.emit(self._scope)

    def _again(self) -> None:
        self.show()
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        event = self._find(snapshot)
        if event is not None:
            self._scope = event.scope
        self.heading.say(scope_words(self._scope))
        matrix = snapshot.matrix
        row = matrix.rows.get(self._scope)
        readings: tuple[Reading, ...] = ()
        if row is not None:
            readings = tuple(reading_at(matrix, row, column) for column in range(len(matrix.metrics)))
        self._tell(event, snapshot, readings)
        place = self.pages.currentIndex()
        if place == GUIDANCE:
            waits = any(
                plan.event_id == self._event_id for plan in snapshot.mitigations if plan.state in WAITING_STATES
            )
            self.guidance.show_event(event, planned=waits)
        elif place == FIGURES:
            self.model.show(readings, snapshot.base_currency)
            self.table.flush()
        else:
            self._draw_past(event, snapshot)

    def _find(self, snapshot: Snapshot) -> Event | None:
        known = (*snapshot.events, *snapshot.alarms.resolved)
        return next((event for event in known if event.event_id == self._event_id), None)

    def _draw_past(self, event: Event | None, snapshot: Snapshot) -> None:
        """Read anew whenever something happened to the event."""
        upto = (event.changed_at_s if event is not None else -1.0, self._event_id)
        if upto != self._wished and self._event_id:
            self._wished = upto
            self.past_wished.emit(HistoryWish(event_id=self._event_id))
        page = snapshot.past_of_one
        if page is not None and page.wish.event_id == self._event_id:
            self.past_table.empty_words = page.error or "Nothing is written down of it"
            self.past.show(page.lines, snapshot.base_currency, snapshot.at_s)
            self.past_table.flush()

    def _tell(self, event: Event | None, snapshot: Snapshot, readings: tuple[Reading, ...]) -> None:
        if event is None:
            gone = "the event is no longer on the list" if self._event_id else ""
            worst = max((reading.severity for reading in readings), default=0)
            self.state.say(severity_mark(worst) if readings else figures.UNKNOWN, severity_tone(worst))
            self.story.setText(gone)
            return
        level = int(event.severity)
        self.state.say(f"{severity_mark(level)} · {event.state.value}", severity_tone(level))
        unit = next((reading.info.unit for reading in readings if reading.info.name == event.metric), "")
        base = snapshot.base_currency
        value = figures.figure(event.value, unit, base)
        limit = figures.limit(event.threshold, unit, base) or "none"
        lines = [
            f"{metric_words(event.metric)} {value}, limit {limit}, {TRUST_WORDS[event.trust]}",
            f"raised {figures.clock(event.raised_at_s)}, {figures.lasting(snapshot.at_s - event.raised_at_s)} ago",
            f"acknowledged by {event.acknowledged_by}" if event.acknowledged_by else "not acknowledged",
            f"raised {event.occurrences} times" if event.occurrences > 1 else "",
            event.note,
        ]
        told = "\n".join(line for line in lines if line)
        if told != self.story.text():
            self.story.setText(told)

    def _explain(self, key: object) -> None:
        found = next((reading.info for reading in self.model.readings if reading.info.name == key), None)
        if found is not None:
            self.formula.setText(f"{found.title} = {found.formula}\nSource: {found.source}")
