"""What a stop has seen and taken: every order once, whether it came late, and how long it lived."""

from __future__ import annotations

from dataclasses import replace

from core.clock import Clock
from core.domain import UNATTRIBUTED
from core.halt.model import LateOrder, Reappearance
from core.halt.pattern import client_pattern
from core.halt.saved import Filled, Note
from core.halt.target import HaltTarget
from core.venues.messages import OrderEnd, OrderUpdate

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
        self._unsaved: list[Note] = []
        self._reappeared: dict[tuple[str, str], int] = {}
        self.late: dict[Key, LateOrder] = {}

    @property
    def cancelled(self) -> int:
        """Orders that rested under this stop and are gone."""
        return len(self._taken)

    @property
    def symbols(self) -> frozenset[str]:
        """In which an order was seen."""
        return frozenset(order.symbol for order in self._orders.values())

    def standing(self) -> list[OrderUpdate]:
        """Orders that were to go and have not been seen gone."""
        return [order for key, order in self._orders.items() if key not in self._taken]

    def seen(self, order: OrderUpdate, *, listed_before: bool) -> None:
        """An order rests. It is late if it was accepted after the act, or turned up after the first listing."""
        key = key_of(order)
        if key in self._taken:
            del self._taken[key]  # said to be gone, yet it is listed again
        if key in self._orders:
            return
        self._orders[key] = order
        self._unsaved.append(order)
        if key in self.late:
            self.late[key] = replace(self.late[key], kept=False)  # spared until now: its position is gone
        elif self._is_late(order, listed_before=listed_before):
            self._note_late(order, kept=False)

    def spared(self, order: OrderUpdate, *, listed_before: bool) -> None:
        """An order rests and is left alone, although it was not there when the stop was fired."""
        if key_of(order) not in self.late and self._is_late(order, listed_before=listed_before):
            self._note_late(order, kept=True)

    def _is_late(self, order: OrderUpdate, *, listed_before: bool) -> bool:
        accepted_late = order.at_s is not None and order.at_s > self._fired_at_s
        return accepted_late or (listed_before and order.at_s is None)

    def _note_late(self, order: OrderUpdate, *, kept: bool) -> None:
        strategy = self._target.strategy_of(order) if self._target.strategy_of else UNATTRIBUTED
        pattern = client_pattern(order.client_order_id)
        self._reappeared[strategy, pattern] = self._reappeared.get((strategy, pattern), 0) + 1
        self.late[key_of(order)] = LateOrder(
            account=order.account,
            symbol=order.symbol,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            strategy=strategy,
            pattern=pattern,
            seen_at_s=self._clock.now(),
            delay_ms=None,
            kept=kept,
        )

    def reappeared(self) -> tuple[Reappearance, ...]:
        """Late orders so far, by whose they are and what their client ids look like."""
        return tuple(
            Reappearance(self._target.account, strategy, pattern, count)
            for (strategy, pattern), count in self._reappeared.items()
        )

    def attempted(self, order: OrderUpdate) -> None:
        self._attempts[key_of(order)] = self.attempts(order) + 1

    def attempts(self, order: OrderUpdate) -> int:
        return self._attempts.get(key_of(order), 0)

    def cancel_acknowledged(self, order: OrderUpdate, at_s: float) -> None:
        """The venue answered a cancel of exactly this order (monotonic `at_s`): a hint, not a proof."""
        self._answered_s[key_of(order)] = at_s

    def answered_s(self, order: OrderUpdate) -> float | None:
        return self._answered_s.get(key_of(order))

    def listed(self, resting: set[Key], began_s: float) -> None:
        """A complete listing: what was seen before it began and is not in it, is gone."""
        for key, order in self._orders.items():
            if key not in resting and key not in self._taken and order.received_s <= began_s:
                self.gone(order)

    def gone(self, order: OrderUpdate) -> None:
        key = key_of(order)
        if key not in self._orders or key in self._taken:
            return
        self._taken[key] = order
        if order.ended is OrderEnd.FILLED:
            self._unsaved.append(Filled(order.account, order.book, order.order_id))
        late = self.late.get(key)
        if late is not None and late.delay_ms is None:
            born_s = order.at_s if order.at_s is not None else late.seen_at_s
            self.late[key] = replace(late, delay_ms=max(0.0, self._gone_at_s(key) - born_s) * 1000.0)

    def unsaved(self) -> list[Note]:
        """What was seen since the last call and has to be kept on disk: every order that is to go, as it was."""
        notes, self._unsaved = self._unsaved, []
        return notes

    def _gone_at_s(self, key: Key) -> float:
        """Wall time at which the order was gone: when its cancel was answered, else now."""
        answered_s = self._answered_s.get(key)
        now_s = self._clock.now()
        return now_s if answered_s is None else now_s - (self._clock.monotonic() - answered_s)


def key_of(order: OrderUpdate) -> Key:
    return (order.book, order.order_id)
