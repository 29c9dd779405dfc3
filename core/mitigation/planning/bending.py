"""Metrics that do not follow from the positions alone: volatility, value at risk, time to exit, correlation.

What cutting does to them is found out by evaluating the whole risk model a little further on, underlying by underlying;
the programme takes that for a straight line, the model is evaluated on the plan that comes of it, and the line is
corrected, within a region that shrinks where it told badly. The same evaluation checks every other limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.domain import Side
from core.mitigation.model import Reduction
from core.mitigation.plan import PlanInputs, PlanLimit
from core.mitigation.planning.columns import Floats, Ints, PlanColumns
from core.mitigation.planning.costs import curves_of
from core.mitigation.planning.evaluation import Evaluate, LimitKey
from core.mitigation.planning.goals import WORSE_BELOW, Goal, Line
from core.mitigation.planning.guards import INSIDE, Guards
from core.mitigation.planning.ledger import FOLLOWS, Ledger
from core.mitigation.planning.solving import Draft, Drafting, valued, with_hedges
from core.mitigation.planning.units import LeftOut, Units, find_units

TURNS = 6
MOST_DIRECTIONS = 24
"""Evaluations for one set of slopes: the largest underlyings have one each, all others share the last."""
ROWS_FOR_ALL = 20_000
"""Rows beyond which fewer directions are tried, since each evaluation takes longer."""
STEP = 0.05
"""Share of what is left that a slope is taken over."""
CLOSE = 0.05
"""A metric within this share of its way from the level aimed at is not brought nearer."""
MOVES_LITTLE = 1e-3
"""Of the way: what even closing all of it would change less than this does not answer to being cut."""
TOLD_WELL = (0.5, 2.0)
"""What came of a step over what its line said, within which the line is kept."""


def checked_draft(
    columns: PlanColumns, inputs: PlanInputs, goals: Sequence[Goal], left_out: LeftOut, evaluate: Evaluate
) -> Draft:
    """As `draft_of`, with every goal and every other limit checked on the planned book."""
    ledger = Ledger(columns, inputs.equity)
    goals = [valued(goal, ledger) for goal in goals]
    units = find_units(columns, [goal.scope for goal in goals], left_out)

    def draft(some: Units) -> Draft:
        return _Bending(ledger, some, goals, inputs, evaluate).run()

    return with_hedges(columns, units, goals, draft)


@dataclass
class _State:
    goals: list[Goal]
    trust: Floats
    best: Draft | None = None
    slopes_taken: int = 0


class _Bending:
    def __init__(
        self, ledger: Ledger, units: Units, goals: Sequence[Goal], inputs: PlanInputs, evaluate: Evaluate
    ) -> None:
        self._ledger, self._units, self._inputs, self._evaluate = ledger, units, inputs, evaluate
        self._asked = list(goals)
        self._cap = np.minimum(units.notional, units.room)
        self._curves = curves_of(ledger.columns, units)
        self._directions = _directions(ledger.columns, units)

    def run(self) -> Draft:
        nothing = np.zeros(len(self._units))
        now = self._values(nothing)
        state = _State(self._with_lines(self._asked, nothing, now), self._cap.copy())
        for _ in range(TURNS):
            draft = self._draft(state)
            state.best = draft if state.best is None else self._better(state.best, draft)
            new = self._new_breaches(draft, state.goals, now)
            if new:
                state.goals += self._with_lines(new, nothing, now)
            elif self._done(draft, state.goals):
                break
            self._correct(state, draft)
        assert state.best is not None
        return state.best

    def _draft(self, state: _State) -> Draft:
        guards = Guards(self._ledger, self._inputs.limits, state.goals)
        draft = Drafting(self._ledger, self._units, state.goals, guards, state.trust).run()
        values = self._values(draft.cut)
        told = replace(draft, values=values)
        good = all(goal.met(told.after(goal)) for goal in state.goals)
        return replace(told, feasible=good and (draft.feasible or any(goal.bent for goal in state.goals)))

    def _values(self, cut: Floats) -> Mapping[LimitKey, float]:
        return self._evaluate(cuts_as_reductions(self._ledger.columns, self._units, cut), self._curves.total(cut))

    def _better(self, one: Draft, other: Draft) -> Draft:
        """The one that reaches more; of two that reach all the cheaper one."""
        if one.feasible != other.feasible:
            return one if one.feasible else other
        if one.feasible:
            return one if one.cost <= other.cost else other
        missed = [sum(self._way_left(goal, draft) for goal in self._asked) for draft in (one, other)]
        return one if missed[0] <= missed[1] else other

    def _way_left(self, goal: Goal, draft: Draft) -> float:
        value = draft.after(goal)
        if goal.met(value) or math.isnan(goal.level):
            return 0.0
        way = abs(goal.value - goal.level)
        return 1.0 if math.isnan(value) or way == 0.0 else min(1.0, abs(value - goal.level) / way)

    def _done(self, draft: Draft, goals: Sequence[Goal]) -> bool:
        """Nothing is missed, and no bent goal is overdone by so much that less would do."""
        if not draft.feasible:
            return False
        for goal in goals:
            if not goal.bent or goal.line is None or not goal.line.slope.any():
                continue
            over = abs(draft.after(goal) - goal.aim)
            if over > CLOSE * max(abs(goal.value - goal.aim), 1e-12) and draft.cut.any():
                return False
        return True

    # Lines

    def _with_lines(self, goals: Sequence[Goal], cut: Floats, values: Mapping[LimitKey, float]) -> list[Goal]:
        """Bent goals with a line each; those that do not answer to being cut as a share to close."""
        bent = [goal for goal in goals if goal.bent]
        if not bent:
            return list(goals)
        slopes = self._slopes([(goal.scope, goal.metric) for goal in bent], cut, values)
        out = []
        for goal in goals:
            key = (goal.scope, goal.metric)
            if not goal.bent:
                out.append(goal)
            elif self._answers(goal, slopes[key]):
                out.append(replace(goal, line=Line(values.get(key, goal.value), cut, slopes[key])))
            elif not math.isnan(goal.instead):
                out.append(goal.by_share)
        return out

    def _answers(self, goal: Goal, slope: Floats) -> bool:
        turn = -1.0 if goal.metric in WORSE_BELOW else 1.0
        helps = float(np.maximum(-turn * slope, 0.0) @ self._cap)
        return helps > MOVES_LITTLE * abs(goal.value - goal.level)

    def _slopes(
        self, keys: Sequence[LimitKey], cut: Floats, values: Mapping[LimitKey, float]
    ) -> dict[LimitKey, Floats]:
        """By key, shape (units,): what each metric changes by per base currency more cut."""
        out = {key: np.zeros(len(self._units)) for key in keys}
        for units in self._directions:
            room, taken = self._cap[units] - cut[units], cut[units]
            step = STEP * room if float(room.sum()) >= STEP * float(self._cap[units].sum()) else -STEP * taken
            size = float(step.sum())
            if size == 0.0:
                continue
            there = cut.copy()
            there[units] += step
            moved = self._values(there)
            for key in keys:
                change = moved.get(key, math.nan) - values.get(key, math.nan)
                if math.isfinite(change):
                    out[key][units] = change / size
        return out

    def _correct(self, state: _State, draft: Draft) -> None:
        """Move the lines to where the draft came out, and take new slopes where they told badly."""
        bad = False
        goals = []
        for goal in state.goals:
            value = draft.values.get((goal.scope, goal.metric), math.nan)
            if goal.line is None or math.isnan(value):
                goals.append(goal)
                continue
            told, came = goal.line.reach(draft.cut) - goal.line.value, value - goal.line.value
            ratio = came / told if told else 1.0
            bad |= not TOLD_WELL[0] <= ratio <= TOLD_WELL[1]
            goals.append(replace(goal, line=Line(value, draft.cut, goal.line.slope)))
        state.goals = goals
        if not bad:
            return
        state.slopes_taken += 1
        if state.slopes_taken <= 2:
            keys = [(goal.scope, goal.metric) for goal in goals if goal.line is not None]
            slopes = self._slopes(keys, draft.cut, draft.values)
            state.goals = [
                replace(goal, line=replace(goal.line, slope=slopes[goal.scope, goal.metric])) if goal.line else goal
                for goal in goals
            ]
        state.trust = np.minimum(self._cap, draft.cut + 0.5 * np.maximum(state.trust - draft.cut, 0.5 * self._cap))

    # Other limits

    def _new_breaches(self, draft: Draft, goals: Sequence[Goal], now: Mapping[LimitKey, float]) -> list[Goal]:
        """Limits that were kept and would not be on the planned book, and that no guard looks after."""
        known = {(goal.scope, goal.metric) for goal in goals}
        out = []
        for limit in self._inputs.limits:
            key = (limit.scope, limit.metric)
            if limit.breached or limit.metric in FOLLOWS or key in known:
                continue
            before, value = now.get(key, math.nan), draft.values.get(key, math.nan)
            if _beyond(limit, value) and not _beyond(limit, before):
                inside = limit.worse_is * INSIDE * abs(limit.threshold)
                out.append(Goal(limit.scope, limit.metric, before, limit.threshold - inside))
        return out


def _beyond(limit: PlanLimit, value: float) -> bool:
    return value >= limit.threshold if limit.worse_is > 0 else value <= limit.threshold


def _directions(columns: PlanColumns, units: Units) -> list[Ints]:
    """Units that are moved together: those of one underlying and side, in the scope or elsewhere; the largest first."""
    key = columns.underlying.code[units.row] * 4 + (units.towards > 0.0) * 2 + units.partner
    keys, place = np.unique(key, return_inverse=True)
    size = np.zeros(len(keys))
    np.add.at(size, place, units.notional)
    order = np.argsort(-size, kind="stable")
    most = max(2, min(MOST_DIRECTIONS, MOST_DIRECTIONS * ROWS_FOR_ALL // max(1, len(columns))))
    out = [np.flatnonzero(place == number) for number in order[: most - 1].tolist()]
    rest = np.flatnonzero(np.isin(place, order[most - 1 :]))
    return [*out, rest] if len(rest) else out


def cuts_as_reductions(columns: PlanColumns, units: Units, cut: Floats) -> list[Reduction]:
    """Not rounded to anything: what the risk model is to be evaluated on."""
    rows = np.flatnonzero(units.of_row >= 0)
    amount = units.part[rows] * cut[units.of_row[rows]]
    rows, amount = rows[amount > 0.0], amount[amount > 0.0]
    worth = np.abs(columns.notional[rows] / columns.quantity[rows])
    sells = columns.venue_quantity[rows] > 0.0
    return [
        Reduction(
            columns.account.at(row), columns.symbol_at(row), columns.strategy.at(row),
            Side.SELL if sell else Side.BUY, size / each, size,
        )
        for row, sell, size, each in zip(rows.tolist(), sells.tolist(), amount.tolist(), worth.tolist(), strict=True)
    ]  # fmt: skip
