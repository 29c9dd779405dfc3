"""One bad row, one missing key and one unreadable venue among many accounts: all others are stopped and proven, as fast
as without them, by the command line's way and by the desk's.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import statistics
import tomllib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.demo.configuration import demo_credentials, demo_toml
from core.clock import SystemClock
from core.config.lenient import load_accounts
from core.config.load import load_config
from core.config.write import to_toml
from core.domain import PORTFOLIO
from core.engine.build import build_stop
from core.engine.unaided import reach, stop_desk
from core.errors import VenueError
from core.halt.desk import HaltDesk
from core.halt.model import HaltView, ProofState
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.places import find_places
from core.risk.limits import METRIC_DIRECTIONS
from tests.core.halt.dialects import Orders, site_spec, venue_spec

GOOD, BAD = "north", "south"
NEVER_S = 60.0
"""The deadline of one call, within which the unreadable venue does not answer."""
PLENTY = 100_000_000


@dataclass
class Book:
    """A paper site with orders on every account, and the configuration of all of it."""

    site: PaperSite
    home: Path
    tables: dict[str, Any]
    environ: dict[str, str]

    @property
    def good(self) -> list[str]:
        return [account.name for account in self.site.spec.venues[0].accounts]

    def write(self, *, spoiled: bool, row: bool) -> Path:
        """The configuration, with the three bad accounts or without; the bad `row` only where a desk need not start."""
        accounts = [account for account in self.tables["accounts"] if spoiled or account["venue"] == GOOD]
        if spoiled:
            accounts.insert(1, accounts[0] | {"name": "keyless", "credentials": "env:NOBODY"})
        if row:
            accounts.insert(2, accounts[0] | {"name": "broken", "exchange": "binanceusdmm"})
        path = self.home / ("spoiled.toml" if spoiled else "whole.toml")
        path.write_text(to_toml(self.tables | {"accounts": accounts, "limits": []}))
        return path


@contextlib.asynccontextmanager
async def book_of(home: Path, accounts: int) -> AsyncIterator[Book]:
    names = [f"good-{number}" for number in range(1, accounts + 1)]
    # Bybit names no weight of its requests: with a budget, that would decide how fast many are proven.
    venues = (venue_spec(GOOD, "bybit", names), venue_spec(BAD, "bybit", ["unreadable"]))
    async with PaperSite(site_spec(venues, PLENTY)) as site:
        site.running = False
        tables = tomllib.loads(demo_toml(site.describe()))
        tables["stop"] = {"call_timeout_s": NEVER_S}
        yield Book(site, home, tables, demo_credentials(site.describe()))


@contextlib.asynccontextmanager
async def by_command_line(book: Book, *, spoiled: bool) -> AsyncIterator[HaltDesk]:
    clock = SystemClock()
    reading = load_accounts(book.write(spoiled=spoiled, row=spoiled))
    unaided = await reach(reading, book.environ, clock, random.Random(1))
    desk = stop_desk(unaided, find_places(book.home / f"cli-{spoiled}", {}), clock)
    try:
        yield desk
    finally:
        await desk.close()
        await unaided.close()


@contextlib.asynccontextmanager
async def by_desk(book: Book, *, spoiled: bool) -> AsyncIterator[HaltDesk]:
    clock, places = SystemClock(), find_places(book.home / f"desk-{spoiled}", {})
    config = load_config(book.write(spoiled=spoiled, row=False), METRIC_DIRECTIONS)
    parts = await asyncio.to_thread(build_stop, config, book.environ, places, clock, random.Random(1))
    for name in book.good:  # as the engine does from its start on
        with contextlib.suppress(VenueError):
            await parts.connections.hub.acting(name).prepare()
    try:
        yield parts.halts
    finally:
        await parts.halts.close()
        await parts.connections.hub.close()


Way = Callable[..., contextlib.AbstractAsyncContextManager[HaltDesk]]


async def stopped(book: Book, way: Way, *, spoiled: bool) -> HaltView:
    """One stop of everything, looked at as soon as every good account is proven."""
    orders = Orders(book.site)
    for name in [*book.good, "unreadable"]:
        orders.lay(name)
    fault = book.site.add_fault(Fault(FaultKind.HANG, venue=BAD))
    good = set(book.good)
    try:
        async with way(book, spoiled=spoiled) as desk, asyncio.timeout(NEVER_S - 10.0 + len(good)):
            runner = desk.fire(PORTFOLIO, "ada", "a test")
            while True:
                view = runner.view()
                if {row.account for row in view.rows if row.state is ProofState.VERIFIED} >= good:
                    return view
                await asyncio.sleep(0.05)
    finally:
        book.site.faults.clear(fault)
        assert not any(orders.held(name) for name in book.good)


def _others(view: HaltView, good: list[str]) -> dict[str, str]:
    """By account that is none of the good: why it is not proven."""
    rows = {row.account: row for row in view.rows if row.account not in good}
    assert {row.state for row in rows.values()} <= {ProofState.UNKNOWN}
    return {name: row.reason for name, row in rows.items()}


@pytest.mark.parametrize("way", [by_command_line, by_desk])
async def test_all_others_are_proven_while_one_venue_still_does_not_answer(tmp_path: Path, way: Way) -> None:
    async with book_of(tmp_path, 10) as book:
        view = await stopped(book, way, spoiled=True)
        why = _others(view, book.good)
        assert set(why) == {"keyless", "unreadable", *(["broken"] if way is by_command_line else [])}
        assert "NOBODY" in why["keyless"]
        assert why["unreadable"], "it was not asked in vain yet, and is no proof"
        if way is by_command_line:
            assert "binanceusdm" in why["broken"]


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("way", [by_command_line, by_desk])
async def test_eight_hundred_are_stopped_and_proven_as_fast_with_them_as_without(
    tmp_path: Path, way: Way, say: Callable[[str], None]
) -> None:
    times: dict[bool, list[float]] = {False: [], True: []}
    async with book_of(tmp_path, 797) as book:
        for spoiled in (False, True, True, False):
            view = await stopped(book, way, spoiled=spoiled)
            proofs = [row.proof_ms or math.nan for row in view.rows if row.account in book.good]
            times[spoiled].append(max(proofs))
    without, with_them = (statistics.mean(times[spoiled]) for spoiled in (False, True))
    say(f"{way.__name__}: the last of 797 proven after {without:.0f} ms without and {with_them:.0f} ms with bad ones")
    assert with_them < 1.25 * without
