"""A mitigation in words: what it is, how it stands, and until when."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.domain import Policy
from core.ladder import OnLapse
from core.mitigation.model import ENDED_STATES, WAITING_STATES, Mitigation, MitigationState
from core.snapshot import MetricInfo
from widgets import figures
from widgets.marks import MITIGATION_TONES, metric_words
from widgets.theme import Tone

LIVE_ORDER = (
    MitigationState.AWAITING,
    MitigationState.PROPOSED,
    MitigationState.CONFIRMING,
    MitigationState.RUNNING,
    MitigationState.VERIFYING,
)


def urgency(plan: Mitigation) -> tuple[int, float, float]:
    """Waiting ones by deadline and severity, then running ones, then the newest that ended."""
    if plan.state in WAITING_STATES:
        return (0, plan.lapses_at_s or math.inf, -float(plan.severity))
    if plan.state in ENDED_STATES:
        return (2, -(plan.ended_at_s or plan.created_at_s), 0.0)
    return (1, plan.created_at_s, -float(plan.severity))


def what(plan: Mitigation) -> str:
    """`restore · 3 positions in 2 accounts`, `reduce-only`; who made it where a person did."""
    words = plan.rung.word
    if plan.drafted:
        words = "draft"
    if plan.reductions:
        accounts = len({row.account for row in plan.reductions})
        cuts = figures.count(len(plan.reductions), "position")
        words += f" · {cuts} in {figures.count(accounts, 'account')}"
    return words


def state_words(plan: Mitigation, now_s: float) -> tuple[str, Tone]:
    """How it stands, and what becomes of it by itself: `lapses 00:38`, `runs 00:38`."""
    if plan.state is MitigationState.DONE:
        return ("done · verified", Tone.OK) if plan.verified else ("done · NOT VERIFIED", Tone.CRITICAL)
    if plan.state is MitigationState.AWAITING and plan.lapses_at_s is not None:
        word = "runs" if plan.on_lapse is OnLapse.RUN else "lapses"
        return f"{word} {figures.lasting(plan.lapses_at_s - now_s)}", Tone.HIGH
    words = {MitigationState.PROPOSED: "proposed · no deadline", MitigationState.CONFIRMING: "auto · confirming"}
    return words.get(plan.state, plan.state.value), MITIGATION_TONES.get(plan.state, Tone.FAINT)


def who(plan: Mitigation) -> str:
    """`drafted by ada`, `changed by ada, approved by bob`, `by policy`."""
    parts = []
    if plan.made_by:
        parts.append(f"{'drafted' if plan.drafted else 'changed'} by {plan.made_by}")
    if plan.approved_by and plan.approved_by != plan.made_by:
        parts.append(f"approved by {plan.approved_by}")
    if not parts and plan.mode is Policy.AUTO:
        parts.append("by policy")
    return ", ".join(parts)


def subject(infos: Mapping[str, MetricInfo], name: str) -> tuple[str, str]:
    """Title and unit of a limit's subject: a metric, or its change over time (`drawdown_in_300s`)."""
    metric, _, span = name.partition("_in_") if name not in infos else (name, "", "")
    info = infos.get(metric)
    if info is None:
        return metric_words(name), ""
    seconds = span.removesuffix("s")
    try:
        return (f"{info.title} in {figures.seconds(float(seconds))}" if span else info.title), info.unit
    except ValueError:
        return metric_words(name), ""
