"""The rows of the linear programme: what is asked for, hedges that stay, limits that must not be breached.

A row is low <= sum of value x cut <= high, cuts in base currency, one block of rows for each rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.domain import Scope, ScopeKind
from core.mitigation.planning.columns import Floats, Ints, add_up
from core.mitigation.planning.ledger import GROUPS, OVER_EQUITY, SHARES, SIGNED, Ledger, Members
from core.mitigation.planning.units import Units

HEDGE_FUZZ = 1e-9
"""Of a group's gross: below it a net is the dust of sums."""


@dataclass(frozen=True, slots=True)
class Block:
    """Entries in coordinates; arrays of shape (entries,) and (rows,)."""

    row: Ints
    unit: Ints
    value: Floats
    low: Floats
    high: Floats
    total: Floats
    """Shape (rows,): how much of the cut of the whole scope `weight` counts beside the entries."""
    weight: Floats | None = None
    """Shape (units,): the scope that `total` is of."""
    goal: int = -1
    """What it serves, which may fall short if nothing else is possible; -1 holds whatever comes."""

    def reach(self, cut: Floats) -> Floats:
        """Shape (rows,): what each row comes to."""
        sums = add_up(self.row, self.value * cut[self.unit], len(self.low))
        return np.asarray(sums + (self.total * float(self.weight @ cut) if self.weight is not None else 0.0))


def one_row(values: Floats, low: float, high: float, goal: int = -1) -> Block:
    at = np.flatnonzero(values)
    return Block(
        np.zeros(len(at), dtype=np.int64), at, values[at], np.array([low]), np.array([high]), np.zeros(1), goal=goal
    )


def metric_rows(
    ledger: Ledger, units: Units, scope: Scope, metric: str, value: float, level: float, spent: float, goal: int = -1
) -> Block | None:
    """What it takes to have the metric at `level` or better, being at `value` now; `spent` is taken off the equity.

    None where the figures do not say.
    """
    index = ledger.index(scope)
    if index is None or math.isnan(value) or math.isnan(level):
        return None
    mine = ledger.weights(units, scope)
    if metric in SHARES:
        return _share_rows(ledger, units, scope, metric, value, level, mine, goal)
    if metric in SIGNED:
        level = max(level, 0.0)
        values = mine * units.towards * (np.nan_to_num(units.beta, nan=1.0) if metric == "beta_net_exposure" else 1.0)
        return one_row(values, value - level, value + level, goal)
    values, need = _sum_row(ledger, units, scope, metric, value, level, spent, mine)
    return None if math.isnan(need) else one_row(values, need, np.inf, goal)


def _sum_row(
    ledger: Ledger, units: Units, scope: Scope, metric: str, value: float, level: float, spent: float, mine: Floats
) -> tuple[Floats, float]:
    """Shape (units,) and how much has to come together."""
    if metric in OVER_EQUITY:
        return _over_equity(ledger, units, scope, metric, value, max(level, 0.0), spent, mine)
    if metric == "free_margin":
        return mine * np.nan_to_num(units.initial), level - value + spent
    side = {"long_exposure": units.towards > 0.0, "short_exposure": units.towards < 0.0}
    return mine * side.get(metric, np.ones(len(units))), value - max(level, 0.0)


def _over_equity(
    ledger: Ledger, units: Units, scope: Scope, metric: str, value: float, level: float, spent: float, mine: Floats
) -> tuple[Floats, float]:
    index = ledger.index(scope)
    assert index is not None
    rates = {"gross": np.ones(len(units)), "initial": units.initial, "maintenance": units.maintenance}
    values = mine * np.nan_to_num(rates[OVER_EQUITY[metric]])
    if not values.any():  # nobody says which margin is whose
        values = mine
    whole = float(ledger.amount(scope.kind, metric)[index])
    equity = ledger.equity_of(scope)
    if math.isinf(value) or equity <= 0.0:  # nothing left to carry it: all of it has to go
        return values, whole
    if math.isnan(equity):
        equity = whole / value if value > 0.0 else math.nan
    return values, min(whole, equity * (value - level) + level * spent)


def _share_rows(
    ledger: Ledger, units: Units, scope: Scope, metric: str, value: float, level: float, mine: Floats, goal: int
) -> Block | None:
    """|held of a group| - level x gross <= 0 for every group that may come near it, both signs where they cancel."""
    held, index = ledger.members(scope.kind), ledger.index(scope)
    assert index is not None
    name, nets = GROUPS[metric]
    pair, place = ledger.groups(held, name)
    amount = add_up(place, held.notional if nets else np.abs(held.notional), len(pair))
    gross = float(ledger.gross(scope.kind)[index])
    now = float(ledger.value(scope.kind, metric)[index])
    if math.isnan(gross) or math.isnan(now):
        return None
    # The figure may count what is not listed here: then both are moved by as much.
    level = max(0.0, level - (value - now))
    group = unit_groups(held, units, place, scope)
    groups = np.flatnonzero(pair == index)
    groups = groups[np.abs(amount[groups]) > 0.0]
    number = np.full(len(pair), -1, dtype=np.int64)
    number[groups] = np.arange(len(groups))
    at = np.flatnonzero((mine > 0.0) & (group >= 0))
    at = at[number[group[at]] >= 0]
    sign = np.sign(amount[groups])
    towards = units.towards[at] if nets else np.ones(len(at))
    row = number[group[at]]
    first = Block(
        row, at, -sign[row] * towards * mine[at], np.full(len(groups), -np.inf), level * gross - np.abs(amount[groups]),
        np.full(len(groups), level), mine, goal,
    )  # fmt: skip
    return first if not nets else _both_signs(first, np.abs(amount[groups]), level * gross)


def _both_signs(rows: Block, amount: Floats, most: float) -> Block:
    """And the same for what a net may turn into on the other side."""
    count = len(rows.low)
    return Block(
        np.concatenate((rows.row, rows.row + count)),
        np.concatenate((rows.unit, rows.unit)),
        np.concatenate((rows.value, -rows.value)),
        np.concatenate((rows.low, rows.low)),
        np.concatenate((rows.high, most + amount)),
        np.concatenate((rows.total, rows.total)),
        rows.weight,
        rows.goal,
    )


def unit_groups(held: Members, units: Units, place: Ints, scope: Scope) -> Ints:
    """Shape (units,): the group of a unit's entry of this kind; -1 for none."""
    if scope.kind is ScopeKind.STRATEGY:
        out = np.full(len(units), -1, dtype=np.int64)
        mine = np.flatnonzero((units.of_row[held.row] >= 0) & (held.scope == held.names.index(scope.name)))
        out[units.of_row[held.row[mine]]] = place[mine]
        return out
    by_slot = np.full(int(held.slot.max(initial=-1)) + 1, -1, dtype=np.int64)
    by_slot[held.slot] = place
    return by_slot[units.slot]


def hedge_rows(ledger: Ledger, units: Units, kind: ScopeKind) -> Block | None:
    """Net exposure by underlying must not grow in magnitude; only where cutting could make it. None where nowhere."""
    held = ledger.members(kind)
    pair, place = ledger.groups(held, "underlying")
    low, high = _hedge_bounds(held, place, len(pair))
    by_slot = np.full(int(held.slot.max(initial=-1)) + 1, -1, dtype=np.int64)
    by_slot[held.slot] = place
    group = by_slot[units.slot]
    cap = np.minimum(units.notional, units.room)
    longs = add_up(group, np.where(units.towards > 0.0, cap, 0.0), len(pair))
    shorts = add_up(group, np.where(units.towards < 0.0, cap, 0.0), len(pair))
    slack = HEDGE_FUZZ * (longs + shorts)
    needed = ((longs > high + slack) | (shorts > -low + slack)) & (longs + shorts > 0.0)
    groups = np.flatnonzero(needed)
    if not len(groups):
        return None
    number = np.full(len(pair), -1, dtype=np.int64)
    number[groups] = np.arange(len(groups))
    at = np.flatnonzero(number[group] >= 0)
    return Block(
        number[group[at]], at, units.towards[at], low[groups], high[groups], np.zeros(len(groups))
    )  # fmt: skip


def _hedge_bounds(held: Members, place: Ints, groups: int) -> tuple[Floats, Floats]:
    """Between what the net of each group may fall by: low <= fall <= high.

    From N it may go down to -N. What nobody can value may be any amount on its side: only a fall that is right for all
    of them is let through, and none where it may stand on the other side.
    """
    unknown = np.isnan(held.notional)
    net = add_up(place, np.where(unknown, 0.0, held.notional), groups)
    up = add_up(place, unknown & (held.side >= 0.0), groups) > 0
    down = add_up(place, unknown & (held.side <= 0.0), groups) > 0
    low, high = np.minimum(2.0 * net, 0.0), np.maximum(2.0 * net, 0.0)
    shut = (up & (net < 0.0)) | (down & (net > 0.0)) | (up & down)
    return np.where(shut, 0.0, low), np.where(shut, 0.0, high)


def slot_rows(units: Units) -> Block | None:
    """Parts of strategies together take no more than the venue holds."""
    slots, place, count = np.unique(units.slot, return_inverse=True, return_counts=True)
    together = add_up(place, units.notional, len(slots))
    room = np.zeros(len(slots))
    room[place] = units.room
    tight = np.flatnonzero((count > 1) & (together > room))
    if not len(tight):
        return None
    number = np.full(len(slots), -1, dtype=np.int64)
    number[tight] = np.arange(len(tight))
    at = np.flatnonzero(number[place] >= 0)
    return Block(
        number[place[at]], at, np.ones(len(at)), np.full(len(tight), -np.inf), room[tight], np.zeros(len(tight))
    )
