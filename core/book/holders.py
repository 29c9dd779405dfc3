"""Whose each position is, and which positions a sweep cannot take as they are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.book.columns import Floats, Ints, RowSet
from core.book.positions import DUST, Positions

NOBODY, SHARED = -1, -2


class Holders:
    """Kept in step with the slots by `update`."""

    def __init__(self, positions: Positions, accounts: int) -> None:
        self._positions = positions
        self._accounts = accounts
        self.owner: Ints = np.empty(0, dtype=np.int64)
        """Per slot: the one strategy that holds all of it, NOBODY (cash, or flat), or SHARED."""
        self.shared = RowSet()
        """Slots that several strategies hold, or whose rows say anything else than the venue: not yet booked, with a
        cost of their own."""
        self.in_wallet = RowSet()
        """Slots whose unrealised PnL is in the wallet's balance."""
        self.unanchored = RowSet()
        """Of these, the ones that wait for a mark."""
        self._rows: Ints | None = None
        self._account: Ints = np.empty(0, dtype=np.int64)
        """Per slot: whose it was when its owner was noted."""
        self._counts: dict[int, int] = {}
        """Slots by strategy x accounts + account."""
        self._members: tuple[Ints, Ints] | None = None

    def members(self) -> tuple[Ints, Ints]:
        """Strategy and account of all that is wholly one strategy's, each once, ordered by strategy."""
        if self._members is None:
            keys = np.sort(np.fromiter(self._counts, dtype=np.int64, count=len(self._counts)))
            self._members = keys // self._accounts, keys % self._accounts
        return self._members

    def _count(self, slot: int, step: int) -> None:
        key = int(self.owner[slot]) * self._accounts + int(self._account[slot])
        count = self._counts.get(key, 0) + step
        if count == 0 or (count == 1 and step == 1):
            self._members = None
        if count:
            self._counts[key] = count
        else:
            del self._counts[key]

    def rows(self) -> Ints:
        """Rows of the shared slots that hold something or have something booked."""
        if self._rows is None:
            found = [row for slot in self.shared for row in self._positions.rows_of(slot)]
            self._rows = np.array(found, dtype=np.int64)
        return self._rows

    def update(self, slots: Iterable[int]) -> None:
        """`slots` changed, were opened or closed."""
        self._fit()
        table = self._positions.slots
        for slot in slots:
            alive = bool(table.alive[slot])
            owner = self._owner_of(slot) if alive else NOBODY
            if self.owner[slot] >= 0:
                self._count(slot, -1)
            self.owner[slot], self._account[slot] = owner, table.account[slot]
            if owner >= 0:
                self._count(slot, 1)
            if owner == SHARED or slot in self.shared:
                self.shared.put(slot, owner == SHARED)
                self._rows = None
            wallet = alive and bool(table.in_wallet[slot])
            self.in_wallet.put(slot, wallet)
            self.unanchored.put(slot, wallet and bool(np.isnan(table.base_cost[slot])))

    def update_all(self) -> None:
        """The same for every slot at once."""
        self._fit()
        table = self._positions.slots
        live = table.live()
        owner = self._owners(live)
        self.owner[:] = NOBODY
        self.owner[live] = owner
        self._account[live] = table.account[live]
        held = live[owner >= 0]
        keys, counts = np.unique(self.owner[held] * self._accounts + self._account[held], return_counts=True)
        self._counts, self._members = dict(zip(keys.tolist(), counts.tolist(), strict=True)), None
        self.shared.replace(live[owner == SHARED])
        wallet = table.in_wallet[live]
        self.in_wallet.replace(live[wallet])
        self.unanchored.replace(live[wallet & np.isnan(table.base_cost[live])])
        self._rows = None

    def _fit(self) -> None:
        size = len(self._positions.slots.alive)
        if len(self.owner) < size:
            more = np.full(size - len(self.owner), NOBODY, dtype=np.int64)
            self.owner, self._account = np.concatenate((self.owner, more)), np.concatenate((self._account, more))

    def _owner_of(self, slot: int) -> int:
        rows, slots = self._positions.rows, self._positions.slots
        active = [row for row in self._positions.rows_of(slot) if rows.quantity[row] != 0.0 or rows.booked[row] != 0.0]
        if not active:
            return NOBODY
        row = active[0]
        quantity = float(slots.quantity[slot])
        alike = len(active) == 1 and rows.quantity[row] == quantity == rows.booked[row]
        if alike and _alike(float(rows.cost[row]), float(slots.cost[slot])):
            return int(rows.strategy[row])
        return SHARED

    def _owners(self, live: Ints) -> Ints:
        rows, slots = self._positions.rows, self._positions.slots
        open_rows = rows.live()
        active = open_rows[(rows.quantity[open_rows] != 0.0) | (rows.booked[open_rows] != 0.0)]
        count = np.bincount(rows.slot[active], minlength=len(slots.alive))
        one = np.full(len(slots.alive), -1, dtype=np.int64)
        one[rows.slot[active]] = active
        row, quantity = one[live], slots.quantity[live]
        own, venue = rows.cost[row], slots.cost[live]
        alike = (rows.quantity[row] == quantity) & (rows.booked[row] == quantity) & _all_alike(own, venue)
        owner = np.where((count[live] == 1) & alike, rows.strategy[row], SHARED)
        owner[count[live] == 0] = NOBODY
        return owner


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= DUST * abs(other) or (one != one and other != other)


def _all_alike(one: Floats, other: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    close: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.abs(one - other) <= DUST * np.abs(other)
    return close | (np.isnan(one) & np.isnan(other))
