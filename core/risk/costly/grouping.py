"""Sums over pairs of a scope and a thing (an instrument, a coin), holding only the pairs that occur."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.book.columns import Bools, Floats, Ints
from core.risk.costly.inputs import CostlyInputs, Holdings

DENSE = 4_000_000
"""Up to so many possible pairs a table of all of them is quicker than sorting the rows."""
DUST = 1e-12
"""A net of no more than this share of what it is the net of is rounding: 0.1 + 0.2 - 0.3 holds nothing."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs (group, key) that occur, ordered by group, then key; arrays of shape (pairs,)."""

    group: Ints
    key: Ints
    place: Ints
    """Shape (rows,): the pair of each row."""

    def sums(self, amount: Floats) -> Floats:
        """Shape (pairs,): the rows' amounts (shape (rows,)) added up; NaN where one of them is."""
        return np.bincount(self.place, weights=amount, minlength=len(self.group)).astype(np.float64)

    def nets(self, amount: Floats) -> Floats:
        """As `sums`, and exactly 0 where the rows cancel but for rounding."""
        net = self.sums(amount)
        net[np.abs(net) <= DUST * self.sums(np.abs(amount))] = 0.0
        return net


def pairs_of(group: Ints, groups: int, key: Ints, keys: int) -> Pairs:
    """`group` is below `groups`, `key` below `keys`; shape (rows,) each."""
    keys = max(1, keys)
    code = group * keys + key
    if groups * keys <= DENSE:
        seen = np.zeros(groups * keys, dtype=np.bool_)
        seen[code] = True
        codes = np.flatnonzero(seen)
        place = (np.cumsum(seen) - 1)[code]
    else:
        codes, place = np.unique(code, return_inverse=True)
    return Pairs(codes // keys, codes % keys, place)


def totals(group: Ints, groups: int, amount: Floats) -> Floats:
    """Shape (groups,)."""
    return np.bincount(group, weights=amount, minlength=groups).astype(np.float64)


def largest(group: Ints, groups: int, amount: Floats) -> Floats:
    """Shape (groups,): the largest of each group's amounts, 0 of none, NaN where one of them is."""
    out = np.zeros(groups)
    # An unknown among the amounts is no invalid operation but the result.
    with np.errstate(invalid="ignore"):
        np.maximum.at(out, group, amount)
    return out


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of scope: what its scopes hold, and the scope of each row, counted from the first of its kind."""

    held: Holdings
    group: Ints
    count: int


def kinds_of(inputs: CostlyInputs) -> tuple[Kind, Kind, Kind, Kind]:
    """Portfolio, venues, accounts, strategies. The first three hold positions, strategies their own parts of them; cash
    and what is worth nothing is left out."""
    layout = inputs.layout
    rows = _exposed(inputs.holdings)
    whole = positions_of(rows)
    rows = take(rows, np.flatnonzero(rows.strategy >= 0)) if (rows.strategy < 0).any() else rows
    return (
        Kind(whole, np.zeros_like(whole.account), 1),
        Kind(whole, whole.venue, layout.venues),
        Kind(whole, whole.account, layout.accounts),
        Kind(rows, rows.strategy, layout.strategies),
    )


def positions_of(rows: Holdings) -> Holdings:
    """The venues' positions, one row for each: strategies' parts added up; `strategy` is -1."""
    count = int(rows.slot.max(initial=-1)) + 1
    first = np.full(count, -1, dtype=np.int64)
    first[rows.slot[::-1]] = np.arange(len(rows.slot), dtype=np.int64)[::-1]
    used = np.flatnonzero(first >= 0)
    place = (np.cumsum(first >= 0) - 1)[rows.slot]
    slots = Pairs(used, np.zeros_like(used), place)
    whole = take(rows, first[used])
    return _exposed(
        replace(
            whole,
            strategy=np.full(len(used), -1, dtype=np.int64),
            quantity=slots.nets(rows.quantity),
            notional=slots.nets(rows.notional),
        )
    )


def take(rows: Holdings, at: Ints) -> Holdings:
    return Holdings(
        slot=rows.slot[at],
        account=rows.account[at],
        venue=rows.venue[at],
        strategy=rows.strategy[at],
        instrument=rows.instrument[at],
        underlying=rows.underlying[at],
        coin=rows.coin[at],
        quantity=rows.quantity[at],
        notional=rows.notional[at],
        is_coin=rows.is_coin[at],
    )


def inverse_rows(rows: Holdings) -> Bools:
    """Shape (rows,): contracts that settle in their own underlying, whose quantity is an amount of the quote coin."""
    inverse: Bools = ~rows.is_coin & (rows.coin == rows.underlying)
    return inverse


def _exposed(rows: Holdings) -> Holdings:
    exposed = rows.notional != 0.0
    if not exposed.all():
        rows = take(rows, np.flatnonzero(exposed))
    # An infinite amount is no figure to reckon with, nor is one of nobody knows what.
    sound = np.isfinite(rows.notional) & (rows.underlying >= 0) & (rows.coin >= 0)
    if sound.all():
        return rows
    return replace(
        rows,
        notional=np.where(sound, rows.notional, np.nan),
        underlying=np.maximum(rows.underlying, 0),
        coin=np.maximum(rows.coin, 0),
    )


def per_scope(inputs: CostlyInputs, parts: list[Floats]) -> Floats:
    """Shape (scopes,), frozen: one part per kind of scope put together; NaN where nobody knows what a scope holds."""
    column = np.concatenate(parts)
    column[np.isnan(inputs.gross)] = np.nan
    column.flags.writeable = False
    return column
