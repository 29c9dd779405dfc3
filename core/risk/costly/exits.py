"""How long it takes and what it costs to leave everything, for one scope alone and for everybody at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Bools, Floats, Ints
from core.risk.costly.grouping import Kind, kinds_of, pairs_of, per_scope, totals
from core.risk.costly.inputs import CostlyInputs
from core.risk.costly.walk import Walk, walks_of
from core.risk.ratio import share

DAY_S = 86_400.0
MISSING_SHARE = 0.001
"""Instruments whose market is not known may make up so much of a scope's gross exposure; more leaves it unknown. Crumbs
of coins that nobody lists must not hide how long the rest takes."""


@dataclass(frozen=True, slots=True)
class ExitFigures:
    """Arrays of shape (scopes,); NaN unknown. What each means stands with the metric of the same name."""

    time_s: Floats
    time_all_s: Floats
    cost: Floats
    """Base currency."""
    cost_all: Floats
    """Base currency: this scope's part of what it costs when everybody leaves."""
    beyond_book: Floats
    """Share of gross exposure."""


@dataclass(frozen=True, slots=True)
class _Orders:
    """What one kind of scope has to trade; arrays of shape (pairs,), one pair per scope and instrument held.

    Each position is closed where it is: a long and a short of own accounts or legs do not net, since orders of one
    owner must not trade with each other.
    """

    kind: Kind
    scope: Ints
    instrument: Ints
    sell: Floats
    buy: Floats
    gross: Floats
    """Base currency."""


def estimate_exits(inputs: CostlyInputs) -> ExitFigures:
    """One second or so for a million holdings over a hundred thousand accounts."""
    count = len(inputs.symbols)
    orders = [_orders(kind, count) for kind in kinds_of(inputs)]
    walks = walks_of(inputs)
    # Strategies leave by orders of their own, each its part, even where the account's position is the net of them.
    pools = [_pool(orders[0], count)] * 3 + [_pool(orders[3], count)]
    times, times_all, costs, costs_all, beyond = [], [], [], [], []
    for each, pool in zip(orders, pools, strict=True):
        times.append(_time_s(inputs, each, each.sell + each.buy))
        times_all.append(_time_s(inputs, each, (pool[0] + pool[1])[each.instrument]))
        cost, over = _cost(inputs, each, walks)
        costs.append(cost)
        beyond.append(over)
        costs_all.append(_cost_all(inputs, each, walks, pool))
    return ExitFigures(
        time_s=per_scope(inputs, times),
        time_all_s=per_scope(inputs, times_all),
        cost=per_scope(inputs, costs),
        cost_all=per_scope(inputs, costs_all),
        beyond_book=per_scope(inputs, beyond),
    )


def _orders(kind: Kind, instruments: int) -> _Orders:
    held = kind.held
    pairs = pairs_of(kind.group, kind.count, held.instrument, instruments)
    return _Orders(
        kind,
        pairs.group,
        pairs.key,
        sell=pairs.sums(np.maximum(held.quantity, 0.0)),
        buy=pairs.sums(np.maximum(-held.quantity, 0.0)),
        gross=pairs.sums(np.abs(held.notional)),
    )


def _pool(everything: _Orders, instruments: int) -> tuple[Floats, Floats]:
    """Shape (instruments,): what all sell and buy when all leave."""
    return (
        totals(everything.instrument, instruments, everything.sell),
        totals(everything.instrument, instruments, everything.buy),
    )


def _time_s(inputs: CostlyInputs, orders: _Orders, quantity: Floats) -> Floats:
    """The slowest instrument decides; +inf with more than a crumb where nothing trades."""
    with np.errstate(invalid="ignore", divide="ignore"):
        time_s = quantity / (inputs.settings.participation * inputs.volume_day[orders.instrument]) * DAY_S
    dead, missing = np.isposinf(time_s), np.isnan(time_s)
    slowest = np.zeros(orders.kind.count)
    np.maximum.at(slowest, orders.scope, np.where(dead | missing, 0.0, time_s))
    slowest[_above(orders, missing)] = np.nan
    slowest[_above(orders, dead)] = np.inf
    return slowest


def _cost(inputs: CostlyInputs, orders: _Orders, walks: tuple[Walk, Walk]) -> tuple[Floats, Floats]:
    """Base currency, and the share of gross exposure beyond the visible book."""
    cost = np.zeros(len(orders.scope))
    beyond = np.zeros(len(orders.scope))
    for walk, quantity in zip(walks, (orders.sell, orders.buy), strict=True):
        lost, unseen = walk.through(orders.instrument, quantity)
        cost += lost
        beyond += unseen
    part = share(beyond, orders.sell + orders.buy) * orders.gross
    rate = inputs.quote_rate[orders.instrument]
    gross = totals(orders.scope, orders.kind.count, orders.gross)
    return _total(orders, cost * rate), share(_total(orders, part), gross)


def _cost_all(inputs: CostlyInputs, orders: _Orders, walks: tuple[Walk, Walk], pool: tuple[Floats, Floats]) -> Floats:
    """Base currency: every unit costs what the units of its instrument and side cost on average when all leave."""
    every = np.arange(len(inputs.symbols))
    cost = np.zeros(len(orders.scope))
    for walk, quantity, all_of_it in zip(walks, (orders.sell, orders.buy), pool, strict=True):
        lost, _ = walk.through(every, all_of_it)
        with np.errstate(invalid="ignore", divide="ignore"):
            each = lost / all_of_it
        cost += np.where(quantity == 0.0, 0.0, quantity * each[orders.instrument])
    return _total(orders, cost * inputs.quote_rate[orders.instrument])


def _total(orders: _Orders, amount: Floats) -> Floats:
    """Shape (scopes of the kind,): added up; unknown where more than a crumb of it is."""
    missing = np.isnan(amount)
    total = totals(orders.scope, orders.kind.count, np.where(missing, 0.0, amount))
    total[_above(orders, missing)] = np.nan
    return total


def _above(orders: _Orders, flag: Bools) -> Bools:
    """Shape (scopes of the kind,): whether what is flagged makes up more of the gross exposure than may be missing."""
    count = orders.kind.count
    flagged = totals(orders.scope, count, np.where(flag, orders.gross, 0.0))
    # Also true where the gross itself is unknown, and something is flagged.
    some = totals(orders.scope, count, flag.astype(np.float64)) > 0.0
    return some & ~(flagged <= MISSING_SHARE * totals(orders.scope, count, orders.gross))
