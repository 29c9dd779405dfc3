"""A whole engine over unmodified ccxt against paper exchanges in the same loop, whose books can be looked into."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.demo.configuration import demo_credentials, demo_toml
from core.clock import SystemClock
from core.config.load import load_config
from core.config.source import parse
from core.config.write import to_toml
from core.domain import Scope, Trust
from core.engine.build import build
from core.engine.engine import Engine
from core.engine.parts import Parts
from core.journal.reader import JournalReader
from core.journal.records import Record
from core.mitigation.model import Mitigation, MitigationState
from core.paper.site import PaperSite, make_spec
from core.places import find_places, write_atomically
from core.risk.metrics import METRIC_NAMES
from core.snapshot import Snapshot

PLENTY = 1_000_000


class Ground:
    def __init__(self, site: PaperSite, home: Path) -> None:
        self.site = site
        self.home = home
        read = parse(demo_toml(site.describe()))
        assert isinstance(read, dict)
        self.tables: dict[str, Any] = read
        self.tables["limits"] = []
        self.tables["operator"] = "ada"
        self.tables["feed"] = {"reconcile_s": 1.0, "request_weight_per_minute": PLENTY}
        self.tables["engine"] = {}
        self.tables["mitigation"] = {"automatic": True, "cool_down_s": 0.5}
        self.environ: dict[str, str] = {"PATH": os.environ["PATH"]}
        """Beside the accounts' credentials."""

    def limit(self, scope: str, metric: str, **values: Any) -> None:
        self.tables["limits"].append({"scope": scope, "metric": metric, **values})

    def write(self, tables: dict[str, Any] | None = None) -> Path:
        """Write the configuration as it is now, where a running engine looks for it."""
        path = find_places(self.home, {}).config
        write_atomically(path, to_toml(self.tables if tables is None else tables))
        return path

    def parts(self) -> Parts:
        config = load_config(self.write(), METRIC_NAMES)
        environ = {**demo_credentials(self.site.describe()), **self.environ}
        places = find_places(self.home, {})
        return build(config, environ, places, SystemClock(), random.Random(7), None, places.config)

    @contextlib.asynccontextmanager
    async def engine(self) -> AsyncIterator[Running]:
        """An engine at work, entered when every account is watched and every figure of theirs is known."""
        parts = self.parts()
        running = Running(Engine(parts), parts)
        await running.engine.start()
        try:
            yield running
        finally:
            await running.engine.close()

    def positions(self) -> dict[tuple[str, str], float]:
        """As the servers hold them."""
        return {
            (name, position.symbol): position.quantity
            for venue in self.site.venues
            for name, account in venue.exchange.accounts.items()
            for position in account.open_positions()
        }

    def scale_prices(self, factor: float) -> None:
        market = self.site.market
        for symbol in market.index:
            market.shock_price(symbol, market.mark_of(symbol) * factor)

    def resting(self, account: str) -> int:
        held = self.site.venue_of(account).exchange.accounts[account]
        return len(held.open_orders()) + len(held.open_triggers())

    def opening(self, account: str) -> int:
        """Resting orders of the server's book that could open or enlarge a position."""
        held = self.site.venue_of(account).exchange.accounts[account]
        return sum(not order.reduce_only for order in [*held.open_orders(), *held.open_triggers()])

    def records(self) -> list[Record]:
        """The journal, oldest first; its chain is intact."""
        with JournalReader(self.home / "scram.sqlite") as reader:
            assert reader.verify().intact
            return list(reversed(reader.recent(limit=100_000)))

    def kinds(self) -> list[str]:
        return [record.kind for record in self.records()]


class Running:
    def __init__(self, engine: Engine, parts: Parts) -> None:
        self.engine = engine
        self.parts = parts
        self.mitigations: list[Mitigation] = []
        """Every state of every mitigation that a snapshot showed, one for each snapshot."""
        engine.snapshot_ready.connect(self._seen)

    def _seen(self, snapshot: Snapshot) -> None:
        self.mitigations += snapshot.mitigations

    @property
    def latest(self) -> Snapshot:
        assert self.engine.latest is not None
        return self.engine.latest

    def value(self, scope: str, metric: str) -> float:
        matrix = self.latest.matrix
        return float(matrix.value[matrix.row(Scope.parse(scope)), matrix.column(metric)])

    def trust(self, scope: str, metric: str) -> Trust:
        matrix = self.latest.matrix
        return Trust(matrix.cell(matrix.row(Scope.parse(scope)), matrix.column(metric)).trust)

    def states(self, scope: str) -> list[MitigationState]:
        return [row.state for row in self.mitigations if str(row.scope) == scope]

    def metrics_raised(self) -> set[str]:
        return {event["metric"] for event in self.engine.report()["events"]}

    async def watched(self, *scopes: str) -> None:
        """Until the leverage of the scopes (default: of the portfolio) is trusted."""
        wanted = scopes or ("portfolio",)
        await until(
            lambda: (
                self.engine.latest is not None
                and all(self.trust(scope, "leverage") is Trust.TRUSTED for scope in wanted)
            )
        )

    async def cycles(self, number: int) -> None:
        wanted = self.latest.cycle + number
        await until(lambda: self.latest.cycle >= wanted)


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline_s = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline_s, "it did not come about in time"
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def ground_at(home: Path, accounts: int = 2, venues: int = 2) -> AsyncIterator[Ground]:
    """Accounts with books and resting orders; bots ended and prices still, until a test moves them."""
    spec = replace(make_spec(accounts, venues, 7, "calm"), weight_limit=PLENTY)
    async with PaperSite(spec, SystemClock()) as site:
        for _ in range(30):
            site.step()
        for venue in site.venues:
            venue.set_bots(False)
        site.market.volatility_factor = 0.0
        yield Ground(site, home)
