"""Finds out what became of a plan that was under way when the run before this one ended, by force or not.

The ids of its orders follow from the plan, so the venue is asked for one after the other. Nothing is sent: what is
still missing is for a new plan, made on fresh figures.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from dataclasses import dataclass, field

from core.clock import Clock
from core.errors import ScramError, VenueError, VenueUnsupported
from core.mitigation.model import Mitigation, Reduction
from core.mitigation.order_ids import MOST, order_id
from core.mitigation.report import ExecutionReport, ReductionOutcome
from core.mitigation.terms import POSITIONS_WEIGHT, Acquire, Room, room_enough
from core.tasks import spawn, stop_all
from core.venues.closing import FUZZ, Held
from core.venues.order_fate import LookupVenue, OrderFate
from core.venues.protocol import ActingVenue

ENDED = "Scram was ended while it ran"


@dataclass(frozen=True, slots=True)
class RecoverySettings:
    doubt_s: float = 30.0
    """So long after it began, an order may still arrive that was signed before: OKX takes them for 30 s."""
    gap: int = 4
    """After so many ids in a row that the venue does not know, no later one is looked for: an id is used up also by an
    order that never arrived."""
    tries: int = 6
    """How often a venue is asked that does not answer, for each of the two times of looking."""
    pause_s: float = 1.0


@dataclass(slots=True)
class _Found:
    """One reduction's orders, as the venue tells of them."""

    reduction: Reduction
    place: int
    fates: dict[int, OrderFate] = field(default_factory=dict)
    after: float = math.nan
    trouble: str = ""

    @property
    def filled(self) -> float:
        return math.fsum(fate.filled for fate in self.fates.values())

    @property
    def known(self) -> bool:
        return not self.trouble and all(fate.ended for fate in self.fates.values())

    @property
    def whole(self) -> bool:
        return self.known and self.filled >= self.reduction.quantity * (1.0 - FUZZ)


class Recovery:
    def __init__(
        self,
        mitigation: Mitigation,
        acquire: Acquire,
        clock: Clock,
        settings: RecoverySettings | None = None,
        room: Room = room_enough,
    ) -> None:
        self._mitigation = mitigation
        self._acquire = acquire
        self._clock = clock
        self._settings = settings or RecoverySettings()
        self._room = room
        self._found = [_Found(row, place) for place, row in enumerate(mitigation.reductions, 1)]

    async def run(self) -> ExecutionReport:
        """Complete where all of it was done before; else it says what was, and was ceased."""
        began_s = self._clock.monotonic()
        by_account: dict[str, list[_Found]] = {}
        for found in self._found:
            by_account.setdefault(found.reduction.account, []).append(found)
        tasks = [
            spawn(self._look(account, rows), name=f"recovery {self._mitigation.mitigation_id} {account}")
            for account, rows in by_account.items()
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            await stop_all(list(tasks))
        sent = [found for found in self._found if found.fates or found.trouble]
        return ExecutionReport(
            mitigation_id=self._mitigation.mitigation_id,
            outcomes=tuple(self._outcome(found) for found in self._found),
            ceased="" if all(found.whole for found in self._found) else ENDED,
            confirmed=bool(sent) and all(found.known and not math.isnan(found.after) for found in sent),
            began_s=began_s,
            ended_s=self._clock.monotonic(),
            recovered=True,
        )

    async def _look(self, account: str, rows: list[_Found]) -> None:
        until_s = self._clock.monotonic() + self._settings.doubt_s
        venue = await self._ready(account, rows, until_s)
        if venue is None:
            return
        await self._find_all(account, venue, rows)
        if not all(found.whole for found in rows):
            # What was on its way when the other run ended may still arrive.
            await self._clock.sleep(until_s - self._clock.monotonic())
            await self._find_all(account, venue, [found for found in rows if not found.whole])
        await self._read(venue, rows)

    async def _ready(self, account: str, rows: list[_Found], until_s: float) -> ActingVenue | None:
        """After a start a venue may take some seconds to be reached."""
        for attempt in itertools.count(1):
            try:
                return await self._acquire(account)
            except ScramError as error:
                pause_s = self._settings.pause_s * attempt
                if self._clock.monotonic() + pause_s >= until_s:
                    for found in rows:
                        found.trouble = f"{ENDED}; {account} cannot be acted on: {error}"
                    return None
            await self._clock.sleep(pause_s)
        raise AssertionError("unreachable")

    async def _find_all(self, account: str, venue: object, rows: list[_Found]) -> None:
        for found in rows:
            if isinstance(venue, LookupVenue):
                await self._find(venue, found)
            else:
                found.trouble = f"{ENDED}; {account} cannot be asked for an order by our id"

    async def _find(self, venue: LookupVenue, found: _Found) -> None:
        """Ask for every id that may have been used, until several in a row were not."""
        found.trouble = ""
        number, missing = 1, 0
        while missing < self._settings.gap and number <= MOST:
            known = found.fates.get(number)
            if known is None or not known.ended:
                fate = await self._ask(venue, found, number)
                if found.trouble:
                    return
                missing = missing + 1 if fate is None else 0
                if fate is not None:
                    found.fates[number] = fate
            number += 1

    async def _ask(self, venue: LookupVenue, found: _Found, number: int) -> OrderFate | None:
        client_order_id = order_id(self._mitigation, found.place, number)
        for attempt in range(1, self._settings.tries + 1):
            try:
                async with self._room(found.reduction.account, 1.0):
                    return await venue.find_order(found.reduction.symbol, client_order_id)
            except VenueUnsupported as error:
                found.trouble = f"{ENDED}; {error}"
                return None
            except VenueError as error:
                if attempt == self._settings.tries:
                    found.trouble = f"{ENDED}; its orders could not be asked for: {error}"
                    return None
                await self._clock.sleep(self._settings.pause_s * attempt)
        raise AssertionError("unreachable")

    async def _read(self, venue: ActingVenue, rows: list[_Found]) -> None:
        for attempt in range(1, self._settings.tries + 1):
            try:
                async with self._room(venue.account, POSITIONS_WEIGHT):
                    held = Held.of(await venue.read_positions())
            except VenueError:
                await self._clock.sleep(self._settings.pause_s * attempt)
                continue
            for found in rows:
                found.after = held.magnitude((found.reduction.symbol, found.reduction.side))
            return

    def _outcome(self, found: _Found) -> ReductionOutcome:
        row, filled = found.reduction, found.filled if found.known else math.nan
        why = found.trouble
        if not why and not found.whole:
            why = f"{ENDED}; {filled:.8g} of {row.quantity:.8g} filled"
        orders = tuple(order_id(self._mitigation, found.place, number) for number in sorted(found.fates))
        if found.trouble and not orders:
            # Nobody could be asked: that the first order went out is what has to be reckoned with.
            orders = (order_id(self._mitigation, found.place, 1),)
        sent = row.quantity if orders else 0.0
        return ReductionOutcome(row, orders, sent, filled if orders else 0.0, row.held, found.after, why)
