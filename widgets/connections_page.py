"""How every account is connected: venues and their budgets, all accounts, and one of them in full."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QToolButton, QVBoxLayout, QWidget

from core.domain import LinkState
from core.snapshot import Snapshot
from core.venues.link_intents import Reconnect
from widgets import figures
from widgets.connection_model import BUDGET, CLOCK, NOT_UP, POSITIONS, PROTECTIVE, REASON, RESTING, ConnectionModel
from widgets.lane_table import WORDS, LaneLine, LaneModel, lines_of
from widgets.link_pane import LinkPane
from widgets.panel import Panel, SnapshotWidget
from widgets.search_field import SearchField
from widgets.table import ROW_PX, Table
from widgets.theme import Tone

PANE_PX = 440
MOST_LANES = 6
"""Shown without scrolling."""
NARROW_PX, WIDE_PX = 1_200, 1_500
"""Of the table: below these it spares what can be spared."""


class ConnectionsPage(SnapshotWidget):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("connections_page", "Connections", parent)
        self.venues = Panel("lanes_panel", "Venues", self)
        self.lanes = LaneModel()
        self._lines: tuple[LaneLine, ...] = ()
        self.lane_table = Table(self.lanes, "lane_rows", "Venues and ways out", self)
        self.lane_table.size_columns(stretched=WORDS)
        self.lane_table.elide_right(WORDS)
        self.lane_table.make_sortable()
        self.lane_table.empty_words = "No account is configured"
        self.venues.body.addWidget(self.lane_table)
        self.board = Panel("connections_panel", "Connections", self)
        self.model = ConnectionModel()
        self.table = Table(self.model, "connections", "Connections", self)
        self.table.empty_words = "No account is configured"
        self.table.size_columns(stretched=REASON)
        self.table.elide_right(REASON)
        for column in (BUDGET, CLOCK):  # they are the venue's, and stand above
            self.table.spare(column, below_px=NARROW_PX)
        for column in (POSITIONS, RESTING, PROTECTIVE):
            self.table.spare(column, below_px=WIDE_PX)
        self.table.make_sortable()
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.pane = LinkPane(self)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.pane.close_pane)
        self._make_bar()
        self._wire()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self.venues)
        whole.addWidget(self.board, 1)
        self._room_for(1)

    def _make_bar(self) -> None:
        self.search = SearchField(
            "connection_search", "Search connections", "Search: account, venue, mode, reason", self
        )
        self.search.setMinimumWidth(220)
        self.only = self._button("only_not_up", "not up only", "Show only those whose connection is not up")
        self.only.setCheckable(True)
        self.details = self._button("open_link", "Details", "How the chosen account's connection stands (Enter)")
        self.again = self._button(
            "reconnect",
            "Reconnect",
            "Connect the chosen accounts anew; what acts and stops is not touched (Alt+R)",
        )
        self.again.setShortcut("Alt+R")
        self.board.top.insertWidget(1, self.search, 2)
        for part in (self.only, self.details, self.again):
            self.board.top.addWidget(part)
        self.board.body.addWidget(self.table)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def _wire(self) -> None:
        self.search.settled.connect(self._narrow)
        self.only.toggled.connect(self._narrow)
        self.details.clicked.connect(self._open_chosen)
        self.again.clicked.connect(self._reconnect)
        self.table.opened.connect(self._open)
        self.table.chosen.connect(self._turn_pane)
        self.table.selectionModel().selectionChanged.connect(self._weigh)
        self.pane.asked.connect(self.asked)
        self.pane.closed.connect(self._closed)
        self.pane.scope_selected.connect(self.scope_selected)
        self._weigh()

    def draw(self, snapshot: Snapshot) -> None:
        same = self.model.views is snapshot.connections
        self.model.show(snapshot.connections, snapshot.lanes)
        self.table.flush()
        if not same:
            self._count(snapshot)
        # Of ten thousand accounts few change from one snapshot to the next; what their venues count does every time.
        lanes = {lane.lane: lane for lane in snapshot.lanes}
        self._lines = tuple(replace(line, lane=lanes.get(line.lane.lane, line.lane)) for line in self._lines)
        self.lanes.show(self._lines, snapshot.base_currency, snapshot.at_s)
        self.lane_table.flush()
        self.pane.show_snapshot(snapshot)

    def _count(self, snapshot: Snapshot) -> None:
        self._lines = lines_of(snapshot.lanes, snapshot.connections)
        self._room_for(len(self._lines))
        up = sum(view.link is LinkState.UP for view in snapshot.connections)
        whole = len(snapshot.connections)
        words = f"{figures.number(up)} of {figures.count(whole, 'account')} up" if whole else ""
        self.board.note.say(words, Tone.FAINT if up == whole else Tone.CRITICAL)

    def _room_for(self, lanes: int) -> None:
        """As high as what there is to see, up to a few rows."""
        height = self.lane_table.horizontalHeader().sizeHint().height() + ROW_PX * min(max(lanes, 1), MOST_LANES) + 4
        if self.lane_table.maximumHeight() != height:
            self.lane_table.setFixedHeight(height)

    # -- what is in sight -----------------------------------------------------------------------------------------

    def _narrow(self) -> None:
        self.model.set_filter((NOT_UP if self.only.isChecked() else "") + self.search.text())

    def _weigh(self) -> None:
        chosen = len(self.table.chosen_keys())
        self.details.setEnabled(chosen == 1)
        self.again.setEnabled(chosen > 0)
        self.again.setText(f"Reconnect {figures.number(chosen)}" if chosen > 1 else "Reconnect")

    # -- one account ----------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_pane()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.pane.close_pane()

    def _place_pane(self) -> None:
        """Over the right side: opening it must not move what is being read."""
        width = min(self.width(), max(PANE_PX, self.width() * 2 // 5))
        self.pane.setGeometry(self.width() - width, 0, width, self.height())
        self.pane.raise_()

    def _open_chosen(self) -> None:
        for key in self.table.chosen_keys()[:1]:
            self._open(key)

    def _open(self, key: object) -> None:
        if isinstance(key, str):
            self._place_pane()
            self.pane.open_account(key)

    def _turn_pane(self, key: object) -> None:
        """While it is open it follows the chosen row."""
        if self.pane.isVisible():
            self._open(key)

    def _closed(self) -> None:
        if self.isVisible():
            self.table.setFocus()

    def _reconnect(self) -> None:
        names = tuple(key for key in self.table.chosen_keys() if isinstance(key, str))
        if names:
            self.asked.emit(Reconnect(names, ""))
