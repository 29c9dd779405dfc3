"""A whole paper site: venues on loopback over one market, bots, a scenario, and the control API."""

from __future__ import annotations

import asyncio
import fnmatch
from types import TracebackType
from typing import Any

from core.clock import Clock, SystemClock
from core.errors import PaperError
from core.paper.budget import RequestLog
from core.paper.dialects.binance import ccxt_settings
from core.paper.director import Director
from core.paper.faults import Fault, FaultBoard, FaultKind
from core.paper.layout import STRATEGIES, make_spec
from core.paper.market import Market
from core.paper.routes import ControlRoutes
from core.paper.spec import AccountSpec, BotOptions, PaperSpec, PositionSpec, VenueSpec
from core.paper.venue import PaperVenue
from core.tasks import spawn, stop_all

__all__ = [
    "AccountSpec",
    "BotOptions",
    "PaperSite",
    "PaperSpec",
    "PositionSpec",
    "VenueSpec",
    "ccxt_settings",
    "make_spec",
]

CATCH_UP_STEPS = 5
"""How many steps a loop that was held up makes good at once; the rest is let go."""


class PaperSite:
    """`async with PaperSite(make_spec()) as site:` starts everything and ends everything."""

    def __init__(self, spec: PaperSpec, clock: Clock | None = None) -> None:
        if not spec.venues:
            raise PaperError("a paper site needs at least one venue")
        self.spec = spec
        self.clock: Clock = clock or SystemClock()
        self.market = Market(spec.instruments, spec.seed, spec.step_s)
        self.market.history.begin(self.clock.now())
        self.market.volatility_factor = spec.scenario.volatility_factor
        self.faults = FaultBoard(self.clock)
        self.log = RequestLog()
        self.venues = tuple(
            PaperVenue(venue, spec, self.market, self.clock, self.faults, self.log) for venue in spec.venues
        )
        self.director = Director(spec, self.market, self.venues, self.add_fault)
        self.running = True
        """Whether markets and bots move; tests may stop them and call `step` themselves."""
        self._tasks: list[asyncio.Task[Any]] = []
        self._drops: set[asyncio.Task[Any]] = set()

    @property
    def control_url(self) -> str:
        """Where the control API is: every venue's server carries it for the whole site."""
        return self.venues[0].url

    async def __aenter__(self) -> PaperSite:
        routes = ControlRoutes(self)
        try:
            for venue in self.venues:
                await venue.server.start(routes.install, venue.port)
        except BaseException:
            await self.close()
            raise
        for venue in self.venues:
            venue.start_bots()
        self._tasks.append(spawn(self._run(), name="paper market"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        self.faults.clear()
        await stop_all([*self._tasks, *self._drops])
        self._tasks.clear()
        for venue in self.venues:
            await venue.server.stop()

    async def _run(self) -> None:
        next_s = self.clock.monotonic()
        while True:
            next_s = max(next_s + self.spec.step_s, self.clock.monotonic() - CATCH_UP_STEPS * self.spec.step_s)
            await self.clock.sleep(next_s - self.clock.monotonic())
            if self.running:
                self.step()

    def step(self) -> None:
        """One market step and everything that follows from it."""
        self.director.step()
        self.market.step()
        self.market.record(self.clock.now())
        for venue in self.venues:
            venue.step(self.market.steps)

    def venue(self, name: str) -> PaperVenue:
        for venue in self.venues:
            if venue.name == name:
                return venue
        raise PaperError(f'there is no venue "{name}"')

    def venue_of(self, account: str) -> PaperVenue:
        for venue in self.venues:
            if account in venue.exchange.accounts:
                return venue
        raise PaperError(f'there is no account "{account}"')

    def add_fault(self, fault: Fault) -> int:
        """Arm a fault; those that act on what is connected now do so at once."""
        fault_id = self.faults.add(fault)
        for venue in self.venues:
            if not fnmatch.fnmatchcase(venue.name, fault.venue):
                continue
            if fault.kind is FaultKind.EXPIRE_KEYS:
                venue.server.hub.expire_keys(fault.account)
            elif fault.kind in {FaultKind.DROP_STREAMS, FaultKind.REVOKE_KEY}:
                drop = spawn(venue.server.hub.drop(fault.account, reset=fault.reset), name="paper stream drop")
                self._drops.add(drop)
                drop.add_done_callback(self._drops.discard)
        lasts = fault.count is not None or fault.duration_s is not None
        if fault.kind is FaultKind.EXPIRE_KEYS or (fault.kind is FaultKind.DROP_STREAMS and not lasts):
            # Both happen once; without a duration there is nothing left to do.
            self.faults.clear(fault_id)
        return fault_id

    def describe(self) -> dict[str, Any]:
        """What a client needs to connect, JSON-able."""
        return {
            "control": self.control_url,
            "scenario": self.spec.scenario.name,
            "seed": self.spec.seed,
            "weight_limit": self.spec.weight_limit,
            "venues": [
                {
                    "name": given.name,
                    "exchange": venue.dialect.exchange_id,
                    "url": venue.url,
                    "ccxt": venue.dialect.ccxt_settings(venue.url),
                    "accounts": [
                        {"name": account.name, "api_key": account.api_key, "secret": account.secret}
                        | ({"password": account.password} if account.password else {})
                        for account in given.accounts
                    ],
                }
                for given, venue in zip(self.spec.venues, self.venues, strict=True)
            ],
            "strategies": [dict(strategy) for strategy in STRATEGIES],
        }
