"""One look at a plan: what is cut, and what that does. Made in a thread from copies of one moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.domain import Scope, Trust
from core.engine.what_if.evaluation import Evaluation
from core.engine.what_if.ground import Ground
from core.engine.what_if.shifts import effect_of
from core.intents import PreviewPlan
from core.mitigation.by_hand import ByHand, Wish, by_hand, cuts_of, in_scope
from core.mitigation.drafting import Draft
from core.mitigation.effect import Effect
from core.mitigation.model import Mitigation, Reduction
from core.mitigation.plan import PlanInputs
from core.mitigation.planning.wording import count, figure, money, rough

DRAFT_METRIC = "gross_exposure"
"""What a draft is measured by: it answers no limit."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was asked for, and what came of it."""

    asked: PreviewPlan
    plan: Mitigation | None
    """The waiting plan that was looked at, as it was then."""
    scope: Scope
    metric: str
    hand: ByHand
    reductions: tuple[Reduction, ...]
    effect: Effect | None
    summary: str

    @property
    def changed(self) -> bool:
        """Whether it is not what the desk has planned."""
        return self.plan is None or not same_cuts(self.reductions, self.plan.reductions)

    @property
    def draft(self) -> Draft:
        effect = self.effect
        return Draft(
            mitigation_id=self.plan.mitigation_id if self.plan is not None else "",
            scope=self.scope,
            metric=self.metric,
            reductions=self.reductions,
            before=effect.before if effect is not None else math.nan,
            expected=effect.after if effect is not None else math.nan,
            notional=effect.notional if effect is not None else 0.0,
            cost=effect.cost if effect is not None else math.nan,
            summary=self.summary,
            left_out=self.hand.left_out,
            figures_s=effect.figures_s if effect is not None else -math.inf,
            age_s=effect.age_s if effect is not None else math.inf,
            trust=effect.trust if effect is not None else Trust.UNKNOWN,
        )


def same_cuts(some: Sequence[Reduction], others: Sequence[Reduction]) -> bool:
    """Whether they close the same; what that is worth moves with every mark."""
    return [_cut(row) for row in some] == [_cut(row) for row in others]


def _cut(row: Reduction) -> tuple[str, str, str, str, float]:
    return (row.account, row.symbol, row.strategy, row.side.value, row.quantity)


def look_at(ground: Ground, inputs: PlanInputs, asked: PreviewPlan, plan: Mitigation | None, scope: Scope) -> Look:
    """`inputs` are those of `scope`; without a change a waiting plan is looked at exactly as it is."""
    as_planned = plan is not None and asked.cuts is None and not asked.share
    cuts = cuts_of(plan.reductions) if plan is not None and asked.cuts is None else asked.cuts or ()
    wish = Wish(cuts, min(1.0, max(0.0, asked.share)))
    rows, held = in_scope(inputs.positions, scope, wish)
    hand = by_hand(rows, wish, held)
    metric = plan.metric if plan is not None else DRAFT_METRIC
    reductions = plan.reductions if plan is not None and as_planned else hand.reductions
    effect = None
    if reductions:
        costs: float | np.ndarray[tuple[int], np.dtype[np.float64]] = np.array(hand.costs)
        if plan is not None and as_planned:
            costs = plan.cost
        effect = effect_of(Evaluation(ground), reductions, costs, (scope, metric))
    summary = plan.summary if plan is not None and as_planned else _summary(reductions, effect, metric)
    return Look(asked, plan, scope, metric, hand, reductions, effect, summary)


def _summary(reductions: Sequence[Reduction], effect: Effect | None, metric: str) -> str:
    """`cut 3 positions in 2 accounts, $412k, about $1,240; leverage 6.1 to 4`."""
    if effect is None:
        return "nothing is cut"
    positions = len({(row.account, row.symbol, row.side) for row in reductions})
    accounts = len({row.account for row in reductions})
    coin = effect.base_currency
    text = f"cut {count(positions, 'position')} in {count(accounts, 'account')}, {rough(effect.notional, coin)}"
    if effect.cost_known:
        text += f", about {money(effect.cost, coin)}"
    if math.isfinite(effect.before) and math.isfinite(effect.after):
        text += f"; {metric} {figure(effect.before)} to {figure(effect.after)}"
    return text
