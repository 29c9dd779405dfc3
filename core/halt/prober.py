"""Keeps the facts of readiness fresh with few requests, on the share of the budget that watching may use.

One small question per account in turn, signed by the acting side itself: what the key may do. Listings are mostly had
for nothing, from the readings of the watching side. Where nobody watches, the acting side lists every book, and where a
venue has no such question one of them. Nothing is asked of an account while a stop holds it: the stop shows more.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.clock import Clock
from core.errors import ScramError, VenueBusy, VenueDenied
from core.halt.ready_desk import ReadyDesk, Subject
from core.tasks import spawn, stop_all
from core.venues.protocol import ActingVenue, ProbedVenue
from core.venues.rights import RIGHTS

AT_ONCE = 4
"""Probes under way at a time in one lane: one account that does not answer holds up no other."""
RETRY_S, RETRY_MAX_S = 5.0, 120.0
DENIED_RETRY_S = 60.0
"""A venue that is asked again and again with a key that it refuses may shut out the whole address."""
FIRST_WITHIN_S = 20.0
"""How soon after the start the first probes begin, where few accounts allow it."""
CLOCK_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    probe_s: float = 240.0
    """Between two probes of one account."""
    least_gap_s: float = 0.05
    """Between two probes of one lane."""


class Prober:
    def __init__(
        self,
        desk: ReadyDesk,
        clock: Clock,
        rng: random.Random,
        settings: ProbeSettings,
        is_stopped: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`is_stopped`: whether a latch holds the account."""
        self._desk = desk
        self._clock = clock
        self._rng = rng
        self._settings = settings
        self._is_stopped = is_stopped
        self._retry_s: dict[str, float] = {}

    async def run(self) -> None:
        """Until cancelled."""
        lanes: dict[str, list[Subject]] = {}
        for subject in self._desk.subjects:
            if not subject.obstacle:
                lanes.setdefault(subject.lane, []).append(subject)
        tasks: list[asyncio.Task[Any]] = [
            spawn(self._serve(subjects), name=f"readiness {lane}") for lane, subjects in lanes.items()
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            await stop_all(tasks)

    async def _serve(self, subjects: Sequence[Subject]) -> None:
        now_s = self._clock.monotonic()
        gap_s = max(self._settings.least_gap_s, min(self._settings.probe_s, FIRST_WITHIN_S) / len(subjects))
        due = [(now_s + gap_s * place, place) for place in range(len(subjects))]
        slots = asyncio.Semaphore(AT_ONCE)
        running: set[asyncio.Task[None]] = set()

        async def serve(place: int) -> None:
            try:
                again_s = await self._turn(subjects[place])
            finally:
                slots.release()
            heapq.heappush(due, (self._clock.monotonic() + again_s, place))

        try:
            while True:
                await slots.acquire()
                await self._clock.sleep(self._wait_s(due))
                if not due or due[0][0] > self._clock.monotonic():
                    slots.release()
                    continue
                _, place = heapq.heappop(due)
                task = spawn(serve(place), name=f"probe {subjects[place].account}")
                running.add(task)
                task.add_done_callback(running.discard)
        finally:
            await stop_all(list(running))

    def _wait_s(self, due: Sequence[tuple[float, int]]) -> float:
        left_s = due[0][0] - self._clock.monotonic() if due else math.inf
        return min(max(left_s, self._settings.least_gap_s), 1.0)

    async def _turn(self, subject: Subject) -> float:
        """One probe; after how many seconds the next is due."""
        if self._is_stopped(subject.account):
            return self._settings.probe_s / 4.0
        try:
            await self.probe(subject)
        except ScramError as error:
            self._desk.facts.failed(subject.account, error)
            if isinstance(error, VenueDenied):
                return DENIED_RETRY_S * self._rng.uniform(0.8, 1.2)
            retry_s = self._retry_s.get(subject.account, RETRY_S)
            self._retry_s[subject.account] = min(retry_s * 2.0, RETRY_MAX_S)
            wish_s = (error.retry_after_s or 0.0) if isinstance(error, VenueBusy) else 0.0
            return max(wish_s, min(retry_s, self._settings.probe_s) * self._rng.uniform(0.8, 1.2))
        self._retry_s.pop(subject.account, None)
        return self._settings.probe_s * self._rng.uniform(0.9, 1.1)

    async def probe(self, subject: Subject) -> None:
        """Ask what there is to ask, and list where nothing else has shown it lately; raises ScramError."""
        facts = self._desk.facts
        acting = await subject.acquire()
        facts.prepared(subject.account)
        began_s = self._clock.monotonic()
        if isinstance(acting, ProbedVenue):
            clock = began_s - facts.clock_of(subject.lane).at_s > self._settings.probe_s / 2.0
            asked = RIGHTS.get(subject.exchange)
            await _take_share(subject, (asked.weight if asked else 0.0) + (CLOCK_WEIGHT if clock else 0.0))
            facts.probed(subject.account, subject.lane, await acting.probe(clock=clock))
        known = facts.of(subject.account)
        if began_s - known.listed_s > self._settings.probe_s:
            await self._list_all(subject, acting)
        elif known.acted_s < began_s:
            await self._list_one(subject, acting)

    async def _list_all(self, subject: Subject, acting: ActingVenue) -> None:
        await _take_share(subject, subject.plan.list_weight if subject.plan is not None else float(len(acting.books)))
        began_s = self._clock.monotonic()
        await asyncio.gather(*(acting.list_orders(book) for book in acting.books))
        if acting.books:
            self._desk.facts.listed(subject.account, began_s, acting=True)

    async def _list_one(self, subject: Subject, acting: ActingVenue) -> None:
        """The cheapest book, where the others were listed already and only this side has not said a word."""
        plan = subject.plan
        if plan is None or not plan.books:
            await self._list_all(subject, acting)
            return
        book = min(plan.books, key=lambda row: (row.listed.each_symbol, row.listed.found is not None, row.weight))
        await _take_share(subject, book.weight)
        began_s = self._clock.monotonic()
        await acting.list_orders(book.name)
        self._desk.facts.acted(subject.account, began_s)


async def _take_share(subject: Subject, weight: float) -> None:
    if subject.share is not None and weight:
        await subject.share(weight)
