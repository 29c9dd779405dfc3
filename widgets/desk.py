"""The whole content of the window; what a person wants leaves it as signals."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core.domain import Scope
from core.snapshot import Snapshot
from widgets.connections_panel import ConnectionsPanel
from widgets.details_pane import DetailsPane
from widgets.event_table import EventTable
from widgets.header import Header
from widgets.nav import PROOF, Nav
from widgets.notice_bar import NoticeBar
from widgets.overview import COLUMNS, Overview
from widgets.panel import SnapshotWidget
from widgets.proof_board import ProofBoard
from widgets.scope_table import ScopeTable
from widgets.status_strip import StatusStrip
from widgets.stop_button import StopChord

DETAILS_PX = 400
"""The least width of the details; on the overview they cover its right column exactly."""


class Desk(QWidget):
    stop_fired = Signal()
    acknowledge_requested = Signal(str)
    approve_requested = Signal(str)
    reject_requested = Signal(str)
    reset_requested = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("desk")
        self.setAccessibleName("Scram desk")
        self.header = Header(self)
        self.notices = NoticeBar(self)
        self.nav = Nav(self)
        self.overview = Overview(self)
        self.scopes = ScopeTable(self)
        self.events = EventTable(self)
        self.proof = ProofBoard(self)
        self.connections = ConnectionsPanel(self)
        self.details = DetailsPane(self)
        self.details.hide()
        self.chord = StopChord(self, self.header.stop)
        self.status = StatusStrip(self)
        self.pages = QStackedWidget(self)
        for page in (self.overview, self.scopes, self.events, self.proof, self.connections):
            self.pages.addWidget(page)
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
        whole.addWidget(self.notices)
        whole.addLayout(middle, 1)
        whole.addWidget(self.status)

    def _wire(self) -> None:
        self.header.fired.connect(self._fired)
        self.nav.page_chosen.connect(self.pages.setCurrentIndex)
        self.overview.scope_selected.connect(self._open_scope)
        self.scopes.table.opened.connect(self._open_scope)
        self.scopes.scope_selected.connect(self._follow_scope)
        for events in (self.overview.events, self.events):
            events.acknowledge_requested.connect(self.acknowledge_requested)
            events.approve_requested.connect(self.approve_requested)
            events.reject_requested.connect(self.reject_requested)
            events.details_requested.connect(self._open_event)
        self.overview.mitigations.approve_requested.connect(self.approve_requested)
        self.overview.mitigations.reject_requested.connect(self.reject_requested)
        self.proof.reset_requested.connect(self.reset_requested)

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

    @property
    def parts(self) -> tuple[SnapshotWidget, ...]:
        pages = (self.overview, self.scopes, self.events, self.proof, self.connections)
        return (self.header, self.notices, self.nav, *pages, self.details, self.status)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        for part in self.parts:
            part.show_snapshot(snapshot)

    def show_page(self, page: int) -> None:
        self.nav.choose(page)
        self.pages.setCurrentIndex(page)

    def _fired(self) -> None:
        # The order goes out first: nothing that the screen does may stand before it.
        self.stop_fired.emit()
        self.show_page(PROOF)

    def _open_scope(self, scope: object) -> None:
        if isinstance(scope, Scope):
            self._place_details()
            self.details.show_scope(scope)

    def _follow_scope(self, scope: Scope) -> None:
        if self.details.isVisible():
            self.details.show_scope(scope)
