"""Stops of many accounts against servers that count requests by address: how they are spread, ordered and foretold."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain import PORTFOLIO
from core.engine.accounts import FiringOrders, acquirer
from core.engine.halting import Stoppable, TargetFinder
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.target import StopSettings
from core.paper.budget import LogEntry
from core.paper.site import PaperSite, make_spec
from core.secrets import Credentials
from core.venues.hub import VenueHub
from core.venues.messages import OrderUpdate
from core.venues.settings import AccountSettings, Egress, FeedSettings

ACCOUNTS = 50
LIMIT = 2_400
SPARE = 30
"""Weight that a scarce minute has beside all first cancels: less than a listing."""
MINUTE_S, LONG_MINUTE_S = 2.0, 6.0
"""Of the paper exchange's budget: the next one is waited for many times, or once."""


class Known:
    """What a book would know: read off the servers."""

    def __init__(self, site: PaperSite) -> None:
        self._site = site

    def known_symbols(self, account: str) -> frozenset[str]:
        held = self._site.venue_of(account).exchange.accounts[account]
        names = {order.symbol for order in [*held.open_orders(), *held.open_triggers()]}
        return frozenset(f"{name.removesuffix('USDT')}/USDT:USDT" for name in names)

    def resting_orders(self, account: str) -> tuple[OrderUpdate, ...] | None:
        return None


def first_weight(site: PaperSite) -> int:
    """Of cancelling every known symbol in both books."""
    known = Known(site)
    return sum(2 * len(known.known_symbols(account.name)) for account in site.spec.accounts)


@dataclass
class Field:
    site: PaperSite
    hub: VenueHub
    desk: HaltDesk
    exposures: dict[str, float]

    def resting(self) -> int:
        accounts = self.site.venues[0].exchange.accounts.values()
        return sum(len(account.open_orders()) + len(account.open_triggers()) for account in accounts)

    def log(self) -> list[LogEntry]:
        return sorted(self.site.log.since(0), key=lambda entry: entry.seq)


@contextlib.asynccontextmanager
async def field(folder: Path, egresses: int, rng: random.Random, *, scarce: bool = False) -> AsyncIterator[Field]:
    minute_s = LONG_MINUTE_S if scarce else MINUTE_S
    accounts = ACCOUNTS // 2 if scarce else ACCOUNTS
    spec = replace(make_spec(accounts, 1, 7, "calm"), weight_limit=LIMIT, minute_s=minute_s)
    clock = SystemClock()
    async with PaperSite(spec, clock) as site:
        for _ in range(10):
            site.step()
        site.running = False
        known = Known(site)
        limit = first_weight(site) + SPARE if scarce else LIMIT
        site.venues[0].server.meter.limit = limit
        ways = [Egress(f"line-{n}", address=f"127.0.0.{n}") for n in range(1, egresses + 1)]
        (venue,) = site.describe()["venues"]
        settings = [
            AccountSettings(
                row["name"], "north", venue["exchange"], Credentials(row["api_key"], row["secret"]), venue["ccxt"],
                ways[number % egresses],
            )
            for number, row in enumerate(venue["accounts"])
        ]  # fmt: skip
        hub = VenueHub(
            settings, clock, rng, FeedSettings(weight_per_minute=limit, minute_s=minute_s, acting_timeout_s=8.0)
        )
        orders = FiringOrders(hub)
        exposures = {row.account: rng.uniform(0.0, 1e6) for row in settings}
        rows = [
            Stoppable(
                row.account, row.venue, row.exchange, acquirer(hub, row.account), hub.listing_pace_s(row.account),
                order=orders.of(row.account), cost=partial(hub.stop_cost, row.account),
            )
            for row in settings
        ]  # fmt: skip
        for row in settings:
            await hub.acting(row.account).prepare()
        numbers = itertools.count(1)
        targets = TargetFinder(rows, (), known, lambda: exposures)
        desk = HaltDesk(LatchFolder(folder), targets, clock, StopSettings(), lambda: f"h-{next(numbers)}")
        await clock.sleep(minute_s - clock.now() % minute_s + 0.05)  # what preparing cost is of another minute
        try:
            yield Field(site, hub, desk, exposures)
        finally:
            await desk.close()
            await hub.close()


def cancels(entries: Iterable[LogEntry]) -> list[LogEntry]:
    return [entry for entry in entries if entry.method == "DELETE"]


def listings(entries: Iterable[LogEntry]) -> list[LogEntry]:
    return [entry for entry in entries if entry.weight >= 40]


@pytest.mark.parametrize("egresses", [1, 4])
async def test_no_request_of_a_stop_is_refused_and_its_end_comes_when_it_was_foretold(
    tmp_path: Path, rng: random.Random, egresses: int
) -> None:
    async with field(tmp_path, egresses, rng) as it:
        assert it.resting() > ACCOUNTS
        before = it.site.log.total
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        assert await runner.wait(60.0)
        view = runner.view()
        sent = [entry for entry in it.log() if entry.seq > before]
        assert it.resting() == 0
        assert {entry.status for entry in sent} == {200}
        counted = it.site.venues[0].server.meter
        assert set(counted.addresses) == {f"127.0.0.{number}" for number in range(1, egresses + 1)}
        # As the minutes allow: five of them for all listings by one address, two by four.
        assert view.proof_ms is not None
        assert view.expected_ms is not None
        assert view.proof_ms >= (3 * MINUTE_S * 1000.0 if egresses == 1 else 1500.0)
        assert 0.3 < view.proof_ms / view.expected_ms < 3.0


async def test_where_the_minute_has_no_room_for_both_known_symbols_go_before_listings_and_the_most_at_risk_first(
    tmp_path: Path, rng: random.Random
) -> None:
    async with field(tmp_path, 1, rng, scarce=True) as it:
        known, first = Known(it.site), first_weight(it.site)
        score = {name: risk / (2 * len(known.known_symbols(name))) for name, risk in it.exposures.items()}
        by_risk = sorted(score, key=lambda name: -score[name])
        before = it.site.log.total
        runner = it.desk.fire(PORTFOLIO, "tester", "a test")
        await runner.wait(1.3 * LONG_MINUTE_S)
        sent = [entry for entry in it.log() if entry.seq > before]
        assert {entry.status for entry in sent} == {200}
        assert it.resting() == 0
        assert len(cancels(sent)) == first
        assert max(entry.seq for entry in cancels(sent)) < min(entry.seq for entry in listings(sent))
        fired = list(dict.fromkeys(entry.account for entry in cancels(sent)))
        top, last = ([fired.index(name) for name in names] for names in (by_risk[:8], by_risk[-8:]))
        assert sum(top) < sum(last) / 2
        listed = {entry.account for entry in listings(sent)}
        assert listed == set(by_risk[: len(listed)])
        assert not runner.view().proven
        assert any("waits for its turn" in row.reason for row in runner.view().rows)
        # Those that wait are seen to: a guardian that took them over would ask for all of it a second time.
        assert runner.answered == runner.accounts
