"""From goals to cuts: programme, equity less what it costs, limits that come near, curved metrics, whole lots."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.domain import PORTFOLIO, Scope, ScopeKind
from core.mitigation.plan import PlanInputs
from core.mitigation.planning.branching import MOST_UNITS, exact_lots
from core.mitigation.planning.columns import Floats, PlanColumns, add_up
from core.mitigation.planning.costs import Curves, curves_of
from core.mitigation.planning.evaluation import LimitKey
from core.mitigation.planning.goals import Goal
from core.mitigation.planning.guards import Guards
from core.mitigation.planning.ledger import CURVED, Ledger
from core.mitigation.planning.lots import Grid, grid_of, hedge_room
from core.mitigation.planning.programme import Problem, Solution, solve
from core.mitigation.planning.rounding import Rules, round_cuts
from core.mitigation.planning.rows import Block, hedge_rows, slot_rows
from core.mitigation.planning.units import LeftOut, Units, find_units, with_partners

SOLVES = 20
"""At most so many programmes for one plan: equity, limits and curves settle within three or four."""
SETTLED = 1e-3
"""Relative: a cost that changes by less than this between two programmes is settled."""
PARTNERS = 400
"""Legs of hedges elsewhere that are looked at, the largest first."""
PARTS = (0.5, 0.2, 0.05)
"""Of the way from one curved solution to the next."""
CURVE_FUZZ = 1e-3
SHARE_FUZZ = 1e-6
GAP = 0.005
"""A rounded plan that costs so much more than the programme's is looked at again, lot by lot."""


@dataclass(frozen=True, slots=True)
class Draft:
    units: Units
    curves: Curves
    ledger: Ledger
    cut: Floats
    """Shape (units,): base currency, in whole lots."""
    least_cost: float
    """What the programme's cuts cost, without lots: no plan costs less."""
    feasible: bool
    """Whether every goal is reached, lots included."""
    values: Mapping[LimitKey, float] = field(default_factory=dict)
    """Limited figures of the whole risk model on the planned book; empty where nobody evaluated it."""
    goals: tuple[Goal, ...] = ()
    """As they were answered: what does not answer to being cut by a share."""

    def after(self, goal: Goal) -> float:
        known = self.values.get((goal.scope, goal.metric), math.nan)
        return goal.after(self.ledger, self.units, self.spent(goal.scope), self.cut) if math.isnan(known) else known

    @property
    def cost(self) -> float:
        return self.curves.total(self.cut)

    def scope_notional(self, scope: Scope) -> Floats:
        """Shape (entries of its kind,): base currency held in the scope, 0 where it is not known or not its."""
        held, index = self.ledger.members(scope.kind), self.ledger.index(scope)
        return np.where(held.scope == index, np.nan_to_num(held.notional), 0.0) if index is not None else np.zeros(0)

    def spent(self, scope: Scope) -> float:
        """Base currency: what the cuts in a scope cost."""
        return float(self.ledger.weights(self.units, scope) @ self.curves.costs(self.cut))


def draft_of(columns: PlanColumns, inputs: PlanInputs, goals: Sequence[Goal], left_out: LeftOut) -> Draft:
    """For goals that follow from the positions, or with a line each."""
    ledger = Ledger(columns, inputs.equity)
    goals = [valued(goal, ledger) for goal in goals]
    units = find_units(columns, [goal.scope for goal in goals], left_out)
    guards = Guards(ledger, inputs.limits, goals)

    def draft(some: Units) -> Draft:
        return Drafting(ledger, some, goals, guards).run()

    return with_hedges(columns, units, goals, draft)


def with_hedges(columns: PlanColumns, units: Units, goals: Sequence[Goal], make: Callable[[Units], Draft]) -> Draft:
    """A draft of these units; where they are not enough, with other legs of their hedges elsewhere."""
    draft = make(units)
    if draft.feasible or any(goal.scope == PORTFOLIO for goal in goals):
        return draft
    more = with_partners(columns, units, PARTNERS)
    if len(more) == len(units):
        return draft
    wider = make(more)
    return wider if wider.feasible or _better(goals, draft, wider) else draft


def _better(goals: Sequence[Goal], draft: Draft, wider: Draft) -> bool:
    """Whether the goals come nearer with cuts elsewhere: else nothing is touched there."""
    return sum(_missing(goal, wider) for goal in goals) < sum(_missing(goal, draft) for goal in goals) - 1e-6


def _missing(goal: Goal, draft: Draft) -> float:
    """Which part of what is needed is not reached."""
    if not math.isnan(goal.share):
        mine = draft.ledger.weights(draft.units, goal.scope)
        return max(0.0, 1.0 - float(mine @ draft.cut) / max(goal.share * float(mine @ draft.units.notional), 1e-12))
    value = draft.after(goal)
    if goal.met(value):
        return 0.0
    way = abs(abs(goal.value) - goal.level)
    return 1.0 if not math.isfinite(way) or way == 0.0 else min(1.0, abs(abs(value) - goal.level) / way)


def valued(goal: Goal, ledger: Ledger) -> Goal:
    """Where nobody told the figure, as the positions have it."""
    index = ledger.index(goal.scope)
    if not goal.metric or not math.isnan(goal.value) or index is None or math.isnan(goal.level):
        return goal
    return replace(goal, value=float(ledger.value(goal.scope.kind, goal.metric)[index]))


class Drafting:
    def __init__(
        self, ledger: Ledger, units: Units, goals: Sequence[Goal], guards: Guards, trust: Floats | None = None
    ) -> None:
        """`trust`: shape (units,), base currency: no more than this may be cut of each for now."""
        self._ledger, self._units, self._goals, self._guards = ledger, units, goals, guards
        self._curves = curves_of(ledger.columns, units)
        self._bound = _bounds(ledger, units, goals)
        if trust is not None:
            self._bound = np.minimum(self._bound, trust)
        self._hedges = [
            block
            for kind in (ScopeKind.ACCOUNT, ScopeKind.PORTFOLIO)
            if (block := hedge_rows(ledger, units, kind)) is not None
        ]
        slots = slot_rows(units)
        self._fixed = [] if slots is None else [slots]
        self._grid = grid_of(units, self._bound) if len(units) else None

    def run(self) -> Draft:
        nothing = np.zeros(len(self._units))
        if self._grid is None:
            return self._draft(nothing, 0.0, feasible=False)
        solution, blocks = self._settle(nothing)
        if solution is None:
            return self._draft(nothing, 0.0, feasible=False)
        cut = self._in_lots(self._grid, solution, blocks)
        done = all(self._met(goal, cut) for goal in self._goals)
        return self._draft(cut, solution.cost, feasible=solution.feasible and done)

    def _draft(self, cut: Floats, least: float, *, feasible: bool) -> Draft:
        return Draft(
            self._units, self._curves, self._ledger, cut, least, feasible, goals=tuple(self._goals)
        )  # fmt: skip

    def _settle(self, cut: Floats) -> tuple[Solution | None, list[Block]]:
        """Solve until the cost that was taken off the equity is what the cuts cost, and no limit is in the way."""
        best: tuple[Solution, list[Block]] | None = None
        for turn in range(SOLVES):
            blocks = self._blocks(cut, self._curves.costs(cut))
            found = solve(Problem(self._units, self._curves, blocks, len(self._goals), self._bound))
            if found is None:
                break
            before, cut = self._curves.total(cut), self._along(cut, found.cut)
            if cut is not found.cut:
                found = replace(found, cut=cut, cost=self._curves.total(cut))
            more = self._guards.take(self._units, cut, self._curves.costs(cut))
            # The newest one knows best what it costs and which limits are near; of curved goals the nearest counts.
            if best is None or more or self._missing(cut) <= self._missing(best[0].cut) + CURVE_FUZZ:
                best = found, blocks
            settled = abs(self._curves.total(cut) - before) <= SETTLED * max(before, 1e-12)
            if turn and settled and not more:
                break
        return (None, []) if best is None else best

    def _along(self, before: Floats, after: Floats) -> Floats:
        """How far to go where curved goals bend back on the way: to where least is missing of them."""
        if not any(goal.metric in CURVED for goal in self._goals):
            return after
        points = [after, *(before + part * (after - before) for part in PARTS)]
        return min(points, key=self._missing)

    def _missing(self, cut: Floats) -> float:
        """How far the curved goals are from where they are aimed at, together."""
        curved = [goal for goal in self._goals if goal.metric in CURVED]
        values = [(goal, goal.after(self._ledger, self._units, 0.0, cut)) for goal in curved]
        return sum(max(0.0, value - goal.aim) / max(abs(goal.aim), 1e-12) for goal, value in values)

    def _blocks(self, cut: Floats, costs: Floats) -> list[Block]:
        blocks = [*self._fixed, *self._hedges, *self._guards.blocks(self._units, costs)]
        for number, goal in enumerate(self._goals):
            spent = float(self._ledger.weights(self._units, goal.scope) @ costs)
            block = goal.block(self._ledger, self._units, number, spent, cut)
            if block is not None:
                blocks.append(block)
        return blocks

    def _met(self, goal: Goal, cut: Floats) -> bool:
        mine = self._ledger.weights(self._units, goal.scope)
        if not math.isnan(goal.share):
            block = goal.block(self._ledger, self._units, 0, 0.0, cut)
            return block is None or float(block.reach(cut)[0]) >= float(block.low[0]) * (1.0 - SHARE_FUZZ)
        value = goal.after(self._ledger, self._units, float(mine @ self._curves.costs(cut)), cut)
        return goal.met(value)

    def _in_lots(self, grid: Grid, solution: Solution, blocks: Sequence[Block]) -> Floats:
        # Where a curved goal is not reached its line asks for more than there is to gain, and is not followed.
        bent_back = self._missing(solution.cut) > CURVE_FUZZ
        kept = [
            block
            for block in _reachable(blocks, solution)
            if not (bent_back and block.goal >= 0 and self._goals[block.goal].metric in CURVED)
        ]
        rules = Rules([self._with_room(grid, block) for block in kept])
        rounded = round_cuts(grid, rules, solution.cut)
        good = rules.hold(rounded)
        if good and self._curves.total(rounded) <= solution.cost * (1.0 + GAP):
            return rounded
        if len(grid.cap) > MOST_UNITS:
            return rounded
        exact = exact_lots(grid, rules, self._curves)
        if exact is None or not rules.hold(exact) or self._missing(exact) > self._missing(rounded) + CURVE_FUZZ:
            return rounded
        return exact if not good or self._curves.total(exact) < self._curves.total(rounded) else rounded

    def _with_room(self, grid: Grid, block: Block) -> Block:
        if not any(block is hedge for hedge in self._hedges):
            return block
        side = self._units.towards[block.unit]
        amount = self._units.notional[block.unit]
        longs = add_up(block.row, np.where(side > 0.0, amount, 0.0), len(block.low))
        shorts = add_up(block.row, np.where(side < 0.0, amount, 0.0), len(block.low))
        room = hedge_room(grid, block, longs, shorts)
        return replace(block, low=block.low - room, high=block.high + room)


def _reachable(blocks: Sequence[Block], solution: Solution) -> list[Block]:
    """Goals that fall short are asked for as far as they can be reached."""
    out = []
    for block in blocks:
        short = solution.short[block.goal] if block.goal >= 0 else 0.0
        if short > 0.0:
            low, high = block.low.copy(), block.high.copy()
            low[low > 0.0] *= 1.0 - short
            high[high < 0.0] *= 1.0 - short
            block = replace(block, low=low, high=high)
        out.append(block)
    return out


def _bounds(ledger: Ledger, units: Units, goals: Sequence[Goal]) -> Floats:
    bound = np.minimum(units.notional, units.room)
    for goal in goals:
        if goal.alike:
            # Up to whole lots: positions of one lot are closed or left, so that together they come to the share.
            mine = ledger.weights(units, goal.scope) > 0.0
            bound = np.where(mine, grid_of(units, bound).up(np.minimum(bound, goal.share * units.notional)), bound)
    return bound
