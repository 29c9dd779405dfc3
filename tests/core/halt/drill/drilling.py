"""A desk of drills over paper exchanges, and what their servers saw of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.clock import SystemClock
from core.domain import PORTFOLIO
from core.halt.drill.desk import DrillDesk
from core.halt.drill.report import DrillFolder, DrillReport
from core.halt.readiness.desk import ReadyDesk, Subject
from core.halt.readiness.judgement import DrillKind, ReadyTerms
from core.halt.target import StopSettings
from core.paper.budget import LogEntry
from tests.core.halt.conftest import Ground

SETTLE_S = 0.3
"""Shorter than any venue deserves: these servers show at once what is so."""


@dataclass
class DrillGround:
    it: Ground
    ready: ReadyDesk
    drills: DrillDesk
    folder: DrillFolder
    began: int
    """Requests before anything was drilled."""

    def orders(self) -> dict[str, list[tuple[str, str]]]:
        """What rests in each account, by id and client id, as the servers have it."""
        return {
            name: sorted(
                [(str(order.order_id), order.client_id) for order in account.open_orders()]
                + [(str(trigger.trigger_id), trigger.client_id) for trigger in account.open_triggers()]
            )
            for venue in self.it.site.venues
            for name, account in venue.exchange.accounts.items()
        }

    def changes(self) -> list[LogEntry]:
        """Every request since the beginning that could have changed anything."""
        return [entry for entry in self.it.site.log.since(self.began) if entry.method != "GET"]

    async def run(self, kind: DrillKind, *patterns: str) -> DrillReport:
        self.drills.start(kind, patterns, "tester")
        report = await self.drills.wait()
        assert report is not None
        return report


def drills_on(
    it: Ground, folder: Path, *, watched: tuple[str, ...] = (), is_stopped: Callable[[str], bool] = lambda _: False
) -> DrillGround:
    """Every account may be drilled live but the `watched` ones; nobody trades while they are."""
    it.end_bots()
    it.site.running = False
    subjects = [
        Subject(
            account=target.account, venue=target.venue, exchange=target.exchange, acquire=target.acquire,
            lane=it.hub.endpoint_of(target.account), plan=it.hub.plan_of(target.account),
            lend=it.hub.budget(target.account).lend, may_place=target.account not in watched,
        )
        for target in it.desk._targets_of(PORTFOLIO)
    ]  # fmt: skip
    clock = SystemClock()
    ready = ReadyDesk(subjects, ReadyTerms(), clock)
    settings = StopSettings(settle_s=SETTLE_S)
    numbers, kept = itertools.count(1), DrillFolder(folder / "drills")
    drills = DrillDesk(
        ready,
        it.desk._targets_of,
        kept,
        clock,
        settings,
        lambda: f"{next(numbers):012x}",
        is_stopped,
    )
    return DrillGround(it, ready, drills, kept, it.site.log.total)
