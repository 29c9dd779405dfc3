"""The readiness of every account of this process: facts come in as they are found, rows are judged a few at a time."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from core.clock import Clock
from core.halt.model import HaltView, ProofState
from core.halt.readiness.facts import FactBook
from core.halt.readiness.judgement import (
    Drilled,
    DrillKind,
    Evidence,
    Guardianship,
    Readiness,
    ReadyTerms,
    Reserve,
    judge,
)
from core.venues.messages import AccountReading
from core.venues.plans.account import AccountPlan
from core.venues.protocol import ActingVenue, Coverage

JUDGED_AT_ONCE = 100
"""Rows judged in one step: thousands in one breath would hold up whoever is waiting for the loop."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One account as its readiness is judged."""

    account: str
    venue: str
    exchange: str
    acquire: Callable[[], Awaitable[ActingVenue]]
    lane: str
    """Accounts of one lane share an address and a venue's clock and budget."""
    obstacle: str = ""
    """Why nobody can act on it at all."""
    plan: AccountPlan | None = None
    lend: Callable[[float], contextlib.AbstractAsyncContextManager[None]] | None = None
    """Entered when watching may spend so much weight: the stop's own reserve is never touched."""
    reserve: Callable[[], Reserve | None] = lambda: None
    may_place: bool = False
    """Whether the configuration lets anything but the stop act on it: a live drill places an order."""


@contextlib.asynccontextmanager
async def lent(subject: Subject, weight: float) -> AsyncIterator[None]:
    """On the watching share of the account's request budget, where that is counted."""
    if subject.lend is None or not weight:
        yield
        return
    async with subject.lend(weight):
        yield


class ReadyDesk:
    def __init__(self, subjects: Sequence[Subject], terms: ReadyTerms, clock: Clock) -> None:
        self.guardian = Guardianship.NONE
        """Of the process that can stop without this one, as last heard."""
        self.subjects = tuple(subjects)
        self.terms = terms
        self.facts = FactBook(clock)
        self._by_name = {row.account: row for row in self.subjects}
        self._clock = clock
        self._rows = [judge(self._evidence(row), terms) for row in self.subjects]
        self._next = 0

    def rows(self) -> tuple[Readiness, ...]:
        """In the order of the subjects."""
        return tuple(self._rows)

    def step(self, most: int = JUDGED_AT_ONCE) -> None:
        """Judge the next few anew."""
        for _ in range(min(most, len(self.subjects))):
            self._rows[self._next] = judge(self._evidence(self.subjects[self._next]), self.terms)
            self._next = (self._next + 1) % len(self.subjects)

    # -- facts that come from elsewhere ---------------------------------------------------------------------------

    def take_reading(self, reading: AccountReading) -> None:
        """The watching side lists with the same key, from the same address, by the calls of the same plan."""
        subject = self._by_name.get(reading.account)
        if subject is None or subject.plan is None or not subject.plan.names:
            return  # an account that names no book yet has shown nothing by listing none
        if reading.orders is not None and not reading.bad_rows:
            self.facts.listed(reading.account, reading.began_s, acting=False)

    def take_halts(self, halts: Iterable[HaltView]) -> None:
        """A stop shows best what a stop can do."""
        ahead_s = self._clock.now() - self._clock.monotonic()
        for row in (row for halt in halts for row in halt.rows):
            if row.state is ProofState.VERIFIED and row.listing_began_at_s is not None:
                began_s = row.listing_began_at_s - ahead_s
                self.facts.listed(row.account, began_s, acting=True)
                if row.cancelled:
                    self.facts.cancelled(row.account, began_s)

    def take_drill(self, account: str, drill: Drilled) -> None:
        self.facts.drilled(account, drill)
        if drill.passed and drill.kind is DrillKind.LIVE:
            self.facts.cancelled(account, drill.at_s - (self._clock.now() - self._clock.monotonic()))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _evidence(self, subject: Subject) -> Evidence:
        facts, clock = self.facts.of(subject.account), self.facts.clock_of(subject.lane)
        now_s, plan, drill = self._clock.monotonic(), subject.plan, facts.drill
        return Evidence(
            account=subject.account,
            venue=subject.venue,
            exchange=subject.exchange,
            obstacle=subject.obstacle,
            prepared=facts.prepared,
            listed_age_s=now_s - facts.listed_s,
            acted_age_s=now_s - facts.acted_s,
            trouble=facts.trouble,
            denied=facts.denied,
            may_cancel=facts.rights.may_cancel,
            may_withdraw=facts.rights.may_withdraw,
            rights_age_s=now_s - facts.rights_s,
            cancelled_age_s=now_s - facts.cancelled_s,
            tells_time=clock.tells_time,
            clock_offset_ms=clock.offset_ms,
            clock_bound_ms=clock.bound_ms,
            clock_age_s=now_s - clock.at_s,
            coverage=plan.coverage if plan is not None else Coverage.GENERIC,
            unconfirmed=plan.unconfirmed if plan is not None else (),
            doubt=plan.doubt if plan is not None else "",
            reserve=subject.reserve(),
            guardian=self.guardian,
            drill=drill,
            drill_age_s=float("inf") if drill is None else max(0.0, self._clock.now() - drill.at_s),
        )
