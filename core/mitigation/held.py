"""What became of each reduction: the ledger that an execution keeps while it runs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.mitigation.model import Reduction
from core.mitigation.report import ReductionOutcome
from core.venues.closing import FUZZ, Held, HeldKey
from core.venues.protocol import OrderAck


def settle(held: Held, tasks: Iterable[Task]) -> None:
    """Tell every task what this fresh reading shows of it."""
    by_key: dict[HeldKey, list[Task]] = {}
    for task in tasks:
        if task.orders:
            by_key.setdefault(task.key, []).append(task)
    for key, sharing in by_key.items():
        _settle(sharing, held.magnitude(key))


def _settle(tasks: list[Task], magnitude: float) -> None:
    """Fills that the venue named come first; what else is gone goes to the orders without a word, in their order."""
    before = tasks[0].before
    slack = FUZZ * before
    gone = before - magnitude
    extra = gone - math.fsum(task.filled_named for task in tasks)
    named_are_there = extra >= -slack
    for task in tasks:
        task.after = magnitude
        task.filled_seen = min(max(extra, 0.0), task.unnamed)
        extra -= task.filled_seen
        task.confirmed = named_are_there and task.filled_seen >= task.unnamed - slack


@dataclass(slots=True)
class Task:
    """One reduction on its way."""

    reduction: Reduction
    before: float = math.nan
    after: float = math.nan
    goal: float = math.nan
    """What the first order asked for, as the venue rounded it; NaN before."""
    filled_named: float = 0.0
    """What the venue's answers say was filled."""
    unnamed: float = 0.0
    """Asked for in orders whose answer names no fill."""
    filled_seen: float = math.nan
    """How much of `unnamed` the positions show; NaN until they were read again."""
    orders: list[str] = field(default_factory=list)
    refused: str = ""
    final: bool = False
    """Nothing more is to be sent for it."""
    in_doubt: bool = False
    """An order got no answer."""
    in_flight: float = 0.0
    confirmed: bool = False

    @property
    def key(self) -> HeldKey:
        return (self.reduction.symbol, self.reduction.side)

    @property
    def filled(self) -> float:
        if self.in_flight > 0.0:
            return math.nan
        return self.filled_named + (self.filled_seen if self.unnamed > 0.0 else 0.0)

    @property
    def rest(self) -> float:
        if math.isnan(self.goal):
            return self.reduction.quantity
        return 0.0 if math.isnan(self.filled) else self.goal - self.filled

    def owes(self, held: Held) -> bool:
        if self.final or self.in_doubt:
            return False
        if not self.orders:
            return True
        # Without any fill seen the order may only be slow: sending it again could close twice as much.
        return self.filled > 0.0 and self.rest > FUZZ * self.goal and held.magnitude(self.key) > 0.0

    def sending(self, client_order_id: str, quantity: float) -> None:
        self.orders.append(client_order_id)
        self.in_flight = quantity

    def not_sent(self, client_order_id: str) -> None:
        self.orders.remove(client_order_id)
        self.in_flight = 0.0

    def doubt(self, quantity: float, reason: str) -> None:
        self.in_flight = 0.0
        self.in_doubt = True
        self.unnamed += quantity
        self.refused = reason
        if math.isnan(self.goal):
            self.goal = quantity

    def acked(self, ack: OrderAck) -> None:
        self.in_flight = 0.0
        self.refused = ""
        if math.isnan(self.goal):
            self.goal = ack.quantity
        if self.unnamed > 0.0:
            # The rest of a partial fill: what was seen of the earlier order is settled by now.
            self.filled_named += self.filled_seen
            self.unnamed = 0.0
        self.filled_seen = math.nan
        if ack.filled:
            self.filled_named += min(ack.filled, ack.quantity)
        else:
            # Many venues answer a market order before it fills, with nothing or with zero: only the position tells.
            self.unnamed = ack.quantity

    def outcome(self, ceased: str) -> ReductionOutcome:
        filled = self.filled if self.orders else 0.0
        refused = self.refused
        if self.in_doubt and self.confirmed:
            refused = ""  # no answer, but the position shows that it was done
        elif self.in_flight > 0.0:
            refused = f"{self.refused or ceased or 'interrupted'} while the order was on its way"
        elif not refused and not self.orders:
            refused = ceased or "not sent"
        elif not refused and not math.isnan(filled) and filled < self.goal * (1.0 - FUZZ):
            refused = f"only {filled:.8g} of {self.goal:.8g} filled"
        goal = self.in_flight if math.isnan(self.goal) else self.goal
        return ReductionOutcome(self.reduction, tuple(self.orders), goal, filled, self.before, self.after, refused)
