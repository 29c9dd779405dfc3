from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.book.attribution import StrategyRule
from core.clock import SystemClock
from core.engine.accounts import acquirer, wire_of
from core.engine.halting import Stoppable, TargetFinder
from core.errors import VenueError
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.target import StopSettings
from core.paper.site import PaperSite, PaperSpec, make_spec
from core.secrets import Credentials
from core.venues.hub import VenueHub
from core.venues.settings import AccountSettings, FeedSettings

PLENTY = 1_000_000
"""Request weight a minute: for tests that are not about the budget."""


@dataclass
class Ground:
    """Paper exchanges with orders on them, and a stop desk over the real adapter."""

    site: PaperSite
    hub: VenueHub
    desk: HaltDesk
    latches: Path

    def resting(self) -> dict[str, int]:
        """Orders that the servers themselves hold, both books, by account."""
        return {
            name: len(account.open_orders()) + len(account.open_triggers())
            for venue in self.site.venues
            for name, account in venue.exchange.accounts.items()
        }

    def end_bots(self) -> None:
        for venue in self.site.venues:
            venue.set_bots(False)

    async def prepare(self) -> None:
        """Loading ccxt and the markets takes longer than the short deadline of these tests."""
        await asyncio.gather(
            *(self._prepare(account.name) for venue in self.site.spec.venues for account in venue.accounts)
        )

    async def _prepare(self, account: str) -> None:
        for _ in range(20):
            with contextlib.suppress(VenueError):
                await self.hub.acting(account).prepare()
                break


GroundMaker = Callable[..., contextlib.AbstractAsyncContextManager[Ground]]


@contextlib.asynccontextmanager
async def ground_at(
    folder: Path,
    accounts: int = 4,
    venues: int = 2,
    *,
    seed: int = 7,
    timeout_s: float = 1.0,
    weight: int = PLENTY,
    rules: tuple[StrategyRule, ...] = (),
    spec: PaperSpec | None = None,
    stop: StopSettings | None = None,
) -> AsyncIterator[Ground]:
    """`spec` where it is not the usual site of Binance accounts with bots on them."""
    spec = spec or replace(make_spec(accounts, venues, seed, "calm"), weight_limit=weight)
    clock = SystemClock()
    async with PaperSite(spec, clock) as site:
        for _ in range(30):
            site.step()
        settings = [
            AccountSettings(
                account["name"], venue["name"], venue["exchange"],
                Credentials(account["api_key"], account["secret"], account.get("password", "")), venue["ccxt"],
            )
            for venue in site.describe()["venues"]
            for account in venue["accounts"]
        ]  # fmt: skip
        feed = FeedSettings(acting_timeout_s=timeout_s, weight_per_minute=weight)
        hub = VenueHub(settings, clock, random.Random(seed), feed)
        rows = [
            Stoppable(
                row.account,
                row.venue,
                row.exchange,
                acquirer(hub, row.account),
                hub.listing_pace_s(row.account),
                wire=wire_of(hub, row.account),
            )
            for row in settings
        ]
        numbers = itertools.count(1)
        desk = HaltDesk(
            LatchFolder(folder / "latches"), TargetFinder(rows, rules), clock, stop or StopSettings(),
            lambda: f"h-{next(numbers)}",
        )  # fmt: skip
        made = Ground(site, hub, desk, folder / "latches")
        try:
            yield made
        finally:
            await desk.close()
            await hub.close()


@pytest.fixture
def ground(tmp_path: Path) -> GroundMaker:
    return functools.partial(ground_at, tmp_path)
