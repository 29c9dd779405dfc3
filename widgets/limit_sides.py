"""Beside the editor: the scopes that the chosen limit guards, and what the change at hand would do today."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from core.domain import Scope
from core.limit_page import Effect, LimitLine, LimitsPage, LimitTrial
from core.risk.model import MetricInfo
from core.snapshot import Snapshot
from widgets import figures
from widgets.columns import ColumnModel
from widgets.limit_models import EffectModel, GuardedModel
from widgets.panel import Panel
from widgets.tab_bar import TabBar
from widgets.table import Table
from widgets.theme import Tone
from widgets.wrapped import Wrapped

TABS = ("Scopes", "Effect today")
SCOPES, EFFECT = range(len(TABS))
_LEVELS = ("low", "medium", "high", "critical", "unknown")


class LimitSides(Panel):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("limit_sides", "Scopes and effect", parent)
        self.caption.hide()
        self.bar = TabBar("limit_sides", TABS, self)
        self.bar.buttons[SCOPES].setAccessibleName("Scopes of the limit")  # a page is called Scopes, too
        self.scopes, self.effect = GuardedModel(), EffectModel()
        self.scope_table = self._table(self.scopes, "limit_scopes", "Scopes that the limit guards")
        self.effect_table = self._table(self.effect, "limit_effect", "Scopes that would stand otherwise")
        self.scope_table.spare(4, below_px=440)
        self.effect_table.spare(1, below_px=640)
        self.effect_table.spare(5, below_px=640)
        self.effect_table.elide_right(6)
        self.headline, self.totals = Wrapped(2, Tone.STRONG), Wrapped(2)
        self.warnings = Wrapped(5, Tone.MEDIUM)
        second = QWidget(self)
        column = QVBoxLayout(second)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for part in (self.headline, self.totals, self.warnings):
            column.addWidget(part)
        column.addWidget(self.effect_table, 1)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.scope_table)
        self.pages.addWidget(second)
        self.top.insertWidget(0, self.bar)
        self.body.addWidget(self.pages, 1)
        self.bar.turned.connect(self.pages.setCurrentIndex)
        self._tried = False

    def _table(self, model: ColumnModel, name: str, title: str) -> Table:
        table = Table(model, name, title, self)
        table.size_columns(stretched=0)
        table.make_sortable()
        table.opened.connect(self._open)
        return table

    def draw(self, snapshot: Snapshot) -> None:
        """Its page hands it what the engine painted by `show_page`."""

    def show_page(self, page: LimitsPage, snapshot: Snapshot, *, changing: bool) -> None:
        """`changing`: whether anything is about to be changed."""
        base, now_s = snapshot.base_currency, snapshot.at_s
        line = next((one for one in page.lines if one.identity == page.chosen), None)
        info = next((one for one in snapshot.matrix.metrics if line is not None and one.name == line.metric), None)
        self._show_scopes(page, line, info)
        self.scopes.show(page.scopes, base, now_s)
        self.scope_table.flush()
        trial = page.trial if changing else None
        if changing != self._tried:
            self._tried = changing
            self.bar.choose(EFFECT if changing else SCOPES)
        self._show_trial(trial, changing=changing)
        self.effect.show(trial.effect.lines if trial is not None and trial.effect is not None else (), base, now_s)
        self.effect_table.flush()
        self.note.say(self._note(page))

    def _show_scopes(self, page: LimitsPage, line: LimitLine | None, info: MetricInfo | None) -> None:
        unit = info.unit if info is not None else "number"
        self.scopes.units = (unit, unit)
        words = TABS[SCOPES] if line is None else f"{TABS[SCOPES]} {figures.number(page.scopes_all)}"
        if self.bar.buttons[SCOPES].text() != words:
            self.bar.buttons[SCOPES].setText(words)
        self.scope_table.empty_words = "Choose a limit" if line is None else "It is in force for no scope now"

    def _note(self, page: LimitsPage) -> str:
        """How much of it the table in sight shows."""
        if self.bar.buttons[SCOPES].isChecked():
            cut = len(page.scopes) < page.scopes_all
            return f"the worst {figures.part(len(page.scopes), page.scopes_all)}" if cut else ""
        effect = page.trial.effect if page.trial is not None else None
        if effect is None:
            return ""
        cut = len(effect.lines) < effect.lines_all
        told = f"the gravest {figures.part(len(effect.lines), effect.lines_all)} · " if cut else ""
        return f"{told}figures of {figures.clock(effect.at_s)}"

    def _show_trial(self, trial: LimitTrial | None, *, changing: bool) -> None:
        if trial is None or trial.effect is None:
            refused = trial is not None and bool(trial.refused)
            self.headline.say("" if not changing or refused else "Trying it on today's figures …", Tone.FAINT)
            self.totals.say("")
            self.warnings.say("")
            self.effect_table.empty_words = "It cannot be applied as it is" if refused else "Nothing is being changed"
            return
        effect = trial.effect
        grave = bool(effect.stops)
        self.headline.say(headline(effect), Tone.CRITICAL if grave else Tone.STRONG)
        self.totals.say(totals(effect))
        self.warnings.say("\n".join(warnings(trial)))
        self.effect_table.empty_words = "No scope would stand otherwise than today"

    def _open(self, key: object) -> None:
        scope = key[0] if isinstance(key, tuple) else key
        if isinstance(scope, Scope):
            self.scope_selected.emit(scope)


def headline(effect: Effect) -> str:
    """`2 raised, 1 cleared · 2 plans · ▲▲ stops account alpha-1`."""
    told = ", ".join(f"{figures.number(count)} {what}" for what, count in effect.counts.items())
    parts = [told or "Nothing would stand otherwise than today"]
    if effect.plans:
        parts.append(f"begins {figures.count(effect.plans, 'plan')}")
    if effect.stops:
        named = ", ".join(map(str, effect.stops[:3]))
        more = f" and {len(effect.stops) - 3} more" if len(effect.stops) > 3 else ""
        parts.append(f"▲▲ stops {named}{more}")
    return " · ".join(parts)


def totals(effect: Effect) -> str:
    """`low 3 → 5, high 1 → 0`: of all limits, and what is not among them."""
    pairs = zip(_LEVELS, effect.before, effect.after, strict=True)
    moved = [f"{word} {figures.number(was)} → {figures.number(now)}" for word, was, now in pairs if was or now]
    unseen = (
        f"{figures.count(effect.unseen, 'place')} on a change over time cannot be told yet" if effect.unseen else ""
    )
    words = f"All limits: {', '.join(moved)}" if moved else "All limits: none breached, now and then"
    return f"{words}; {unseen}" if unseen else words


def warnings(trial: LimitTrial) -> list[str]:
    room = [f"■ leaves more room: {sentence}" for sentence in trial.looser]
    return [*(f"▲ {sentence}" for sentence in trial.conflicts), *room]
