"""What a stop has seen and taken: every order once, whether it came late, and how long it lived."""

from __future__ import annotations

from dataclasses import replace

from core.clock import Clock
from core.domain import UNATTRIBUTED
from core.halt.model import LateOrder
from core.halt.target import HaltTarget
from core.venues.messages import OrderUpdate

Key = tuple[str, str]
"""(book, order id)"""


class OrderLedger:
    """Of one account under one stop."""

    def __init__(self, target: HaltTarget, clock: Clock) -> None:
        self._target = target
        self._clock = clock
        self._fired_at_s = clock.now()
        self._orders: dict[Key, OrderUpdate] = {}
        self._attempts: dict[Key, int] = {}
        self._answered_s: dict[Key, float] = {}
        self._taken: dict[Key, OrderUpdate] = {}
        self._unsaved: list[OrderUpdate] = []
        self.late: dict[Key, LateOrder] = {}

    @property
    def cancelled(self) -> int:
        """Orders that rested under this stop and are gone."""
        return len(self._taken)

    @property
    def symbols(self) -> frozenset[str]:
        """In which an order was seen."""
        return frozenset(order.symbol for order in self._orders.values())

    def seen(self, order: OrderUpdate, *, listed_before: bool) -> None:
        """An order rests. It is late if it was accepted after the act, or turned up after the first listing."""
        key = _key(order)
        if key in self._taken:
            del self._taken[key]  # said to be gone, yet it is listed again
        if key in self._orders:
            return
        self._orders[key] = order
        accepted_late = order.at_s is not None and order.at_s > self._fired_at_s
        if accepted_late or (listed_before and order.at_s is None):
            strategy = self._target.strategy_of(order) if self._target.strategy_of else UNATTRIBUTED
            self.late[key] = LateOrder(
                account=order.account,
                symbol=order.symbol,
                order_id=order.order_id,
                client_order_id=order.client_order_id,
                strategy=strategy,
                seen_at_s=self._clock.now(),
                delay_ms=None,
            )

    def attempted(self, order: OrderUpdate) -> None:
        self._attempts[_key(order)] = self.attempts(order) + 1

    def attempts(self, order: OrderUpdate) -> int:
        return self._attempts.get(_key(order), 0)

    def cancel_acknowledged(self, order: OrderUpdate, at_s: float) -> None:
        """The venue answered a cancel of exactly this order (monotonic `at_s`): a hint, not a proof."""
        self._answered_s[_key(order)] = at_s

    def answered_s(self, order: OrderUpdate) -> float | None:
        return self._answered_s.get(_key(order))

    def listed(self, resting: set[Key], began_s: float) -> None:
        """A complete listing: what was seen before it began and is not in it, is gone."""
        for key, order in self._orders.items():
            if key not in resting and key not in self._taken and order.received_s <= began_s:
                self.gone(order)

    def gone(self, order: OrderUpdate) -> None:
        key = _key(order)
        if key not in self._orders or key in self._taken:
            return
        self._taken[key] = order
        self._unsaved.append(self._orders[key])
        late = self.late.get(key)
        if late is not None and late.delay_ms is None:
            born_s = order.at_s if order.at_s is not None else late.seen_at_s
            self.late[key] = replace(late, delay_ms=max(0.0, self._gone_at_s(key) - born_s) * 1000.0)

    def unsaved(self) -> list[OrderUpdate]:
        """Orders taken since the last call, to be kept on disk."""
        orders, self._unsaved = self._unsaved, []
        return orders

    def _gone_at_s(self, key: Key) -> float:
        """Wall time at which the order was gone: when its cancel was answered, else now."""
        answered_s = self._answered_s.get(key)
        now_s = self._clock.now()
        return now_s if answered_s is None else now_s - (self._clock.monotonic() - answered_s)


def _key(order: OrderUpdate) -> Key:
    return (order.book, order.order_id)
