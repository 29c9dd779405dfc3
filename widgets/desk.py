"""The whole content of the window; what a person wants leaves it as signals."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core.domain import Scope
from core.snapshot import Snapshot
from widgets.connections_page import ConnectionsPage
from widgets.details_pane import DetailsPane
from widgets.events_page import EventsPage
from widgets.header import Header
from widgets.help_entries import Explained, HelpKind, page_key
from widgets.help_page import HelpPage
from widgets.journal_page import JournalPageView
from widgets.lease_bar import LeaseBar
from widgets.limits_page import LimitsPageView
from widgets.mitigations_page import MitigationsPage
from widgets.nav import HELP, LIMITS, MITIGATIONS, PAGES, PROOF, SCOPES, Nav
from widgets.notice_bar import NoticeBar
from widgets.overview import COLUMNS, Overview
from widgets.panel import SnapshotWidget
from widgets.proof_board import ProofBoard
from widgets.readiness_page import ReadinessPage
from widgets.scope_page import ScopePageView
from widgets.scope_table import ScopeTable
from widgets.settings_page import SettingsPage
from widgets.status_strip import StatusStrip
from widgets.stop_button import StopChord

DETAILS_PX = 400
"""The least width of the details; on the overview they cover its right column exactly."""


class Desk(QWidget):
    asked = Signal(object)
    """Every part's intents, unsigned (`SnapshotWidget.asked`)."""
    undoable = Signal(object)
    """Every part's steps that may be taken back (`SnapshotWidget.undoable`)."""
    stop_fired = Signal()
    acknowledge_requested = Signal(str)
    acknowledge_all_requested = Signal(object)
    """Ids of several events."""
    shelve_requested = Signal(object, float, str)
    """Ids of events, until when (wall time), and why."""
    unshelve_requested = Signal(object)
    resolve_requested = Signal(object, str)
    past_wished = Signal(object)
    """The HistoryWish of a page of the events' past."""
    trial_requested = Signal(str)
    """The route of notifications that is to be tried; "" for all."""
    approve_requested = Signal(str)
    reject_requested = Signal(str, str)
    """The id of a mitigation, and the reason."""
    trial_wished = Signal(object)
    """The Trial of a plan that is looked at from now on; None for none."""
    preview_approved = Signal(str, str)
    """The id of a preview of a plan, and the reason."""
    reset_requested = Signal(str, str)
    rebase_requested = Signal(object, str)
    room_requested = Signal(object, float, float, str)
    resume_requested = Signal(object, str)
    resume_fully_requested = Signal(str, str)
    confirm_requested = Signal(str, str)
    preview_requested = Signal(str)
    restore_requested = Signal(str)
    export_requested = Signal(str, object, str)
    """The id of a stop, the EvidenceFormat and the path of the file."""
    wire_opened = Signal(str, str)
    """The id of a stop, and the account whose requests are looked at from now on."""
    wire_closed = Signal()
    drill_requested = Signal(object, object)
    """A DrillKind, and the names or patterns of accounts; none: all of them."""
    drill_preview_requested = Signal(object)
    drill_called_off = Signal()
    page_opened = Signal(object)
    """A Scope whose page is looked at from now on."""
    page_closed = Signal()
    event_opened = Signal(str)
    """The id of an event whose details are shown now."""
    page_shown = Signal(int)
    """Somebody went to this page, as a place in `nav.PAGES`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("desk")
        self.setAccessibleName("Scram desk")
        self.header = Header(self)
        self.lease = LeaseBar(self)
        self.notices = NoticeBar(self)
        self.nav = Nav(self)
        # Made where they stand: with another parent first, the style sheet would be laid over all of them twice.
        self.pages = QStackedWidget(self)
        self.overview = Overview(self.pages)
        self.scopes = ScopeTable(self.pages)
        self.events = EventsPage(self.pages)
        self.mitigations = MitigationsPage(self.pages)
        self.limits = LimitsPageView(self.pages)
        self.proof = ProofBoard(self.pages)
        self.readiness = ReadinessPage(self.pages)
        self.journal = JournalPageView(self.pages)
        self.connections = ConnectionsPage(self.pages)
        self.settings = SettingsPage(self.pages)
        self.help = HelpPage(self.pages)
        self.page = ScopePageView(self.pages)
        self.details = DetailsPane(self)
        self.details.hide()
        self.connect_account = QAction("Connect another account…", self)
        self.connect_account.setEnabled(False)  # until somebody is there who can
        self.chord = StopChord(self, self.header.stop)
        self.status = StatusStrip(self)
        for page in self.all_pages:
            self.pages.addWidget(page)
        self._trail: list[tuple[int | Scope, QWidget | None]] = []
        """Where one came from: a page or a scope, and what had the keyboard there."""
        self._on_page = False
        self._lay_out()
        self._wire()
        # The stop is the last stop of the Tab key, never where the keyboard happens to be at the start.
        QWidget.setTabOrder(self.details, self.header.stop)
        self.nav.buttons[0].setFocus()

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 10, 0)
        middle.setSpacing(8)
        middle.addWidget(self.nav)
        middle.addWidget(self.pages, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addWidget(self.header)
        whole.addWidget(self.lease)
        whole.addWidget(self.notices)
        whole.addLayout(middle, 1)
        whole.addWidget(self.status)

    def _wire(self) -> None:
        for part in self.parts:
            part.asked.connect(self.asked)
            part.undoable.connect(self.undoable)
        self.header.fired.connect(self._fired)
        self.nav.page_chosen.connect(self.show_page)
        self.pages.currentChanged.connect(self._turned)
        self.overview.scope_selected.connect(self._open_scope)
        self.overview.page_wished.connect(self.show_page)
        self.overview.event_selected.connect(self._open_event)
        self.scopes.table.opened.connect(self._open_scope)
        self.scopes.help_requested.connect(self._help)
        self.details.scope_selected.connect(self._open_scope)
        self.details.past_wished.connect(self.past_wished)
        self.page.scope_selected.connect(self._open_scope)
        self.page.past_wished.connect(self.past_wished)
        self.page.controls.stop_selected.connect(self.show_stop)
        self.page.controls.flatten_requested.connect(self._flatten)
        self.connections.scope_selected.connect(self._open_scope)
        self.journal.scope_selected.connect(self._open_scope)
        self.journal.event_selected.connect(self._open_event)
        self.journal.plan_selected.connect(self._open_plan)
        self.journal.stop_selected.connect(self.show_stop)
        self.page.event_selected.connect(self._open_event)
        self.page.help_requested.connect(self._help)
        self.page.back_requested.connect(self.go_back)
        for events in (self.overview.events, self.events.list):
            events.acknowledge_requested.connect(self.acknowledge_requested)
            events.acknowledge_all_requested.connect(self.acknowledge_all_requested)
            events.approve_requested.connect(self.approve_requested)
            events.reject_requested.connect(self._reject)
            events.details_requested.connect(self._open_event)
            events.scope_requested.connect(self._open_scope)
        self.overview.mitigations.approve_requested.connect(self.approve_requested)
        self.overview.mitigations.reject_requested.connect(self._reject)
        self.overview.mitigations.open_requested.connect(self._open_plan)
        self.mitigations.approve_requested.connect(self.approve_requested)
        self.mitigations.reject_requested.connect(self.reject_requested)
        self.mitigations.trial_wished.connect(self.trial_wished)
        self.mitigations.preview_approved.connect(self.preview_approved)
        self.mitigations.scope_requested.connect(self._open_scope)
        self.page.plan_requested.connect(self._draft)
        self.page.limit_selected.connect(self._open_limit)
        self.limits.scope_requested.connect(self._open_scope)
        self.events.shelve_requested.connect(self.shelve_requested)
        self.events.unshelve_requested.connect(self.unshelve_requested)
        self.events.resolve_requested.connect(self.resolve_requested)
        self.events.past_wished.connect(self.past_wished)
        self.settings.licences_requested.connect(self._show_licences)
        for routes in (self.events, self.settings):
            routes.trial_requested.connect(self.trial_requested)
        self.readiness.drill_requested.connect(self.drill_requested)
        self.readiness.preview_requested.connect(self.drill_preview_requested)
        self.readiness.call_off_requested.connect(self.drill_called_off)
        self.proof.reset_requested.connect(self.reset_requested)
        self.proof.rebase_requested.connect(self.rebase_requested)
        self.proof.room_requested.connect(self.room_requested)
        self.proof.resume_requested.connect(self.resume_requested)
        self.proof.resume_fully_requested.connect(self.resume_fully_requested)
        self.proof.confirm_requested.connect(self.confirm_requested)
        self.proof.preview_requested.connect(self.preview_requested)
        self.proof.restore_requested.connect(self.restore_requested)
        self.proof.export_requested.connect(self.export_requested)
        self.proof.wire_opened.connect(self.wire_opened)
        self.proof.wire_closed.connect(self.wire_closed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_details()

    def _place_details(self) -> None:
        """Over the right side of the page, not beside it: opening it must not move what is being read."""
        page = self.pages.geometry()
        width = min(page.width(), max(DETAILS_PX, page.width() * COLUMNS[1] // sum(COLUMNS)))
        self.details.setGeometry(page.right() - width + 1, page.top(), width, page.height())
        self.details.raise_()

    def _open_event(self, event_id: str) -> None:
        self._place_details()
        self.details.show_event(event_id)
        self.event_opened.emit(event_id)

    @property
    def all_pages(self) -> tuple[SnapshotWidget, ...]:
        """In the order of `nav.PAGES`, and the page of a scope behind them."""
        return (
            self.overview,
            self.scopes,
            self.events,
            self.mitigations,
            self.limits,
            self.proof,
            self.readiness,
            self.journal,
            self.connections,
            self.settings,
            self.help,
            self.page,
        )

    @property
    def parts(self) -> tuple[SnapshotWidget, ...]:
        return (self.header, self.lease, self.notices, self.nav, *self.all_pages, self.details, self.status)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        for part in self.parts:
            part.show_snapshot(snapshot)

    def open_scope(self, scope: Scope) -> None:
        self._open_scope(scope)

    def open_event(self, event_id: str) -> None:
        self._open_event(event_id)

    def open_plan(self, mitigation_id: str) -> None:
        self._open_plan(mitigation_id)

    def show_page(self, page: int) -> None:
        self._trail.clear()
        self.nav.choose(page)
        self.pages.setCurrentIndex(page)
        self.page_shown.emit(page)

    def _fired(self) -> None:
        # The order goes out first: nothing that the screen does may stand before it.
        self.stop_fired.emit()
        self.show_page(PROOF)

    def show_stop(self, halt_id: str) -> None:
        """The proof of this stop."""
        self.show_page(PROOF)
        self.proof.show_stop(halt_id)

    def _flatten(self, halt_id: str) -> None:
        self.show_stop(halt_id)
        self.proof.flatten.ask()

    # Plans

    def _reject(self, mitigation_id: str) -> None:
        self.reject_requested.emit(mitigation_id, "")

    def _open_plan(self, mitigation_id: str) -> None:
        self.show_page(MITIGATIONS)
        self.mitigations.show_plan(mitigation_id)

    def _draft(self, scope: Scope) -> None:
        self.show_page(MITIGATIONS)
        self.mitigations.draft(scope)

    def _open_limit(self, origin: str, subject: str) -> None:
        self.show_page(LIMITS)
        self.limits.show_limit(origin, subject)

    # Scopes' pages

    def _open_scope(self, scope: object) -> None:
        if not isinstance(scope, Scope):
            return
        if self.pages.currentWidget() is not self.page:
            self._trail.append((self.pages.currentIndex(), QApplication.focusWidget()))
        elif scope != self.page.scope:
            self._trail.append((self.page.scope, QApplication.focusWidget()))
        self._turn_to_scope(scope)
        self.page.metrics.table.setFocus()

    def _turn_to_scope(self, scope: Scope) -> None:
        self.details.hide()
        self.page.open(scope)
        self.pages.setCurrentWidget(self.page)
        self.page_opened.emit(scope)

    def go_back(self) -> None:
        """To where the page was opened from; the keyboard too."""
        came_from, had_focus = self._trail.pop() if self._trail else (SCOPES, None)
        if isinstance(came_from, Scope):
            self._turn_to_scope(came_from)
        else:
            self.pages.setCurrentIndex(came_from)
        if had_focus is not None and had_focus.isVisible():
            had_focus.setFocus()

    def _turned(self, place: int) -> None:
        """Nobody looks at a scope's page any more: the engine need not paint it."""
        shown = self.pages.widget(place) is self.page
        if self._on_page and not shown:
            self.page_closed.emit()
        self._on_page = shown

    # Help

    def _help(self, key: str) -> None:
        """Of a metric its name, of anything else the key of its entry."""
        self.show_page(HELP)
        self.help.show_entry(key)

    def _show_licences(self) -> None:
        self.show_page(HELP)
        self.help.show_kind(HelpKind.LICENCE)

    def explain(self) -> None:
        """What F1 means: of what has the keyboard, or else of the page."""
        if isinstance(self.pages.currentWidget(), HelpPage):
            self._help("")
            return
        part = QApplication.focusWidget()
        while part is not None and part is not self:
            key = part.help_key() if isinstance(part, Explained) else ""
            if key:
                self._help(key)
                return
            part = part.parentWidget()
        place = self.pages.currentIndex()
        self._help(page_key(PAGES[place]) if place < len(PAGES) else page_key(PAGES[SCOPES]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F1:
            self.explain()
            return
        super().keyPressEvent(event)
