"""A dry drill of one account: everything that a stop does, but the cancels, which are made ready and held back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from core.errors import VenueBusy, VenueGarbled, VenueTimeout, VenueUnreachable
from core.halt.drill.one import OneDrill
from core.halt.drill.report import DrillRow
from core.halt.readiness.desk import lent
from core.venues.protocol import ActingVenue, DrilledVenue, Listing

T = TypeVar("T")

TRIES = 3
"""A stop asks again and again; a drill that gives up sooner than this would call a hiccup a fault."""
PASSING = (VenueUnreachable, VenueTimeout, VenueBusy, VenueGarbled)
POSITIONS_WEIGHT = 5.0


class DryDrill(OneDrill):
    async def run(self) -> DrillRow:
        """Raises a ScramError where a stop of it would have failed."""
        began_s = self._clock.monotonic()
        self._note(step="preparing")
        acting = await self._again(self._subject.acquire)
        self._note(books=acting.books, ready_ms=self._since_ms(began_s), step="listing")
        first_s, first, first_ms = await self._list(acting)
        orders = [order for listing in first for order in listing.orders]
        self._note(orders=len(orders), list_ms=first_ms, step="making cancels ready")
        if any(order.is_protective for order in orders):
            async with lent(self._subject, POSITIONS_WEIGHT):
                await self._again(acting.read_positions)
        self._note(held_back=await self._rehearse(acting, first), step="settling")
        await self._clock.sleep(max(0.0, first_s + self._settings.settle_s - self._clock.monotonic()))
        self._note(step="listing again")
        _, _, second_ms = await self._list(acting)
        self._note(list_ms=max(first_ms, second_ms), whole_ms=self._since_ms(began_s))
        return self._row

    async def _list(self, acting: ActingVenue) -> tuple[float, Sequence[Listing], float]:
        """When it began, what it showed, and how long it took once the budget had room for it."""
        plan = self._subject.plan

        async def every_book() -> Sequence[Listing]:
            return await asyncio.gather(*(acting.list_orders(book) for book in acting.books))

        async with lent(self._subject, plan.list_weight if plan is not None else float(len(acting.books))):
            began_s = self._clock.monotonic()
            listings = await self._again(every_book)
        return began_s, listings, self._since_ms(began_s)

    async def _rehearse(self, acting: ActingVenue, listings: Sequence[Listing]) -> int | None:
        if not isinstance(acting, DrilledVenue):
            return None
        known = self._target.known_symbols | {order.symbol for listing in listings for order in listing.orders}
        made = [await acting.rehearse(row.book, sorted(known), row.orders) for row in listings]
        return sum(made)

    async def _again(self, work: Callable[[], Awaitable[T]]) -> T:
        """What passes by itself is tried again; what does not is raised at once."""
        for attempt in range(1, TRIES):
            try:
                return await work()
            except PASSING as error:
                wish_s = error.retry_after_s if isinstance(error, VenueBusy) else None
                await self._clock.sleep(self._settings.retry_s * attempt if wish_s is None else wish_s)
        return await work()
