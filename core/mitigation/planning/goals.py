"""What a plan is asked for, in the planner's own terms."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from core.domain import Scope
from core.mitigation.plan import MarginTerms, PlanInputs, ScaleTerms, Terms
from core.mitigation.planning.columns import Floats
from core.mitigation.planning.curved import after, curved_row
from core.mitigation.planning.ledger import CURVED, FOLLOWS, SIGNED, Ledger
from core.mitigation.planning.rows import Block, metric_rows, one_row
from core.mitigation.planning.units import Units
from core.risk.limits import METRIC_DIRECTIONS

AIM = 0.01
"""Levels are aimed at from this much inside: marks move between the plan and the last fill."""
WORSE_BELOW = frozenset(name for name, worse_is in METRIC_DIRECTIONS.items() if worse_is < 0)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A metric near one point, as a straight line."""

    value: float
    at: Floats
    """Shape (units,): base currency cut there."""
    slope: Floats
    """Per base currency more."""

    def reach(self, cut: Floats) -> float:
        return self.value + float(self.slope @ (cut - self.at))


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
    line: Line | None = None
    """Of a metric that does not follow from the positions alone."""
    instead: float = math.nan
    """The share to close where nobody can tell what cutting does to the metric, or where it does nothing."""

    @property
    def bent(self) -> bool:
        return math.isnan(self.share) and self.metric not in FOLLOWS

    @property
    def by_share(self) -> Goal:
        return replace(self, level=math.nan, share=self.instead, line=None)

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
            whole = float(mine @ units.notional) if self.alike else _held(ledger, self.scope)
            return one_row(mine, self.share * whole, np.inf, number)
        if self.bent:
            return self._straight(number)
        if self.metric in CURVED:
            return curved_row(ledger, units, self.scope, self.metric, self.value, self.aim, cut, number)
        return metric_rows(ledger, units, self.scope, self.metric, self.value, self.aim, spent, number)

    def _straight(self, number: int) -> Block | None:
        if self.line is None:
            return None
        turn = -1.0 if self.metric in WORSE_BELOW else 1.0
        slope = turn * self.line.slope
        return one_row(slope, -np.inf, turn * (self.aim - self.line.value) + float(slope @ self.line.at), number)

    def after(self, ledger: Ledger, units: Units, spent: float, cut: Floats) -> float:
        """The metric with so much cut; NaN where it cannot be told."""
        if self.bent:
            return math.nan if self.line is None else self.line.reach(cut)
        return after(ledger, units, self.scope, self.metric, self.value, spent, cut)

    def met(self, value: float) -> bool:
        if math.isnan(self.level):
            return True
        fuzz = 1e-9 * abs(self.level)
        if self.metric in WORSE_BELOW:
            return value >= self.level - fuzz
        return abs(value) <= self.level + fuzz if self.metric in SIGNED else value <= self.level + fuzz


def _held(ledger: Ledger, scope: Scope) -> float:
    """Gross exposure of a scope's positions, base currency, as far as it is known; coins cannot be closed."""
    held, index = ledger.members(scope.kind), ledger.index(scope)
    mine = (held.scope == index) & ~ledger.columns.is_coin[held.row]
    return float(np.nansum(np.abs(held.notional[mine])))


def goals_of(terms: Terms, inputs: PlanInputs, *, evaluated: bool) -> list[Goal]:
    """What of the terms can be aimed at; nothing where a figure does not say.

    `evaluated`: whether somebody tells what cutting does to metrics that do not follow from the positions.
    """
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
    if share <= 0.0:
        return []
    goal = Goal(scope, terms.metric, terms.value, terms.clear_level, instead=share)
    told = math.isfinite(terms.value) and math.isfinite(terms.clear_level)
    return [goal if evaluated and told else goal.by_share]


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
