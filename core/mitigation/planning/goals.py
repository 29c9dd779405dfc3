"""What a plan is asked for, in the planner's own terms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.domain import Scope
from core.mitigation.plan import MarginTerms, PlanInputs, ScaleTerms, Terms
from core.mitigation.planning.columns import Floats
from core.mitigation.planning.curved import after, curved_row
from core.mitigation.planning.ledger import CURVED, FOLLOWS, SIGNED, Ledger
from core.mitigation.planning.rows import Block, metric_rows, one_row
from core.mitigation.planning.units import Units

AIM = 0.01
"""Levels are aimed at from this much inside: marks move between the plan and the last fill."""
WORSE_BELOW = frozenset({"free_margin"})


@dataclass(frozen=True, slots=True)
class Goal:
    """A metric to be brought to a level, or a share of what is held to be closed."""

    scope: Scope
    metric: str
    """"" where a share is to be closed and no limit asks for it."""
    value: float
    level: float
    """That has to be reached; NaN where a share is to be closed."""
    share: float = math.nan
    """Of the scope's gross exposure, 0 to 1; NaN where a level is to be reached."""
    alike: bool = False
    """Whether every position is to lose the same share, or any that together come to it."""

    @property
    def aim(self) -> float:
        inside = -1.0 if self.metric in WORSE_BELOW else 1.0
        return self.level - inside * AIM * abs(self.level)

    def block(self, ledger: Ledger, units: Units, number: int, spent: float, cut: Floats) -> Block | None:
        """Its rows for the programme, curved ones straight as they are at `cut`; None where it cannot be told."""
        if not math.isnan(self.share):
            index = ledger.index(self.scope)
            if index is None or not self.share > 0.0:
                return None
            mine = ledger.weights(units, self.scope)
            whole = float(np.nansum(np.abs(_known(ledger, self.scope))))
            return one_row(mine, self.share * whole, np.inf, number)
        if self.metric in CURVED:
            return curved_row(ledger, units, self.scope, self.metric, self.value, self.aim, cut, number)
        return metric_rows(ledger, units, self.scope, self.metric, self.value, self.aim, spent, number)

    def after(self, ledger: Ledger, units: Units, spent: float, cut: Floats) -> float:
        """The metric with so much cut; NaN where it cannot be told."""
        return after(ledger, units, self.scope, self.metric, self.value, spent, cut)

    def met(self, value: float) -> bool:
        if math.isnan(self.level):
            return True
        fuzz = 1e-9 * abs(self.level)
        if self.metric in WORSE_BELOW:
            return value >= self.level - fuzz
        return abs(value) <= self.level + fuzz if self.metric in SIGNED else value <= self.level + fuzz


def _known(ledger: Ledger, scope: Scope) -> Floats:
    held, index = ledger.members(scope.kind), ledger.index(scope)
    return np.where(held.scope == index, held.notional, 0.0)


def goals_of(terms: Terms, inputs: PlanInputs) -> list[Goal]:
    """What of the terms can be aimed at; nothing where a figure does not say."""
    scope = terms.scope or inputs.scope
    if isinstance(terms, ScaleTerms):
        return [Goal(scope, "", math.nan, math.nan, 1.0 - _share(terms.factor), alike=True)]
    if isinstance(terms, MarginTerms):
        return _margin_goals(terms, scope, inputs)
    if terms.metric in FOLLOWS:
        known = not math.isnan(terms.value) and math.isfinite(terms.clear_level)
        goal = Goal(scope, terms.metric, terms.value, terms.clear_level)
        return [goal] if known and not goal.met(terms.value) else []
    share = _share(terms.reduce_share) if math.isfinite(terms.reduce_share) else 0.0
    return [Goal(scope, terms.metric, terms.value, math.nan, share)] if share > 0.0 else []


def _margin_goals(terms: MarginTerms, scope: Scope, inputs: PlanInputs) -> list[Goal]:
    now = {limit.metric: limit.value for limit in inputs.limits if limit.scope == scope}
    wanted = (("margin_use", terms.margin_use), ("free_margin", terms.free_margin))
    out = []
    for metric, level in wanted:
        if math.isnan(level):
            continue
        goal = Goal(scope, metric, now.get(metric, math.nan), level)
        out.append(goal)
    return out


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
