"""Who is told besides the desk: every route of notifications, how it stands, and a button that tries it."""

from __future__ import annotations

import math
from collections.abc import Hashable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from core.notify.model import RouteState, RouteView
from core.snapshot import Snapshot
from widgets import figures
from widgets.columns import Column
from widgets.line_model import LineModel
from widgets.marks import severity_mark
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (
    Column("STATE", 96, bold=True),
    Column("ROUTE", 130),
    Column("FROM", 106, tip="The least severity that is told there"),
    Column("SENT", 64, figures=True, tip="Messages that went out since the start"),
    Column("FAILED", 70, figures=True, tip="Attempts that did not"),
    Column("WAITING", 76, figures=True, tip="Changes of events that wait for the next message"),
    Column("LAST", 76, figures=True, tip="Since the last message that went out"),
    Column("WORDS", 220),
)
STATE, ROUTE, FROM, SENT, FAILED, WAITING, LAST, WORDS = range(len(COLUMNS))
MARKS = {
    RouteState.IDLE: ("○ idle", Tone.FAINT),
    RouteState.GOOD: ("● good", Tone.OK),
    RouteState.FAILING: ("▲ failing", Tone.CRITICAL),
}


class RouteModel(LineModel[RouteView]):
    def __init__(self) -> None:
        super().__init__(COLUMNS)

    def key_of(self, line: RouteView) -> Hashable:
        return line.name

    def number(self, line: RouteView, column: int) -> float | None:
        return {
            SENT: float(line.sent),
            FAILED: float(line.failed),
            WAITING: float(line.waiting),
            LAST: self.now_s - line.last_at_s,
        }.get(column)

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == STATE:
            return MARKS[line.state][0]
        if column == FROM:
            return severity_mark(int(line.least))
        if column == LAST:
            return figures.NEVER if math.isnan(line.last_at_s) else figures.lasting(self.now_s - line.last_at_s)
        if column == WORDS:
            words = ("quiet hours" if line.quiet else "", "being tried" if line.trying else line.words)
            return "; ".join(word for word in words if word)
        counts = {SENT: line.sent, FAILED: line.failed, WAITING: line.waiting}
        return line.name if column == ROUTE else figures.number(counts[column])

    def tone(self, row: int, column: int) -> Tone:
        line = self.lines[row]
        if column == STATE:
            return MARKS[line.state][1]
        return Tone.STRONG if column == ROUTE else Tone.FAINT if column == WORDS else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return self.text(row, column) if column in {ROUTE, WORDS} else ""


class RoutesPanel(Panel):
    trial_requested = Signal(str)
    """The name of a route that is to be tried; "" for all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("routes_panel", "Notifications", parent)
        self.model = RouteModel()
        self.table = Table(self.model, "routes", "Routes of notifications", self)
        self.table.size_columns(stretched=WORDS)
        self.table.elide_right(WORDS)
        self.table.make_sortable()
        self.table.empty_words = "No route is configured: [[notify.routes]] in the configuration names whom to tell"
        self.table.selectionModel().selectionChanged.connect(self._weigh)
        self.test = self._button("route_test", "Test", "Send a message over the chosen route now", self._test)
        self.test_all = self._button(
            "route_test_all", "Test all", "Send a message over every route now", self._test_all
        )
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self.test)
        bar.addWidget(self.test_all)
        bar.addStretch(1)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(bar)
        self._weigh()

    def _button(self, name: str, text: str, tip: str, act: object) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(act)
        return button

    def draw(self, snapshot: Snapshot) -> None:
        self.model.show(snapshot.routes, snapshot.base_currency, snapshot.at_s)
        self.table.flush()
        failing = sum(view.state is RouteState.FAILING for view in snapshot.routes)
        words = figures.count(len(snapshot.routes), "route")
        self.note.say(f"{words}, {failing} failing" if failing else words, Tone.CRITICAL if failing else Tone.FAINT)
        self._weigh()

    def _weigh(self) -> None:
        self.test.setEnabled(bool(self.table.chosen_keys()))
        self.test_all.setEnabled(bool(self.model.lines))

    def _test(self) -> None:
        for key in self.table.chosen_keys():
            self.trial_requested.emit(str(key))

    def _test_all(self) -> None:
        self.trial_requested.emit("")
