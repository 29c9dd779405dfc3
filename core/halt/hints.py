"""Orders that the private stream reports while an account is stopped: they are cancelled without waiting for a listing.

A hint is a hint: an order is gone only when a listing that began late enough does not show it any more.
"""

from __future__ import annotations

import asyncio

from core.halt.ledger import Key, OrderLedger, key_of
from core.venues.messages import OrderUpdate


class Hints:
    """Of one account under one stop."""

    def __init__(self, ledger: OrderLedger, settle_s: float) -> None:
        self._ledger = ledger
        self._settle_s = settle_s
        self._open: dict[Key, OrderUpdate] = {}
        self._newest = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    def knows(self, order: OrderUpdate) -> bool:
        return key_of(order) in self._open

    def put(self, order: OrderUpdate) -> None:
        self._open[key_of(order)] = order
        self._newest.set()

    def ended(self, order: OrderUpdate) -> None:
        """The stream says that it rests no more."""
        if self._open.pop(key_of(order), None) is not None:
            self._ledger.gone(order)

    def again(self) -> None:
        """Somebody to ask has been found: serve what is waiting."""
        if self._open:
            self._newest.set()

    async def by_book(self) -> dict[str, list[OrderUpdate]]:
        """Wait for hints; those whose cancel nobody has answered yet, by book."""
        await self._newest.wait()
        self._newest.clear()
        waiting: dict[str, list[OrderUpdate]] = {}
        for order in self._open.values():
            if self._ledger.answered_s(order) is None:
                waiting.setdefault(order.book, []).append(order)
        return waiting

    def forget_absent_from(self, listed: set[Key], began_s: float, last_hint_s: float) -> None:
        """A complete listing began at `began_s`, `last_hint_s` being the newest hint's time.

        The listing may be a moment old at the venue, so a hint outlives listings that began within `settle_s` of it.
        """
        settled = began_s >= last_hint_s + self._settle_s
        for key, order in list(self._open.items()):
            answered_s = self._ledger.answered_s(order)
            if key in listed:
                self._open.pop(key)  # the listing shows it: it is counted there from now on
            elif settled or (answered_s is not None and began_s >= answered_s):
                self._open.pop(key)
                self._ledger.gone(order)
