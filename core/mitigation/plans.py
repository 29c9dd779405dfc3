"""What the mitigation desk asks the planner, and how it is answered: at once, or later where the book is large.

A plan over thousands of positions takes longer than a cycle may. It is made in a thread from frozen inputs, and the
desk asks again in every cycle until it is there.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from core.clock import Clock
from core.domain import Policy, Scope, Trust
from core.ladder import Rung
from core.mitigation.breach import Want
from core.mitigation.grouping import Group
from core.mitigation.model import Answered
from core.mitigation.plan import MarginTerms, Plan, PlanInputs, PlanTerms, ScaleTerms, Terms
from core.mitigation.planner import make_plan, margin_of, takes_turns
from core.mitigation.planning.warm import warm_up

log = logging.getLogger(__name__)

InputsOf = Callable[[Scope], PlanInputs | None]
"""The scope's positions now; None where they are not known."""
Question = tuple[Rung, Policy, Scope, bool]
"""Rung, mode and scope of a group, and whether it is about to start: one plan at a time is made for each."""
AT_ONCE = 6
"""Positions: a few milliseconds, and 30 where lots are coarse and have to be tried out."""
FORGET_S = 60.0
"""An answer that nobody has come for by then is thrown away."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An answer, with what it was made from."""

    plan: Plan
    inputs: PlanInputs
    group: Group
    """As it was when the plan was asked for."""
    asked_s: float
    """Monotonic: the figures are of this moment."""


@dataclass(frozen=True, slots=True)
class _Pending:
    future: Future[Plan]
    inputs: PlanInputs
    group: Group
    asked_s: float


class Planner:
    def __init__(self, clock: Clock, threads: Executor | None = None, at_once: int = AT_ONCE) -> None:
        """Plans over at most `at_once` positions are made on the spot; without `threads` every one is."""
        self._clock = clock
        self._threads = threads
        self._at_once = at_once
        self._pending: dict[Question, _Pending] = {}
        self._closed = False

    def __call__(self, group: Group, inputs_of: InputsOf, *, starting: bool = False) -> Planned | None:
        """A plan for the group; None where its figures are not trusted, it is still being made, or after `close`."""
        if self._closed:
            return None
        question = (group.rung, group.mode, group.scope, starting)
        now_s = self._clock.monotonic()
        pending = self._pending.get(question)
        if pending is not None:
            if not pending.future.done():
                return None
            del self._pending[question]
            if now_s - pending.asked_s < FORGET_S:
                return self._answer(pending)
        inputs = inputs_of(group.scope)
        if inputs is None or inputs.trust is not Trust.TRUSTED:
            return None
        terms, evaluate = terms_of(group, inputs), inputs.evaluation()
        small = len(inputs.positions) <= self._at_once and not any(takes_turns(one) for one in terms)
        if self._threads is None or small:
            return Planned(_made(group, lambda: make_plan(inputs, terms, evaluate)), inputs, group, now_s)
        future = self._threads.submit(make_plan, inputs, terms, evaluate)
        self._pending[question] = _Pending(future, inputs, group, now_s)
        return None

    def warm(self) -> None:
        """Have the solver loaded beside everything else, so that the first breach does not wait for it."""
        if self._threads is not None:
            self._threads.submit(warm_up)

    def close(self) -> None:
        """Calls off what waits to be planned and waits for the plan that is being made; later questions get None."""
        self._closed = True
        self._pending.clear()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    def _answer(self, pending: _Pending) -> Planned:
        plan = _made(pending.group, pending.future.result)
        return Planned(plan, pending.inputs, pending.group, pending.asked_s)


def _made(group: Group, make: Callable[[], Plan]) -> Plan:
    """A planner that breaks over one book must not end the cycle for all: nothing is planned, and that is said."""
    try:
        return make()
    except Exception as error:
        log.exception("a plan for %s could not be made", group.scope)
        why = f"no plan could be made ({type(error).__name__})"
        return Plan(0.0, (), 0.0, math.nan, math.nan, why, (), feasible=False)


def answers_of(group: Group, plan: Plan | None) -> tuple[Answered, ...]:
    """Every breach of the group, with what the plan says of its metric."""
    effects = {} if plan is None else {(row.scope, row.metric): row.after for row in plan.effects}
    if plan is not None:
        effects.setdefault((group.lead.scope, group.lead.breach.check.metric), plan.expected)
    return tuple(want.breach.answered(effects.get(want.breach.key, math.nan)) for want in group.wants)


def terms_of(group: Group, inputs: PlanInputs) -> tuple[Terms, ...]:
    """What a group of breaches asks of a plan."""
    match group.rung:
        case Rung.SCALE:
            return (ScaleTerms(group.lead.breach.response.factor, group.lead.scope),)
        case Rung.FLATTEN:
            return (ScaleTerms(0.0, group.lead.scope),)
        case Rung.LIQUIDITY:
            return (_margin(group.lead, inputs),)
        case _:
            return tuple(_restoring(want) for want in group.wants)


def _restoring(want: Want) -> PlanTerms:
    check = want.breach.check
    return PlanTerms(check.metric, check.value, check.clear_level, check.limit.reduce_share, check.scope)


def _margin(want: Want, inputs: PlanInputs) -> MarginTerms | ScaleTerms:
    """To the clearing level where margin is what is breached; else so much less margin in use as `factor` says."""
    check, factor = want.breach.check, want.breach.response.factor
    if check.metric == "margin_use":
        return MarginTerms(margin_use=check.clear_level, scope=check.scope)
    if check.metric == "free_margin":
        return MarginTerms(free_margin=check.clear_level, scope=check.scope)
    equity = inputs.equity.get(check.scope, math.nan)
    margin = margin_of(inputs, check.scope)
    if equity > 0.0 and margin > 0.0:
        return MarginTerms(margin_use=factor * margin / equity, scope=check.scope)
    return ScaleTerms(factor, check.scope)
