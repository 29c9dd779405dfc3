"""How balances, positions, fills and flows of an account enter the book; what equity jumps by goes to the residual."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from core.book import quarantine
from core.book.accounts import Accounts
from core.book.attribution import OrderNames
from core.book.credence import Credence
from core.book.flows import Flows, says_flow, says_pnl
from core.book.marks import Marks
from core.book.positions import Positions
from core.domain import UNATTRIBUTED, Leg
from core.venues.messages import BalanceUpdate, FillUpdate, FlowUpdate, OrderUpdate, PositionUpdate, Source

WAITING_ORDERS = 10_000
WAITING_JUMPS = 10_000


@dataclass(frozen=True, slots=True)
class Unvalued:
    """A jump of equity that no mark could value yet."""

    account: int
    instrument: int
    quantity: float
    cost: float
    at_s: float
    is_ledger: bool = False


@dataclass(frozen=True, slots=True)
class BookedFill:
    """A fill in the book's terms."""

    slot: int
    quantity: float
    """Signed."""
    level: float
    """Settle coins per unit."""
    coin: int
    """What it was paid in."""
    fee: float
    fee_coin: int


class Intake:
    def __init__(self, accounts: Accounts, marks: Marks, positions: Positions, flows: Flows, names: OrderNames) -> None:
        self.accounts = accounts
        self.marks = marks
        self.positions = positions
        self.flows = flows
        self.names = names
        self._credence = Credence(accounts, marks, positions)
        self.strategies = {rule.name: number for number, rule in enumerate(names.rules)}
        self.strategies[UNATTRIBUTED] = len(names.rules)
        self.unvalued: deque[Unvalued] = deque(maxlen=WAITING_JUMPS)
        self.waiting: dict[tuple[str, str], list[tuple[int, BookedFill]]] = {}
        """Per account and order id: fills whose client order id is not known yet, with whom they went to."""

    # Balances

    def balance(self, account: int, update: BalanceUpdate, began_s: float | None) -> None:
        residual = float(self.flows.residual[account])
        named = set()
        for row in update.coins:
            instrument = self.marks.holding(row.coin)
            named.add(instrument)
            slot = self.positions.slot(account, instrument, Leg.NET)
            if self._take(account, slot, update.received_s, began_s) and self._credence.holds(
                account, slot, row.total, update.received_s
            ):
                self._set_coin(account, slot, row.total, update.received_s)
                self._mark_inclusion(account, self.marks.coin(row.coin), row.includes_unrealised, update.received_s)
        if update.complete:
            for slot in list(self.positions.of_account(account)):
                instrument = int(self.positions.slots.instrument[slot])
                if (
                    self.marks.table.coin[instrument]
                    and instrument not in named
                    and self._take(account, slot, update.received_s, began_s)
                ):
                    self._set_coin(account, slot, 0.0, update.received_s)
        if says_pnl(update.reason):
            self.flows.residual[account] = residual
        elif says_flow(update.reason) and self.accounts.tracked(account):
            self.flows.told[account] = update.reason

    def _set_coin(self, account: int, slot: int, total: float, at_s: float) -> None:
        slots = self.positions.slots
        change = total - float(slots.quantity[slot])
        if change != 0.0:
            self.positions.set_quantity(slot, total, 0.0)
            slots.changed_s[slot] = at_s
            self.jump(account, int(slots.instrument[slot]), change, 0.0, at_s)

    def _mark_inclusion(self, account: int, coin: int, includes: bool, at_s: float) -> None:
        """A balance that holds unrealised PnL is taken at our marks of this moment; from here on prices move it."""
        known = self.accounts.includes[account]
        if not includes and not known.get(coin, False):
            known[coin] = False
            return
        known[coin] = includes
        slots, table = self.positions.slots, self.marks.table
        for slot in self.positions.of_account(account):
            instrument = int(slots.instrument[slot])
            if table.coin[instrument] or table.settle[instrument] != coin:
                continue
            quantity, before = float(slots.quantity[slot]), float(slots.base_cost[slot])
            after = float(slots.cost[slot])
            if includes:
                after = quantity * self.marks.level(instrument) if quantity else 0.0
            slots.in_wallet[slot] = includes
            slots.base_cost[slot] = after
            self.positions.touch(slot)
            if after != before:
                self.jump(account, instrument, 0.0, after - before, at_s)

    # Positions

    def position(self, account: int, update: PositionUpdate, began_s: float | None) -> None:
        instrument = self.marks.row(self.accounts.entries[account].endpoint, update.symbol)
        slot = self.positions.slot(account, instrument, update.leg)
        self.accounts.symbols[account].add(update.symbol)
        if not self._take(account, slot, update.received_s, began_s):
            return
        if not self._credence.holds(account, slot, update.quantity, update.received_s):
            return
        slots = self.positions.slots
        for column, told, sane in (
            (slots.initial_rate, update.initial_margin_rate, quarantine.is_rate),
            (slots.maintenance_rate, update.maintenance_margin_rate, quarantine.is_rate),
            (slots.liquidation, update.liquidation_price, quarantine.is_price),
        ):
            if told is not None:
                column[slot] = told if sane(told) else math.nan
        if update.source is Source.READING or update.margin_mode is not None:
            told = update.isolated_margin
            slots.set_aside[slot] = math.nan if told is None or not math.isfinite(told) or told < 0.0 else told
        self.set_position(account, slot, update.quantity, update.entry_price, update.received_s)

    def set_position(self, account: int, slot: int, quantity: float, entry: float | None, at_s: float) -> None:
        slots = self.positions.slots
        instrument = int(slots.instrument[slot])
        held, cost_before = float(slots.quantity[slot]), float(slots.cost[slot])
        base_before = float(slots.base_cost[slot])
        entry = self._credence.price(instrument, entry)
        if entry is not None:
            cost = quantity * self.marks.cost_level(instrument, entry)
        else:
            # Reducing leaves the average entry as it is; anything else without an entry price is unknown.
            reduces = held * quantity > 0.0 and abs(quantity) <= abs(held)
            cost = cost_before * quantity / held if reduces else math.nan
        change = quantity - held
        self.positions.set_quantity(slot, quantity, cost)
        cost = float(slots.cost[slot])
        slots.in_wallet[slot] = self.accounts.includes[account].get(int(self.marks.table.settle[instrument]), False)
        if slots.in_wallet[slot]:
            # The balance does not change by the fill itself: neither may equity until the next balance.
            if change != 0.0:
                level = self.marks.level(instrument)
                slots.base_cost[slot] = base_before + change * level
        else:
            slots.base_cost[slot] = cost
            if change != 0.0 or cost != base_before:
                self.jump(account, instrument, change, cost - base_before, at_s)
        if change != 0.0:
            slots.changed_s[slot] = at_s
            if self.accounts.tracked(account):
                self.flows.move(account, instrument, change)
                self.flows.touch(account, at_s)

    def _take(self, account: int, slot: int, received_s: float, began_s: float | None) -> bool:
        """Whether this message is newer than what is known of the slot; a reading is as old as its beginning."""
        said_s = float(self.positions.slots.said_s[slot])
        if began_s is not None:
            return said_s <= began_s and self.accounts.began_s[account] <= began_s
        if received_s < said_s or received_s < self.accounts.began_s[account]:
            return False
        self.positions.slots.said_s[slot] = received_s
        return True

    # Fills

    def fill(self, account: int, fill: FillUpdate, *, past: bool = False) -> bool:
        """Attribute a fill, once; False if it was seen or lies before tracking. `past`: equity has it already."""
        self.accounts.symbols[account].add(fill.symbol)
        if not self.accounts.tracked(account) or (fill.at_s < self.accounts.tracked_at_s[account] and not past):
            return False
        if not self._credence.is_fill(account, fill):
            return False  # what it moved stays with nobody in particular, as with a fill that was missed
        if not self.accounts.fills[account].is_new(fill.symbol, fill.fill_id, fill.at_s):
            return False
        name = self.names.name(fill.account, fill.order_id)
        client = fill.client_order_id or (name.client_order_id if name else "")
        strategy = self.strategies.get(self.names.strategy(fill.account, fill.symbol, client), len(self.names.rules))
        booked = self._booked(account, fill, reduce_only=name.reduce_only if name else None)
        self._book(booked, strategy)
        self.positions.slots.changed_s[booked.slot] = fill.received_s
        if not client and fill.order_id:
            if len(self.waiting) >= WAITING_ORDERS:
                self.waiting.pop(next(iter(self.waiting)))
            self.waiting.setdefault((fill.account, fill.order_id), []).append((strategy, booked))
        if not past:
            self._explain(account, fill, booked)
        return True

    def learn(self, order: OrderUpdate) -> None:
        """An order's names; fills that waited for them go to whom they belong."""
        self.names.learn(order)
        if not order.client_order_id:
            return
        for before, booked in self.waiting.pop((order.account, order.order_id), ()):
            after = self.strategies.get(self.names.strategy(order.account, order.symbol, order.client_order_id), before)
            if after != before:
                self._book(
                    BookedFill(booked.slot, -booked.quantity, booked.level, booked.coin, -booked.fee, booked.fee_coin),
                    before,
                )
                self._book(booked, after)

    def leg_slot(self, account: int, instrument: int, fill: FillUpdate, reduce_only: bool | None) -> int:
        """The slot a fill belongs to. Venues do not say the leg of a fill: in hedge mode a reducing order closes the
        other side, and an unsaid one opens its own side unless only the other one is held."""
        find = self.positions.find
        long, short = find(account, instrument, Leg.LONG), find(account, instrument, Leg.SHORT)
        if (long is None and short is None) or find(account, instrument, Leg.NET) is not None:
            return self.positions.slot(account, instrument, Leg.NET)
        own, other = (Leg.LONG, Leg.SHORT) if fill.side.sign > 0 else (Leg.SHORT, Leg.LONG)
        if reduce_only is None:
            quantity = self.positions.slots.quantity
            held = [slot is not None and quantity[slot] != 0.0 for slot in (long, short)]
            reduce_only = held[1] and not held[0] if own is Leg.LONG else held[0] and not held[1]
        return self.positions.slot(account, instrument, other if reduce_only else own)

    def _booked(self, account: int, fill: FillUpdate, reduce_only: bool | None) -> BookedFill:
        marks = self.marks
        market = marks.row(self.accounts.entries[account].endpoint, fill.symbol)
        quantity = fill.side.sign * fill.quantity
        fee_coin = marks.coin(fill.fee_coin) if fill.fee_coin else int(marks.table.settle[market])
        coin = int(marks.table.settle[market])
        fee = self._credence.fee(fill, fee_coin)
        if marks.table.spot[market]:
            holding = marks.holding(marks.coins[int(marks.table.base[market])])
            slot = self.positions.slot(account, holding, Leg.NET)
            return BookedFill(slot, quantity, fill.price, coin, fee, fee_coin)
        slot = self.leg_slot(account, market, fill, reduce_only)
        return BookedFill(slot, quantity, marks.cost_level(market, fill.price), coin, fee, fee_coin)

    def _book(self, fill: BookedFill, strategy: int) -> None:
        self.positions.fill(fill.slot, strategy, fill.quantity, fill.level, fill.coin)
        self.positions.add_cash(strategy, fill.fee_coin, -fill.fee)

    def _explain(self, account: int, fill: FillUpdate, booked: BookedFill) -> None:
        marks, at_s = self.marks, fill.received_s
        instrument = int(self.positions.slots.instrument[booked.slot])
        paid = booked.quantity * booked.level
        if marks.table.coin[instrument]:
            self.jump(account, instrument, -booked.quantity, 0.0, at_s)
            self.jump(account, marks.holding(marks.coins[booked.coin]), paid, 0.0, at_s)
        else:
            self.jump(account, instrument, -booked.quantity, -paid, at_s)
            self.flows.move(account, instrument, -booked.quantity)
            self.flows.touch(account, at_s)
        if booked.fee:
            self.jump(account, marks.holding(marks.coins[booked.fee_coin]), booked.fee, 0.0, at_s)

    # Flows

    def flow(self, account: int, flow: FlowUpdate) -> None:
        if not self.accounts.tracked(account) or not self.flows.is_new(flow.account, flow.flow_id):
            return
        if flow.at_s < self.accounts.tracked_at_s[account]:
            return
        holding = self.marks.holding(flow.coin)
        if not self._credence.amount(holding, flow.amount):
            return  # what really came or went shows in the balance, and is told as a suspected flow
        entry = Unvalued(account, holding, flow.amount, 0.0, flow.received_s, is_ledger=True)
        if not self._value(entry):
            self.unvalued.append(entry)

    def jump(self, account: int, instrument: int, quantity: float, cost: float, at_s: float) -> None:
        """Equity jumps by `quantity` x level - `cost`; kept until it can be valued."""
        if not self.accounts.tracked(account) or not (math.isfinite(quantity) and math.isfinite(cost)):
            return
        if quantity == 0.0 and cost == 0.0:
            return
        entry = Unvalued(account, instrument, quantity, cost, at_s)
        if not self._value(entry):
            self.unvalued.append(entry)

    def value_waiting(self) -> None:
        """Value what could not be valued before."""
        if self.unvalued:
            self.unvalued = deque([row for row in self.unvalued if not self._value(row)], maxlen=WAITING_JUMPS)

    def _value(self, entry: Unvalued) -> bool:
        value = self.marks.measure(entry.instrument, entry.quantity, entry.cost)
        if math.isnan(value):
            return False
        if entry.is_ledger:
            self.flows.ledger(entry.account, value, entry.at_s)
        else:
            self.flows.jump(entry.account, value, entry.at_s)
        return True

    # What only a reading can settle

    def reconcile(self, account: int, began_s: float, settle_s: float) -> None:
        """Let what stayed unexplained since well before this reading count, and drop slots that hold nothing."""
        slots, rows = self.positions.slots, self.positions.rows
        for slot in list(self.positions.of_account(account)):
            if began_s - slots.changed_s[slot] < settle_s or slots.said_s[slot] > began_s:
                continue
            self.positions.book_rest(slot)
            self.positions.settle_flat(slot)
            rest = int(slots.rest[slot])
            empty = slots.quantity[slot] == 0.0 and slots.base_cost[slot] == 0.0 and slot not in self.positions.parts
            if empty and (rest < 0 or rows.booked[rest] == 0.0):
                self.positions.close(slot)
