"""How much of which position to close: from positions, limits and books to reduce-only orders, in one linear programme.

A plan never adds to a position and never turns one round; it never lets the net exposure in an underlying grow, neither
of an account nor of the portfolio; it breaches no limit that was kept. It works on what the venue holds: where
strategies hold opposite sides of one position, only the net can be reduced, so rows against the venue's net are left
out and named.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.domain import Scope
from core.mitigation.plan import LimitEffect, Plan, PlanInputs, PlanTerms, Terms
from core.mitigation.planning.bending import checked_draft
from core.mitigation.planning.columns import columns_of
from core.mitigation.planning.evaluation import Evaluate
from core.mitigation.planning.goals import Goal, goals_of
from core.mitigation.planning.ledger import FOLLOWS
from core.mitigation.planning.orders import reductions_of
from core.mitigation.planning.solving import Draft, draft_of
from core.mitigation.planning.units import LeftOut, rows_in
from core.mitigation.planning.wording import sentence_of, what_of


def make_plan(inputs: PlanInputs, terms: Terms | Sequence[Terms], evaluate: Evaluate | None = None) -> Plan:
    """The reductions that answer all of `terms` at least cost; without any where nothing may or can be reduced.

    Pure: may be called in a thread. The first of the terms is what the plan's own figures speak of. `evaluate` is
    needed for metrics that do not follow from the positions alone (volatility, value at risk, time to exit): without it
    they are answered by closing `reduce_share` of the scope.
    """
    asked = list(terms) if isinstance(terms, Sequence) else [terms]
    goals = [goal for one in asked for goal in goals_of(one, inputs, evaluated=evaluate is not None)]
    first = next((one for one in asked if isinstance(one, PlanTerms)), None)
    if not goals:
        return _nothing(asked, first)
    left_out = LeftOut()
    columns = columns_of(inputs.positions)
    if evaluate is None:
        draft = draft_of(columns, inputs, goals, left_out)
    else:
        draft = checked_draft(columns, inputs, goals, left_out, evaluate)
    reductions = reductions_of(draft, left_out)
    effects = tuple(effect_of(goal, draft) for goal in draft.goals if goal.metric)
    notional = math.fsum(row.notional for row in reductions)
    shown = next((effect for effect in effects if first is not None and effect.metric == first.metric), None)
    gross = math.fsum(abs(row) for row in draft.scope_notional(inputs.scope).tolist())
    return Plan(
        share=min(1.0, notional / gross) if gross > 0.0 else 0.0,
        reductions=reductions,
        notional=notional,
        expected=_expected(first, shown),
        target=first.clear_level if first is not None else math.nan,
        sentence=sentence_of(asked, effects, draft, reductions, inputs.base_currency),
        left_out=left_out.sentences(inputs.base_currency),
        cost=draft.cost if reductions else 0.0,
        feasible=draft.feasible,
        effects=(*effects, *other_effects(inputs, effects, draft)),
    )


def _nothing(asked: Sequence[Terms], first: PlanTerms | None) -> Plan:
    """Of what is inside already, or of what nobody knows."""
    known = not any(isinstance(one, PlanTerms) and math.isnan(one.value) for one in asked)
    names = what_of(asked)
    return Plan(
        share=0.0,
        reductions=(),
        notional=0.0,
        expected=_expected(first, None),
        target=first.clear_level if first is not None else math.nan,
        sentence=f"nothing has to be reduced for {names}" if known else f"nothing can be reduced for {names}",
        left_out=(),
        cost=0.0,
        feasible=known,
    )


def _expected(first: PlanTerms | None, shown: LimitEffect | None) -> float:
    """What is inside already stays as it is."""
    if shown is not None:
        return shown.after
    return first.value if first is not None and first.metric in FOLLOWS else math.nan


def effect_of(goal: Goal, draft: Draft) -> LimitEffect:
    if math.isnan(goal.level):
        return LimitEffect(goal.scope, goal.metric, goal.value, math.nan, math.nan, draft.feasible)
    value = draft.after(goal)
    return LimitEffect(goal.scope, goal.metric, goal.value, value, goal.level, goal.met(value))


def other_effects(inputs: PlanInputs, told: Sequence[LimitEffect], draft: Draft) -> list[LimitEffect]:
    """On limits of the scope and of what it is part of that nobody asked about, where the plan moves them."""
    known = {(effect.scope, effect.metric) for effect in told}
    around = {inputs.scope, *inputs.parents}
    out = []
    for limit in inputs.limits:
        if limit.scope not in around or (limit.scope, limit.metric) in known or math.isnan(limit.value):
            continue
        value = draft.after(Goal(limit.scope, limit.metric, limit.value, limit.threshold))
        if math.isfinite(value) and abs(value - limit.value) > 1e-9 * abs(limit.value):
            beyond = value >= limit.threshold if limit.worse_is > 0 else value <= limit.threshold
            out.append(LimitEffect(limit.scope, limit.metric, limit.value, value, limit.threshold, not beyond))
    return out


def takes_turns(terms: Terms) -> bool:
    """Whether the whole risk model has to be evaluated time and again for it."""
    return isinstance(terms, PlanTerms) and terms.metric not in FOLLOWS


def margin_of(inputs: PlanInputs, scope: Scope) -> float:
    """Initial margin of what a scope holds, base currency, as far as it is known."""
    columns = columns_of(inputs.positions)
    mine = rows_in(columns, scope) & ~columns.is_coin
    return float(np.nansum(columns.initial[mine]))
