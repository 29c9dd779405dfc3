"""What needs attention, and what a person can do about it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QMenu, QToolButton, QWidget

from core.domain import Severity
from core.events.model import EventState
from core.snapshot import Snapshot
from widgets import figures
from widgets.event_model import METRIC, NOTE, STATE, EventModel
from widgets.panel import Panel
from widgets.table import Table


class EventTable(Panel):
    acknowledge_requested = Signal(str)
    approve_requested = Signal(str)
    """The id of the mitigation that waits for the chosen event."""
    reject_requested = Signal(str)
    details_requested = Signal(str)
    scope_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("event_table", "Events", parent)
        self.model = EventModel()
        self.table = Table(self.model, "events", "Open events", self)
        self.table.empty_words = "No event is open"
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.size_columns(stretched=NOTE)
        self.table.spare(NOTE, below_px=860, instead=STATE)
        self.table.elide_right(METRIC, NOTE, STATE)
        self.table.make_sortable()
        self.body.addWidget(self.table, 1)
        self._bar = QHBoxLayout()
        self._bar.setSpacing(6)
        self.acknowledge = self._add_action("acknowledge", "Acknowledge", "A")
        self.approve = self._add_action("approve", "Approve plan", "Ctrl+Return")
        self.reject = self._add_action("reject", "Reject plan", "Ctrl+Backspace")
        self.details = self._add_action("details", "Details", "Return")
        self.scope = self._add_action("scope", "Open scope", "O")
        self._bar.addStretch(1)
        self.body.addLayout(self._bar)
        # A menu of our own: Qt's for actions is run by `exec`, and a loop within the loop holds up everything else.
        self.menu = QMenu(self.table)
        self.menu.setObjectName("event_menu")
        self.menu.setAccessibleName("Event")
        self.menu.addActions(self.table.actions())
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.acknowledge.triggered.connect(self._acknowledge)
        self.approve.triggered.connect(self._approve)
        self.reject.triggered.connect(self._reject)
        self.details.triggered.connect(self._detail)
        self.scope.triggered.connect(self._open_scope)
        self.table.opened.connect(self._detail)
        self.table.selectionModel().selectionChanged.connect(self._weigh)
        self._weigh()

    def _add_action(self, name: str, text: str, key: str) -> QAction:
        action = QAction(text, self.table)
        action.setObjectName(f"event_{name}")
        action.setToolTip(f"{text} ({QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)})")
        if name != "details":
            # Enter is the table's own key: a second owner would make it ambiguous.
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.table.addAction(action)
        button = QToolButton(self)
        button.setObjectName(f"event_{name}_button")
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._bar.addWidget(button)
        return action

    def _show_menu(self, at: QPoint) -> None:
        self.menu.popup(self.table.viewport().mapToGlobal(at))

    def draw(self, snapshot: Snapshot) -> None:
        self.model.show(snapshot)
        self.table.flush()
        self._summarise()
        self._weigh()

    def _summarise(self) -> None:
        events = self.model.events
        cleared = sum(event.state is EventState.CLEARED for event in events)
        parts = [f"{len(events) - cleared:,} open"]
        critical = sum(
            event.severity is Severity.CRITICAL and event.state is not EventState.CLEARED for event in events
        )
        if critical:
            parts.append(f"{critical:,} critical")
        if cleared:
            parts.append(f"{figures.number(cleared)} back inside")
        self.note.say(" · ".join(parts) + " · severity, then longest standing")

    def _chosen(self) -> list[str]:
        return [key for key in self.table.chosen_keys() if isinstance(key, str)]

    def _weigh(self) -> None:
        """Only what makes sense for the chosen rows can be done."""
        chosen = [event for key in self._chosen() if (event := self.model.event_of(key)) is not None]
        planned = any(self.model.waiting(event.event_id) for event in chosen)
        fresh = {EventState.RAISED, EventState.CLEARED, EventState.MITIGATING}
        self.acknowledge.setEnabled(any(not event.acknowledged_by and event.state in fresh for event in chosen))
        self.approve.setEnabled(planned)
        self.reject.setEnabled(planned)
        self.details.setEnabled(bool(chosen))
        self.scope.setEnabled(bool(chosen))

    def _acknowledge(self) -> None:
        for key in self._chosen():
            self.acknowledge_requested.emit(key)

    def _send_plans(self, signal: SignalInstance) -> None:
        for key in self._chosen():
            plan = self.model.waiting(key)
            if plan is not None:
                signal.emit(plan.mitigation_id)

    def _approve(self) -> None:
        self._send_plans(self.approve_requested)

    def _reject(self) -> None:
        self._send_plans(self.reject_requested)

    def _detail(self) -> None:
        chosen = self._chosen()
        if chosen:
            self.details_requested.emit(chosen[0])

    def _open_scope(self) -> None:
        event = next((self.model.event_of(key) for key in self._chosen()), None)
        if event is not None:
            self.scope_requested.emit(event.scope)
