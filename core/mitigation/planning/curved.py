"""Where a metric stands once some of it is cut, and which way it goes from there where that is no straight line."""

from __future__ import annotations

import math

import numpy as np

from core.domain import Scope
from core.mitigation.planning.columns import Floats, add_up
from core.mitigation.planning.ledger import FOLLOWS, GROUPS, OVER_EQUITY, Ledger
from core.mitigation.planning.rows import Block, one_row, unit_groups
from core.mitigation.planning.units import Units


def after(
    ledger: Ledger, units: Units, scope: Scope, metric: str, value: float, spent: float, cut: Floats
) -> float:  # fmt: skip
    index = ledger.index(scope)
    if index is None or metric not in FOLLOWS:
        return math.nan
    taken = ledger.cuts(scope.kind, units, cut)
    if metric in OVER_EQUITY:
        before = float(ledger.amount(scope.kind, metric)[index])
        left = max(0.0, float(ledger.amount(scope.kind, metric, taken)[index]))
        if left <= 1e-12 * before:
            return 0.0
        equity = ledger.equity_of(scope)
        if math.isnan(equity) and math.isfinite(value) and value > 0.0:
            equity = before / value
        return left / (equity - spent) if equity > spent else math.inf if equity <= spent else math.nan
    if metric == "free_margin":
        held = ledger.members(scope.kind)
        return value - spent + float(held.sums(taken * held.initial)[index])
    moved = ledger.value(scope.kind, metric, taken)[index] - ledger.value(scope.kind, metric)[index]
    return float(value + moved)


def curved_row(
    ledger: Ledger, units: Units, scope: Scope, metric: str, value: float, level: float, cut: Floats, number: int
) -> Block | None:
    """A Herfindahl index as it falls with each unit at `cut`: sum a^2 / (sum a)^2, a what each group holds."""
    if ledger.index(scope) is None:
        return None
    slope = herfindahl_slope(ledger, units, scope, metric, cut)
    here = after(ledger, units, scope, metric, value, 0.0, cut)
    if math.isnan(here):
        return None
    # here + slope x (cut' - cut) <= level
    return one_row(slope, -np.inf, level - here + float(slope @ cut), number)


def herfindahl_slope(ledger: Ledger, units: Units, scope: Scope, metric: str, cut: Floats) -> Floats:
    """Shape (units,): by how much the index grows per base currency more cut of each."""
    held, index = ledger.members(scope.kind), ledger.index(scope)
    name, nets = GROUPS[metric]
    pair, place = ledger.groups(held, name)
    left = held.notional - np.sign(held.notional) * ledger.cuts(scope.kind, units, cut)
    amount = add_up(place, left if nets else np.abs(left), len(pair))
    size = np.where(pair == index, np.abs(amount), 0.0)
    whole = float(size.sum())
    if whole <= 0.0:
        return np.zeros(len(units))
    by_group = 2.0 * size / whole**2 - 2.0 * float(size @ size) / whole**3
    group = unit_groups(held, units, place, scope)
    mine = ledger.weights(units, scope)
    towards = np.sign(amount)[group] * units.towards if nets else np.ones(len(units))
    return np.where(group >= 0, -by_group[group] * towards * mine, 0.0)
