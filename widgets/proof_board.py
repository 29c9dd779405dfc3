"""A stop and its proof, account by account."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from core.halt.model import HaltView
from core.snapshot import Snapshot
from widgets import figures
from widgets.export_button import ExportButton
from widgets.flatten_panel import FlattenPanel
from widgets.late_orders import LateOrders
from widgets.marks import scope_words
from widgets.panel import Panel, SnapshotWidget
from widgets.proof_headline import ProofHeadline
from widgets.proof_model import BOOKS, NOTE, ProofModel
from widgets.reset_form import ResetForm
from widgets.resume_card import ResumeCard
from widgets.source_lines import SourceLines
from widgets.table import Table
from widgets.wire_pane import WirePane

WIRE_PX = 520
"""The least width of an account's requests."""


class ProofBoard(SnapshotWidget):
    reset_requested = Signal(str, str)
    """The id of the stop, and the reason."""
    rebase_requested = Signal(object, str)
    """The Scope, and the reason."""
    room_requested = Signal(object, float, float, str)
    """The RoomOffer, the threshold, until when (wall time), and the reason."""
    resume_requested = Signal(object, str)
    """The Scope, and the reason."""
    resume_fully_requested = Signal(str, str)
    """The id of the stop, and the reason."""
    confirm_requested = Signal(str, str)
    """The id of what waits, and the second person's name."""
    preview_requested = Signal(str)
    restore_requested = Signal(str)
    """The id of the stop."""
    export_requested = Signal(str, object, str)
    """The id of the stop, the EvidenceFormat and the path of the file."""
    wire_opened = Signal(str, str)
    """The id of the stop, and the account whose requests are looked at from now on."""
    wire_closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("proof_board", "Stop and proof", parent)
        self.headline = ProofHeadline(self)
        self.late = LateOrders(self)
        self.sources = SourceLines(self)
        self.sources.hide()
        self.form = ResetForm(self)
        self.form.reset_requested.connect(self.reset_requested)
        self.form.rebase_requested.connect(self.rebase_requested)
        self.form.room_requested.connect(self.room_requested)
        self.resume = ResumeCard(self)
        self.resume.resume_requested.connect(self.resume_requested)
        self.resume.resume_fully_requested.connect(self.resume_fully_requested)
        for second in (self.form.second, self.resume.second):
            second.confirmed.connect(self.confirm_requested)
        self.resume.hide()
        self.form.restore.preview_requested.connect(self.preview_requested)
        self.form.restore.restore_requested.connect(self.restore_requested)
        self.form.hide()
        self.flatten = FlattenPanel(self)
        self.flatten.hide()
        self.model = ProofModel()
        self.board = Panel("proof_rows_panel", "Proof board", self)
        self.table = Table(self.model, "proof_rows", "Proof per account", self)
        self.table.empty_words = "Nothing to prove: no stop is latched"
        self.table.size_columns(stretched=NOTE)
        self.table.spare(BOOKS, below_px=880)
        self.table.elide_right(NOTE, BOOKS)
        self.table.make_sortable()
        self.only_open = QToolButton(self)
        self.only_open.setObjectName("only_not_verified")
        self.only_open.setText("not verified only")
        self.only_open.setCheckable(True)
        self.only_open.setProperty("role", "flat")
        self.only_open.toggled.connect(self._narrow)
        self.flatten_button = QToolButton(self)
        self.flatten_button.setObjectName("flatten")
        self.flatten_button.setText("flatten positions…")
        self.flatten_button.setAccessibleName("Flatten: first shows what closing the positions would cost")
        self.flatten_button.setProperty("role", "flat")
        self.flatten_button.clicked.connect(self.flatten.ask)
        self.export = ExportButton(self)
        self.export.export_requested.connect(self.export_requested)
        self.requests = QToolButton(self)
        self.requests.setObjectName("open_requests")
        self.requests.setText("requests")
        self.requests.setToolTip("What was asked of the chosen account's venue, and what it said (Enter)")
        self.requests.setProperty("role", "flat")
        self.requests.clicked.connect(self._open_chosen)
        self.wire = WirePane(self)
        self.wire.closed.connect(self._wire_closed)
        self.table.opened.connect(self._open_wire)
        self.table.chosen.connect(self._turn_wire)
        self.which = QComboBox(self)
        self.which.setObjectName("which_stop")
        self.which.setAccessibleName("Which stop")
        self.which.hide()
        self.which.currentIndexChanged.connect(self._turn)
        self._ids: tuple[str, ...] = ()
        self._lay_out()

    def _lay_out(self) -> None:
        for part in (self.flatten_button, self.requests, self.only_open, self.export):
            self.board.top.addWidget(part)
        self.board.body.addWidget(self.table)
        self.headline.top.insertWidget(1, self.which)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(self.late, 1)
        side.addWidget(self.form)
        side.addWidget(self.resume)
        main = QVBoxLayout()
        main.setSpacing(8)
        main.addWidget(self.board, 1)
        main.addWidget(self.flatten, 1)
        main.addWidget(self.sources)
        lower = QHBoxLayout()
        lower.setSpacing(8)
        lower.addLayout(main, 7)
        lower.addLayout(side, 3)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self.headline)
        whole.addLayout(lower, 1)

    @property
    def halt(self) -> HaltView | None:
        """The stop that is on the board."""
        halts = self._snapshot.halts if self._snapshot is not None else ()
        place = self.which.currentIndex()
        return halts[place if 0 <= place < len(halts) else 0] if halts else None

    def show_stop(self, halt_id: str) -> None:
        """Put this one on the board, where it is latched."""
        self._list_now()
        if halt_id in self._ids:
            self.which.setCurrentIndex(self._ids.index(halt_id))

    def _list_now(self) -> None:
        if self._snapshot is not None:
            self._list_stops(self._snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        self._list_stops(snapshot)
        halt = self.halt
        self.headline.show_halt(halt)
        self.model.show(halt)
        self.table.flush()
        self.late.show_halt(halt)
        self.sources.show_halt(halt)
        self.form.show_halt(halt, snapshot)
        self.resume.show_returns(halt, snapshot)
        self.flatten.show_halt(halt, snapshot)
        self.flatten_button.setVisible(halt is not None)
        self.export.show_stop(halt.halt_id if halt is not None else "")
        self.wire.show_snapshot(snapshot)
        rows = len(self.model.rows)
        self.board.note.say(f"worst first · {figures.count(rows, 'account')}" if rows else "")

    def _list_stops(self, snapshot: Snapshot) -> None:
        ids = tuple(halt.halt_id for halt in snapshot.halts)
        if ids == self._ids:
            return
        seen = self._ids[self.which.currentIndex()] if 0 <= self.which.currentIndex() < len(self._ids) else ""
        self._ids = ids
        self.which.blockSignals(True)
        self.which.clear()
        self.which.addItems(
            [f"{scope_words(halt.scope)} · {figures.clock(halt.fired_at_s)}" for halt in snapshot.halts]
        )
        self.which.setCurrentIndex(ids.index(seen) if seen in ids else 0)
        self.which.blockSignals(False)
        self.which.setVisible(len(ids) > 1)

    # One account's requests, over the right side of the board

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_wire()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.wire.close_pane()

    def _place_wire(self) -> None:
        top = self.board.geometry().top()
        width = min(self.width(), max(WIRE_PX, self.width() * 3 // 5))
        self.wire.setGeometry(self.width() - width, top, width, self.height() - top)
        self.wire.raise_()

    def _open_chosen(self) -> None:
        for key in self.table.chosen_keys()[:1]:
            self._open_wire(key)

    def _open_wire(self, key: object) -> None:
        halt = self.halt
        if halt is None or not isinstance(key, str):
            return
        self._place_wire()
        self.wire.open_account(halt.halt_id, key)
        self.wire_opened.emit(halt.halt_id, key)

    def _turn_wire(self, key: object) -> None:
        """While it is open it follows the chosen row."""
        if self.wire.isVisible():
            self._open_wire(key)

    def _wire_closed(self) -> None:
        if self.isVisible():
            self.table.setFocus()
        self.wire_closed.emit()

    def _narrow(self, only_open: bool) -> None:
        self.model.set_filter("not verified" if only_open else "")

    def _turn(self, place: int) -> None:
        if self._snapshot is not None:
            self.draw(self._snapshot)
