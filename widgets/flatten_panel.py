"""Closing positions under a stop: what it would cost, then armed for a short time, then done and read back.

It lies beside the proof, never in the way of it, and is no part of the button.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from core.halt.flatten.model import FlattenPlan, FlattenStep, FlattenStyle, FlattenView, RowState, count
from core.halt.model import HaltView
from core.snapshot import Snapshot
from widgets import figures
from widgets.flatten_table import NOTE, WORTH, FlattenTable
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.panel import Panel
from widgets.table import Table
from widgets.theme import Tone

OLD_S = 60.0
"""From when on the age of a preview is pointed out."""
STYLES = (("at the market", FlattenStyle.MARKET), ("in slices", FlattenStyle.SLICED))


class FlattenPanel(Panel):
    preview_requested = Signal(str, object)
    """The id of the stop, and the FlattenStyle."""
    arm_requested = Signal(str)
    """The id of the plan."""
    disarm_requested = Signal()
    fire_requested = Signal(str, str)
    """The id of the plan, and the reason."""
    end_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("flatten_panel", "Flatten", parent)
        self._halt_id = ""
        self._view: FlattenView | None = None
        self._closed = ""
        """The plan that somebody has put away."""
        self.totals = Line("", Tone.STRONG, font=text_font(13), elide=RIGHT)
        self.doubts = Line("", Tone.MEDIUM, font=text_font(12), elide=RIGHT)
        self.model = FlattenTable()
        self.table = Table(self.model, "flatten_rows", "Positions that would be closed", self)
        self.table.empty_words = "No position stands in this scope"
        self.table.size_columns(stretched=NOTE)
        self.table.spare(WORTH, below_px=800)
        self.table.elide_right(NOTE)
        self.table.make_sortable()
        self.reason = QLineEdit(self)
        self.reason.setObjectName("flatten_reason")
        self.reason.setAccessibleName("Reason for closing the positions")
        self.reason.setPlaceholderText("Reason (required)")
        self.style_of = QComboBox(self)
        self.style_of.setObjectName("flatten_style")
        self.style_of.setAccessibleName("At the market or in slices")
        self.style_of.addItems([words for words, _ in STYLES])
        self.look = _button("flatten_look", "Look again", "Read positions and order books anew", self)
        self.arm = _button("flatten_arm", "Arm", "Let it be fired for a short time", self)
        self.fire = _button("flatten_fire", "Flatten now", "Close these positions, reduce-only", self)
        self.put_away = _button("flatten_close", "Close", "Put the preview away", self)
        self._lay_out()
        self.look.clicked.connect(self.ask)
        self.arm.clicked.connect(self._arm)
        self.fire.clicked.connect(self._fire)
        self.put_away.clicked.connect(self._put_away)
        self.style_of.activated.connect(self.ask)
        self.reason.textChanged.connect(self._weigh)

    def _lay_out(self) -> None:
        low = QHBoxLayout()
        low.setSpacing(6)
        low.addWidget(self.style_of)
        low.addWidget(self.look)
        low.addWidget(self.reason, 1)
        for part in (self.arm, self.fire, self.put_away):
            low.addWidget(part)
        self.body.addWidget(self.totals)
        self.body.addWidget(self.doubts)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(low)

    def ask(self) -> None:
        """Look up what closing would cost; shown when it is there."""
        self._closed = ""
        if self._halt_id:
            self.preview_requested.emit(self._halt_id, STYLES[self.style_of.currentIndex()][1])

    def show_halt(self, halt: HaltView | None, snapshot: Snapshot) -> None:
        if (halt.halt_id if halt else "") != self._halt_id:
            self.reason.clear()
        self._halt_id = halt.halt_id if halt is not None else ""
        view = snapshot.flatten
        before = self._view
        mine = view is not None and view.plan.halt_id == self._halt_id and view.plan.plan_id != self._closed
        self._view = view if mine else None
        self.setVisible(self._view is not None)
        if self._view is None:
            return
        if self._view is not before:  # a preview is the same one cycle after cycle
            self.model.show(self._view)
            self.table.flush()
        self._say(self._view, snapshot.at_s)
        self._weigh()
        left_s = max(0.0, (self._view.armed_until_s or 0.0) - snapshot.at_s)
        armed = self._view.step is FlattenStep.ARMED
        self.arm.setText(f"Disarm · {figures.lasting(left_s)}" if armed else "Arm")

    # -- what it says ---------------------------------------------------------------------------------------------

    def _say(self, view: FlattenView, now_s: float) -> None:
        age_s = max(0.0, now_s - view.plan.made_at_s)
        old = age_s >= OLD_S and view.step is FlattenStep.PREVIEWED
        self.note.say(f"read {figures.seconds(age_s)} ago", Tone.MEDIUM if old else Tone.FAINT)
        if view.report is not None:
            report = view.report
            self.totals.say(report.sentence, Tone.OK if report.complete else Tone.CRITICAL)
            self.note.say(f"by {report.operator} · took {figures.seconds(report.took_s)}")
        elif view.step is FlattenStep.RUNNING:
            self.totals.say(_progress(view), Tone.STRONG)
        else:
            self.totals.say(_cost(view.plan), Tone.STRONG)
        doubts = _doubts(view.plan)
        self.doubts.setVisible(bool(doubts))
        self.doubts.say(doubts)
        self.doubts.setToolTip("\n".join(f"{row.account}: {row.reason}" for row in view.plan.unread))

    def _weigh(self) -> None:
        view = self._view
        step = view.step if view is not None else FlattenStep.ENDED
        running, armed = step is FlattenStep.RUNNING, step is FlattenStep.ARMED
        may_arm = view is not None and view.report is None and bool(view.plan.closable)
        self.arm.setEnabled(armed or (may_arm and not running))
        self.fire.setText("End" if running else "Flatten now")
        self.fire.setEnabled(running or (armed and bool(self.reason.text().strip())))
        for part in (self.look, self.style_of, self.put_away):
            part.setEnabled(not running)

    # -- what is asked --------------------------------------------------------------------------------------------

    def _arm(self) -> None:
        if self._view is None:
            return
        if self._view.step is FlattenStep.ARMED:
            self.disarm_requested.emit()
        else:
            self.arm_requested.emit(self._view.plan.plan_id)

    def _fire(self) -> None:
        reason = self.reason.text().strip()
        if self._view is None:
            return
        if self._view.step is FlattenStep.RUNNING:
            self.end_requested.emit()
        elif reason:
            self.fire.setEnabled(False)  # a second click is none
            self.fire_requested.emit(self._view.plan.plan_id, reason)

    def _put_away(self) -> None:
        if self._view is None:
            return
        if self._view.step is FlattenStep.ARMED:
            self.disarm_requested.emit()
        self._closed = self._view.plan.plan_id
        self.hide()


def _cost(plan: FlattenPlan) -> str:
    if not plan.closable:
        return "nothing can be closed from here" if plan.rows else "no position stands in this scope"
    parts = []
    for total in plan.totals:
        if not total.coin:
            parts.append(f"{figures.count(total.positions, 'position')} of which nobody knows what closing costs")
            continue
        worth, cost = figures.money(total.notional, total.coin), figures.money(total.cost, total.coin)
        more = f", {figures.number(total.incomplete)} not wholly known" if total.incomplete else ""
        parts.append(f"{figures.count(total.positions, 'position')}, {worth}: closing costs about {cost}{more}")
    return " · ".join(parts)


def _progress(view: FlattenView) -> str:
    """`12 of 42 positions flat · 3 of 7 accounts done · 2 left · 1 unknown`."""
    outcomes = view.outcomes
    accounts = {row.account for row in outcomes}
    busy = {row.account for row in outcomes if row.state in {RowState.WAITING, RowState.SENDING}}
    words = [f"{figures.number(count(outcomes, RowState.FLAT))} of {figures.number(len(outcomes))} positions flat"]
    words.append(f"{figures.number(len(accounts - busy))} of {figures.number(len(accounts))} accounts done")
    troubled = ((state, count(outcomes, state)) for state in (RowState.LEFT, RowState.UNKNOWN))
    return " · ".join([*words, *(f"{figures.number(number)} {state.value}" for state, number in troubled if number)])


def _doubts(plan: FlattenPlan) -> str:
    stay = len(plan.rows) - len(plan.closable)
    said = [
        f"{figures.count(len(plan.unread), 'account')} could not be read" if plan.unread else "",
        f"{figures.count(stay, 'position')} cannot be closed from here" if stay else "",
        f"orders may still rest in {figures.count(len(plan.unproven), 'account')}" if plan.unproven else "",
        f"coins of {figures.count(len(plan.coins_only), 'account')} stay" if plan.coins_only else "",
    ]
    return " · ".join(part for part in said if part)


def _button(name: str, words: str, accessible: str, parent: QWidget) -> QPushButton:
    button = QPushButton(words, parent)
    button.setObjectName(name)
    button.setAccessibleName(accessible)
    return button
