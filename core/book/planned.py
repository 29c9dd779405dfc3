"""The book as it would be with parts of positions closed: copies of one moment, summed up anew and never written back.

The cycle's own sweep goes over the live columns in a layout made for speed; here everything is added up plainly from
what is held, so that the two of them check each other.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import numpy as np

from core.book.columns import NAN, Bools, Floats, Ints
from core.book.detail import Detail, HeldCopy
from core.book.layout import Layout
from core.book.lines import LineColumns
from core.book.nets import nets_of
from core.book.positions import RowColumns, SlotColumns
from core.book.resting import added_by, guarded_by, worth_of
from core.book.view import BookView

DUST = 1e-12
"""Relative: what floats leave over of quantities that cancel."""


@dataclass(frozen=True, slots=True)
class BookCopy:
    """What a reduction changes, and what that is worth."""

    held: HeldCopy
    whole: LineColumns
    """Resting orders by account and instrument, and by strategy beside it."""
    own: LineColumns
    hedged: Bools
    """Shape (accounts,): see `Resting.hedged`."""
    betas: Floats
    """Shape (coins,) or shorter: of the underlyings to the benchmark, NaN unknown."""

    def up_to(self, instruments: int) -> BookCopy:
        """The same without what is held of instruments that a view does not know of yet; in place, it is a copy."""
        for table in (self.held.slots, self.held.rows, self.whole, self.own):
            late = np.flatnonzero(table.instrument >= instruments)
            table.alive[late] = False
            table.instrument[late] = 0
        for lines in (self.whole, self.own):
            lines.buy[~lines.alive] = lines.sell[~lines.alive] = 0.0
        return self


@dataclass(frozen=True, slots=True)
class Parts:
    """What is taken off, one entry per row of a strategy; arrays of shape (parts,)."""

    slot: Ints
    row: Ints
    """-1 where the row is not known: then the part is nobody's."""
    quantity: Floats
    """Signed as what is held: what is taken off it."""


@dataclass(frozen=True, slots=True)
class PlannedSums:
    """Arrays of shape (rows,), base currency, NaN unknown; see `Totals` and `WorkingColumns`."""

    gross: Floats
    net: Floats
    beta_net: Floats
    unrealised: Floats
    initial_margin: Floats
    maintenance_margin: Floats
    liquidation: Floats
    """As far as venues name a price, at the price that they name now."""
    largest_net: Floats
    squared_net: Floats
    absolute_net: Floats
    added: Floats
    unprotected: Floats


def without(book: BookCopy, parts: Parts) -> BookCopy:
    """The same with these parts closed, each at the average entry of what it is a part of."""
    slots, rows = copy.copy(book.held.slots), copy.copy(book.held.rows)
    known = parts.row >= 0
    slots.quantity, slots.cost = _less(slots.quantity, slots.cost, parts.slot, parts.quantity)
    rows.quantity, rows.cost = _less(rows.quantity, rows.cost, parts.row[known], parts.quantity[known])
    _balance(slots, rows, np.unique(parts.slot))
    return replace(book, held=replace(book.held, slots=slots, rows=rows))


def _balance(slots: SlotColumns, rows: RowColumns, touched: Ints) -> None:
    """What no fill explains costs what the venue's average leaves for it, as in `Positions`."""
    live = rows.live()
    cost = np.bincount(rows.slot[live], weights=rows.cost[live], minlength=slots.size)
    touched = touched[slots.rest[touched] >= 0]
    rows.cost[slots.rest[touched]] += slots.cost[touched] - cost[touched]


def _less(quantity: Floats, cost: Floats, place: Ints, taken: Floats) -> tuple[Floats, Floats]:
    quantity, cost = quantity.copy(), cost.copy()
    at, where = np.unique(place, return_inverse=True)
    before = quantity[at]
    after = before - np.bincount(where, weights=taken, minlength=len(at))
    # What binary fractions leave over of a position that is closed whole is no position.
    after[np.abs(after) <= DUST * np.abs(before)] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        cost[at] = np.where(after == 0.0, 0.0, cost[at] * (after / before))
    quantity[at] = after
    return quantity, cost


def sums_of(book: BookCopy, view: BookView, scopes: Ints) -> PlannedSums:
    """Of the scopes in these rows (sorted). Everything held is gone over once: 10 ms per 100,000 positions."""
    layout, coins = view.layout, len(view.coins)
    detail = Detail(book.held, view.detail.prices)
    slots, held, rows = book.held.slots, detail.positions, detail.rows
    maintenance = np.where(held.is_coin, 0.0, np.abs(held.notional) * slots.maintenance_rate[held.slot])
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = np.abs(slots.liquidation[held.slot] / held.mark - 1.0)
    betas = np.full(coins + 1, NAN)
    betas[: len(book.betas)] = book.betas
    of_accounts = _Rows(
        held.underlying, held.notional, held.unrealised, held.initial_margin, maintenance,
        held.notional * betas[held.underlying], np.where(held.is_coin, NAN, distance),
    )  # fmt: skip
    of_strategies = _Rows(
        rows.underlying, rows.notional, rows.unrealised, rows.initial_margin, rows.maintenance_margin,
        rows.notional * betas[rows.underlying], np.full(len(rows.slot), NAN),
    )  # fmt: skip
    venue = layout.account_venue[held.account]
    added, bare = _added(book, view), _unprotected(book, layout)
    tables = []
    for kind, group, part in (
        (slice(0, 1), np.zeros_like(held.account), of_accounts),
        (slice(1, layout.first_account), venue, of_accounts),
        (slice(layout.first_account, layout.first_strategy), held.account, of_accounts),
        (slice(layout.first_strategy, len(layout.scopes)), rows.strategy, of_strategies),
    ):
        wanted = scopes[(scopes >= kind.start) & (scopes < kind.stop)]
        tables.append(_table(part, group, wanted - kind.start, kind.stop - kind.start, coins))
    columns = np.concatenate(tables, axis=1)
    columns[:, _unread(view)[scopes]] = NAN
    summed = dict(zip(PlannedSums.__slots__, columns, strict=False))
    return PlannedSums(**summed, added=added[scopes], unprotected=bare[scopes])


@dataclass(frozen=True, slots=True)
class _Rows:
    """Positions, or strategies' parts of them; arrays of one shape."""

    underlying: Ints
    notional: Floats
    unrealised: Floats
    initial: Floats
    maintenance: Floats
    beta_notional: Floats
    distance: Floats


def _table(rows: _Rows, group: Ints, wanted: Ints, groups: int, coins: int) -> Floats:
    """Shape (columns of `PlannedSums` but the last two, wanted): the groups that are wanted, numbered anew."""
    number = np.full(groups, -1, dtype=np.int64)
    number[wanted] = np.arange(len(wanted))
    mine = number[group]
    some = np.flatnonzero(mine >= 0)
    mine, count = mine[some], len(wanted)

    def added(amount: Floats) -> Floats:
        return np.bincount(mine, weights=amount[some], minlength=count).astype(np.float64)

    nets = nets_of(mine, rows.underlying[some], rows.notional[some], count, coins)
    nearest = np.full(count, np.inf)
    np.fmin.at(nearest, mine, rows.distance[some])
    nearest[np.isinf(nearest)] = NAN
    return np.stack(
        (
            added(np.abs(rows.notional)), added(rows.notional), added(rows.beta_notional), added(rows.unrealised),
            added(rows.initial), added(rows.maintenance), nearest, nets.largest, nets.squared, nets.absolute,
        )
    )  # fmt: skip


def _unread(view: BookView) -> Bools:
    """Shape (scopes,): of which nobody knows what they hold, because a member was never read."""
    layout, accounts = view.layout, ~view.account_read
    strategies = np.isposinf(view.age_s[layout.first_strategy :])
    return np.isnan(layout.sums(np.where(accounts, NAN, 0.0), np.where(strategies, NAN, 0.0)))


def _added(book: BookCopy, view: BookView) -> Floats:
    """Shape (scopes,): what gross exposure grows by if all that rests fills; NaN where it is unknown now."""
    layout, worth = view.layout, view.detail.prices.worth
    parts = []
    for lines, columns, group, count in (
        (book.whole, book.held.slots, book.whole.account, layout.accounts),
        (book.own, book.held.rows, book.own.strategy, layout.strategies),
    ):
        rows = slice(lines.size)
        amount = worth_of(added_by(lines, columns.quantity, book.hedged), worth[lines.instrument[rows]])
        parts.append(np.bincount(np.maximum(group[rows], 0), weights=amount, minlength=count).astype(np.float64))
    found = layout.sums(*parts)
    found[np.isnan(view.working.added)] = NAN
    return found


def _unprotected(book: BookCopy, layout: Layout) -> Floats:
    """Shape (scopes,): open positions without an order that can only reduce them."""
    slots, rows = book.held.slots, book.held.rows
    bare: Bools = (slots.quantity != 0.0) & slots.alive & ~book.held.table.coin[slots.instrument]
    for slot, guards in guarded_by(book.whole, slots.quantity):
        bare[slot[guards]] = False
    live = rows.live()
    counted = live[(rows.quantity[live] != 0.0) & bare[rows.slot[live]]]
    return layout.sums(
        np.bincount(slots.account[bare], minlength=layout.accounts).astype(np.float64),
        np.bincount(rows.strategy[counted], minlength=layout.strategies).astype(np.float64),
    )
