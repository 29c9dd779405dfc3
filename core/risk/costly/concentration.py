"""How much hangs on few instruments, venues, coins; how many strategies stand on one side; what own accounts undo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.columns import Floats, Ints
from core.risk.costly.grouping import Kind, Pairs, kinds_of, largest, pairs_of, per_scope, totals
from core.risk.costly.inputs import CostlyInputs
from core.risk.ratio import share

CROWD = 2
"""So many strategies on one side of one underlying are a crowd."""
CROWD_LEAST_SHARE = 0.01
"""A strategy with less of a side than this is not counted: what rounding leaves behind is no opinion."""


@dataclass(frozen=True, slots=True)
class ConcentrationFigures:
    """Arrays of shape (scopes,); NaN unknown. What each means stands with the metric of the same name."""

    largest_instrument_share: Floats
    instrument_herfindahl: Floats
    largest_venue_share: Floats
    venue_herfindahl: Floats
    largest_coin_share: Floats
    coin_herfindahl: Floats
    crowding: Floats
    crowded_share: Floats
    hidden_netting: Floats
    largest_collateral_share: Floats


@dataclass(frozen=True, slots=True)
class _Sides:
    """Long and short of the strategies, per scope and underlying; arrays of shape (pairs,)."""

    pairs: Pairs
    amount: tuple[Floats, Floats]
    count: tuple[Floats, Floats]
    """How many strategies hold at least `CROWD_LEAST_SHARE` of it; NaN unknown."""


def estimate_concentration(inputs: CostlyInputs) -> ConcentrationFigures:
    """One second or so for a million holdings over a hundred thousand accounts."""
    kinds = kinds_of(inputs)
    layout = inputs.layout
    gross = [totals(kind.group, kind.count, np.abs(kind.held.notional)) for kind in kinds]
    net = [_by_net(kind, len(inputs.symbols), whole) for kind, whole in zip(kinds, gross, strict=True)]
    venue = [_by_gross(kind, kind.held.venue, layout.venues, whole) for kind, whole in zip(kinds, gross, strict=True)]
    coin = [_by_gross(kind, kind.held.coin, len(inputs.coins), whole) for kind, whole in zip(kinds, gross, strict=True)]
    crowds, hidden = _between(inputs, kinds, gross)
    return ConcentrationFigures(
        largest_instrument_share=per_scope(inputs, [part[0] for part in net]),
        instrument_herfindahl=per_scope(inputs, [part[1] for part in net]),
        largest_venue_share=per_scope(inputs, [part[0] for part in venue]),
        venue_herfindahl=per_scope(inputs, [part[1] for part in venue]),
        largest_coin_share=per_scope(inputs, [part[0] for part in coin]),
        coin_herfindahl=per_scope(inputs, [part[1] for part in coin]),
        crowding=per_scope(inputs, [part[0] for part in crowds]),
        crowded_share=per_scope(inputs, [part[1] for part in crowds]),
        hidden_netting=per_scope(inputs, hidden),
        largest_collateral_share=per_scope(inputs, _collateral(inputs, kinds[3])),
    )


def _by_net(kind: Kind, instruments: int, gross: Floats) -> tuple[Floats, Floats]:
    """Largest |net| / gross, and the Herfindahl index over shares of the sum of |net|; shape (count,) each."""
    pairs = pairs_of(kind.group, kind.count, kind.held.instrument, instruments)
    net = np.abs(pairs.nets(kind.held.notional))
    return (
        share(largest(pairs.group, kind.count, net), gross),
        _herfindahl(pairs, kind.count, net),
    )


def _by_gross(kind: Kind, key: Ints, keys: int, gross: Floats) -> tuple[Floats, Floats]:
    """The same of gross exposure: what is hedged hangs on a venue or a coin all the same."""
    pairs = pairs_of(kind.group, kind.count, key, keys)
    amount = pairs.sums(np.abs(kind.held.notional))
    return share(largest(pairs.group, kind.count, amount), gross), _herfindahl(pairs, kind.count, amount)


def _herfindahl(pairs: Pairs, count: int, amount: Floats) -> Floats:
    whole = totals(pairs.group, count, amount)[pairs.group]
    part = share(amount, whole)
    return totals(pairs.group, count, part * part)


def _between(
    inputs: CostlyInputs, kinds: tuple[Kind, Kind, Kind, Kind], gross: list[Floats]
) -> tuple[list[tuple[Floats, Floats]], list[Floats]]:
    """Crowding (count, share) and hidden netting, per kind of scope.

    Everything comes from the nets of (account, underlying, strategy): one sort of the rows, and small sums after it.
    """
    layout, coins = inputs.layout, max(1, len(inputs.coins))
    rows = kinds[3].held
    triples = pairs_of(
        rows.account * coins + rows.underlying, layout.accounts * coins, rows.strategy, layout.strategies
    )
    net = triples.nets(rows.notional)
    account, underlying, strategy = triples.group // coins, triples.group % coins, triples.key
    groups = (np.zeros_like(account), layout.account_venue[account], account)
    parts = triples.sums(np.abs(rows.notional))
    crowds, hidden = [], []
    for group, kind, whole in zip(groups, kinds[:3], gross[:3], strict=True):
        sides = _sides(group * coins + underlying, kind.count * coins, strategy, layout.strategies, net)
        crowds.append(_crowd(sides, kind.count, coins, totals(group, kind.count, parts)))
        own = pairs_of(group * coins + underlying, kind.count * coins, account, layout.accounts)
        hidden.append(_hidden(own, kind.count, coins, own.nets(net), whole))
    own = pairs_of(strategy * coins + underlying, layout.strategies * coins, account, layout.accounts)
    hidden.append(_hidden(own, layout.strategies, coins, own.nets(net), gross[3]))
    everybody = _sides(underlying, coins, strategy, layout.strategies, net)
    mine = pairs_of(strategy, layout.strategies, underlying, coins)
    crowds.append(_crowd_of_strategies(everybody, mine, mine.nets(net), coins, gross[3]))
    return crowds, hidden


def _hidden(own: Pairs, count: int, coins: int, net: Floats, gross: Floats) -> Floats:
    """`own` are pairs of (scope and underlying) and account, `net` what each account holds there."""
    sides = pairs_of(own.group // coins, count, own.group % coins, coins)
    undone = 2.0 * np.minimum(sides.sums(np.maximum(net, 0.0)), sides.sums(np.maximum(-net, 0.0)))
    return share(totals(sides.group, count, undone), gross)


def _sides(group: Ints, groups: int, strategy: Ints, strategies: int, net: Floats) -> _Sides:
    """`group` is a scope and an underlying in one number. What no strategy claims is nobody's opinion: left out."""
    named = np.flatnonzero(strategy < strategies - 1)
    mine = pairs_of(group[named], groups, strategy[named], strategies)
    held = mine.nets(net[named])
    pairs = pairs_of(np.zeros_like(mine.group), 1, mine.group, groups)
    amounts, counts = [], []
    for side in (np.maximum(held, 0.0), np.maximum(-held, 0.0)):
        amount = pairs.sums(side)
        counted = (side > 0.0) & (side >= CROWD_LEAST_SHARE * amount[pairs.place])
        count = pairs.sums(counted.astype(np.float64))
        count[np.isnan(amount)] = np.nan
        amounts.append(amount)
        counts.append(count)
    return _Sides(pairs, (amounts[0], amounts[1]), (counts[0], counts[1]))


def _crowd(sides: _Sides, count: int, coins: int, gross: Floats) -> tuple[Floats, Floats]:
    scope = sides.pairs.key // coins
    most, crowded = np.zeros(count), np.zeros(count)
    for amount, strategies in zip(sides.amount, sides.count, strict=True):
        most = np.maximum(most, largest(scope, count, strategies))
        part = np.where(strategies < CROWD, 0.0, amount)
        crowded = np.maximum(crowded, largest(scope, count, part))
    return most, share(crowded, gross)


def _crowd_of_strategies(
    everybody: _Sides, mine: Pairs, held: Floats, coins: int, gross: Floats
) -> tuple[Floats, Floats]:
    """How many strategies of the whole portfolio stand on the side that a strategy has taken; `mine` are pairs of
    strategy and underlying."""
    long, short = np.zeros(coins), np.zeros(coins)
    for crowd, count in zip((long, short), everybody.count, strict=True):
        crowd[everybody.pairs.key] = count
    with_me = np.where(held > 0.0, long[mine.key], np.where(held < 0.0, short[mine.key], 0.0 * held))
    part = np.where(with_me < CROWD, 0.0, np.abs(held))
    most = largest(mine.group, len(gross), with_me)
    crowded = share(largest(mine.group, len(gross), part), gross)
    return most, np.where(np.isnan(most), np.nan, crowded)


def _collateral(inputs: CostlyInputs, strategies: Kind) -> list[Floats]:
    """Largest share of one coin in what is there to back positions; debts (negative values) back nothing.

    A strategy's are the whole accounts that it holds something in: that is what its positions stand on.
    """
    layout, coins, rows = inputs.layout, len(inputs.coins), inputs.collateral
    value = np.maximum(rows.value, 0.0)
    order = np.argsort(rows.account, kind="stable")
    start = np.searchsorted(rows.account[order], np.arange(layout.accounts + 1))
    members = pairs_of(strategies.group, layout.strategies, strategies.held.account, layout.accounts)
    length = (start[1:] - start[:-1])[members.key]
    ends = np.cumsum(length)
    offset = np.arange(int(length.sum())) - np.repeat(ends - length, length)
    theirs = order[np.repeat(start[members.key], length) + offset]
    return [
        _largest_coin(np.zeros_like(rows.account), 1, rows.coin, coins, value),
        _largest_coin(layout.account_venue[rows.account], layout.venues, rows.coin, coins, value),
        _largest_coin(rows.account, layout.accounts, rows.coin, coins, value),
        _largest_coin(np.repeat(members.group, length), layout.strategies, rows.coin[theirs], coins, value[theirs]),
    ]


def _largest_coin(group: Ints, groups: int, coin: Ints, coins: int, value: Floats) -> Floats:
    pairs = pairs_of(group, groups, coin, coins)
    part = pairs.sums(value)
    return share(largest(pairs.group, groups, part), totals(pairs.group, groups, part))
