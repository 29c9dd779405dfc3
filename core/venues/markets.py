"""The markets of one endpoint: loaded once, in a thread of their own, shared by every object of that endpoint."""

from __future__ import annotations

import asyncio
import copy
from functools import partial
from typing import Any

from core.clock import Clock
from core.errors import VenueError, VenueUnreachable
from core.tasks import spawn, stop_all
from core.venues.aside import run_aside
from core.venues.calls import Caller
from core.venues.connect import Wires, dispose
from core.venues.families.family import Family
from core.venues.messages import Instrument, InstrumentsUpdate
from core.venues.normalise import each, instrument_from
from core.venues.scrub import Scrubber
from core.venues.settings import AccountSettings

LOAD_TIMEOUT_S = 20.0
NEXT_WAY_S = 2.0
"""How long one way out is waited for before the next is tried beside it."""
RETRY_S, RETRY_MAX_S = 0.1, 2.0
"""After a failure everybody gets that answer for so long, so that many accounts do not knock on a closed door."""
REFRESH_S = 3600.0
STALE_REFRESH_S = 10.0
"""Least time between two loads when something unknown was met."""


class SharedMarkets:
    def __init__(self, endpoint: str, settings: AccountSettings, family: Family, clock: Clock) -> None:
        """`settings` of any account of this endpoint; its credentials are not used."""
        self.endpoint = endpoint
        self._ways = [settings]
        self._family = family
        self._clock = clock
        self._call = Caller("", Scrubber(settings.credentials.values()), LOAD_TIMEOUT_S)
        self._source: Any = None
        self._loading: asyncio.Task[None] | None = None
        self._loaded_s = float("-inf")
        self._stale = False
        self._failure: VenueError | None = None
        self._failed_until_s = float("-inf")
        self._retry_s = RETRY_S
        self._announced: Any = None
        self.instruments: tuple[Instrument, ...] = ()

    def also_by(self, settings: AccountSettings) -> None:
        """Another account of this endpoint: the way by which its requests leave may serve where another does not."""
        if all(settings.egress != way.egress for way in self._ways):
            self._ways.append(settings)

    @property
    def loaded(self) -> bool:
        return self._source is not None

    async def share_with(self, exchange: Any, account: str = "") -> None:
        """Give `exchange` these markets, loading them first where nobody has; raises VenueError, told of `account`.

        Later it costs next to nothing, and brings what was loaded anew meanwhile.
        """
        if self._source is None:
            try:
                await self._first_load()
            except VenueError as error:
                raise _of(error, account) from None
        elif self._is_due() and (self._loading is None or self._loading.done()):
            self._loading = spawn(self._load(), name=f"refresh markets {self.endpoint}", on_failure=_kept)
        if exchange.markets is not self._source.markets:
            exchange.set_markets_from_exchange(self._source)
            for name in self._family.learned:
                exchange.options[name] = self._source.options.get(name)

    def met_unknown(self) -> None:
        """Something was met that these markets do not know: they are loaded again soon."""
        self._stale = True

    def announcement(self) -> InstrumentsUpdate | None:
        """What there is to tell of the instruments, to the first who asks after each load."""
        if self._source is None or self._announced is self._source:
            return None
        self._announced = self._source
        return InstrumentsUpdate(self.endpoint, self.instruments, self._clock.monotonic())

    async def close(self) -> None:
        if self._loading is not None:
            await stop_all([self._loading])

    def _is_due(self) -> bool:
        age_s = self._clock.monotonic() - self._loaded_s
        waits = self._clock.monotonic() < self._failed_until_s
        return not waits and (age_s > REFRESH_S or (self._stale and age_s > STALE_REFRESH_S))

    async def _first_load(self) -> None:
        if self._loading is None or self._loading.done():
            if self._failure is not None and self._clock.monotonic() < self._failed_until_s:
                raise self._failure
            self._loading = spawn(self._load(), name=f"load markets {self.endpoint}", on_failure=_kept)
        # Shielded: one account that gives up waiting takes nothing from the others.
        await asyncio.shield(self._loading)

    async def _load(self) -> None:
        try:
            source = await self._call(self._fetch_by_any_way)
        except VenueError as error:
            self._failure = error
            self._failed_until_s = self._clock.monotonic() + self._retry_s
            self._retry_s = min(self._retry_s * 2, RETRY_MAX_S)
            raise
        self.instruments, _ = each(source.markets.values(), lambda row: instrument_from(row, self.endpoint), "market")
        self._source, self._loaded_s, self._stale, self._retry_s = source, self._clock.monotonic(), False, RETRY_S

    async def _fetch_by_any_way(self) -> Any:
        """By one way out, and after a moment without an answer by the next one too; the first catalogue counts.

        One address that is not there, or a proxy that hangs, must not cost the accounts that leave by others.
        """
        waiting: set[asyncio.Task[Any]] = set()
        way_of: dict[asyncio.Task[Any], AccountSettings] = {}
        failure: BaseException | None = None
        try:
            for number, way in enumerate(tuple(self._ways), start=1):
                work = run_aside(partial(self._fetch, way), name=f"markets {self.endpoint}")
                task = spawn(work, name=f"markets {self.endpoint} by way {number}", on_failure=_kept)
                way_of[task] = way
                waiting.add(task)
                last = number == len(self._ways)
                while waiting:
                    done, waiting = await asyncio.wait(
                        waiting, timeout=None if last else NEXT_WAY_S, return_when=asyncio.FIRST_COMPLETED
                    )
                    for task in done:
                        if (failure := task.exception()) is None:
                            best = way_of[task]
                            self._ways = [best, *(known for known in self._ways if known is not best)]
                            return task.result()
                    if not last:
                        break
            raise failure or VenueUnreachable(f"the markets of {self.endpoint} came by no way")
        finally:
            await stop_all(list(waiting))

    async def _fetch(self, way: AccountSettings) -> Any:
        """A ccxt object with its markets, closed; in a thread, as parsing a whole catalogue would hold up the loop."""
        exchange, session = await Wires().build(way, self._family, public=True)
        try:
            await exchange.load_markets()
            if self._family.amounts_in_units:
                for market in exchange.markets.values():
                    market["contractSize"] = 1.0
        finally:
            await dispose(exchange, session)
        return exchange


def _of(error: VenueError, account: str) -> VenueError:
    """The same error, told of one of the accounts that wait for the load."""
    mine = copy.copy(error)
    mine.account = account
    return mine


def _kept(_name: str, _error: BaseException) -> None:
    """Those who wait get it; a failed refresh leaves the former markets in force and is tried again."""
