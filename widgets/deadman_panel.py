"""The venues' dead-man's switches: venue by venue, and account by account what each covers and when it lapses."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from core.halt.deadman.switch import SwitchState
from core.snapshot import Snapshot
from widgets import figures
from widgets.deadman_model import (
    ASKED_FOR,
    COVERS,
    RUNNING,
    SECONDS,
    WHY,
    WORDS,
    DeadmanModel,
    VenueSwitchModel,
    by_venue,
)
from widgets.panel import Panel, SnapshotWidget
from widgets.table import ROW_PX, Table
from widgets.theme import Tone

MOST_VENUES = 6
NARROW_PX = 1_250


class DeadmanPanel(SnapshotWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("deadman_panel", "Dead-man's switches", parent)
        self.venues = VenueSwitchModel()
        self.venue_table = Table(self.venues, "deadman_venues", "Dead-man's switches by venue", self)
        self.venue_table.size_columns(stretched=WORDS)
        self.venue_table.empty_words = "No account is configured"
        self.venue_table.make_sortable()
        top = Panel("deadman_venues_panel", "By venue", self)
        top.body.addWidget(self.venue_table)
        self.board = Panel("deadman_rows_panel", "By account", self)
        self.model = DeadmanModel()
        self.table = Table(self.model, "deadman_rows", "Dead-man's switches by account", self)
        self.table.size_columns(stretched=COVERS)
        self.table.elide_right(COVERS, WHY)
        for column in (SECONDS, RUNNING):
            self.table.spare(column, below_px=NARROW_PX)
        self.table.empty_words = "No account asks for one: deadman_s of an account"
        self.table.make_sortable()
        self.only = QToolButton(self)
        self.only.setObjectName("deadman_asked")
        self.only.setText("asked for only")
        self.only.setCheckable(True)
        self.only.setToolTip("Leave out accounts that ask for no switch")
        self.only.toggled.connect(self._narrow)
        self.board.top.addWidget(self.only)
        self.board.body.addWidget(self.table)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(top)
        whole.addWidget(self.board, 1)
        self._room_for(1)

    def draw(self, snapshot: Snapshot) -> None:
        views = snapshot.connections
        if views is not self.model.views:
            self._count(snapshot)
        self.model.show(views)
        self.table.flush()
        self.venue_table.flush()

    def _count(self, snapshot: Snapshot) -> None:
        views = snapshot.connections
        lines = by_venue(views)
        self.venues.show(lines, snapshot.base_currency, snapshot.at_s)
        self._room_for(len(lines))
        asked = sum(view.deadman.state is not SwitchState.OFF for view in views)
        worrying = sum(view.deadman.is_worrying for view in views)
        trouble = f" · {figures.number(worrying)} in trouble" if worrying else ""
        words = f"asked for in {figures.number(asked)} of {figures.count(len(views), 'account')}{trouble}"
        self.board.note.say(words, Tone.HIGH if worrying else Tone.FAINT)

    def _narrow(self, only: bool) -> None:
        self.model.set_filter(ASKED_FOR if only else "")

    def _room_for(self, venues: int) -> None:
        head = self.venue_table.horizontalHeader().sizeHint().height()
        height = head + ROW_PX * min(max(venues, 1), MOST_VENUES) + 4
        if self.venue_table.maximumHeight() != height:
            self.venue_table.setFixedHeight(height)
