"""The page of the events: the list with its search and its forms, their past, the alarms' figures, who is told."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from core.events.model import EventState
from core.snapshot import Snapshot
from widgets.alarm_figures import AlarmFiguresPanel
from widgets.event_filter import EventFilterBar
from widgets.event_form import RESOLVE, SHELVE, EventForm
from widgets.event_past import EventPast
from widgets.event_rows import EventFilter
from widgets.event_table import EventTable
from widgets.flood_banner import FloodBanner
from widgets.panel import SnapshotWidget
from widgets.routes_panel import RoutesPanel
from widgets.tab_bar import TabBar

TABS = ("Open", "History", "Alarm figures", "Notifications")
OPEN, PAST, FIGURES, ROUTES = range(len(TABS))


class EventsPage(SnapshotWidget):
    shelve_requested = Signal(object, float, str)
    """Ids of events, until when (wall time, seconds since the epoch), and why."""
    unshelve_requested = Signal(object)
    resolve_requested = Signal(object, str)
    past_wished = Signal(object)
    trial_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("events_page", "Events", parent)
        self.banner = FloodBanner(self)
        self.filter = EventFilterBar(self)
        self.list = EventTable(self, acts=True)
        self.form = EventForm(self)
        self.past = EventPast(self)
        self.figures = AlarmFiguresPanel(self)
        self.routes = RoutesPanel(self)
        self._held_back = False
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        self.tabs = TabBar("events", TABS, self)
        standing = QWidget(self)
        column = QVBoxLayout(standing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        for part in (self.banner, self.filter):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        column.addWidget(self.form)
        self.pages = QStackedWidget(self)
        for page in (standing, self.past, self.figures, self.routes):
            self.pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(5)
        whole.addWidget(self.tabs)
        whole.addWidget(self.pages, 1)

    def _wire(self) -> None:
        self.tabs.turned.connect(self._turned)
        self.filter.searched.connect(self.list.model.set_filter)
        self.filter.changed.connect(self._filter)
        self.banner.all_wanted.connect(self._show_held_back)
        self.list.shelve_asked.connect(lambda: self._ask(SHELVE))
        self.list.resolve_asked.connect(lambda: self._ask(RESOLVE))
        self.list.unshelve_requested.connect(self.unshelve_requested)
        self.form.shelve_requested.connect(self._shelve)
        self.form.resolve_requested.connect(self.resolve_requested)
        self.past.wished.connect(self.past_wished)
        self.past.event_chosen.connect(self.list.details_requested)
        self.figures.event_chosen.connect(self.list.details_requested)
        self.routes.trial_requested.connect(self.trial_requested)

    def _turned(self, place: int) -> None:
        self.pages.setCurrentIndex(place)
        if place == PAST:
            self.past.read_newest()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        for part in (self.list, self.past, self.figures, self.routes):
            part.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        alarms = snapshot.alarms
        self.banner.show_flood(alarms.flood, snapshot.at_s)
        self.filter.show_counts(alarms.shelved, alarms.inhibited)

    def _filter(self, wanted: EventFilter) -> None:
        self.list.model.filter_by(replace(wanted, held_back=self._held_back))

    def _show_held_back(self, wanted: bool) -> None:
        self._held_back = wanted
        self._filter(self.filter.wanted)

    def _ask(self, what: str) -> None:
        """Of the chosen ones, those that it can be done to."""
        chosen = self.list.chosen_events()
        if what == SHELVE:
            fit = [event.event_id for event in chosen if event.shelf is None]
        else:
            fit = [event.event_id for event in chosen if event.state is EventState.CLEARED]
        if fit:
            self.form.ask(what, tuple(fit))

    def _shelve(self, ids: tuple[str, ...], for_s: float, reason: str) -> None:
        if self._snapshot is not None:
            self.shelve_requested.emit(ids, self._snapshot.at_s + for_s, reason)
