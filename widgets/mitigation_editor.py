"""The positions of a plan and how much of each it cuts, to be changed by hand while it waits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.mitigation.by_hand import Choice, Cut, Key
from core.mitigation.effect import PlanPreview
from core.mitigation.model import Mitigation
from core.mitigation.report import ReductionOutcome
from widgets import figures
from widgets.mitigation_cuts import (
    COST,
    FILLED,
    INSTRUMENT,
    NOTE,
    OF_BOOK,
    SIDE,
    STRATEGY,
    CutLine,
    CutModel,
    of_choices,
    of_plan,
)
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

NOTE_PX, COST_PX = 760, 600
"""Widths of the table below which a column gives way."""


class MitigationEditor(Panel):
    changed = Signal(object, float)
    """The cuts that are wanted now (a tuple of Cut), and the share of every position that none of them names."""
    reset = Signal()
    """As it was planned."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("mitigation_editor", "Positions", parent)
        self._choices: tuple[Choice, ...] | None = None
        """What is on the screen, where it is of a preview."""
        self.model = CutModel()
        self.table = Table(self.model, "mitigation_cuts", "What the plan cuts, position by position", self)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.size_columns(stretched=NOTE)
        self.table.spare(NOTE, below_px=NOTE_PX, instead=INSTRUMENT)
        self.table.spare(STRATEGY, below_px=680)
        self.table.spare(COST, below_px=COST_PX)
        self.table.spare(SIDE, below_px=COST_PX)  # the sign of what is held says it too
        self.table.elide_right(NOTE)
        self.table.empty_words = "No position to cut"
        self.table.make_sortable()
        self.amount = self._line("mitigation_amount", "How much to cut of the chosen positions", "50 % or 1.25")
        self.every = self._line("mitigation_share", "How much to cut of every position", "25 %")
        self.set_it = self._button("mitigation_set", "Cut chosen", "Cut so much of the chosen positions")
        self.leave = self._button("mitigation_leave_out", "Leave out", "Leave the chosen positions alone (Delete)")
        self.set_all = self._button("mitigation_set_all", "Cut all", "Cut this share of every position of the scope")
        self.undo = self._button("mitigation_as_planned", "As planned", "Take back every change")
        self.row = QWidget(self)
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        for part in (self.amount, self.set_it, self.leave, self.every, self.set_all, self.undo):
            row.addWidget(part, 1 if isinstance(part, QLineEdit) else 0)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.row)
        self._wire()

    def _wire(self) -> None:
        self.set_it.clicked.connect(self._set)
        self.amount.returnPressed.connect(self._set)
        self.leave.clicked.connect(self._leave_out)
        self.set_all.clicked.connect(self._set_all)
        self.every.returnPressed.connect(self._set_all)
        self.undo.clicked.connect(self.reset)
        self.table.opened.connect(self._edit)
        for key, act in ((Qt.Key.Key_Delete, self._leave_out), (Qt.Key.Key_E, self._edit)):
            shortcut = QShortcut(QKeySequence(key), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)
        self.table.selectionModel().selectionChanged.connect(self._weigh)
        for line in (self.amount, self.every):
            line.textChanged.connect(self._weigh)
        self._weigh()

    def _line(self, name: str, title: str, words: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(name)
        line.setAccessibleName(title)
        line.setToolTip(title)
        line.setPlaceholderText(words)
        line.setMinimumWidth(64)
        return line

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(tip)
        return button

    # -- what it shows --------------------------------------------------------------------------------------------

    def show_choices(self, preview: PlanPreview, base: str, now_s: float) -> None:
        if preview.choices is self._choices:  # looked up anew every few seconds, and drawn ten times in one
            return
        self._show(of_choices(preview.choices), base, now_s, followed=False)
        self._choices = preview.choices
        cut = sum(1 for line in self.model.lines if line.cut)
        told = f"{figures.number(cut)} of {figures.count(preview.choices_all, 'position')} cut"
        if preview.choices_all > len(self.model.lines):
            told += f", the largest {figures.number(len(self.model.lines))} listed"
        self.note.say(told)
        self.undo.setVisible(bool(preview.mitigation_id))

    def show_plan(self, plan: Mitigation, progress: Sequence[ReductionOutcome], base: str, now_s: float) -> None:
        """As it runs or ran; or while nothing more is known of one that waits."""
        self._show(of_plan(plan, progress), base, now_s, followed=bool(progress))
        filled = sum(1 for row in progress if row.client_order_ids and not row.refused)
        orders = sum(len(row.client_order_ids) for row in progress)
        words = (
            f"{figures.count(orders, 'order')} sent · {figures.number(filled)} of {figures.number(len(progress))} done"
        )
        self.note.say(words if progress else "")

    def _show(self, lines: tuple[CutLine, ...], base: str, now_s: float, *, followed: bool) -> None:
        self._choices = None
        self.model.followed = followed
        # While orders are on their way what they came to is worth more room than what they were expected to cost.
        wide = self.table.width()
        self.table.setColumnHidden(FILLED, not followed)
        self.table.setColumnHidden(OF_BOOK, followed)
        self.table.setColumnHidden(COST, followed or wide < COST_PX)
        self.table.setColumnHidden(NOTE, not followed and wide < NOTE_PX)
        self.model.show(lines, base, now_s)
        self.table.flush()
        self._weigh()

    def allow(self, editing: bool) -> None:
        self.row.setVisible(editing)

    def clear(self) -> None:
        self._show((), self.model.base, self.model.now_s, followed=False)
        self.note.say("")

    # -- what is wanted -------------------------------------------------------------------------------------------

    def _weigh(self) -> None:
        chosen = bool(self.table.chosen_keys())
        self.set_it.setEnabled(chosen and amount_of(self.amount.text(), 1.0) is not None)
        self.leave.setEnabled(chosen)
        self.set_all.setEnabled(share_of(self.every.text()) is not None)
        for line, wrong in (
            (self.amount, bool(self.amount.text()) and amount_of(self.amount.text(), 1.0) is None),
            (self.every, bool(self.every.text()) and share_of(self.every.text()) is None),
        ):
            line.setToolTip("a share (50 %) or an amount in base units" if wrong else line.accessibleName())

    def _edit(self) -> None:
        if self.row.isVisible():
            self.amount.setFocus()
            self.amount.selectAll()

    def _set(self) -> None:
        if not self.row.isVisible():
            return
        wanted = {line.key: line.cut for line in self.model.lines}
        for line in self._chosen():
            amount = amount_of(self.amount.text(), abs(line.held))
            if amount is None:
                self.note.say("a share (50 %) or an amount in base units", Tone.MEDIUM)
                return
            wanted[line.key] = amount
        self._send(wanted)

    def _leave_out(self) -> None:
        if self.row.isVisible():
            chosen = {line.key for line in self._chosen()}
            self._send({line.key: 0.0 if line.key in chosen else line.cut for line in self.model.lines})

    def _set_all(self) -> None:
        share = share_of(self.every.text())
        if share is not None and self.row.isVisible():
            self.note.say("looking …")
            self.changed.emit((), share)

    def _chosen(self) -> list[CutLine]:
        keys = set(self.table.chosen_keys())
        return [line for line in self.model.lines if line.identity in keys]

    def _send(self, wanted: dict[Key, float]) -> None:
        self.note.say("looking …")
        self.changed.emit(tuple(Cut(*key, amount) for key, amount in wanted.items() if amount > 0.0), 0.0)


def amount_of(text: str, held: float) -> float | None:
    """`50 %` of what is held, `all`, or an amount in base units; None where it is neither."""
    text = text.strip().lower()
    if text == "all":
        return math.inf
    share = share_of(text) if text.endswith("%") else None
    if share is not None:
        # The whole is asked for as such: what is no whole lot goes with it.
        return math.inf if share >= 1.0 else share * held
    amount = figures.read(text)
    return amount if amount is not None and amount >= 0.0 else None


def share_of(text: str) -> float | None:
    """`25 %` or `25` as a share, 0 to 1; None where it is none."""
    value = figures.read(text.strip().removesuffix("%").strip())
    return value / 100.0 if value is not None and 0.0 < value <= 100.0 else None
