"""The first cancels of a stop: where orders are known to rest, before anything is listed."""

from __future__ import annotations

import asyncio

from core.halt.cancels import Canceller
from core.halt.firing import Lane
from core.halt.ledger import OrderLedger
from core.halt.sorting import Sorter
from core.halt.target import HaltTarget
from core.tasks import spawn, stop_all
from core.venues.protocol import ActingVenue, Listing
from core.venues.turns import by_turns

HEAD_START_S = 0.25
"""Of the listing of a book of which nothing is known before it is emptied whole: whether answered by then or not."""


class FirstCancels:
    """Of one account under one stop. They cost less than a listing, and come sooner."""

    def __init__(
        self, target: HaltTarget, sorter: Sorter, ledger: OrderLedger, lane: Lane, canceller: Canceller
    ) -> None:
        self._target = target
        self._sorter = sorter
        self._ledger = ledger
        self._lane = lane
        self._canceller = canceller

    async def send(self, acting: ActingVenue) -> None:
        """Returns when each was answered, or its deadline passed; never raises a VenueError."""
        # What may have to be kept is left to the listing, which comes with the positions.
        known = list(self._sorter.sort(self._target.known_orders, None).cancel)
        for order in known:
            self._ledger.seen(order, listed_before=False)
        if self._sorter.selective:
            await self._canceller.listed(acting, known)
        elif acting.whole_books and not self._target.known_orders:
            await self._look_and_empty(acting)
        else:
            await self._canceller.everywhere(acting, self._target.first_symbols())

    async def _look_and_empty(self, acting: ActingVenue) -> None:
        """Note what rests in books that are about to be emptied whole and of which nothing is known.

        What is cancelled unseen is kept nowhere, and no stop-loss among it could be restored.
        """
        looking = spawn(self._look(acting), name=f"stop look {self._target.account}")
        try:
            await asyncio.wait((looking,), timeout=HEAD_START_S)
            await self._canceller.everywhere(acting, self._target.first_symbols())
        finally:
            await stop_all([looking])

    async def _look(self, acting: ActingVenue) -> None:
        with by_turns(self._lane.list):
            answers = await asyncio.gather(
                *(acting.list_orders(book) for book in sorted(acting.whole_books)), return_exceptions=True
            )
        for answer in answers:
            if isinstance(answer, Listing):
                for order in answer.orders:
                    self._ledger.seen(order, listed_before=False)
