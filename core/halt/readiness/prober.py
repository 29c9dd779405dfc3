"""Keeps the facts of readiness fresh with few requests, on the share of the budget that watching may use.

One small question per account in turn, signed by the acting side itself: what the key may do. Listings are mostly had
for nothing, from the readings of the watching side. Where nobody watches, the acting side lists every book, and where a
venue has no such question one of them. Nothing is asked of an account while a stop holds it: the stop shows more.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.clock import Clock
from core.errors import ScramError, VenueBusy, VenueDenied
from core.halt.readiness.desk import ReadyDesk, Subject, lent
from core.tasks import spawn, stop_all
from core.venues.protocol import ActingVenue, ProbedVenue
from core.venues.rights import RIGHTS

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often it is looked whether somebody is to be asked ahead of its turn."""
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
        self._due_s: dict[str, float] = {}
        """When each account is asked next (monotonic); those that are being asked are not in it."""

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
        self._due_s |= {row.account: now_s + gap_s * place for place, row in enumerate(subjects)}
        slots = asyncio.Semaphore(AT_ONCE)
        running: set[asyncio.Task[None]] = set()

        async def serve(subject: Subject) -> None:
            try:
                again_s = await self._turn(subject)
            finally:
                slots.release()
            self._due_s[subject.account] = self._clock.monotonic() + again_s

        try:
            while True:
                await slots.acquire()
                subject = await self._next_due(subjects)
                self._due_s.pop(subject.account)
                task = spawn(serve(subject), name=f"probe {subject.account}")
                running.add(task)
                task.add_done_callback(running.discard)
        finally:
            await stop_all(list(running))

    async def _next_due(self, subjects: Sequence[Subject]) -> Subject:
        while True:
            await self._clock.sleep(self._settings.least_gap_s)
            waiting = [row for row in subjects if row.account in self._due_s]
            first = min(waiting, key=lambda row: self._due_s[row.account], default=None)
            left_s = LOOK_S if first is None else self._due_s[first.account] - self._clock.monotonic()
            if first is not None and left_s <= 0.0:
                return first
            await self._clock.sleep(min(left_s, LOOK_S))

    def soon(self, account: str) -> None:
        """Something has happened to it: ask it ahead of its turn."""
        if account in self._due_s:
            self._due_s[account] = min(self._due_s[account], self._clock.monotonic())

    async def _turn(self, subject: Subject) -> float:
        """One probe; after how many seconds the next is due."""
        if self._is_stopped(subject.account):
            return self._settings.probe_s / 4.0
        try:
            await self._probe_safely(subject)
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

    async def _probe_safely(self, subject: Subject) -> None:
        """As `probe`; whatever breaks in here is the account's trouble and must not end the asking in silence."""
        try:
            await self.probe(subject)
        except ScramError:
            raise
        except Exception as error:
            log.exception("the probe of %s broke", subject.account)
            raise ScramError(f"Scram's own fault while probing: {type(error).__name__}") from None

    async def probe(self, subject: Subject) -> None:
        """Ask what there is to ask, and list where nothing else has shown it lately; raises ScramError."""
        facts = self._desk.facts
        acting = await subject.acquire()
        facts.prepared(subject.account)
        began_s = self._clock.monotonic()
        if isinstance(acting, ProbedVenue):
            clock = began_s - facts.clock_of(subject.lane).at_s > self._settings.probe_s / 2.0
            asked = RIGHTS.get(subject.exchange)
            async with lent(subject, (asked.weight if asked else 0.0) + (CLOCK_WEIGHT if clock else 0.0)):
                facts.probed(subject.account, subject.lane, await acting.probe(clock=clock))
        known = facts.of(subject.account)
        if began_s - known.listed_s > self._settings.probe_s:
            await self._list_all(subject, acting)
        elif known.acted_s < began_s:
            await self._list_one(subject, acting)

    async def _list_all(self, subject: Subject, acting: ActingVenue) -> None:
        async with lent(subject, subject.plan.list_weight if subject.plan is not None else float(len(acting.books))):
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
        async with lent(subject, book.weight):
            began_s = self._clock.monotonic()
            await acting.list_orders(book.name)
        self._desk.facts.acted(subject.account, began_s)
