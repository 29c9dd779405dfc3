"""One plan in full: what it cuts, what that does to every limit, how old the figures are; approved exactly as shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.domain import Scope
from core.mitigation.by_hand import Cut
from core.mitigation.effect import PlanPreview
from core.mitigation.model import WAITING_STATES, Mitigation
from core.snapshot import Snapshot
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.marks import scope_words
from widgets.mitigation_editor import MitigationEditor
from widgets.mitigation_effect import AGE, CLEARS, LIMIT, NEXT, EffectModel, of_plan
from widgets.mitigation_words import state_words, what, who
from widgets.panel import Panel, SnapshotWidget
from widgets.table import Table
from widgets.theme import Tone

SHARES = (52, 48)
MOST_WARNINGS = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """What is looked at: a plan as it is or with other cuts, or a draft for a scope."""

    mitigation_id: str = ""
    scope: Scope | None = None
    cuts: tuple[Cut, ...] | None = None
    share: float = 0.0


class EffectPanel(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("mitigation_effect", "Effect on every limit", parent)
        self.model = EffectModel()
        self.table = Table(self.model, "mitigation_limits", "Every limit before and after the plan", self)
        self.table.size_columns(stretched=LIMIT)
        for column, below_px in ((CLEARS, 720), (NEXT, 640), (AGE, 580)):
            self.table.spare(column, below_px=below_px)
        self.table.elide_right(LIMIT)
        self.table.make_sortable()
        self.body.addWidget(self.table, 1)

    def show_effect(self, preview: PlanPreview | None, ran: Mitigation | None, snapshot: Snapshot, words: str) -> None:
        """`ran`: the plan itself, once it waits for nobody any more."""
        effect = preview.effect if preview is not None else None
        lines = effect.limits if effect is not None else of_plan(ran) if ran is not None else ()
        self.caption.say("WHAT IT ANSWERS" if ran is not None else "EFFECT ON EVERY LIMIT")
        if lines is not self.model.lines:  # of a preview they are the same, draw after draw
            self.model.infos = {info.name: info for info in snapshot.matrix.metrics}
            self.model.show(lines, snapshot.base_currency, snapshot.at_s)
        self.table.empty_words = words
        self.table.flush()
        if effect is None or preview is None:
            self.note.say("")
            return
        age_s = effect.age_s + max(0.0, snapshot.at_s - preview.made_at_s)
        old = age_s > preview.max_age_s
        told = f"figures {figures.seconds(age_s)} old, {figures.seconds(preview.max_age_s)} allowed"
        if effect.limits_all > len(effect.limits):
            told = (
                f"the worst {figures.number(len(effect.limits))} of {figures.number(effect.limits_all)} limits · {told}"
            )
        if effect.worse:
            told = f"{figures.number(len(effect.worse))} worse · {told}"
        self.note.say(told, Tone.CRITICAL if old else Tone.FAINT)


class MitigationDetail(SnapshotWidget):
    wished = Signal(object)
    """The Trial that is looked at from now on; None for none."""
    preview_approved = Signal(str, str)
    """The id of a preview, and the reason."""
    plan_approved = Signal(str)
    """The id of a mitigation that closes no position: there is nothing to look at beforehand."""
    rejected = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("mitigation_detail", "Plan in full", parent)
        self.trial: Trial | None = None
        self._known: frozenset[str] | None = None
        """Mitigations that there were when a draft was approved: the next one is what became of it."""
        self.heading = Line("", Tone.STRONG, font=text_font(14, QFont.Weight.DemiBold), elide=RIGHT)
        self.state = Line("", font=text_font(13, QFont.Weight.DemiBold), align=RIGHT_MIDDLE)
        self.story = Line("", Tone.NORMAL, font=text_font(12), elide=RIGHT)
        self.warnings = QLabel("", self)
        self.warnings.setObjectName("mitigation_warnings")
        self.warnings.setAccessibleName("What has to be seen before approving")
        self.warnings.setWordWrap(True)
        self.warnings.setTextFormat(Qt.TextFormat.PlainText)
        self.warnings.setProperty("role", "warning")
        self.doubts = Line("", Tone.MEDIUM, font=text_font(12), elide=RIGHT)
        self.editor = MitigationEditor(self)
        self.effect = EffectPanel(self)
        self.reason = QLineEdit(self)
        self.reason.setObjectName("mitigation_reason")
        self.reason.setAccessibleName("Reason, for the journal")
        self.reason.setPlaceholderText("Reason, for the journal")
        self.approve = _button("mitigation_approve", "Approve exactly this", self)
        self.approve.setProperty("role", "primary")
        self.reject = _button("mitigation_reject", "Reject", self)
        self.shut = _button("mitigation_shut", "Close", self)
        self.gap = QWidget(self)
        self.row = QWidget(self)
        self._lay_out()
        self._wire()
        self._clear()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.state)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        for part, share in zip((self.editor, self.effect), SHARES, strict=True):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            middle.addWidget(part, share)
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.reason, 1)
        row.addWidget(self.gap, 1)
        for button in (self.approve, self.reject, self.shut):
            row.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2, 0, 0, 0)
        whole.setSpacing(4)
        whole.addLayout(top)
        for line in (self.story, self.warnings, self.doubts):
            whole.addWidget(line)
        whole.addLayout(middle, 1)
        whole.addWidget(self.row)

    def _wire(self) -> None:
        self.editor.changed.connect(self._changed)
        self.editor.reset.connect(self._reset)
        self.approve.clicked.connect(self._approve)
        self.reject.clicked.connect(self._reject)
        self.shut.clicked.connect(self.close_trial)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.close_trial)

    # -- what is looked at ----------------------------------------------------------------------------------------

    def look(self, trial: Trial) -> None:
        if trial != self.trial:
            self._known = None
            if self.trial is None or trial.mitigation_id != self.trial.mitigation_id or trial.scope != self.trial.scope:
                self.reason.clear()
                self._clear()
            self.trial = trial
            self.wished.emit(trial)
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def close_trial(self) -> None:
        if self.trial is not None:
            self.trial = None
            self.wished.emit(None)
        self._clear()

    def _changed(self, cuts: tuple[Cut, ...], share: float) -> None:
        if self.trial is not None:
            self.look(Trial(self.trial.mitigation_id, self.trial.scope, cuts, share))

    def _reset(self) -> None:
        if self.trial is not None:
            self.look(Trial(self.trial.mitigation_id, self.trial.scope))

    def _clear(self) -> None:
        self.heading.say("Choose a mitigation to see what it does", Tone.FAINT)
        for line in (self.state, self.story, self.doubts):
            line.say("")
        self.warnings.hide()
        self.doubts.hide()
        self.editor.clear()
        self.editor.allow(False)
        self.row.hide()

    # -- what it shows --------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        self._follow(snapshot)
        trial = self.trial
        if trial is None:
            self._show_effect(None, None, snapshot, "")
            return
        plan = next((row for row in snapshot.mitigations if row.mitigation_id == trial.mitigation_id), None)
        if trial.mitigation_id and plan is None:
            self.close_trial()
            return
        waiting = plan is None or plan.state in WAITING_STATES
        preview = snapshot.preview if waiting and _is_of(snapshot.preview, trial) else None
        self._head(plan, preview, snapshot)
        if preview is not None and (preview.choices or plan is None or plan.rung.trades):
            self.editor.show_choices(preview, snapshot.base_currency, snapshot.at_s)
        elif plan is not None:
            progress = snapshot.progress.get(plan.mitigation_id, ())
            self.editor.show_plan(plan, progress, snapshot.base_currency, snapshot.at_s)
        trades = plan is None or plan.rung.trades
        self.editor.allow(waiting and trades)
        words = "looking …" if waiting and trades and preview is None else "It cuts nothing" if trades else ""
        self._show_effect(preview, None if waiting else plan, snapshot, words)
        self._answer(plan, preview, waiting=waiting)

    def _follow(self, snapshot: Snapshot) -> None:
        """From a draft that was approved to the mitigation that it has become."""
        known, trial = self._known, self.trial
        if known is None or trial is None or trial.mitigation_id:
            return
        came = (row for row in snapshot.mitigations if row.mitigation_id not in known and row.drafted)
        plan = next((row for row in came if row.scope == trial.scope), None)
        if plan is not None:
            self._known = None
            self.trial = Trial(plan.mitigation_id)
            self.wished.emit(None)

    def _show_effect(self, preview: PlanPreview | None, ran: Mitigation | None, snapshot: Snapshot, words: str) -> None:
        self.effect.show_effect(preview, ran, snapshot, words)
        effect = preview.effect if preview is not None else None
        warnings = effect.warnings if effect is not None else ()
        shown = list(warnings[:MOST_WARNINGS])
        if len(warnings) > len(shown):
            shown.append(f"and {figures.number(len(warnings) - len(shown))} more")
        told = "\n".join(f"▲ {sentence}" for sentence in shown)
        if told != self.warnings.text():
            self.warnings.setText(told)
            self.warnings.setToolTip("\n".join(warnings))
        self.warnings.setVisible(bool(told))

    def _head(self, plan: Mitigation | None, preview: PlanPreview | None, snapshot: Snapshot) -> None:
        now_s = snapshot.at_s
        scope = scope_words(plan.scope if plan is not None else self.trial.scope if self.trial and self.trial.scope else
                            snapshot.matrix.scopes[0])  # fmt: skip
        summary = preview.summary if preview is not None else plan.summary if plan is not None else "looking …"
        self.heading.say(f"{scope}: {summary}", Tone.STRONG)
        if plan is None:
            self.state.say("draft", Tone.ACCENT)
            told = preview.effect.sentence if preview is not None and preview.effect is not None else ""
            self.story.say(told or "Choose positions below and how much of each to cut, or a share of all of them")
        else:
            changed = preview is not None and preview.changed
            self.state.say("changed, not approved" if changed else state_words(plan, now_s)[0],
                           Tone.ACCENT if changed else state_words(plan, now_s)[1])  # fmt: skip
            effect = preview.effect.sentence if preview is not None and preview.effect is not None else ""
            undoes = "" if plan.reductions else plan.words.does
            parts = (what(plan), who(plan), undoes, effect, plan.held_back, plan.note)
            self.story.say(" · ".join(part for part in parts if part))
        left_out = preview.left_out if preview is not None else plan.left_out if plan is not None else ()
        refusal = preview.refused or (preview.objection if preview.effect is not None else "") if preview else ""
        told = "; ".join(part for part in (refusal, *left_out) if part)
        self.doubts.setVisible(bool(told))
        self.doubts.say(told, Tone.HIGH if refusal else Tone.MEDIUM)
        self.doubts.setToolTip("\n".join(part for part in (refusal, *left_out) if part))
        self.setAccessibleName(f"Plan in full: {scope}, {summary}")

    def _answer(self, plan: Mitigation | None, preview: PlanPreview | None, *, waiting: bool) -> None:
        self.row.setVisible(True)
        for part in (self.reason, self.approve, self.reject):
            part.setVisible(waiting)
        self.gap.setVisible(not waiting)
        self.reject.setVisible(waiting and plan is not None)
        plain = plan is not None and not plan.rung.trades
        self.approve.setEnabled(waiting and (plain or (preview is not None and preview.approvable)))
        if preview is not None and preview.effect is not None and not math.isnan(preview.effect.notional):
            cut = figures.money(preview.effect.notional, preview.effect.base_currency)
            self.approve.setText(f"Approve exactly this: cut {cut}")
        else:
            self.approve.setText("Approve exactly this")

    # -- what is asked --------------------------------------------------------------------------------------------

    def _approve(self) -> None:
        snapshot, trial = self._snapshot, self.trial
        if snapshot is None or trial is None:
            return
        self.approve.setEnabled(False)  # a second click is none
        plan = next((row for row in snapshot.mitigations if row.mitigation_id == trial.mitigation_id), None)
        if plan is not None and not plan.rung.trades:
            self.plan_approved.emit(plan.mitigation_id)
        elif _is_of(snapshot.preview, trial) and snapshot.preview is not None:
            self._known = frozenset(row.mitigation_id for row in snapshot.mitigations)
            self.preview_approved.emit(snapshot.preview.preview_id, self.reason.text().strip())

    def _reject(self) -> None:
        if self.trial is not None and self.trial.mitigation_id:
            self.rejected.emit(self.trial.mitigation_id, self.reason.text().strip())


def _is_of(preview: PlanPreview | None, trial: Trial) -> bool:
    if preview is None or preview.mitigation_id != trial.mitigation_id:
        return False
    return bool(trial.mitigation_id) or preview.scope == trial.scope


def _button(name: str, text: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    return button
