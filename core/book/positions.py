"""Position columns: what the venue says (slots) and whose it is (rows), so that rows always add up to their slot."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import ClassVar

import numpy as np

from core.book.columns import NAN, NEVER, Bools, Columns, Floats, Ints
from core.book.marks import InstrumentColumns, Marks
from core.domain import Leg

LEGS = tuple(Leg)
DUST = 1e-9
"""Relative: what floats leave over of quantities that cancel."""


class SlotColumns(Columns):
    """One row per account x instrument x leg, and per account x coin."""

    SPEC: ClassVar[dict[str, tuple[str, float]]] = {
        "account": ("i", -1),
        "instrument": ("i", -1),
        "leg": ("i", 0),
        "quantity": ("f", 0.0),
        "cost": ("f", 0.0),
        "base_cost": ("f", 0.0),
        "in_wallet": ("b", False),
        "initial_rate": ("f", NAN),
        "maintenance_rate": ("f", NAN),
        "liquidation": ("f", NAN),
        "set_aside": ("f", NAN),
        "said_s": ("f", NEVER),
        "changed_s": ("f", NEVER),
        "rest": ("i", -1),
    }
    account: Ints
    instrument: Ints
    leg: Ints
    quantity: Floats
    cost: Floats
    """Settle coin: quantity x level(entry)."""
    base_cost: Floats
    """Settle coin: what equity takes off the position's value. `cost`, or the value at the last balance where that
    balance already held the unrealised PnL."""
    in_wallet: Bools
    """Whether the wallet's balance includes this position's unrealised PnL."""
    initial_rate: Floats
    maintenance_rate: Floats
    liquidation: Floats
    set_aside: Floats
    """Settle coins that back an isolated position alone; NaN where none are."""
    said_s: Floats
    """When the stream last spoke of it."""
    changed_s: Floats
    """When position or fills last moved."""
    rest: Ints
    """The row that holds what no fill explains; -1 for none."""


class RowColumns(Columns):
    """One row per slot and strategy with a part in it."""

    SPEC: ClassVar[dict[str, tuple[str, float]]] = {
        "slot": ("i", -1),
        "account": ("i", -1),
        "instrument": ("i", -1),
        "strategy": ("i", -1),
        "quantity": ("f", 0.0),
        "cost": ("f", 0.0),
        "booked": ("f", 0.0),
    }
    slot: Ints
    account: Ints
    instrument: Ints
    strategy: Ints
    quantity: Floats
    cost: Floats
    """Settle coin, average cost; additive over the rows of a slot."""
    booked: Floats
    """The quantity that the strategy's cash has paid for: PnL = booked x level(mark) + cash."""


class Positions:
    def __init__(self, marks: Marks, accounts: int, strategies: int, owner: Callable[[int, int], int]) -> None:
        self.marks = marks
        self.slots = SlotColumns()
        self.rows = RowColumns()
        self.cash: Floats = np.zeros((strategies, 16))
        """Per strategy and coin: what fills paid and earned since tracking began, in coins."""
        self.by_account: list[dict[tuple[int, int], int]] = [{} for _ in range(accounts)]
        """Per account: (instrument, leg) -> slot."""
        self.parts: dict[int, dict[int, int]] = {}
        """Per slot with attributed fills: strategy -> row."""
        self.to_book: set[int] = set()
        """Slots whose rest is to be booked at the first mark."""
        self._owner = owner
        self._touched: set[int] = set()
        self._moved: set[int] = set()

    @property
    def table(self) -> InstrumentColumns:
        return self.marks.table

    def touch(self, slot: int) -> None:
        """Call after any change of a slot's figures or of its rows."""
        self._touched.add(slot)

    def take_changes(self) -> tuple[set[int], set[int]]:
        """Slots that changed since the last call, and accounts in which one was opened or closed."""
        changes = self._touched, self._moved
        self._touched, self._moved = set(), set()
        return changes

    def rows_of(self, slot: int) -> Iterable[int]:
        """The rest's row and those of the parts."""
        rest = int(self.slots.rest[slot])
        if rest >= 0:
            yield rest
        yield from self.parts.get(slot, {}).values()

    def find(self, account: int, instrument: int, leg: Leg) -> int | None:
        return self.by_account[account].get((instrument, LEGS.index(leg)))

    def slot(self, account: int, instrument: int, leg: Leg) -> int:
        key = (instrument, LEGS.index(leg))
        found = self.by_account[account].get(key)
        if found is not None:
            return found
        slots = self.slots
        slot = self.by_account[account][key] = slots.open()
        self._touched.add(slot)
        self._moved.add(account)
        slots.account[slot], slots.instrument[slot], slots.leg[slot] = account, instrument, key[1]
        table = self.marks.table
        if not (table.coin[instrument] and self.marks.is_cash(int(table.base[instrument]))):
            slots.rest[slot] = self._open_row(slot, self._owner(account, instrument))
        return slot

    def close(self, slot: int) -> None:
        """Drop a slot that holds nothing, and its rest."""
        slots = self.slots
        account, rest = int(slots.account[slot]), int(slots.rest[slot])
        if rest >= 0:
            self.rows.free(rest)
        del self.by_account[account][(int(slots.instrument[slot]), int(slots.leg[slot]))]
        slots.free(slot)
        self.to_book.discard(slot)
        self._touched.add(slot)
        self._moved.add(account)

    def set_quantity(self, slot: int, quantity: float, cost: float) -> None:
        """What the venue says; `cost` in settle coins, NaN where it names no entry price."""
        slots = self.slots
        slots.quantity[slot] = quantity
        slots.cost[slot] = 0.0 if quantity == 0.0 else cost
        self._balance(slot)

    def fill(self, slot: int, strategy: int, quantity: float, level: float, cash_coin: int) -> None:
        """A signed fill at `level` settle coins per unit; the slot's own quantity is for the venue to tell."""
        self.add_cash(strategy, cash_coin, -quantity * level)
        rest = int(self.slots.rest[slot])
        if rest >= 0 and self.rows.strategy[rest] == strategy:
            self.rows.booked[rest] += quantity
            self.touch(slot)
            return
        row = self._part(slot, strategy)
        rows = self.rows
        held, cost = float(rows.quantity[row]), float(rows.cost[row])
        after = held + quantity
        if abs(after) <= DUST * max(abs(held), abs(quantity)):
            after, cost = 0.0, 0.0
        elif held == 0.0 or (held > 0.0) == (quantity > 0.0):
            cost += quantity * level
        elif (after > 0.0) == (held > 0.0):
            cost *= after / held
        else:
            cost = after * level
        rows.quantity[row], rows.cost[row], rows.booked[row] = after, cost, after
        if after == 0.0:
            del self.parts[slot][strategy]
            rows.free(row)
        self._balance(slot)

    def add_cash(self, strategy: int, coin: int, amount: float) -> None:
        if coin >= self.cash.shape[1]:
            grown = np.zeros((self.cash.shape[0], max(coin + 1, 2 * self.cash.shape[1])))
            grown[:, : self.cash.shape[1]] = self.cash
            self.cash = grown
        self.cash[strategy, coin] += amount

    def book_rest(self, slot: int) -> bool:
        """Let what no fill explains count from now on, at the mark; False while there is none."""
        rest = int(self.slots.rest[slot])
        if rest < 0:
            return True
        rows = self.rows
        instrument = int(rows.instrument[rest])
        open_quantity = float(rows.quantity[rest] - rows.booked[rest])
        if open_quantity != 0.0:
            level = self.marks.level(instrument)
            if math.isnan(level):
                return False
            coin = int(self.marks.table.settle[instrument])
            self.add_cash(int(rows.strategy[rest]), coin, -open_quantity * level)
            rows.booked[rest] = rows.quantity[rest]
            self.touch(slot)
        return True

    def book_waiting(self) -> None:
        for slot in [slot for slot in self.to_book if self.book_rest(slot)]:
            self.to_book.discard(slot)

    def settle_flat(self, slot: int) -> None:
        """The venue is flat and has been: parts that still claim to hold something have missed their closing fills.

        The side that outweighs is cut, at the mark, to what the other side holds; two strategies that truly oppose each
        other stay as they are.
        """
        if self.slots.quantity[slot] != 0.0 or slot not in self.parts:
            return
        held = {strategy: float(self.rows.quantity[row]) for strategy, row in self.parts[slot].items()}
        surplus = math.fsum(held.values())
        level = self.marks.level(int(self.slots.instrument[slot]))
        heavy = {strategy: quantity for strategy, quantity in held.items() if quantity * surplus > 0.0}
        if not heavy or math.isnan(level):
            return
        coin = int(self.marks.table.settle[int(self.slots.instrument[slot])])
        share = surplus / math.fsum(heavy.values())
        for strategy, quantity in heavy.items():
            self.fill(slot, strategy, -quantity * share, level, coin)
        self.book_rest(slot)

    def put_part(self, slot: int, strategy: int, quantity: float, cost: float) -> None:
        """Restore an attributed row as it was saved."""
        row = self._part(slot, strategy)
        self.rows.quantity[row] = self.rows.booked[row] = quantity
        self.rows.cost[row] = cost
        self._balance(slot)

    def of_account(self, account: int) -> Iterable[int]:
        return self.by_account[account].values()

    def _part(self, slot: int, strategy: int) -> int:
        parts = self.parts.setdefault(slot, {})
        row = parts.get(strategy)
        if row is None:
            row = parts[strategy] = self._open_row(slot, strategy)
        return row

    def _open_row(self, slot: int, strategy: int) -> int:
        rows = self.rows
        row = rows.open()
        rows.slot[row], rows.strategy[row] = slot, strategy
        rows.account[row], rows.instrument[row] = self.slots.account[slot], self.slots.instrument[slot]
        return row

    def _balance(self, slot: int) -> None:
        """Give the rest what is left, so that the rows of a slot add up to what the venue says."""
        slots, rows = self.slots, self.rows
        self.touch(slot)
        rest = int(slots.rest[slot])
        if rest < 0:
            return
        parts = self.parts.get(slot)
        quantity, cost = float(slots.quantity[slot]), float(slots.cost[slot])
        if not parts:
            if parts is not None:
                del self.parts[slot]
            rows.quantity[rest], rows.cost[rest] = quantity, cost
            return
        held = [float(rows.quantity[row]) for row in parts.values()]
        left = quantity - math.fsum(held)
        if abs(left) <= DUST * max(abs(quantity), *(abs(part) for part in held)):
            # 0.1 + 0.2 - 0.3: no position, only what binary fractions leave over. The venue's figure stands.
            largest = max(parts.values(), key=lambda row: abs(float(rows.quantity[row])))
            rows.quantity[largest] += left
            left = 0.0
        rows.quantity[rest] = left
        rows.cost[rest] = cost - math.fsum(float(rows.cost[row]) for row in parts.values())
