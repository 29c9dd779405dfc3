"""Drills and readiness without an engine: what the command line judges and tries out by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.clock import Clock
from core.config.lenient import AccountsReading, BadAccount
from core.config.model import AccountConfig, ReadinessConfig
from core.engine.accounts import Connections, stop_settings
from core.engine.halting import TargetFinder, cannot
from core.engine.readying import ready_terms, subjects
from core.engine.unaided import Unaided, desk_latches
from core.errors import ConfigError
from core.halt.drill.desk import DrillDesk
from core.halt.drill.report import DrillFolder
from core.halt.readiness.desk import ReadyDesk, Subject
from core.places import Places


def ready_desk(
    accounts: Iterable[AccountConfig],
    connections: Connections,
    config: ReadinessConfig,
    clock: Clock,
    bad: Iterable[BadAccount] = (),
) -> ReadyDesk:
    """`bad`: rows too broken to act on; they are there with their reason."""
    broken = (
        Subject(row.name, "", row.exchange, cannot(ConfigError(row.reason)), "", obstacle=row.reason) for row in bad
    )
    return ReadyDesk((*subjects(accounts, connections), *broken), ready_terms(config), clock)


def unaided_drills(unaided: Unaided, places: Places, clock: Clock) -> DrillDesk:
    reading: AccountsReading = unaided.reading
    ready = ready_desk(reading.accounts, unaided.connections, ReadinessConfig(), clock, reading.bad)
    held = _held(unaided.targets, places)
    return DrillDesk(
        ready,
        unaided.targets,
        DrillFolder(places.drills),
        clock,
        stop_settings(reading.stop),
        lambda: uuid.uuid4().hex[:12],
        lambda account: account in held,
    )


def _held(targets: TargetFinder, places: Places) -> frozenset[str]:
    """Accounts under a latch on disk: a desk may be sweeping them."""
    latches = desk_latches(places).load()
    return frozenset(target.account for latch in latches for target in targets(latch.scope))
