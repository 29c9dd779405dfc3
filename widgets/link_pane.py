"""One account's connection in full: how it stands, what was measured, and what became of it lately."""

from __future__ import annotations

import math
from collections.abc import Hashable

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from core.domain import AccountMode, Scope, ScopeKind
from core.snapshot import ConnectionView, LinkLine, Snapshot
from core.venues.link_intents import CloseLink, OpenLink, Reconnect
from widgets import figures
from widgets.columns import Column
from widgets.connection_model import CLOCK_BEARABLE_MS, budget_tone, feed_words, lane_words, offset_words
from widgets.deadman_words import SWITCH_TONES, switch_tip, switch_words
from widgets.facts import Fact, Facts
from widgets.fonts import text_font
from widgets.line import Line
from widgets.line_model import LineModel
from widgets.marks import LINK_MARKS, LINK_TONES
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

STORY = (Column("WHEN", 152, figures=True), Column("LINK", 104, bold=True), Column("WHY", 160))
WHEN, STATE, WHY = range(len(STORY))
MODES = {
    AccountMode.WATCH: "watch: only the emergency stop may act on it",
    AccountMode.ACT: "act: mitigations may act on it too",
}


class StoryModel(LineModel[LinkLine]):
    def __init__(self) -> None:
        super().__init__(STORY)

    def key_of(self, line: LinkLine) -> Hashable:
        return line.number

    def number(self, line: LinkLine, column: int) -> float | None:
        return line.at_s if column == WHEN else None

    def text(self, row: int, column: int) -> str:
        line = self.lines[row]
        return {WHEN: figures.stamp(line.at_s), STATE: LINK_MARKS[line.state]}.get(column, line.words)

    def tone(self, row: int, column: int) -> Tone:
        return LINK_TONES[self.lines[row].state] if column == STATE else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return self.lines[row].words


def facts_of(view: ConnectionView, snapshot: Snapshot) -> tuple[Fact, ...]:
    measured = view.measured
    lane = next((lane for lane in snapshot.lanes if lane.lane == measured.lane), None)
    half, most = figures.milliseconds(measured.round_trip_p50_ms), figures.milliseconds(measured.round_trip_p99_ms)
    requests = figures.count(measured.requests, "request")
    known = not math.isnan(measured.round_trip_p50_ms)
    offset = measured.clock_offset_ms
    far = offset is not None and abs(offset) > CLOCK_BEARABLE_MS
    clock_tone = Tone.UNKNOWN if offset is None else Tone.MEDIUM if far else Tone.NORMAL
    since = f", for {figures.lasting(snapshot.at_s - measured.since_s)}" if math.isfinite(measured.since_s) else ""
    return (
        ("State", f"{LINK_MARKS[view.link]}{since}", LINK_TONES[view.link]),
        *((("Why", view.reason, Tone.NORMAL),) if view.reason else ()),
        ("Confirmed", f"{figures.seconds(view.age_s)} ago" if math.isfinite(view.age_s) else "never", _age_tone(view)),
        ("Feed", feed_words(measured.streams), Tone.NORMAL if measured.streams is not None else Tone.UNKNOWN),
        ("Round trip", f"half within {half}, 99 of 100 within {most}; {requests} answered since the start" if known
         else "not measured yet", Tone.NORMAL if known else Tone.UNKNOWN),
        ("Weight", lane_words(lane), budget_tone(lane)),
        ("Clock", f"ours minus the venue's: {offset_words(offset)}", clock_tone),
        ("Again", f"came up again {figures.count(measured.reconnects, 'time')} since the start", Tone.NORMAL),
        ("Mode", MODES[view.mode], Tone.NORMAL),
        ("Dead man", f"{switch_words(view.deadman)}. {switch_tip(view.deadman)}",
         SWITCH_TONES.get(view.deadman.state, Tone.NORMAL)),
    )  # fmt: skip


def _age_tone(view: ConnectionView) -> Tone:
    return Tone.NORMAL if math.isfinite(view.age_s) else Tone.UNKNOWN


class LinkPane(Panel):
    closed = Signal()
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("link_pane", "Connection of one account", parent)
        self.account = ""
        self.heading = Line("", Tone.STRONG, font=text_font(15, QFont.Weight.DemiBold))
        self.facts = Facts("link_facts", "How the connection stands", self)
        self.model = StoryModel()
        self.table = Table(self.model, "link_story", "What became of the connection lately", self)
        self.table.size_columns(stretched=WHY)
        self.table.elide_right(WHY)
        self.again = self._button("link_reconnect", "Reconnect", "Connect this account anew; what acts is not touched")
        self.again.clicked.connect(self._reconnect)
        self.open_scope = self._button("link_open_scope", "Open account", "Open the page of this account")
        self.open_scope.clicked.connect(self._open_scope)
        self.shut = self._button("close_link", "Close", "Close (Esc)")
        self.shut.setProperty("role", "flat")
        self.shut.clicked.connect(self.close_pane)
        self.top.addWidget(self.shut)
        acts = QHBoxLayout()
        acts.setSpacing(6)
        acts.addWidget(self.again)
        acts.addWidget(self.open_scope)
        acts.addStretch(1)
        self.body.addWidget(self.heading)
        self.body.addWidget(self.facts)
        self.body.addLayout(acts)
        self.body.addWidget(self.table, 1)
        self.hide()

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def open_account(self, account: str) -> None:
        if account != self.account:
            self.account = account
            self.model.show((), "", math.nan)
        self.asked.emit(OpenLink(account))
        self.show()
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def close_pane(self) -> None:
        if not self.isHidden():
            self.hide()
            self.asked.emit(CloseLink())
            self.closed.emit()

    def draw(self, snapshot: Snapshot) -> None:
        self.heading.say(self.account)
        view = next((row for row in snapshot.connections if row.account == self.account), None)
        if view is None:
            self.facts.show_facts((("State", "the configuration names no such account any more", Tone.UNKNOWN),))
        else:
            self.facts.show_facts(facts_of(view, snapshot))
        page = snapshot.link if snapshot.link is not None and snapshot.link.account == self.account else None
        self.table.empty_words = "Being read" if page is None else "Nothing has happened since the start"
        self.model.show(page.lines if page is not None else (), snapshot.base_currency, snapshot.at_s)
        self.table.flush()

    def restyle(self) -> None:
        self.facts.restyle()

    def _reconnect(self) -> None:
        self.asked.emit(Reconnect((self.account,), ""))

    def _open_scope(self) -> None:
        self.scope_selected.emit(Scope(ScopeKind.ACCOUNT, self.account))
