"""The guardian in full: whether it stands by, when it last spoke, what it signs with, and what it would do."""

from __future__ import annotations

import math

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from core.domain import GuardianAct
from core.halt.guardian.view import GuardianView
from core.halt.guardian.watch import GuardPolicy
from core.snapshot import Snapshot
from widgets import figures
from widgets.facts import Fact, Facts
from widgets.fonts import text_font
from widgets.guardian_line import guardian_words
from widgets.line import RIGHT, Line
from widgets.panel import Panel
from widgets.theme import Tone

NONE = "■ no guardian is configured: nothing stops these accounts when this desk is gone"
HOW = "Ask for one by enabled = true under [guardian]; with credentials of its own it needs nothing of the desk."
_ACTS = {
    GuardianAct.ALARM: "raises an alarm, and stops nothing",
    GuardianAct.STOP: "stops the whole portfolio, unless another desk is there",
}
NAMED = 12


def facts_of(view: GuardianView | None) -> tuple[Fact, ...]:
    if view is None:
        return (("Guardian", HOW, Tone.NORMAL),)
    return (*_standing(view), *_arms(view), *_duties(view.policy), *_doing(view))


def _standing(view: GuardianView) -> tuple[Fact, ...]:
    beat = f"{figures.seconds(view.age_s)} ago" if math.isfinite(view.age_s) else "it never said a word"
    process = figures.UNKNOWN if view.pid is None else str(view.pid)
    return (
        ("State", "alive: it answers" if view.alive else f"{view.reason}: this desk stops and proves alone",
         Tone.OK if view.alive else Tone.CRITICAL),
        ("Last beat", beat, Tone.NORMAL if view.alive else Tone.HIGH),
        ("Process", process, Tone.NORMAL if view.pid is not None else Tone.UNKNOWN),
    )  # fmt: skip


def _arms(view: GuardianView) -> tuple[Fact, ...]:
    if not view.accounts:
        return (("Prepared", "which accounts it could stop is not known", Tone.UNKNOWN),)
    whole = figures.count(view.accounts, "account")
    missing = view.accounts - view.ready
    names = ", ".join(view.unready[:NAMED]) + (" and others" if missing > len(view.unready[:NAMED]) else "")
    unready = f"; not yet: {names}" if view.unready else ""
    own = view.accounts - view.borrowed
    lent = f"; of {figures.number(view.borrowed)} it would use the desk's" if view.borrowed else ""
    return (
        ("Prepared", f"{figures.number(view.ready)} of {whole} could be stopped by it at once{unready}",
         Tone.NORMAL if not missing else Tone.UNKNOWN),
        ("Credentials", f"of its own for {figures.number(own)} of {whole}{lent}",
         Tone.NORMAL if not view.borrowed else Tone.MEDIUM),
    )  # fmt: skip


def _duties(policy: GuardPolicy | None) -> tuple[Fact, ...]:
    if policy is None:
        return (("It would", "what it does when a desk fails is not known", Tone.UNKNOWN),)
    late = figures.seconds(policy.takeover_s)
    return (
        ("If a desk is gone", f"without a goodbye: it {_ACTS[policy.on_crash]}", Tone.NORMAL),
        ("If one falls silent", f"for {figures.seconds(policy.missed_after_s)}: it {_ACTS[policy.on_missed]}",
         Tone.NORMAL),
        ("Under a stop", f"it stops every account of which no desk has told within {late} that its stop is under way",
         Tone.NORMAL),
    )  # fmt: skip


def _doing(view: GuardianView) -> tuple[Fact, ...]:
    latches = figures.count(len(view.latches), "stop")
    facts: list[Fact] = [("Latches", f"{latches} on its own disk", Tone.NORMAL)]
    if view.latch_error:
        facts.append(("Latch trouble", view.latch_error, Tone.CRITICAL))
    if view.took_over_all:
        rows = ", ".join(f"{row.account} {row.words}" for row in view.took_over[:NAMED])
        left = view.took_over_all - len(view.took_over[:NAMED])
        more = f" and {figures.number(left)} more" if left > 0 else ""
        facts.append(("Stops now", f"{figures.count(view.took_over_all, 'account')}: {rows}{more}", Tone.MEDIUM))
    facts += [("Saw", alarm, Tone.HIGH) for alarm in view.alarms]
    return tuple(facts)


class GuardianPanel(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("guardian_panel", "Guardian", parent)
        self.words = Line("", font=text_font(15, QFont.Weight.DemiBold), elide=RIGHT)
        self.facts = Facts("guardian_facts", "What is known of the guardian", self)
        self.body.addWidget(self.words)
        self.body.addSpacing(4)
        self.body.addWidget(self.facts)
        self.body.addStretch(1)

    def draw(self, snapshot: Snapshot) -> None:
        view = snapshot.guardian
        words, tone = guardian_words(view)
        if view is None:
            words, tone = NONE, Tone.MEDIUM
        elif tone is Tone.FAINT:  # on this page that all is well deserves a colour
            words, tone = f"● {words}", Tone.OK
        self.words.say(words, tone)
        self.facts.show_facts(facts_of(view))

    def restyle(self) -> None:
        self.facts.restyle()
