"""What rests in the order books, as columns: how much it could open, and which positions it protects.

One line per account and instrument, and one per strategy beside it, moved when an account's orders change.
A cycle reads them by array operations only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.book.accounts import Accounts
from core.book.attribution import OrderNames
from core.book.columns import NAN, Bools, Floats, Ints
from core.book.layout import Layout
from core.book.lines import LineColumns, Part
from core.book.marks import Marks
from core.book.positions import Positions
from core.domain import UNATTRIBUTED, Leg
from core.venues.messages import (
    AccountReading,
    BalanceUpdate,
    FillUpdate,
    OrderUpdate,
    PositionUpdate,
    Update,
)

_LINKS = ("net", "long", "short")


@dataclass(frozen=True, slots=True)
class RestingColumns:
    """Shape (scopes,), base currency at our marks; NaN where orders are not known or not priced."""

    resting: Floats
    """Gross notional of what could open or enlarge a position."""
    added: Floats
    """What gross exposure grows by if all of it fills, each position on its worse side."""


class Resting:
    """Follows the open orders that `Accounts` knows of; `apply` comes after the book has taken an update."""

    def __init__(self, accounts: Accounts, marks: Marks, positions: Positions, names: OrderNames) -> None:
        count = len(accounts.entries)
        self.whole = LineColumns()
        self.own = LineColumns()
        self.hedged: Bools = np.zeros(count, dtype=np.bool_)
        """Accounts that have shown a leg: there both sides of one instrument can be held at once."""
        self.listed: Bools = np.zeros(count, dtype=np.bool_)
        self._accounts = accounts
        self._marks = marks
        self._positions = positions
        self._names = names
        self._numbers = {rule.name: number for number, rule in enumerate(names.rules)}
        self._numbers[UNATTRIBUTED] = len(names.rules)
        self._parts: list[dict[str, Part]] = [{} for _ in range(count)]
        self._lines: list[dict[int, tuple[int, dict[int, int]]]] = [{} for _ in range(count)]
        """Per account and instrument: its line, and the strategies' lines."""

    # Updates in

    def apply(self, account: int, update: Update) -> None:
        """Follow what an update of this account has changed."""
        if isinstance(update, OrderUpdate):
            self._put(account, update.order_id, self._accounts.orders[account].open.get(update.order_id))
            # Its name may have moved a fill that came before it.
            self._link(account, self._instrument(account, update.symbol)[0])
        elif isinstance(update, AccountReading):
            self._read(account, update)
        elif isinstance(update, PositionUpdate):
            self._note_leg(account, update)
            self._link(account, self._instrument(account, update.symbol)[0])
        elif isinstance(update, FillUpdate):
            self._link(account, self._instrument(account, update.symbol)[0])
        elif isinstance(update, BalanceUpdate):
            for row in update.coins:
                self._link(account, self._marks.holding(row.coin))

    def _read(self, account: int, reading: AccountReading) -> None:
        orders = self._accounts.orders[account]
        self.listed[account] = orders.listed
        for order_id in [order_id for order_id in self._parts[account] if order_id not in orders.open]:
            self._put(account, order_id, None)
        for order_id, order in orders.open.items():
            self._put(account, order_id, order)
        for position in reading.positions:
            self._note_leg(account, position)
        for instrument in self._lines[account]:
            self._link(account, instrument)

    def _note_leg(self, account: int, update: PositionUpdate) -> None:
        if update.leg is not Leg.NET:
            self.hedged[account] = True

    def _instrument(self, account: int, symbol: str) -> tuple[int, bool]:
        """The row whose position an order of this symbol moves, and whether that is a coin in the wallet."""
        marks = self._marks
        row = marks.row(self._accounts.entries[account].endpoint, symbol)
        if marks.table.spot[row] and marks.table.base[row] >= 0:
            return marks.holding(marks.coins[int(marks.table.base[row])]), True
        return row, False

    def _put(self, account: int, order_id: str, order: OrderUpdate | None) -> None:
        parts = self._parts[account]
        before = parts.get(order_id)
        if order is None:
            if before is not None:
                del parts[order_id]
                self._add(before, -1)
                self._drop_empty(account, before)
            return
        part = parts[order_id] = self._part(account, order, before)
        if before is None:
            self._add(part, 1)
        elif part.lines != before.lines or part.protective != before.protective:
            self._add(part, 1)
            self._add(before, -1)
            self._drop_empty(account, before)
        elif part.quantity != before.quantity:
            self._grow(part, part.quantity - before.quantity)

    def _part(self, account: int, order: OrderUpdate, before: Part | None) -> Part:
        left = max(0.0, order.quantity - order.filled)
        if before is not None and before.client_order_id == order.client_order_id:
            lines = before.lines
        else:
            instrument, spot = self._instrument(account, order.symbol)
            name = self._names.strategy(order.account, order.symbol, order.client_order_id)
            lines = self._line(account, instrument, self._numbers.get(name, len(self._numbers) - 1), spot=spot)
        return Part(lines, order.client_order_id, order.side.sign, left, order.is_protective)

    def _line(self, account: int, instrument: int, strategy: int, *, spot: bool) -> tuple[int, int]:
        lines = self._lines[account]
        if instrument not in lines:
            lines[instrument] = self._open(self.whole, account, instrument, -1, spot=spot), {}
            self._link(account, instrument)
        whole, own = lines[instrument]
        if strategy not in own:
            own[strategy] = self._open(self.own, account, instrument, strategy, spot=spot)
            self._link(account, instrument)
        return whole, own[strategy]

    def _open(self, table: LineColumns, account: int, instrument: int, strategy: int, *, spot: bool) -> int:
        line = table.open()
        table.account[line], table.instrument[line] = account, instrument
        table.strategy[line], table.spot[line] = strategy, spot
        return line

    def _add(self, part: Part, times: int) -> None:
        for table, line in zip((self.whole, self.own), part.lines, strict=True):
            table.orders[line] += times
            if part.protective:
                (table.guards_short if part.sign > 0 else table.guards_long)[line] += times
        if part.quantity:
            self._grow(part, times * part.quantity)

    def _grow(self, part: Part, quantity: float) -> None:
        for table, line in zip((self.whole, self.own), part.lines, strict=True):
            if part.protective:
                column = table.reduce_buy if part.sign > 0 else table.reduce_sell
            else:
                column = table.buy if part.sign > 0 else table.sell
            column[line] += quantity

    def _drop_empty(self, account: int, part: Part) -> None:
        """A line without orders goes, and with it what binary fractions left over of its sums."""
        whole, own = part.lines
        for table, line in zip((self.whole, self.own), part.lines, strict=True):
            if table.orders[line] == 0:
                # Sums go over dead lines too.
                table.buy[line] = table.sell[line] = 0.0
        instrument, strategy = int(self.own.instrument[own]), int(self.own.strategy[own])
        if self.own.orders[own] == 0:
            self.own.free(own)
            del self._lines[account][instrument][1][strategy]
        if self.whole.orders[whole] == 0:
            self.whole.free(whole)
            del self._lines[account][instrument]

    def copy(self) -> tuple[LineColumns, LineColumns]:
        """The lines of accounts and those of strategies, for a thread."""
        names = ("account", "instrument", "strategy", "spot", "buy", "sell", "guards_long", "guards_short", *_LINKS)
        return self.whole.copy(*names), self.own.copy(*names)

    # Where the positions are

    def _link(self, account: int, instrument: int) -> None:
        """Find the positions that the lines of one account and instrument would change."""
        found = self._lines[account].get(instrument)
        if found is None:
            return
        whole, own = found
        slots = self._positions.by_account[account]
        for number, link in enumerate(_LINKS):
            slot = slots.get((instrument, number), -1)
            column = getattr(self.whole, link)
            if slot >= 0 or column[whole] >= 0:
                column[whole] = slot
                column = getattr(self.own, link)
                for strategy, line in own.items():
                    column[line] = self._row(slot, strategy) if slot >= 0 else -1

    def _row(self, slot: int, strategy: int) -> int:
        rest = int(self._positions.slots.rest[slot])
        if rest >= 0 and self._positions.rows.strategy[rest] == strategy:
            return rest
        return self._positions.parts.get(slot, {}).get(strategy, -1)

    # Columns out

    def columns(
        self, layout: Layout, worth: Floats, unknown_accounts: Bools, unknown_strategies: Bools
    ) -> RestingColumns:
        """`worth`: base currency of exposure per unit of every instrument (`Prices.worth`); the masks say whose orders
        nobody knows, beside those of accounts that no reading has listed."""
        unknown = unknown_accounts | ~self.listed
        per_account = self._sums(self.whole, self._positions.slots.quantity, worth, layout.accounts)
        per_strategy = self._sums(self.own, self._positions.rows.quantity, worth, layout.strategies)
        both = []
        for accounts, strategies in zip(per_account, per_strategy, strict=True):
            accounts[unknown] = NAN
            strategies[unknown_strategies] = NAN
            both.append(layout.sums(accounts, strategies))
        return RestingColumns(*both)

    def _sums(self, table: LineColumns, quantity: Floats, worth: Floats, groups: int) -> tuple[Floats, Floats]:
        # Dead lines add nothing, and a slice costs no copy.
        lines = slice(table.size)
        group = np.maximum((table.account if table is self.whole else table.strategy)[lines], 0)
        buy, sell, spot = table.buy[lines], table.sell[lines], table.spot[lines]
        net = held_at(table.net[lines], quantity)
        # A spot market sells what is held; only what goes beyond it could open anything.
        opening = buy + np.where(spot, np.maximum(sell - np.maximum(net, 0.0), 0.0), sell)
        price = worth[table.instrument[lines]]
        amounts = (opening, added_by(table, quantity, self.hedged))
        opened, more = (np.bincount(group, weights=worth_of(amount, price), minlength=groups) for amount in amounts)
        return opened.astype(np.float64), more.astype(np.float64)

    def unprotected(self, layout: Layout, unknown_accounts: Bools, unknown_strategies: Bools) -> Floats:
        """Shape (scopes,): open positions without an order that can only reduce them, NaN as in `columns`.

        A strategy counts the positions at venues that it has a part in. Goes over all positions: 10 ms a million.
        """
        slots, rows, table = self._positions.slots, self._positions.rows, self._marks.table
        bare: Bools = (slots.quantity != 0.0) & slots.alive & ~table.coin[slots.instrument]
        for slot, guards in self._guarded():
            bare[slot[guards]] = False
        per_account = np.bincount(slots.account[bare], minlength=layout.accounts).astype(np.float64)
        live = rows.live()
        counted = live[(rows.quantity[live] != 0.0) & bare[rows.slot[live]]]
        per_strategy = np.bincount(rows.strategy[counted], minlength=layout.strategies).astype(np.float64)
        per_account[unknown_accounts | ~self.listed] = NAN
        per_strategy[unknown_strategies] = NAN
        return layout.sums(per_account, per_strategy)

    def protected(self, worth: Floats) -> float:
        """Gross notional (base currency) of the positions that an order which can only reduce them guards; `worth` is
        that of a base unit per instrument. NaN where one is not priced, and before any orders are known."""
        if not self.listed.any():
            return NAN
        slots = self._positions.slots
        guarded: Bools = np.zeros(len(slots.quantity), dtype=np.bool_)
        for slot, guards in self._guarded():
            guarded[slot[guards]] = True
        guarded &= (slots.quantity != 0.0) & slots.alive & ~self._marks.table.coin[slots.instrument]
        return float(np.abs(slots.quantity[guarded] * worth[slots.instrument[guarded]]).sum())

    def _guarded(self) -> Iterator[tuple[Ints, Bools]]:
        return guarded_by(self.whole, self._positions.slots.quantity)


def added_by(lines: LineColumns, quantity: Floats, hedged: Bools) -> Floats:
    """Shape (lines,), base units: what the position of each line grows by if all of it fills on its worse side.

    `quantity`: of the slots (or rows) that the lines name; `hedged`: shape (accounts,).
    """
    rows = slice(lines.size)
    buy, sell = lines.buy[rows], lines.sell[rows]
    net = held_at(lines.net[rows], quantity)
    added = np.maximum(np.abs(net + buy), np.abs(net - sell)) - np.abs(net)
    np.maximum(added, 0.0, out=added)
    if hedged.any():
        long, short = held_at(lines.long[rows], quantity), held_at(lines.short[rows], quantity)
        legs = np.abs(long + buy) + np.abs(short - sell) - np.abs(long) - np.abs(short)
        added = np.where(hedged[lines.account[rows]] & ~lines.spot[rows], legs, added)
    return added


def guarded_by(lines: LineColumns, quantity: Floats) -> Iterator[tuple[Ints, Bools]]:
    """Per leg: slots, and whether an order of the accounts' lines guards them."""
    live = lines.live()
    guards_long, guards_short = lines.guards_long[live] > 0, lines.guards_short[live] > 0
    for link in _LINKS:
        slot: Ints = getattr(lines, link)[live]
        held = held_at(slot, quantity)
        yield slot, (slot >= 0) & np.where(held > 0.0, guards_long, guards_short & (held < 0.0))


def worth_of(amount: Floats, price: Floats) -> Floats:
    """Nothing of an unpriced instrument is worth nothing."""
    return np.where(amount == 0.0, 0.0, amount * price)


def held_at(place: Ints, quantity: Floats) -> Floats:
    return np.where(place >= 0, quantity[place], 0.0)
