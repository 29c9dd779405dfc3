"""How much could be stopped now, found out once and without a desk: what `scram check` says beside its rows."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Any

from core.clock import Clock
from core.config import Config
from core.engine.accounts import Connections
from core.engine.build import book_of, endpoints
from core.engine.readying import gross_of, rows_of
from core.engine.unaided_ready import ready_desk
from core.errors import ScramError
from core.halt.drill.report import DrillFolder
from core.halt.readiness.headline import ReadyHeadline, headline
from core.halt.readiness.judgement import Guardianship, Readiness
from core.halt.readiness.prober import Prober, ProbeSettings
from core.risk.matrix import RiskModel
from core.tasks import spawn, stop_all
from core.venues.messages import AccountReading, Update

PRICED_WITHIN_S = 5.0
LOOK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    rows: tuple[Readiness, ...]
    headline: ReadyHeadline


class ReadinessCheck:
    def __init__(self, config: Config, connections: Connections, clock: Clock, rng: random.Random) -> None:
        self._hub, self._clock = connections.hub, clock
        self._book = book_of(config, clock, endpoints(connections))
        self._risk = RiskModel(self._book.scopes, ())
        self._ready = ready_desk(config.accounts, connections, config.readiness, clock)
        self._prober = Prober(self._ready, clock, rng, ProbeSettings(config.readiness.probe_s))
        self._subjects = {subject.account: subject for subject in self._ready.subjects}
        self._tasks: list[asyncio.Task[Any]] = []
        self._read: set[str] = set()

    def start(self) -> None:
        """Prices come in beside everything else."""
        for endpoint in self._hub.endpoints:
            feed = self._hub.market_feed(endpoint)
            self._tasks.append(spawn(feed.run(self.take), name=f"marks {endpoint}"))

    async def close(self) -> None:
        await stop_all(self._tasks)

    def take(self, update: Update) -> None:
        """What the watching side tells."""
        self._book.apply(update)
        if isinstance(update, AccountReading):
            self._read.add(update.account)
            self._ready.take_reading(update)

    async def probe(self, account: str) -> None:
        """Ask its acting side what it is able to do."""
        try:
            await self._prober.probe(self._subjects[account])
        except ScramError as error:
            self._ready.facts.failed(account, error)

    def failed(self, account: str, error: ScramError) -> None:
        self._ready.facts.failed(account, error)

    async def found(self, drills: DrillFolder, guardian: Guardianship) -> Found:
        for report in await asyncio.to_thread(drills.newest):
            for row in report.rows:
                outcome = report.outcome(row)
                if outcome is not None:
                    self._ready.take_drill(row.account, outcome)
        deadline_s = self._clock.monotonic() + PRICED_WITHIN_S
        while any(map(self._book.why_unknown, self._read)) and self._clock.monotonic() < deadline_s:
            await self._clock.sleep(LOOK_AGAIN_S)
        self._ready.guardian = guardian
        self._ready.step(len(self._ready.subjects))
        now_s, rows = self._clock.monotonic(), self._ready.rows()
        matrix = self._risk.evaluate(self._book.view(now_s), now_s)
        return Found(rows, headline(rows, gross_of(matrix, rows_of(matrix, (row.account for row in rows)))))
