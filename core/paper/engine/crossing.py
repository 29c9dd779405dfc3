"""Finds the resting orders and triggers that a price move reaches, without looking at the others.

Heaps with lazy deletion: an order that ended stays in its heap until it comes to the top or the heap is rebuilt.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Generic, TypeVar

from core.domain import Side
from core.paper.engine.model import Order, PriceSource, Trigger, TriggerKind

T = TypeVar("T", Order, Trigger)

REBUILD_ABOVE = 256


class _Queue(Generic[T]):
    """Open items by a key, lowest first, ties in the order of arrival."""

    def __init__(self, key: Callable[[T], float]) -> None:
        self._key: Callable[[T], float] = key
        self._heap: list[tuple[float, int, T]] = []
        self._arrivals = itertools.count()
        self._rebuild_at = REBUILD_ABOVE

    def push(self, item: T) -> None:
        heapq.heappush(self._heap, (self._key(item), next(self._arrivals), item))
        if len(self._heap) > self._rebuild_at:
            self._heap = [entry for entry in self._heap if self._holds(entry)]
            heapq.heapify(self._heap)
            self._rebuild_at = max(REBUILD_ABOVE, 2 * len(self._heap))

    def reached(self, limit: float) -> list[T]:
        """Every open item whose key is at or below `limit`; they stay in the queue while they stay open."""
        found: list[tuple[float, int, T]] = []
        while self._heap and self._heap[0][0] <= limit:
            entry = heapq.heappop(self._heap)
            if self._holds(entry):
                found.append(entry)
        for entry in found:
            heapq.heappush(self._heap, entry)
        return [entry[2] for entry in found]

    def _holds(self, entry: tuple[float, int, T]) -> bool:
        """Whether an entry still stands: its item is open and was not amended to another price."""
        return entry[2].status.is_open and self._key(entry[2]) == entry[0]


def _order_key(order: Order) -> float:
    return -order.side.sign * (order.price or 0.0)


def _trigger_key(trigger: Trigger) -> float:
    return trigger.trigger_price if trigger.fires_above else -trigger.trigger_price


def _other_key(trigger: Trigger) -> float:
    price = trigger.other.trigger_price if trigger.other else 0.0
    return -price if trigger.fires_above else price


class Crossings:
    """The resting orders and triggers of all accounts in one instrument."""

    def __init__(self) -> None:
        self._orders = {side: _Queue[Order](_order_key) for side in Side}
        self._triggers = {
            (source, above): _Queue[Trigger](_trigger_key) for source in PriceSource for above in (True, False)
        }
        self._others = {
            (source, above): _Queue[Trigger](_other_key) for source in PriceSource for above in (True, False)
        }
        self._trailing: dict[PriceSource, list[Trigger]] = {source: [] for source in PriceSource}

    def add_order(self, order: Order) -> None:
        if order.price is not None:
            self._orders[order.side].push(order)

    def add_trigger(self, trigger: Trigger) -> None:
        if trigger.kind is TriggerKind.WORKED:
            return
        self._triggers[trigger.source, trigger.fires_above].push(trigger)
        if trigger.other is not None:
            self._others[trigger.source, not trigger.fires_above].push(trigger)
        if trigger.trail:
            self._trailing[trigger.source].append(trigger)

    def crossed(self, bid: float, ask: float) -> list[Order]:
        """Buys at or above the best ask and sells at or below the best bid."""
        return self._orders[Side.BUY].reached(-ask) + self._orders[Side.SELL].reached(bid)

    def fired(self, mark: float, last: float) -> list[Trigger]:
        found: list[Trigger] = []
        for source, price in ((PriceSource.MARK, mark), (PriceSource.LAST, last)):
            self._trail(source, price)
            for queues in (self._triggers, self._others):
                found += queues[source, True].reached(price)
                found += queues[source, False].reached(-price)
        return found

    def _trail(self, source: PriceSource, price: float) -> None:
        """Let trigger prices follow a market that moved away from them."""
        if not self._trailing[source]:
            return
        self._trailing[source] = [trigger for trigger in self._trailing[source] if trigger.status.is_open]
        for trigger in self._trailing[source]:
            follows = price * (1 + trigger.trail if trigger.fires_above else 1 - trigger.trail)
            if follows < trigger.trigger_price if trigger.fires_above else follows > trigger.trigger_price:
                trigger.trigger_price = follows
                self._triggers[source, trigger.fires_above].push(trigger)
