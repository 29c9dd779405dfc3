"""Everything the engine wires, built from one configuration."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.book.book import Book
from core.clock import Clock
from core.config import AccountConfig, Config
from core.domain import Scope
from core.engine.config_versions import ConfigVersion, ConfigVersions
from core.engine.costly import CostlyBeat
from core.engine.figures import Figures
from core.engine.guarding import GuardianPost
from core.engine.halting import TargetFinder
from core.engine.history import HistoryKeeper
from core.engine.kept_journal import KeptJournal
from core.engine.lease import Lease
from core.engine.limit_keeper import LimitKeeper, LimitVersion
from core.engine.timing import Timing
from core.engine.unreachable import UnreachableVenues
from core.engine.unseen import UnseenAccounts
from core.errors import SecretError
from core.events.desk import EventDesk
from core.halt.desk import HaltDesk
from core.halt.drill.desk import DrillDesk
from core.halt.evidence.keys import SigningKeys
from core.halt.flatten.desk import FlattenDesk
from core.halt.readiness.desk import ReadyDesk
from core.halt.readiness.prober import Prober
from core.mitigation.desk import MitigationDesk
from core.notify.desk import NotifyDesk
from core.risk.course import Course
from core.risk.matrix import RiskModel
from core.venues.hub import VenueHub
from core.venues.protocol import ActingVenue, Sink


@dataclass(slots=True)
class Live:
    """What of the configuration may change while the engine runs and is asked for in every cycle."""

    cycle_hz: float


@dataclass(frozen=True, slots=True)
class Parts:
    config: Config
    """As it was at the start."""
    config_file: Path | None
    """Where it was read from, and is read from again."""
    clock: Clock
    hub: VenueHub
    book: Book
    risk: RiskModel
    figures: Figures
    course: Course
    costly: CostlyBeat
    events: EventDesk
    mitigations: MitigationDesk
    notifications: NotifyDesk
    halts: HaltDesk
    guardian: GuardianPost | None
    """None where the configuration asks for none."""
    flattens: FlattenDesk
    targets: TargetFinder
    ready: ReadyDesk
    prober: Prober
    drills: DrillDesk
    unseen: UnseenAccounts
    unreachable: UnreachableVenues
    journal: KeptJournal
    signing: SigningKeys
    """Of this installation; the journal's seals are signed with it."""
    lease: Lease
    history: HistoryKeeper
    timing: Timing
    keyless: Mapping[str, SecretError]
    """Accounts without credentials, and why: they are watched by nobody and stopped by nobody, and say so."""
    configs: ConfigVersions
    """Which configuration is in force."""
    first_config: ConfigVersion | None
    """What this start changed about it."""
    keeper: LimitKeeper
    """Which limits are in force; the risk model is handed them."""
    first_limits: LimitVersion | None
    """What this start changed about them."""
    live: Live
    secrets: tuple[str, ...]
    """For masking logs."""
    armed: set[str]
    """Accounts whose acting side is prepared; filled by the engine."""
    prepare: Callable[[str], Coroutine[Any, Any, ActingVenue]]

    @property
    def accounts(self) -> tuple[AccountConfig, ...]:
        return self.config.accounts

    async def acquire(self, account: str) -> ActingVenue:
        return await self.prepare(account)

    def accounts_in(self, scope: Scope) -> tuple[str, ...]:
        return tuple(target.account for target in self.targets(scope))

    def watchers(self, sink: Sink) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """What has to run for the updates to come, each with a name for its task."""
        for endpoint in self.hub.endpoints:
            yield f"marks {endpoint}", self.hub.market_feed(endpoint).run(sink)
            yield f"market data {endpoint}", self.hub.market_data_feed(endpoint).run(sink)
        for account in self.config.accounts:
            if account.name not in self.keyless:
                yield f"watch {account.name}", self.hub.watching(account.name).run(sink)
