"""What the engine does about readiness: feeds it what it sees, runs drills for people, and paints both."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from core.clock import Clock
from core.config.model import AccountConfig, ReadinessConfig, StopConfig
from core.domain import AccountMode, LinkState, Scope, ScopeKind
from core.engine.accounts import Connections, acquirer, stop_settings
from core.engine.halting import cannot
from core.engine.record import Recorder
from core.errors import DrillError
from core.halt.desk import HaltDesk, TargetsOf
from core.halt.drill.desk import DrillDesk
from core.halt.drill.report import DrillFolder, DrillPreview, DrillReport
from core.halt.guardian.view import GuardianView
from core.halt.readiness.desk import ReadyDesk, Subject
from core.halt.readiness.headline import headline
from core.halt.readiness.judgement import DAY_S, Guardianship, ReadyTerms, Reserve
from core.halt.readiness.prober import Prober, ProbeSettings
from core.halt.readiness.view import ReadinessView
from core.intents import CancelDrill, PreviewDrill, RunDrill
from core.risk.model import RiskMatrix
from core.tasks import spawn, stop_all
from core.venues.budget import RESERVE, RequestBudget
from core.venues.hub import VenueHub
from core.venues.messages import AccountReading, LinkUpdate

PAINT_S = 1.0
GROSS = "gross_exposure"


def subjects(accounts: Iterable[AccountConfig], connections: Connections) -> tuple[Subject, ...]:
    """Every account as its readiness is judged, in the order of the configuration."""
    lanes: dict[RequestBudget, int] = {}
    return tuple(_subject(account, connections, lanes) for account in accounts)


def _subject(account: AccountConfig, connections: Connections, lanes: dict[RequestBudget, int]) -> Subject:
    hub, error = connections.hub, connections.keyless.get(account.name)
    if error is not None:
        return Subject(account.name, account.venue, account.exchange, cannot(error), "", obstacle=str(error))
    budget = hub.budget(account.name)
    return Subject(
        account=account.name,
        venue=account.venue,
        exchange=account.exchange,
        acquire=acquirer(hub, account.name),
        # One lane for each way out: accounts behind one that is held up hold up no others.
        lane=f"{hub.endpoint_of(account.name)} {lanes.setdefault(budget, len(lanes) + 1)}",
        plan=hub.plan_of(account.name),
        lend=budget.lend,
        reserve=_reserve(hub, account.name),
        may_place=account.mode is AccountMode.ACT,
    )


def _reserve(hub: VenueHub, account: str) -> Callable[[], Reserve | None]:
    """Of the stop's share of this minute, what is left: watching cannot touch it, acting has."""
    budget, plan = hub.budget(account), hub.plan_of(account)

    def reserve() -> Reserve | None:
        limit = budget.limit_per_minute
        if limit is None:
            return None
        whole = limit * RESERVE
        left = 0.0 if budget.shut_for_s > 0 else min(whole, limit - budget.used)
        return Reserve(left, whole, 2.0 * plan.list_weight)

    return reserve


def ready_terms(config: ReadinessConfig) -> ReadyTerms:
    return ReadyTerms(config.unknown_after_s, config.drill_within_days * DAY_S)


def prober_of(ready: ReadyDesk, halts: HaltDesk, config: ReadinessConfig, clock: Clock, rng: random.Random) -> Prober:
    return Prober(ready, clock, rng, ProbeSettings(config.probe_s), lambda account: is_stopped(halts, account))


def drill_desk(
    ready: ReadyDesk,
    targets: TargetsOf,
    halts: HaltDesk,
    folder: DrillFolder,
    config: StopConfig,
    clock: Clock,
    new_id: Callable[[], str],
) -> DrillDesk:
    settings = stop_settings(config)
    return DrillDesk(ready, targets, folder, clock, settings, new_id, lambda account: is_stopped(halts, account))


def is_stopped(halts: HaltDesk, account: str) -> bool:
    """Whether a latch of this process holds the account."""
    return any(account in runner.accounts for runner in halts.runners)


def guardianship(view: GuardianView | None) -> Guardianship:
    if view is None:
        return Guardianship.NONE
    return Guardianship.ALIVE if view.alive else Guardianship.SILENT


def rows_of(matrix: RiskMatrix, accounts: Iterable[str]) -> list[int]:
    return [matrix.rows[Scope(ScopeKind.ACCOUNT, name)] for name in accounts]


def gross_of(matrix: RiskMatrix, rows: Sequence[int]) -> list[float]:
    """Gross exposure of the accounts in these rows, in the base currency; NaN where it is not known."""
    gross: list[float] = matrix.value[rows, matrix.columns[GROSS]].tolist()
    return gross


class Readying:
    def __init__(
        self,
        ready: ReadyDesk,
        drills: DrillDesk,
        prober: Prober,
        halts: HaltDesk,
        clock: Clock,
        recorder: Recorder,
        notice: Callable[[str], None],
    ) -> None:
        self._ready = ready
        self._drills = drills
        self._prober = prober
        self._halts = halts
        self._clock = clock
        self._recorder = recorder
        self._notice = notice
        self._tasks: list[asyncio.Task[Any]] = []
        self._in_matrix: list[int] | None = None
        self._painted_s = -math.inf
        self._view: ReadinessView | None = None
        self._preview: tuple[DrillPreview, ...] = ()
        self._preview_of: tuple[str, ...] = ()
        drills.ended.connect(self._on_ended)

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._tasks.append(spawn(self._read_back(), name="read drills back"))
        self._tasks.append(spawn(self._prober.run(), name="readiness"))

    async def close(self) -> None:
        """Before the connections end: orders of a live drill are given a while to be gone."""
        await self._drills.close()
        await stop_all(self._tasks)
        self._tasks.clear()

    async def _read_back(self) -> None:
        for sentence in await asyncio.to_thread(self._drills.read_back):
            self._notice(sentence)

    # -- every cycle ----------------------------------------------------------------------------------------------

    def take_reading(self, reading: AccountReading) -> None:
        self._ready.take_reading(reading)

    def take_link(self, link: LinkUpdate) -> None:
        """Whatever changed about the connection may have changed what could be stopped."""
        if link.account and link.state is not LinkState.CONNECTING:
            self._prober.soon(link.account)

    def step(self, guardian: GuardianView | None) -> None:
        self._ready.guardian = guardianship(guardian)
        self._ready.step()

    def paint(self, matrix: RiskMatrix) -> ReadinessView:
        now_s = self._clock.monotonic()
        if self._view is None or now_s - self._painted_s >= PAINT_S:
            self._painted_s = now_s
            self._ready.take_halts(self._halts.views())
            rows = self._ready.rows()
            self._view = ReadinessView(
                headline=headline(rows, gross_of(matrix, self._matrix_rows(matrix))),
                rows=rows,
                drill=self._drills.running or self._drills.last,
                preview=self._preview,
                preview_of=self._preview_of,
                trouble=self._drills.trouble,
            )
        return self._view

    def _matrix_rows(self, matrix: RiskMatrix) -> list[int]:
        """Accounts stand where they stand for as long as the engine runs."""
        if self._in_matrix is None:
            self._in_matrix = rows_of(matrix, (row.account for row in self._ready.subjects))
        return self._in_matrix

    # -- what people ask ------------------------------------------------------------------------------------------

    def take(self, intent: RunDrill | CancelDrill | PreviewDrill) -> None:
        """Carry it out, or refuse it in a notice."""
        match intent:
            case RunDrill():
                self._recorder.intent(intent)
                self._run(intent)
            case CancelDrill():
                self._recorder.intent(intent)
                self._drills.call_off()
            case PreviewDrill():
                self._tasks.append(spawn(self._show_preview(intent), name="preview of a drill"))
        self._painted_s = -math.inf

    def _run(self, intent: RunDrill) -> None:
        self._preview, self._preview_of = (), ()
        try:
            self._drills.start(intent.kind, intent.accounts, intent.operator)
        except DrillError as error:
            self._notice(f"the drill was not run: {error}")

    async def _show_preview(self, intent: PreviewDrill) -> None:
        try:
            self._preview, self._preview_of = await self._drills.preview(intent.accounts), intent.accounts
        except DrillError as error:
            self._notice(f"what a live drill would place is not known: {error}")
        self._painted_s = -math.inf

    def _on_ended(self, report: DrillReport) -> None:
        self._recorder.drilled(report)
        self._painted_s = -math.inf
        for row in report.left:
            self._notice(f"an order of a drill may still rest in {row.account}: {row.left}")
