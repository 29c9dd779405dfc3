"""What belongs to one scope, in tabs: positions, orders, events, limits, members, and where its risk comes from."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.domain import Scope, ScopeKind
from core.events.model import Event
from core.snapshot import ScopePage, Snapshot
from widgets import figures
from widgets.columns import ColumnModel
from widgets.event_model import NOTE as EVENT_NOTE
from widgets.event_model import STAKE, EventModel
from widgets.event_past import EventPast
from widgets.line import LEFT_MIDDLE
from widgets.page_models import ACCOUNT, THEN, LimitModel, MemberModel, OrderModel, PositionModel
from widgets.panel import Panel
from widgets.risk_sources import RiskSources
from widgets.tab_bar import TabBar
from widgets.table import Table
from widgets.theme import Tone

TABS = ("Positions", "Orders", "Events", "Limits", "Members", "Sources", "Past")
BEING_READ = "Being read"
MANY = 10_000
"""From here on thousands are told."""
POSITIONS, ORDERS, EVENTS, LIMITS, MEMBERS, SOURCES, PAST = range(len(TABS))


def events_of(scope: Scope, snapshot: Snapshot) -> tuple[Event, ...]:
    """The scope's own; of the portfolio, everybody's; of a venue, its accounts' too."""
    if scope.kind is ScopeKind.PORTFOLIO:
        return snapshot.events
    inside = {scope}
    if scope.kind is ScopeKind.VENUE:
        rows = (view for view in snapshot.connections if view.venue == scope.name)
        inside |= {Scope(ScopeKind.ACCOUNT, view.account) for view in rows}
    return tuple(event for event in snapshot.events if event.scope in inside)


def _empty_words(page: ScopePage | None) -> tuple[str, ...]:
    """What an empty table of each tab says: nothing there, or nothing known."""
    if page is None:
        return BEING_READ, BEING_READ, "No event is open", BEING_READ, BEING_READ
    orders = "Nobody knows which orders rest" if page.unlisted else "No order rests"
    positions = "Positions are unknown" if page.why_unknown else "No position is open"
    return positions, orders, "No event is open", "No limit is set on this scope", "It has no members"


def _short(count: int | None) -> str:
    if count is None:
        return "?"
    return figures.number(count) if count < MANY else f"{figures.number(round(count / 1000))}k"


class ScopeTabs(Panel):
    scope_selected = Signal(object)
    event_selected = Signal(str)
    limit_selected = Signal(str, str)
    """Where a limit comes from, and what it limits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("scope_tabs", "What belongs to it", parent)
        self.caption.hide()
        self.positions, self.orders = PositionModel(), OrderModel()
        self.events, self.limits, self.members = EventModel(), LimitModel(), MemberModel()
        self.sources = RiskSources(self)
        self.tables = (
            self._table(self.positions, "page_positions", "Positions of the scope"),
            self._table(self.orders, "page_orders", "Resting orders of the scope"),
            self._table(self.events, "page_events", "Events of the scope"),
            self._table(self.limits, "page_limits", "Limits in force"),
            self._table(self.members, "page_members", "Members of the scope"),
        )
        self.pages = QStackedWidget(self)
        for table in self.tables:
            self.pages.addWidget(table)
        self.pages.addWidget(self.sources)
        self.past = EventPast(self, name="scope_past", of_scope=True)
        self.past.setProperty("role", "")
        self.past.caption.hide()
        self.past.event_chosen.connect(self.event_selected)
        self.pages.addWidget(self.past)
        bar = TabBar("tab", TABS, self)
        bar.turned.connect(self._turn)
        self.buttons = bar.buttons
        self.top.insertWidget(0, bar)
        self.body.addWidget(self.pages, 1)
        # Beneath the table: beside the tabs it would take their room.
        self.top.removeWidget(self.note)
        self.note.setAlignment(LEFT_MIDDLE)
        self.body.addWidget(self.note)
        self.tables[EVENTS].size_columns(stretched=EVENT_NOTE)
        self.tables[EVENTS].elide_right(EVENT_NOTE)
        self.tables[EVENTS].setColumnHidden(STAKE, True)  # all of them speak of this scope
        self.tables[LIMITS].elide_right(THEN)
        self.tables[MEMBERS].size_columns(stretched=0)
        self.tables[MEMBERS].opened.connect(self._open_member)
        self.tables[EVENTS].opened.connect(self._open_event)
        self.tables[LIMITS].opened.connect(self._open_limit)
        self._scope: Scope | None = None

    def _table(self, model: ColumnModel, name: str, title: str) -> Table:
        table = Table(model, name, title, self)
        table.make_sortable()
        return table

    def _turn(self, place: int) -> None:
        self.pages.setCurrentIndex(place)
        if place == PAST:
            self.past.read_newest()
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def _open_member(self, key: object) -> None:
        if isinstance(key, Scope):
            self.scope_selected.emit(key)

    def _open_event(self, key: object) -> None:
        if isinstance(key, str):
            self.event_selected.emit(key)

    def _open_limit(self, key: object) -> None:
        found = next((line for line in self.limits.lines if line.subject == key), None)
        if found is not None:
            self.limit_selected.emit(found.origin, found.subject)

    def show_scope(self, scope: Scope, snapshot: Snapshot) -> None:
        if scope != self._scope:
            self._scope = scope
            self.past.turn_to("" if scope.kind is ScopeKind.PORTFOLIO else str(scope))
            if self.pages.currentIndex() == PAST:
                self.past.read_newest()
        self.past.show_snapshot(snapshot)
        self.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        scope = self._scope
        if scope is None:
            return
        page = snapshot.page if snapshot.page is not None and snapshot.page.scope == scope else None
        found = events_of(scope, snapshot)
        self.events.show(dataclasses.replace(snapshot, events=found))
        self._count(EVENTS, len(self.events.events))
        self._show_page(page, snapshot)
        for table in self.tables:
            if table.isVisible():
                table.flush()

    def _show_page(self, page: ScopePage | None, snapshot: Snapshot) -> None:
        base, now_s = snapshot.base_currency, snapshot.at_s
        self.positions.show(page.positions if page else (), base, now_s)
        self.orders.show(page.orders if page else (), base, now_s)
        self.limits.infos = {info.name: info for info in snapshot.matrix.metrics}
        self.limits.show(page.limits if page else (), base, now_s)
        self.members.matrix = snapshot.matrix
        self.members.show(page.members if page else (), base, now_s)
        self.sources.show_page(page, base)
        counts = (page.positions_all, page.orders_all, len(page.limits), page.members_all) if page else (None,) * 4
        for place, count in zip((POSITIONS, ORDERS, LIMITS, MEMBERS), counts, strict=True):
            self._count(place, count)
        for table, words in zip(self.tables, _empty_words(page), strict=True):
            table.empty_words = words
        for table in (self.tables[POSITIONS], self.tables[ORDERS]):
            table.setColumnHidden(ACCOUNT, page is not None and page.scope.kind is ScopeKind.ACCOUNT)
        self.note.say(*self._words(page))
        self.note.setVisible(bool(self.note.text()))

    def _count(self, place: int, count: int | None) -> None:
        text = f"{TABS[place]} {_short(count)}"
        if text != self.buttons[place].text():
            self.buttons[place].setText(text)
            self.buttons[place].setMinimumWidth(self.buttons[place].sizeHint().width())
            known = figures.number(count)
            self.buttons[place].setAccessibleName(f"{TABS[place]}, {known}")

    def _words(self, page: ScopePage | None) -> tuple[str, Tone]:
        """What the tab in sight leaves out or does not know."""
        place = self.pages.currentIndex()
        if page is None:
            return BEING_READ.lower(), Tone.UNKNOWN
        if place == ORDERS and page.unlisted:
            return f"orders unknown in {figures.count(page.unlisted, 'account')}", Tone.UNKNOWN
        if place == ORDERS and page.orders_all is None:
            return f"the first {figures.number(len(page.orders))}, not every account was looked at", Tone.UNKNOWN
        shown, known = {
            POSITIONS: (len(page.positions), page.positions_all),
            ORDERS: (len(page.orders), page.orders_all or 0),
            MEMBERS: (len(page.members), page.members_all),
        }.get(place, (0, 0))
        which = "the largest" if place == POSITIONS else "the first"
        return (f"{which} {figures.number(shown)} of {figures.number(known)}" if shown < known else "", Tone.FAINT)
