"""The cancels of one account under a stop: concurrent, bounded, and each one told to the proof before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from core.clock import Clock
from core.errors import ScramError, VenueError
from core.halt.ledger import OrderLedger
from core.halt.model import Step
from core.halt.proof import Proof
from core.halt.sorting import Sorter
from core.halt.target import HaltTarget
from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue
from core.venues.turns import Turn, by_turns

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
        turn: Turn,
        slots: asyncio.Semaphore,
    ) -> None:
        """Each request waits for its `turn`, then for one of the account's `slots`."""
        self._target = target
        self._sorter = sorter
        self._proof = proof
        self._ledger = ledger
        self._clock = clock
        self._on_step = on_step
        self._on_failure = on_failure
        self._turn = turn
        self._slots = slots

    async def listed(self, acting: ActingVenue, orders: list[OrderUpdate]) -> None:
        """As broadly as may be where nothing is to be left, and by id where something is.

        What neither way took is tried by the other in the next round, for as long as it rests: a venue may carry out
        one of them and acknowledge the other.
        """
        broadly: list[OrderUpdate] = []
        by_id: list[OrderUpdate] = []
        for order in orders:
            turn = by_id if self._sorter.selective or self._ledger.attempts(order) % 2 else broadly
            turn.append(order)
            self._ledger.attempted(order)
        places = {(order.book, order.symbol) for order in broadly}
        books = frozenset(order.book for order in broadly)
        await asyncio.gather(self._empty(acting, books, places, broadly), self._by_id(acting, by_id))

    async def everywhere(self, acting: ActingVenue, symbols: frozenset[str] | None = None) -> None:
        """Every book, without asking what rests there now: whole, or in `symbols`.

        None given, these are those in which orders are known or seen.

        Where something is to be left resting, by id those that were to go and have not been seen gone.
        """
        standing = self._ledger.standing()
        if self._sorter.selective:
            await self._by_id(acting, standing)
            return
        if symbols is None:
            symbols = self._target.known_symbols | self._ledger.symbols
        places = {(book, symbol) for book in acting.books for symbol in symbols}
        await self._empty(acting, frozenset(acting.books), places, standing)

    async def _empty(
        self, acting: ActingVenue, books: frozenset[str], places: set[tuple[str, str]], orders: Iterable[OrderUpdate]
    ) -> None:
        """Each with the fewest requests: a book in one call, else its symbols, else by id what is known to rest there.

        `places`: (book, symbol).
        """
        whole = books & acting.whole_books
        by_symbol = sorted(place for place in places if place[0] in acting.symbol_books - whole)
        rest: dict[str, list[OrderUpdate]] = {}
        for order in orders:
            rest.setdefault(order.book, []).append(order)
        neither = [order for book, known in rest.items() if book not in whole | acting.symbol_books for order in known]
        await asyncio.gather(
            *(self._all_at_once(partial(acting.cancel_book, book), rest.get(book, ())) for book in sorted(whole)),
            *(
                self._all_at_once(
                    partial(acting.cancel_symbol, book, symbol),
                    [order for order in rest.get(book, ()) if order.symbol == symbol],
                )
                for book, symbol in by_symbol
            ),
            self._by_id(acting, neither),
        )

    async def _all_at_once(self, call: Callable[[], Awaitable[None]], orders: Iterable[OrderUpdate]) -> None:
        """One call for whatever rests in a place; `orders` are those known to rest there."""
        if await self._send(call):
            self._acknowledge(orders)

    async def _by_id(self, acting: ActingVenue, orders: Iterable[OrderUpdate]) -> None:
        by_book: dict[str, list[OrderUpdate]] = {}
        for order in orders:
            by_book.setdefault(order.book, []).append(order)
        await asyncio.gather(*(self.by_id(acting, book, known) for book, known in sorted(by_book.items())))

    async def by_id(self, acting: ActingVenue, book: str, orders: list[OrderUpdate]) -> None:
        if await self._send(lambda: acting.cancel_orders(book, orders)):
            self._acknowledge(orders)

    def _acknowledge(self, orders: Iterable[OrderUpdate]) -> None:
        now_s = self._clock.monotonic()
        for order in orders:
            self._ledger.cancel_acknowledged(order, now_s)

    async def _send(self, call: Callable[[], Awaitable[None]]) -> bool:
        """One cancel on the wire, whether it was answered; its failure is noted and left to the listings to judge."""
        async with self._slots:
            self._proof.cancel_sent()
            try:
                with by_turns(self._go):
                    await call()
                self._on_step(Step.ACKED)
                return True
            except VenueError as error:
                self._on_failure(error)
                return False
            finally:
                self._proof.cancel_answered(self._clock.monotonic())

    async def _go(self, weight: float) -> bool:
        counted = await self._turn(weight)
        self._on_step(Step.SENT)
        return counted
