"""A mitigation as it comes to be, from the breaches that it answers and the plan that was made for them."""

from __future__ import annotations

import math

from core.domain import Policy
from core.ladder import Rung, words_of
from core.mitigation.gating import Terms
from core.mitigation.grouping import Group
from core.mitigation.model import Mitigation, MitigationState
from core.mitigation.plan import Plan
from core.mitigation.plans import answers_of

FIRST_STATE = {
    Policy.PROPOSE: MitigationState.PROPOSED,
    Policy.APPROVE: MitigationState.AWAITING,
    Policy.AUTO: MitigationState.CONFIRMING,
}
NO_PLAN = Plan(math.nan, (), 0.0, math.nan, math.nan, "", ())


def mitigation_of(mitigation_id: str, group: Group, plan: Plan | None, terms: Terms, at_s: float) -> Mitigation:
    """`plan`: None where its rung closes no position; `at_s` is wall time."""
    lead = group.lead.breach
    made = plan or NO_PLAN
    factor = 0.0 if group.rung is Rung.FLATTEN else lead.response.factor
    does = words_of(group.rung, group.lead.scope, factor).does
    return Mitigation(
        mitigation_id=mitigation_id,
        event_id=lead.event.event_id,
        scope=group.lead.scope,
        metric=lead.check.metric,
        severity=max(want.breach.severity for want in group.wants),
        rung=group.rung,
        mode=terms.mode,
        state=FIRST_STATE[terms.mode],
        share=made.share,
        reductions=made.reductions,
        before=lead.check.value,
        expected=made.expected,
        target=lead.check.clear_level if plan is None else made.target,
        after=math.nan,
        verified=False,
        created_at_s=at_s,
        lapses_at_s=None if terms.countdown_s is None else at_s + terms.countdown_s,
        ended_at_s=None,
        note=terms.held_back,
        summary=made.sentence or does,
        left_out=made.left_out,
        answers=answers_of(group, plan),
        notional=made.notional,
        cost=made.cost,
        countdown_s=terms.countdown_s,
        on_lapse=terms.on_lapse,
        held_back=terms.held_back,
        attempt=group.lead.foothold.attempt,
        follows=group.lead.foothold.follows,
        factor=factor,
    )
