"""One plan: what it would do, before and after, and until when it can be approved."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.mitigation.model import ENDED_STATES, WAITING_STATES, Mitigation
from core.snapshot import MetricInfo
from widgets import figures
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.marks import metric_words, scope_words, severity_tone
from widgets.mitigation_words import state_words, who
from widgets.theme import Tone


def sentence(plan: Mitigation) -> str:
    """`Cut 3 positions in 2 accounts by 25 %`."""
    if not plan.reductions:
        return "Nothing to reduce"
    accounts = len({reduction.account for reduction in plan.reductions})
    legs = figures.count(len(plan.reductions), "position")
    return f"Cut {legs} in {figures.count(accounts, 'account')} by {figures.percent(plan.share, trim=True)}"


class MitigationCard(QFrame):
    approved = Signal(str)
    rejected = Signal(str)
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.mitigation_id = ""
        self.sentence = Line("", Tone.STRONG, font=text_font(13, QFont.Weight.DemiBold))
        self.state = Line("", font=figure_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self.scope = Line("", Tone.FAINT, font=text_font(12))
        self.measure = Line("", Tone.NORMAL, font=text_font(12))
        self.before = Line("", font=figure_font(12))
        self.after = Line("", font=figure_font(12))
        self.target = Line("", Tone.FAINT, font=text_font(12), align=RIGHT_MIDDLE)
        self.open = QPushButton("Effect and changes", self)
        self.open.setToolTip("See what it does to every limit, and change it")
        self.open.clicked.connect(self._open)
        self.reject = QPushButton("Reject", self)
        self.approve = QPushButton("Approve", self)
        self.approve.setProperty("role", "primary")
        self.approve.clicked.connect(self._approve)
        self.reject.clicked.connect(self._reject)
        self._lay_out()

    def _lay_out(self) -> None:
        top, middle, self._low = QHBoxLayout(), QHBoxLayout(), QWidget(self)
        top.addWidget(self.sentence, 1)
        top.addWidget(self.state)
        for part, share in ((self.measure, 4), (self.before, 3), (self.after, 4), (self.target, 4)):
            middle.addWidget(part, share)
        buttons = QHBoxLayout(self._low)
        buttons.setContentsMargins(0, 2, 0, 0)
        buttons.addStretch(1)
        buttons.addWidget(self.open)
        buttons.addWidget(self.reject)
        buttons.addWidget(self.approve)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(9, 6, 9, 6)
        whole.setSpacing(1)
        whole.addLayout(top)
        whole.addWidget(self.scope)
        whole.addLayout(middle)
        whole.addWidget(self._low)

    def show_plan(self, plan: Mitigation, info: MetricInfo | None, base: str, now_s: float) -> None:
        self.mitigation_id = plan.mitigation_id
        unit = info.unit if info else ""
        text, tone = state_words(plan, now_s)
        self.sentence.say(sentence(plan))
        self.state.say(text, tone)
        cut = figures.money(sum(reduction.notional for reduction in plan.reductions), base)
        self.scope.say(" · ".join(part for part in (scope_words(plan.scope), cut, who(plan), plan.note) if part))
        self.measure.say(info.title.lower() if info else metric_words(plan.metric))
        self.before.say(figures.figure(plan.before, unit, base), severity_tone(int(plan.severity)))
        self._show_after(plan, unit, base)
        self.target.say(f"target {figures.limit(plan.target, unit, base) or figures.UNKNOWN}")
        self._low.setVisible(plan.state in WAITING_STATES)
        self.setToolTip("\n".join(part for part in (plan.summary, *plan.left_out) if part))
        self.setAccessibleName(f"{sentence(plan)}, {scope_words(plan.scope)}, {text}")
        self.open.setAccessibleName(f"Effect and changes: {sentence(plan)}, {scope_words(plan.scope)}")
        self.approve.setAccessibleName(f"Approve: {sentence(plan)}, {scope_words(plan.scope)}")
        self.reject.setAccessibleName(f"Reject: {sentence(plan)}, {scope_words(plan.scope)}")

    def _show_after(self, plan: Mitigation, unit: str, base: str) -> None:
        ended = plan.state in ENDED_STATES
        if ended and not math.isnan(plan.after):
            self.after.say(f"→ {figures.figure(plan.after, unit, base)}", Tone.OK if plan.verified else Tone.UNKNOWN)
        elif math.isnan(plan.expected):
            self.after.say("→ stops growing", Tone.NORMAL)
        else:
            self.after.say(f"→ {figures.figure(plan.expected, unit, base)}", Tone.FAINT if ended else Tone.OK)

    def _open(self) -> None:
        self.opened.emit(self.mitigation_id)

    def _approve(self) -> None:
        self.approved.emit(self.mitigation_id)

    def _reject(self) -> None:
        self.rejected.emit(self.mitigation_id)
