"""Plans that a person made or changed: what was previewed is what runs, and nothing else.

A draft goes through the same desk as every plan: one mitigation at a time in an account, reduce-only orders, a stop
ceases it, the venue is read again at its end. It may only ever reduce; what it does to the rest was shown before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from core.domain import Policy, Scope, Severity, Trust
from core.ladder import Rung
from core.mitigation.model import WAITING_STATES, Mitigation, MitigationState, Reduction
from core.mitigation.roster import Live


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person was shown and approves; nothing of it is made anew after that."""

    mitigation_id: str
    """The waiting plan that it changes; "" where it is a plan of its own."""
    scope: Scope
    metric: str
    """What tells whether it helped: that of the plan, or the exposure of the scope."""
    reductions: tuple[Reduction, ...]
    before: float
    expected: float
    """The metric's value if all of it fills at the marks; NaN where reductions do not move it at once."""
    notional: float
    """Base currency, unsigned: what the reductions add up to."""
    cost: float
    """Base currency, expected; NaN unknown."""
    summary: str
    left_out: tuple[str, ...]
    """One sentence per reason why something is not as it was asked for."""
    figures_s: float
    """Monotonic: the moment that its figures speak of."""
    age_s: float
    """How old they were at that moment."""
    trust: Trust


def changed(live: Live, draft: Draft, operator: str, reason: str) -> Live:
    """The waiting plan as the person wants it; `live` itself stays as it is."""
    before = live.view
    view = replace(
        before,
        share=math.nan,
        reductions=draft.reductions,
        before=draft.before,
        expected=draft.expected,
        note=_note("changed", operator, reason),
        summary=draft.summary,
        notional=draft.notional,
        cost=draft.cost,
        left_out=draft.left_out,
        made_by=operator,
        revision=before.revision + 1,
    )
    return replace(
        live, view=view, planned_s=draft.figures_s, inputs_age_s=draft.age_s, inputs_trust=draft.trust,
    )  # fmt: skip


def drafted(draft: Draft, operator: str, reason: str, at_s: float, now_s: float) -> Live:
    """A plan that answers no event: nothing but the person asks for it. It has no id yet."""
    view = Mitigation(
        mitigation_id="",
        event_id="",
        scope=draft.scope,
        metric=draft.metric,
        severity=Severity.LOW,
        rung=Rung.RESTORE,
        mode=Policy.PROPOSE,
        state=MitigationState.PROPOSED,
        share=math.nan,
        reductions=draft.reductions,
        before=draft.before,
        expected=draft.expected,
        target=draft.expected,
        after=math.nan,
        verified=False,
        created_at_s=at_s,
        lapses_at_s=None,
        ended_at_s=None,
        note=_note("drafted", operator, reason),
        summary=draft.summary,
        notional=draft.notional,
        cost=draft.cost,
        left_out=draft.left_out,
        made_by=operator,
    )
    return Live(view, draft.figures_s, draft.age_s, draft.trust, now_s)


def unchangeable(live: Live | None, draft: Draft) -> str:
    """Why nobody can approve this draft now, whatever the figures say; "" where nothing speaks against it."""
    if draft.mitigation_id and (live is None or live.view.state not in WAITING_STATES):
        return "the plan that it changes waits no longer"
    if live is not None and not live.view.rung.trades:
        return "it closes no position, so there is nothing to change: approve it as it is, or reject it"
    if not draft.reductions:
        return "it cuts nothing"
    return ""


def _note(what: str, operator: str, reason: str) -> str:
    return f"{what} by {operator}" + (f": {reason}" if reason else "")
