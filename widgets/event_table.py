"""What needs attention, and what a person can do about it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QMenu, QToolButton, QWidget

from core.domain import Severity
from core.events.model import Event, EventState
from core.guidance import button_words
from core.snapshot import Snapshot
from widgets import figures
from widgets.event_model import METRIC, NOTE, SCOPE, STAKE, STATE, EventModel
from widgets.help_entries import event_key
from widgets.panel import Panel
from widgets.table import Table

ANSWERABLE = frozenset({EventState.RAISED, EventState.CLEARED, EventState.MITIGATING})


class EventTable(Panel):
    acknowledge_requested = Signal(str)
    acknowledge_all_requested = Signal(object)
    """The ids of several events, as of a group."""
    approve_requested = Signal(str)
    """The id of the mitigation that waits for the chosen event."""
    reject_requested = Signal(str)
    details_requested = Signal(str)
    scope_requested = Signal(object)
    shelve_asked = Signal()
    """The form for it is wanted."""
    resolve_asked = Signal()
    unshelve_requested = Signal(object)
    """Ids of events that are taken back from where they were put aside."""

    def __init__(self, parent: QWidget | None = None, *, acts: bool = False) -> None:
        """`acts`: whether events are put aside and resolved from here, for which somebody has to show a form."""
        super().__init__("event_table", "Events", parent)
        self.model = EventModel()
        self.table = Table(self.model, "events", "Open events", self)
        self.table.empty_words = "No event is open"
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.size_columns(stretched=NOTE)
        self.table.spare(NOTE, below_px=860, instead=STATE)
        self.table.spare(STAKE, below_px=860)
        self.table.elide_right(METRIC, NOTE, STATE)
        self.table.make_sortable()
        self.body.addWidget(self.table, 1)
        self._bar = QHBoxLayout()
        self._bar.setSpacing(6)
        self.acknowledge = self._add_action("acknowledge", "Acknowledge", "A", self._acknowledge)
        self.approve = self._add_action("approve", "Approve plan", "Ctrl+Return", self._approve)
        self.reject = self._add_action("reject", "Reject plan", "Ctrl+Backspace", self._reject)
        self.details = self._add_action("details", "Details", "Return", self._detail)
        self.scope = self._add_action("scope", "Open scope", "O", self._open_scope)
        self.group = self._add_action("group", "Open group", "G", self._turn_group)
        self.shelve = self._add_action("shelve", "Shelve…", "H", lambda: self.shelve_asked.emit(), shown=acts)
        self.unshelve = self._add_action("unshelve", "Unshelve", "U", self._unshelve, shown=acts)
        self.resolve = self._add_action("resolve", "Resolve…", "R", lambda: self.resolve_asked.emit(), shown=acts)
        self._bar.addStretch(1)
        self.body.addLayout(self._bar)
        # A menu of our own: Qt's for actions is run by `exec`, and a loop within the loop holds up everything else.
        self.menu = QMenu(self.table)
        self.menu.setObjectName("event_menu")
        self.menu.setAccessibleName("Event")
        self.menu.addActions(self.table.actions())
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.opened.connect(self._open)
        self.table.clicked.connect(self._clicked)
        self.table.selectionModel().selectionChanged.connect(self._weigh)
        self._weigh()

    def _add_action(self, name: str, text: str, key: str, act: object, *, shown: bool = True) -> QAction:
        action = QAction(text, self.table)
        action.setObjectName(f"event_{name}")
        action.setToolTip(_tip(name, text, key))
        action.triggered.connect(act)
        if not shown:
            return action
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
        open_, critical, cleared = 0, 0, 0
        for event in self.model.events:
            if event.annunciated and event.state is EventState.CLEARED:
                cleared += 1
            elif event.annunciated:
                open_ += 1
                critical += event.severity is Severity.CRITICAL
        parts = [f"{figures.number(open_)} open"]
        if critical:
            parts.append(f"{figures.number(critical)} critical")
        if cleared:
            parts.append(f"{figures.number(cleared)} back inside")
        flood = self.model.rows.flood
        if flood.active:
            parts.append(f"▲ flood: {figures.number(flood.below)} held back")
        self.note.say(" · ".join(parts) + " · severity, at stake, longest standing")

    def help_key(self) -> str:
        """The guidance for the chosen event (`help_entries.Explained`)."""
        return next((key for event in self.chosen_events() if (key := event_key(event.metric))), "")

    def chosen_events(self) -> list[Event]:
        """What an act on the chosen rows means: a group's own row stands for all of it."""
        found = {event.event_id: event for key in self.table.chosen_keys() for event in self.model.events_under(key)}
        return list(found.values())

    def _weigh(self) -> None:
        """Only what makes sense for the chosen rows can be done."""
        chosen = self.chosen_events()
        planned = any(self.model.waiting(event.event_id) for event in chosen)
        self.acknowledge.setEnabled(any(_answerable(event) for event in chosen))
        self.approve.setEnabled(planned)
        self.reject.setEnabled(planned)
        self.details.setEnabled(bool(chosen))
        self.scope.setEnabled(bool(chosen))
        groups = [group for key in self.table.chosen_keys() if (group := self.model.group_of(key)) is not None]
        self.group.setEnabled(bool(groups))
        self.group.setText("Shut group" if groups and groups[0].key in self.model.opened else "Open group")
        self.shelve.setEnabled(any(event.shelf is None for event in chosen))
        self.unshelve.setEnabled(any(event.shelf is not None for event in chosen))
        self.resolve.setEnabled(any(event.state is EventState.CLEARED for event in chosen))

    def _acknowledge(self) -> None:
        answered = [event.event_id for event in self.chosen_events() if _answerable(event)]
        if len(answered) == 1:
            self.acknowledge_requested.emit(answered[0])
        elif answered:
            self.acknowledge_all_requested.emit(tuple(answered))

    def _send_plans(self, signal: SignalInstance) -> None:
        for event in self.chosen_events():
            plan = self.model.waiting(event.event_id)
            if plan is not None:
                signal.emit(plan.mitigation_id)

    def _approve(self) -> None:
        self._send_plans(self.approve_requested)

    def _reject(self) -> None:
        self._send_plans(self.reject_requested)

    def _unshelve(self) -> None:
        back = tuple(event.event_id for event in self.chosen_events() if event.shelf is not None)
        if back:
            self.unshelve_requested.emit(back)

    def _open(self, key: object) -> None:
        """Enter or a double click: a group's own row opens, an event shows its details."""
        if isinstance(key, str) and self.model.event_of(key) is None:
            self._turn_group()
        else:
            self._detail()

    def _clicked(self, index: QModelIndex) -> None:
        """The arrow stands before the scope."""
        if index.column() == SCOPE and self.model.group_of(self.model.key(index)) is not None:
            self._turn_group()

    def _turn_group(self) -> None:
        for key in self.table.chosen_keys():
            self.model.turn(key)
        self.table.flush()
        self._weigh()

    def _detail(self) -> None:
        chosen = self.chosen_events()
        if chosen:
            self.details_requested.emit(chosen[0].event_id)

    def _open_scope(self) -> None:
        chosen = self.chosen_events()
        if chosen:
            self.scope_requested.emit(chosen[0].scope)


def _answerable(event: Event) -> bool:
    return not event.acknowledged_by and event.state in ANSWERABLE


def _tip(name: str, text: str, key: str) -> str:
    shown = f"{text} ({QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)})"
    words = button_words().get(name, "")
    return f"{shown}\n{words}" if words else shown
