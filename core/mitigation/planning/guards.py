"""Limits that nobody asked about and that a plan must not breach, nor make worse where they are breached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.domain import ScopeKind
from core.mitigation.plan import PlanLimit
from core.mitigation.planning.columns import Bools, Floats, Ints
from core.mitigation.planning.curved import curved_row
from core.mitigation.planning.goals import WORSE_BELOW, Goal
from core.mitigation.planning.ledger import CURVED, FOLLOWS, SIGNED, Ledger
from core.mitigation.planning.rows import Block, metric_rows
from core.mitigation.planning.units import FUZZ, Units

NEAR = 0.7
INSIDE = 1e-3
"""A threshold is kept away from by this share of it: reached is breached."""
MAY_WORSEN = frozenset({"net_exposure", "beta_net_exposure", "free_margin"}) | {
    name for name in FOLLOWS if name.endswith(("_share", "_herfindahl"))
}
"""Metrics that cutting can make worse: all others of what is held only get smaller by it."""


class Guards:
    """Those that a plan came near to so far; there may be very many limits, and few are ever in the way."""

    def __init__(self, ledger: Ledger, limits: Sequence[PlanLimit], goals: Sequence[Goal]) -> None:
        asked = {(goal.scope, goal.metric) for goal in goals}
        self._ledger = ledger
        self._taken: list[PlanLimit] = []
        watched: dict[tuple[ScopeKind, str], list[PlanLimit]] = {}
        for limit in limits:
            known = limit.metric in MAY_WORSEN and not math.isnan(limit.value)
            if known and (limit.scope, limit.metric) not in asked:
                watched.setdefault((limit.scope.kind, limit.metric), []).append(limit)
        self._watched = [
            watch
            for (kind, metric), rows in watched.items()
            if (watch := _watch(ledger, kind, metric, rows)) is not None
        ]

    def take(self, units: Units, cut: Floats, costs: Floats) -> bool:
        """Guard those that these cuts would breach; whether there is a new one among them."""
        found: list[PlanLimit] = []
        taken: dict[ScopeKind, Floats] = {}
        for watch in self._watched:
            if watch.kind not in taken:
                taken[watch.kind] = self._ledger.cuts(watch.kind, units, cut)
            found += watch.broken(self._ledger, taken[watch.kind], spent_by(self._ledger, watch.kind, units, costs))
        self._taken += found
        return bool(found)

    def blocks(self, units: Units, costs: Floats) -> list[Block]:
        together = [limit for limit in self._taken if _by_account(limit)]
        blocks = [_net_rows(self._ledger, units, metric, together) for metric in sorted(SIGNED)]
        apart = [self._block(limit, units, costs) for limit in self._taken if not _by_account(limit)]
        return [block for block in (*blocks, *apart) if block is not None]

    def _block(self, limit: PlanLimit, units: Units, costs: Floats) -> Block | None:
        level, none = _level(limit), np.zeros(len(units))
        if limit.metric in CURVED:
            return curved_row(self._ledger, units, limit.scope, limit.metric, limit.value, level, none, -1)
        spent = float(self._ledger.weights(units, limit.scope) @ costs)
        return metric_rows(self._ledger, units, limit.scope, limit.metric, limit.value, level, spent)


@dataclass(slots=True)
class _Watch:
    """The limits on one metric of one kind of scope; arrays of shape (limits,)."""

    kind: ScopeKind
    metric: str
    limits: list[PlanLimit]
    index: Ints
    value: Floats
    level: Floats
    now: Floats
    """As the ledger has it before anything is cut."""
    open: Bools
    """Not among those that are guarded already."""

    def broken(self, ledger: Ledger, taken: Floats, spent: Floats) -> list[PlanLimit]:
        if self.metric == "free_margin":
            held = ledger.members(self.kind)
            after = self.value + held.sums(taken * held.initial)[self.index] - spent[self.index]
            beyond = after < self.level
        else:
            after = self.value + ledger.value(self.kind, self.metric, taken)[self.index] - self.now
            after = np.abs(after) if self.metric in SIGNED else after
            beyond = after > self.level + FUZZ * np.abs(self.value)
        if not (beyond & self.open).any():
            return []
        # Where one is in the way others will be next: nets of accounts, which are cheap to look after, all at once.
        every = self.kind is ScopeKind.ACCOUNT and self.metric in SIGNED
        found = np.flatnonzero((beyond | every | self._near(after)) & self.open)
        self.open[found] = False
        return [self.limits[number] for number in found.tolist()]

    def _near(self, after: Floats) -> Bools:
        """Which have come most of their way to the level."""
        way = self.level - self.value
        come = np.abs(after) - np.abs(self.value) if self.metric in SIGNED else after - self.value
        return np.asarray(come * np.sign(way) > NEAR * np.abs(way))


def _watch(ledger: Ledger, kind: ScopeKind, metric: str, limits: Sequence[PlanLimit]) -> _Watch | None:
    places = {name: number for number, name in enumerate(ledger.members(kind).names)}
    held = [limit for limit in limits if limit.scope.name in places]
    if not held:
        return None
    index = np.array([places[limit.scope.name] for limit in held], dtype=np.int64)
    now = ledger.value(kind, metric)[index]
    return _Watch(
        kind, metric, held, index, np.array([limit.value for limit in held]),
        np.array([_level(limit) for limit in held]), now, np.ones(len(held), dtype=np.bool_),
    )  # fmt: skip


def _by_account(limit: PlanLimit) -> bool:
    return limit.scope.kind is ScopeKind.ACCOUNT and limit.metric in SIGNED


def _net_rows(ledger: Ledger, units: Units, metric: str, limits: Sequence[PlanLimit]) -> Block | None:
    """One row for each account with such a limit on this metric."""
    mine = [limit for limit in limits if limit.metric == metric]
    if not mine:
        return None
    places = np.full(len(ledger.members(ScopeKind.ACCOUNT).names), -1, dtype=np.int64)
    for number, limit in enumerate(mine):
        index = ledger.index(limit.scope)
        assert index is not None
        places[index] = number
    row = places[ledger.columns.account.code[units.row]]
    at = np.flatnonzero(row >= 0)
    beta = np.nan_to_num(units.beta[at], nan=1.0) if metric == "beta_net_exposure" else 1.0
    value, level = np.array([limit.value for limit in mine]), np.array([_level(limit) for limit in mine])
    return Block(row[at], at, units.towards[at] * beta, value - level, value + level, np.zeros(len(mine)))


def spent_by(ledger: Ledger, kind: ScopeKind, units: Units, costs: Floats) -> Floats:
    """Shape (scopes of the kind,): base currency that the cuts in each cost."""
    return ledger.members(kind).sums(ledger.cuts(kind, units, costs))


def _level(limit: PlanLimit) -> float:
    """Just inside the threshold; where it is at or beyond that already, no further."""
    if limit.metric in WORSE_BELOW:
        return min(limit.value, limit.threshold + INSIDE * abs(limit.threshold))
    value = abs(limit.value) if limit.metric in SIGNED else limit.value
    return max(value, limit.threshold - INSIDE * abs(limit.threshold))
