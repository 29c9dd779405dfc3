"""What is being mended now: one row per running plan, with how far it is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.mitigation.model import ENDED_STATES, WAITING_STATES, Mitigation, MitigationState
from core.mitigation.report import ReductionOutcome
from core.snapshot import Snapshot
from widgets import figures
from widgets.bar import HeadroomBar
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.marks import scope_words
from widgets.mitigation_words import state_words, urgency, what
from widgets.row_button import RowButton
from widgets.theme import Tone

MOST_ROWS = 3
ROW_PX, BAR_PX = 22, 54
_ORDER = (MitigationState.RUNNING, MitigationState.VERIFYING, MitigationState.CONFIRMING)


def running(plans: Sequence[Mitigation]) -> list[Mitigation]:
    """Those that are under way: what sends orders first, then what is being proven, then what is about to begin."""
    under_way = (plan for plan in plans if plan.state not in WAITING_STATES | ENDED_STATES)
    return sorted(under_way, key=lambda plan: (_ORDER.index(plan.state), urgency(plan)))


def share_done(outcomes: Sequence[ReductionOutcome]) -> float:
    """Of the planned notional, 0 to 1; NaN while any of it cannot be known, or where there is nothing to cut."""
    planned = math.fsum(row.reduction.notional for row in outcomes)
    if not planned:
        return math.nan
    return math.fsum(row.reduction.notional * _share_filled(row) for row in outcomes) / planned


def _share_filled(row: ReductionOutcome) -> float:
    share = row.filled / row.reduction.quantity if row.reduction.quantity else 0.0
    return 1.0 if share > 1.0 else share  # not `min`: of 1 and NaN that makes 1, and what is unknown would be done


def progress_words(plan: Mitigation, outcomes: Sequence[ReductionOutcome], now_s: float) -> str:
    """`1 of 3 cuts, 34 %`; its state where nothing is cut or nothing was begun, and also where it does not run."""
    state = state_words(plan, now_s)[0]
    if not outcomes:
        return state
    done = sum(row.filled >= row.reduction.quantity for row in outcomes)
    share = share_done(outcomes)
    told = figures.UNKNOWN if math.isnan(share) else figures.percent(share)
    words = f"{figures.number(done)} of {figures.count(len(outcomes), 'cut')}, {told}"
    return words if plan.state is MitigationState.RUNNING else f"{state} · {words}"


class RunningRow(RowButton):
    opened = Signal(str)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self.mitigation_id = ""
        self.what = Line("", Tone.STRONG, font=text_font(12, QFont.Weight.Medium), elide=RIGHT)
        self.bar = HeadroomBar()
        self.state = Line("", Tone.ACCENT, font=figure_font(11), align=RIGHT_MIDDLE, elide=RIGHT)
        self.bar.setFixedWidth(BAR_PX)
        self.row.addWidget(self.what, 1)
        self.row.addWidget(self.bar)
        self.row.addWidget(self.state)
        self.setFixedHeight(ROW_PX)
        self.clicked.connect(self._open)

    def _open(self) -> None:
        self.opened.emit(self.mitigation_id)

    def show_plan(self, plan: Mitigation, outcomes: Sequence[ReductionOutcome], now_s: float) -> None:
        self.mitigation_id = plan.mitigation_id
        name = f"{scope_words(plan.scope)} · {what(plan)}"
        words = progress_words(plan, outcomes, now_s)
        share = share_done(outcomes)
        unknown = bool(outcomes) and math.isnan(share)
        self.what.say(name)
        self.state.say(f"◆ {words}" if unknown else words, Tone.UNKNOWN if unknown else Tone.ACCENT)
        # Before an order is sent nothing is done: that is known, and an empty bar says it.
        self.bar.show_used(share if outcomes else 0.0, Tone.ACCENT)
        self.bar.setVisible(bool(plan.reductions))
        self.setToolTip(plan.summary)
        self.setAccessibleName(f"{name}: {words}")


class RunningRows(QWidget):
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("running_plans")
        self.setAccessibleName("Being mended now")
        self.rows = [RunningRow(f"running_{place}", self) for place in range(MOST_ROWS)]
        self.rest = Line("", Tone.FAINT, font=text_font(12))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2)
        column.setSpacing(0)
        for row in self.rows:
            row.opened.connect(self.opened)
            column.addWidget(row)
        column.addWidget(self.rest)

    def show_plans(self, plans: Sequence[Mitigation], snapshot: Snapshot) -> None:
        self.setVisible(bool(plans))
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(plans))
            if place < len(plans):
                plan = plans[place]
                row.show_plan(plan, snapshot.progress.get(plan.mitigation_id, ()), snapshot.at_s)
        more = len(plans) - len(self.rows)
        self.rest.setVisible(more > 0)
        self.rest.say(f"and {figures.number(more)} more under way" if more > 0 else "")
