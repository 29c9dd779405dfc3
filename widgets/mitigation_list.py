"""The list of mitigations: what waits and runs, or what has ended; one is looked at, several are answered at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.mitigation.model import WAITING_STATES, Mitigation
from core.snapshot import Snapshot
from widgets import figures
from widgets.mitigation_model import AFTER, AGE, BEFORE, COST, METRIC, SCOPE, STATE, WHAT, MitigationModel
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone


class MitigationList(Panel):
    chosen = Signal(str)
    """The one that is looked at; "" for none."""
    approve_requested = Signal(str)
    reject_requested = Signal(str, str)
    """The id of a mitigation, and the reason."""
    scope_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("mitigation_list", "Mitigations", parent)
        self.ended = False
        self.model = MitigationModel()
        self.table = Table(self.model, "mitigation_rows", "Mitigations", self)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.size_columns(stretched=WHAT)
        for column, below_px in ((AGE, 900), (BEFORE, 840), (AFTER, 840), (COST, 760), (METRIC, 680)):
            self.table.spare(column, below_px=below_px)
        self.table.elide_right(WHAT, METRIC, STATE)
        self.table.make_sortable()
        self.reason = QLineEdit(self)
        self.reason.setObjectName("mitigation_bulk_reason")
        self.reason.setAccessibleName("Reason for rejecting the chosen plans")
        self.reason.setPlaceholderText("Reason for rejecting")
        self.approve = self._button("mitigation_bulk_approve", "Approve chosen", "Ctrl+Return", self._approve)
        self.reject = self._button("mitigation_bulk_reject", "Reject chosen", "Ctrl+Backspace", self._reject)
        self.scope = self._button("mitigation_open_scope", "Open scope", "O", self._open_scope)
        row = QHBoxLayout()
        row.setSpacing(6)
        for part in (self.approve, self.reject):
            row.addWidget(part)
        row.addWidget(self.reason, 1)
        row.addWidget(self.scope)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(row)
        self.table.selectionModel().selectionChanged.connect(self._weigh)
        self.table.chosen.connect(self._look)
        self.show_ended(False)

    def _button(self, name: str, text: str, key: str, act: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(f"{text} ({native})")
        shortcut = QShortcut(QKeySequence(key), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(button.click)
        button.clicked.connect(act)
        return button

    def show_ended(self, ended: bool) -> None:
        self.ended = ended
        self.table.empty_words = "None has ended yet" if ended else "No plan is waiting and none is running"
        self.table.setAccessibleName("Mitigations that have ended" if ended else "Mitigations that wait or run")
        if self._snapshot is not None:
            self.draw(self._snapshot)
        self._weigh()

    def draw(self, snapshot: Snapshot) -> None:
        self.model.show_plans(snapshot, ended=self.ended)
        self.table.flush()
        waiting, all_of_them = self.model.waiting, len(self.model.lines)
        if self.ended:
            self.note.say(f"{figures.number(all_of_them)} ended, the newest first")
        else:
            running = all_of_them - waiting
            self.note.say(
                f"{figures.number(waiting)} waiting · {figures.number(running)} running",
                Tone.HIGH if waiting else Tone.FAINT,
            )
        self._weigh()

    def plans(self) -> list[Mitigation]:
        """The chosen ones."""
        return [plan for key in self.table.chosen_keys() if (plan := self.model.plan(key)) is not None]

    def choose(self, mitigation_id: str) -> None:
        self.table.choose_key(mitigation_id, SCOPE)

    def _weigh(self) -> None:
        chosen = self.plans()
        waiting = [plan for plan in chosen if plan.state in WAITING_STATES]
        for button, word in ((self.approve, "Approve"), (self.reject, "Reject")):
            button.setEnabled(bool(waiting))
            button.setText(f"{word} {figures.count(len(waiting), 'plan')}" if len(waiting) > 1 else f"{word} chosen")
        self.reason.setEnabled(bool(waiting))
        self.scope.setEnabled(bool(chosen))

    def _look(self, key: object) -> None:
        if isinstance(key, str):
            self.chosen.emit(key)

    def _approve(self) -> None:
        for plan in self.plans():
            if plan.state in WAITING_STATES:
                self.approve_requested.emit(plan.mitigation_id)

    def _reject(self) -> None:
        reason = self.reason.text().strip()
        for plan in self.plans():
            if plan.state in WAITING_STATES:
                self.reject_requested.emit(plan.mitigation_id, reason)
        self.reason.clear()

    def _open_scope(self) -> None:
        plan = next(iter(self.plans()), None)
        if plan is not None:
            self.scope_requested.emit(plan.scope)
