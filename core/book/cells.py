"""Columns of positions in the order in which they are swept, kept in step with the slots that they mirror."""

from __future__ import annotations

from collections.abc import Iterable, Set

import numpy as np
import numpy.typing as npt

from core.book.columns import NAN, Floats, Ints
from core.book.holders import NOBODY, Holders
from core.book.jagged import plan
from core.book.pairs import VOID, Pairs
from core.book.positions import Positions

ONE, SEVERAL = 0, 1
"""The shelves: accounts whose positions are all one strategy's, and the others."""
LOOSE_SHARE = 0.05
LEAST_LOOSE = 64
"""Positions beside the layout before everything is laid out anew; their account had no cell left for one more."""
LAY_AT_MOST = 2_000
"""Changed accounts that are laid out one by one; more of them at once are laid out with all others."""
_COLUMNS = (
    "pair", "strategy", "key", "quantity", "cost", "base_cost", "initial_rate", "maintenance_rate", "liquidation",
    "again",
)  # fmt: skip


class Cells:
    """Arrays of shape (cells,); a cell that holds nothing points to the void pair and adds nothing."""

    def __init__(self, positions: Positions, pairs: Pairs, accounts: int, strategies: int) -> None:
        """`strategies` counts the unattributed one; the number after it stands for "not wholly one strategy's"."""
        self._positions = positions
        self._pairs = pairs
        self._accounts = accounts
        self.nobody = strategies
        self.holders = Holders(positions, accounts)
        self.jagged = plan(np.zeros(accounts, dtype=np.int64), np.full(accounts, ONE, dtype=np.int64))
        self.sole: Ints = np.full(accounts, strategies, dtype=np.int64)
        """Shape (accounts,): the one strategy of an account on the shelf of these; `nobody` while it holds but cash."""
        self._outgrown: set[int] = set()
        """Accounts of that shelf that a second strategy has come to."""
        self._loose: set[int] = set()
        """Accounts beside the layout."""
        self._loose_slots: Ints = np.empty(0, dtype=np.int64)
        self._cell_of: Ints = np.empty(0, dtype=np.int64)
        """Per slot; -1 for one that is loose or closed."""
        self._make(0)

    def _make(self, size: int) -> None:
        self.pair = np.full(size, VOID, dtype=np.intp)
        self.strategy = np.full(size, self.nobody, dtype=np.intp)
        self.key = np.full(size, VOID * (self.nobody + 1) + self.nobody, dtype=np.intp)
        """pair x (strategies + 1) + strategy."""
        self.quantity: Floats = np.zeros(size)
        self.cost: Floats = np.zeros(size)
        self.base_cost: Floats = np.zeros(size)
        self.initial_rate: Floats = np.zeros(size)
        self.maintenance_rate: Floats = np.zeros(size)
        self.liquidation: Floats = np.full(size, NAN)
        self.again: Floats = np.zeros(size)
        """1 where the cell before, of the same account, is of the same underlying; else 0."""

    @property
    def laid(self) -> int:
        """Cells of the layout; behind them lie the loose ones, account by account."""
        return self.jagged.cells

    def columns(self) -> tuple[npt.NDArray[np.generic], ...]:
        """All that a sweep reads."""
        return tuple(getattr(self, name) for name in _COLUMNS)

    # -- keeping in step ------------------------------------------------------------------------------------------

    def update(self) -> None:
        """Take over what changed since the last call."""
        touched, moved = self._positions.take_changes()
        if self._pairs.renumbered():
            moved = set(range(self._accounts))
        if not touched and not moved:
            return
        if len(moved) > LAY_AT_MOST:
            self.lay_out()
            return
        self.holders.update(touched)
        self._fit()
        slots = self._positions.slots
        moved |= self._joined(touched)
        beside = self._loose & moved
        for account in moved:
            self._lay(account)
        changed = [slot for slot in touched if slots.alive[slot]]
        kept = [slot for slot in changed if self._cell_of[slot] >= 0 and int(slots.account[slot]) not in moved]
        if kept:
            rows = np.array(kept, dtype=np.int64)
            self._fill(self._cell_of[rows], rows)
        if beside or self._loose & moved or any(int(slots.account[slot]) in self._loose for slot in changed):
            self._lay_loose()

    def lay_out(self) -> None:
        """Lay out everything anew: one sort over all positions."""
        self.holders.update_all()
        self._fit()
        slots = self._positions.slots
        live = slots.live()
        underlying = self._pairs.underlying_of(slots.instrument[live])
        order = np.lexsort((underlying, slots.account[live]))
        slot, account, underlying = live[order], slots.account[live][order], underlying[order]
        counts = np.bincount(account, minlength=self._accounts)
        self.jagged = plan(counts, self._shelves(slot, account))
        self._loose.clear()
        self._outgrown.clear()
        self._loose_slots = np.empty(0, dtype=np.int64)
        self._make(self.jagged.cells)
        self._cell_of[:] = -1
        if not len(slot):
            return
        place = np.arange(len(slot)) - (np.cumsum(counts) - counts)[account]
        cells = self.jagged.start[self.jagged.shelf[account], place] + self.jagged.place[account]
        self._cell_of[slot] = cells
        self._fill(cells, slot)
        same = np.zeros(len(slot))
        same[1:] = (account[1:] == account[:-1]) & (underlying[1:] == underlying[:-1])
        self.again[cells] = same

    def _shelves(self, slot: Ints, account: Ints) -> Ints:
        """Shape (accounts,): the accounts of one strategy alone, and those of several; `account` is in order."""
        owner = self.holders.owner[slot]
        known = owner != NOBODY
        owner, account = owner[known], account[known]
        self.sole[:] = self.nobody
        shelf = np.full(self._accounts, ONE, dtype=np.int64)
        if len(owner):
            first = np.flatnonzero(np.diff(account, prepend=-1))
            least, most = np.minimum.reduceat(owner, first), np.maximum.reduceat(owner, first)
            alone = (least == most) & (least >= 0)
            self.sole[account[first[alone]]] = least[alone]
            shelf[account[first[~alone]]] = SEVERAL
        return shelf

    def _joined(self, touched: Iterable[int]) -> set[int]:
        """Accounts of one strategy that another has come to, noted as such."""
        found: set[int] = set()
        slots, shelf = self._positions.slots, self.jagged.shelf
        for slot in touched:
            owner, account = int(self.holders.owner[slot]), int(slots.account[slot])
            if owner == NOBODY or not slots.alive[slot] or shelf[account] != ONE or account in self._outgrown:
                continue
            if owner >= 0 and self.sole[account] in (owner, self.nobody):
                self.sole[account] = owner
            else:
                self._outgrown.add(account)
                found.add(account)
        return found

    def _lay(self, account: int) -> None:
        """Put the positions of one account into its cells anew, or beside the layout where it has too few."""
        held = np.fromiter(self._positions.of_account(account), dtype=np.int64)
        capacity = int(self.jagged.capacity[account])
        self._empty(self.jagged.cells_of(account, capacity))
        if len(held) > capacity or account in self._outgrown:
            self._cell_of[held] = -1
            self._loose.add(account)
            return
        self._loose.discard(account)
        underlying = self._pairs.underlying_of(self._positions.slots.instrument[held])
        order = np.argsort(underlying, kind="stable")
        held, underlying = held[order], underlying[order]
        cells = self.jagged.cells_of(account, len(held))
        self._cell_of[held] = cells
        self._fill(cells, held)
        self.again[cells[1:]] = underlying[1:] == underlying[:-1]

    def _lay_loose(self) -> None:
        slots = [slot for account in sorted(self._loose) for slot in self._positions.of_account(account)]
        if len(slots) > max(LEAST_LOOSE, LOOSE_SHARE * self.laid):
            self.lay_out()
            return
        if len(slots) != len(self._loose_slots):
            laid = self.laid
            for name in _COLUMNS:
                column = getattr(self, name)
                grown = np.zeros(laid + len(slots), dtype=column.dtype)
                grown[:laid] = column[:laid]
                setattr(self, name, grown)
        self._loose_slots = np.array(slots, dtype=np.int64)
        self._fill(np.arange(self.laid, self.laid + len(slots)), self._loose_slots)

    @property
    def beside(self) -> Set[int]:
        """Accounts beside the layout."""
        return self._loose

    @property
    def loose_accounts(self) -> Ints:
        """Shape (loose cells,): whose each is."""
        return self._positions.slots.account[self._loose_slots]

    def _fill(self, cells: Ints, slots: Ints) -> None:
        table, pairs = self._positions.slots, self._pairs
        quantity, base_cost = table.quantity[slots], table.base_cost[slots]
        instrument = table.instrument[slots]
        is_coin = pairs.is_coin(instrument)
        pair = pairs.number(instrument, table.account[slots])
        flat = quantity == 0.0
        pair[flat] = VOID
        for at in np.flatnonzero(flat & (base_cost != 0.0)).tolist():
            # What is still owed or due of a closed position is an amount of the coin that it settles in.
            pair[at] = pairs.settle_pair(int(instrument[at]), int(table.account[slots[at]]))
        owner = self.holders.owner[slots]
        strategy = np.where(owner < 0, self.nobody, owner)
        self.pair[cells] = pair
        self.strategy[cells] = strategy
        self.key[cells] = pair * (self.nobody + 1) + strategy
        self.quantity[cells] = quantity
        # A coin cost what it is worth: nothing about it is unrealised.
        self.cost[cells] = np.where(is_coin, quantity, table.cost[slots])
        self.base_cost[cells] = base_cost
        none = flat | is_coin
        self.initial_rate[cells] = np.where(none, 0.0, table.initial_rate[slots])
        self.maintenance_rate[cells] = np.where(none, 0.0, table.maintenance_rate[slots])
        self.liquidation[cells] = np.where(none, NAN, table.liquidation[slots])

    def _empty(self, cells: Ints) -> None:
        self.pair[cells] = VOID
        self.strategy[cells] = self.nobody
        self.key[cells] = VOID * (self.nobody + 1) + self.nobody
        for column in (self.quantity, self.cost, self.base_cost, self.initial_rate, self.maintenance_rate, self.again):
            column[cells] = 0.0
        self.liquidation[cells] = NAN

    def _fit(self) -> None:
        size = len(self._positions.slots.alive)
        if len(self._cell_of) < size:
            grown = np.full(size, -1, dtype=np.int64)
            grown[: len(self._cell_of)] = self._cell_of
            self._cell_of = grown
