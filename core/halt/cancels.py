"""The cancels of one account under a stop: concurrent, bounded, and each one told to the proof before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from core.clock import Clock
from core.errors import ScramError, VenueError, VenueUnsupported
from core.halt.ledger import OrderLedger
from core.halt.model import Step
from core.halt.proof import Proof
from core.halt.sorting import Sorter
from core.halt.target import HaltTarget
from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue

CANCELS_AT_ONCE = 8
"""Concurrent cancels per account: enough to hide the round trip, few enough for a venue's burst limit."""


class Canceller:
    """Sends cancels and believes no reply: only the next listing says what they did."""

    def __init__(
        self,
        target: HaltTarget,
        sorter: Sorter,
        proof: Proof,
        ledger: OrderLedger,
        clock: Clock,
        on_step: Callable[[Step], None],
        on_failure: Callable[[ScramError], None],
    ) -> None:
        self._target = target
        self._sorter = sorter
        self._proof = proof
        self._ledger = ledger
        self._clock = clock
        self._on_step = on_step
        self._on_failure = on_failure
        self._slots = asyncio.Semaphore(CANCELS_AT_ONCE)

    async def listed(self, acting: ActingVenue, orders: list[OrderUpdate]) -> None:
        """By symbol where nothing is to be left, and by id where something is.

        What neither way took is tried by the other in the next round, for as long as it rests: a venue may carry out
        one of them and acknowledge the other.
        """
        by_symbol: dict[tuple[str, str], list[OrderUpdate]] = {}
        by_id: dict[str, list[OrderUpdate]] = {}
        for order in orders:
            if self._sorter.selective or self._ledger.attempts(order) % 2:
                by_id.setdefault(order.book, []).append(order)
            else:
                by_symbol.setdefault((order.book, order.symbol), []).append(order)
            self._ledger.attempted(order)
        work = [self.symbol(acting, *where, rows) for where, rows in sorted(by_symbol.items())]
        work += [self.by_id(acting, book, rows) for book, rows in sorted(by_id.items())]
        await asyncio.gather(*work)

    async def everywhere(self, acting: ActingVenue) -> None:
        """In every book, every symbol in which orders are known or were seen, without asking what rests there now.

        Where something is to be left resting, by id those that were to go and have not been seen gone.
        """
        if self._sorter.selective:
            await self._standing(acting)
        else:
            symbols = sorted(self._target.known_symbols | self._ledger.symbols)
            await asyncio.gather(*(self.symbol(acting, book, symbol) for symbol in symbols for book in acting.books))

    async def symbol(
        self, acting: ActingVenue, book: str, symbol: str, orders: list[OrderUpdate] | None = None
    ) -> None:
        """Everything of `book` in `symbol`; `orders` are those known to rest there."""
        try:
            answered = await self._send(lambda: acting.cancel_symbol(book, symbol))
        except VenueUnsupported:
            if orders:
                await self.by_id(acting, book, orders)
            return
        if answered:
            self._acknowledge(orders or [])

    async def _standing(self, acting: ActingVenue) -> None:
        orders = self._ledger.standing()
        books = sorted({order.book for order in orders})
        await asyncio.gather(
            *(self.by_id(acting, book, [order for order in orders if order.book == book]) for book in books)
        )

    async def by_id(self, acting: ActingVenue, book: str, orders: list[OrderUpdate]) -> None:
        try:
            answered = await self._send(lambda: acting.cancel_orders(book, orders))
        except VenueUnsupported as error:
            self._on_failure(error)
            return
        if answered:
            self._acknowledge(orders)

    def _acknowledge(self, orders: Iterable[OrderUpdate]) -> None:
        now_s = self._clock.monotonic()
        for order in orders:
            self._ledger.cancel_acknowledged(order, now_s)

    async def _send(self, call: Callable[[], Awaitable[None]]) -> bool:
        """One cancel on the wire, whether it was answered; its failure is noted and left to the listings to judge."""
        async with self._slots:
            self._on_step(Step.SENT)
            self._proof.cancel_sent()
            try:
                await call()
                self._on_step(Step.ACKED)
                return True
            except VenueUnsupported:
                raise
            except VenueError as error:
                self._on_failure(error)
                return False
            finally:
                self._proof.cancel_answered(self._clock.monotonic())
