"""In which order the requests of a stop leave by one egress for one venue, and how fast, so that none is refused.

A venue counts requests by address and minute, and answers the one too many with a refusal, then with a ban, which would
end the stop. So the known symbols of all accounts are cancelled first, which costs little, then what is found to rest,
then listings are asked for as proof; within each, where the most exposure is at risk per request. Turns are given by
weight and time alone: no account waits for another's answer, and none at all where the minute has room for everybody.
"""

from __future__ import annotations

import asyncio
import enum
import heapq
import itertools
from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock
from core.tasks import spawn, stop_all
from core.venues.budget import HEARD_S, RequestBudget

EXPECT_S = 2.0
"""For how long listings leave room for the first cancels that were announced and have not come yet."""
CANCELS_SHARE, LISTINGS_SHARE = 1.0, 0.95
"""Of the minute's limit: a listing may have more pages than were counted on."""
ENDLESS_SHARE = 0.75
"""What cancels of orders that keep coming may take of a minute in which somebody waits to be proven."""
LOOK_S = 1.0

Rank = tuple[float, ...]
"""Smaller goes first."""


class Kind(enum.IntEnum):
    KNOWN = 0
    """What is known before anything was listed: finite, cheap, and first."""
    CANCEL = 1
    """What was listed, or is reported by the stream."""
    LIST = 2


@dataclass(order=True, slots=True)
class _Waiting:
    key: tuple[Rank, int]
    weight: float = field(compare=False)
    granted: asyncio.Future[None] = field(compare=False)


class FiringOrder:
    """Of one venue and egress, for all stops of this process."""

    def __init__(self, budget: RequestBudget, clock: Clock) -> None:
        self.budget = budget
        self._clock = clock
        self._queues: dict[Kind, list[_Waiting]] = {kind: [] for kind in Kind}
        self._numbers = itertools.count()
        self._expected: dict[object, float] = {}
        self._kept = 0.0
        """Their sum: weight that listings leave to first cancels that are still to come."""
        self._expected_until_s = float("-inf")
        self._endless = (0, 0.0)
        """The minute, and what cancels of `Kind.CANCEL` took of it."""
        self._pump: asyncio.Task[Any] | None = None

    @property
    def is_counted(self) -> bool:
        return self.budget.limit_per_minute is not None

    @property
    def waiting(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def expect(self, who: object, weight: float) -> None:
        """The first cancels of an account, of so much weight together, are about to come."""
        if self.is_counted:
            self._kept += weight - self._expected.get(who, 0.0)
            self._expected[who] = weight
            self._expected_until_s = self._clock.monotonic() + EXPECT_S

    async def turn(self, kind: Kind, rank: Rank, weight: float, who: object = None) -> bool:
        """Return when a request of this weight may leave; whether its weight is counted by then.

        Of a counted one the budget has to be told when it has arrived.
        """
        if not self.is_counted:
            return False
        mine = _Waiting((rank, next(self._numbers)), weight, asyncio.get_running_loop().create_future())
        heapq.heappush(self._queues[kind], mine)
        if kind is Kind.KNOWN and who in self._expected:
            here = min(weight, self._expected[who])
            self._expected[who] -= here
            self._kept -= here
        self._grant()
        if not mine.granted.done():
            self._see_to_it()
            try:
                await mine.granted
            except asyncio.CancelledError:
                if mine.granted.done() and not mine.granted.cancelled():
                    self.budget.arrived(weight)
                await self._gave_up()
                raise
        return True

    # -- inside ---------------------------------------------------------------------------------------------------

    def _grant(self) -> None:
        """Give every turn that the minute has room for, the first in line first."""
        if self._expected and self._clock.monotonic() >= self._expected_until_s:
            self._expected.clear()
            self._kept = 0.0
        known, cancels, listings = (self._queues[kind] for kind in Kind)
        while self._next(known) and self._give(known, CANCELS_SHARE):
            pass
        while self._next(cancels) and self._may_go_on(cancels[0].weight, proving=self._next(listings)):
            weight = cancels[0].weight
            if known or not self._give(cancels, CANCELS_SHARE):
                break
            self._endless = (self.budget.minute, self._endless[1] + weight)
        while self._next(listings) and not known and self._give(listings, LISTINGS_SHARE, self._kept):
            pass
        self.budget.note_waiting(any(self._next(queue) for queue in self._queues.values()))

    def _next(self, queue: list[_Waiting]) -> bool:
        """Whether anybody waits in it; those who gave up are left out."""
        while queue and queue[0].granted.done():
            heapq.heappop(queue)
        return bool(queue)

    def _give(self, queue: list[_Waiting], share: float, kept: float = 0.0) -> bool:
        if not self.budget.has_room(queue[0].weight, share, kept):
            return False
        first = heapq.heappop(queue)
        self.budget.depart(first.weight)
        first.granted.set_result(None)
        return True

    def _may_go_on(self, weight: float, *, proving: bool) -> bool:
        if self._endless[0] != self.budget.minute:
            self._endless = (self.budget.minute, 0.0)
        limit = self.budget.limit_per_minute
        return not proving or limit is None or self._endless[1] + weight <= ENDLESS_SHARE * limit

    def _see_to_it(self) -> None:
        if self._pump is None or self._pump.done():
            self._pump = spawn(self._go_on(), name="firing order")

    async def _go_on(self) -> None:
        while any(self._next(queue) for queue in self._queues.values()):
            await self._clock.sleep(self._again_in_s())
            self._grant()

    def _again_in_s(self) -> float:
        left_s = self._expected_until_s - self._clock.monotonic()
        look_s = HEARD_S if self.budget.rivals else LOOK_S
        until_s = [self.budget.next_minute_in_s(), look_s, *([left_s] if self._expected and left_s > 0 else [])]
        return max(0.01, min(until_s))

    async def _gave_up(self) -> None:
        """Somebody waits no more; the last one takes the clockwork along."""
        if self._pump is not None and not any(self._next(queue) for queue in self._queues.values()):
            pump, self._pump = self._pump, None
            self.budget.note_waiting(False)
            await stop_all([pump])


class Lane:
    """One account's place in the firing order, under one stop."""

    ROUND = 2
    """Listings in a row before others' first ones go ahead: so many make a proof."""
    CANCELS_A_ROUND = 64

    def __init__(self, order: FiringOrder | None, score: float) -> None:
        """`score`: exposure at risk per request; more goes first. Without an order no request waits."""
        self._order = order
        self._score = score
        self._rounds = 0
        self._cancels = 0
        self.waiting = 0
        """Requests that wait for their turn."""

    @property
    def is_counted(self) -> bool:
        return self._order is not None and self._order.is_counted

    def expect(self, weight: float) -> None:
        if self._order is not None:
            self._order.expect(self, weight)

    def listing(self) -> None:
        """A full listing begins."""
        self._rounds += 1

    async def known(self, weight: float) -> bool:
        return await self._turn(Kind.KNOWN, (-self._score,), weight)

    async def cancel(self, weight: float) -> bool:
        self._cancels += 1
        return await self._turn(Kind.CANCEL, (float(self._cancels // self.CANCELS_A_ROUND), -self._score), weight)

    async def list(self, weight: float) -> bool:
        return await self._turn(Kind.LIST, (float((self._rounds - 1) // self.ROUND), -self._score), weight)

    async def _turn(self, kind: Kind, rank: Rank, weight: float) -> bool:
        if self._order is None:
            return False
        self.waiting += 1
        try:
            return await self._order.turn(kind, rank, weight, self)
        finally:
            self.waiting -= 1
