"""Tries an account out: everything is read and nothing is changed, neither at the venue nor on this machine."""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.config.lenient import AccountsReading
from core.config.limits import AssignConfig
from core.config.model import AccountConfig, Config, GuardianConfig, StopConfig
from core.config.templates import templates
from core.domain import Scope, ScopeKind
from core.engine.accounts import Connections, connect, feed_settings
from core.engine.build import book_of, endpoints
from core.engine.limit_rows import limits_of
from core.engine.unaided import reach
from core.engine.unaided_ready import unaided_drills
from core.errors import VenueError
from core.halt.drill.report import DrillReport
from core.halt.readiness.judgement import DrillKind
from core.joining.model import Draft, Effect, Findings, TrialStep
from core.joining.venues import redirected
from core.places import find_places
from core.risk.limits import compile_limits
from core.risk.limits.previewing import Standing, preview
from core.risk.matrix import RiskModel
from core.risk.model import RiskMatrix
from core.secrets import Credentials, KeyringPort
from core.tasks import spawn, stop_all
from core.venues.messages import AccountReading, Update
from core.venues.protocol import Probe
from core.venues.rights import KeyRights

PRICED_WITHIN_S = 8.0
LOOK_AGAIN_S = 0.1
CONNECT, READ, RIGHTS, PRICES = "Connect", "Read", "Permissions", "Prices"
STEPS = (CONNECT, READ, RIGHTS, PRICES)

Tell = Callable[[TrialStep], None]


def account_of(draft: Draft, **more: Any) -> AccountConfig:
    """As the configuration has it. Loads ccxt where it goes to another server: call from a thread.

    Raises ConfigError, and pydantic's ValidationError where the name is none.
    """
    ccxt: dict[str, Any] = redirected(draft.exchange, draft.server) if draft.server else {}
    if draft.test_network:
        ccxt["sandbox"] = True
    return AccountConfig.model_validate({"name": draft.name, "exchange": draft.exchange, "ccxt": ccxt, **more})


async def try_account(draft: Draft, clock: Clock, rng: random.Random, tell: Tell) -> Findings:
    """Raises a ScramError in one sentence, told as the failed step too; may be cancelled at any time."""
    account = await asyncio.to_thread(account_of, draft)
    config = Config(accounts=(account,))
    connections = await asyncio.to_thread(
        connect,
        config.accounts,
        {},
        None,
        clock,
        rng,
        feed_settings(config.feed, config.stop),
        _held(draft.credentials),
    )
    trial = _Trial(config, connections, clock, tell)
    try:
        return await trial.run(account.name)
    finally:
        await trial.close()


class _Trial:
    def __init__(self, config: Config, connections: Connections, clock: Clock, tell: Tell) -> None:
        self._config, self._hub, self._clock, self._tell = config, connections.hub, clock, tell
        self._book = book_of(config, clock, endpoints(connections))
        self._marks: list[asyncio.Task[Any]] = []
        self._at = CONNECT

    async def run(self, name: str) -> Findings:
        try:
            return await self._run(name)
        except VenueError as error:
            self._tell(TrialStep(self._at, str(error), done=False))
            raise

    async def close(self) -> None:
        await stop_all(self._marks)
        await self._hub.close()

    async def _run(self, name: str) -> Findings:
        self._tell(TrialStep(CONNECT, "loading the venue's instruments"))
        report = await self._hub.watching(name).check(self._take)
        self._tell(
            TrialStep(
                READ, f"{report.coins} coins, {report.positions} positions, {report.resting_orders} orders", done=True
            )
        )
        self._marks = [
            spawn(self._hub.market_feed(endpoint).run(self._book.apply), name=f"marks {endpoint}")
            for endpoint in self._hub.endpoints
        ]
        probe = await self._rights(name, report.can_withdraw)
        matrix = await self._priced(name)
        row = matrix.scopes.index(Scope(ScopeKind.ACCOUNT, name))
        return Findings(
            exchange=report.exchange,
            coins=report.coins,
            positions=report.positions,
            resting_orders=report.resting_orders,
            equity=_figure(matrix, row, "equity"),
            gross=_figure(matrix, row, "gross_exposure"),
            clock_offset_ms=report.clock_offset_ms,
            clock_bound_ms=probe.clock_bound_ms,
            rights=probe.rights,
            coverage=report.coverage,
            books=report.books,
            unconfirmed=report.unconfirmed,
            notes=report.notes,
            effects=effects_on(self._config, matrix, self._clock.now()),
        )

    def _take(self, update: Update) -> None:
        if isinstance(update, AccountReading):
            self._tell(TrialStep(CONNECT, "the venue answers, and the key is accepted", done=True))
            self._at = READ
        self._book.apply(update)

    async def _rights(self, name: str, may_withdraw: bool | None) -> Probe:
        """By the acting side, which is the one that has to be let in; nothing but the question is signed."""
        self._at = RIGHTS
        self._tell(TrialStep(RIGHTS, "asking what the key may do"))
        probe = await self._hub.acting(name).probe(clock=False)
        rights = probe.rights
        if rights.may_withdraw is None and may_withdraw is not None:
            rights = KeyRights(rights.may_cancel, may_withdraw, rights.from_listed_addresses)
        said = "told by the venue" if probe.answered else "this venue does not tell what a key may do"
        self._tell(TrialStep(RIGHTS, said, done=True))
        return Probe(rights, probe.answered, probe.tells_time, probe.clock_offset_ms, probe.clock_bound_ms)

    async def _priced(self, name: str) -> RiskMatrix:
        self._tell(TrialStep(PRICES, "waiting for prices of what it holds"))
        deadline_s = self._clock.monotonic() + PRICED_WITHIN_S
        while (why := self._book.why_unknown(name)) and self._clock.monotonic() < deadline_s:
            await self._clock.sleep(LOOK_AGAIN_S)
        # What has no price now has none for the desk either; that is worth a sentence and no refusal.
        self._tell(
            TrialStep(PRICES, f"equity is unknown: {why[0]}" if why else "everything held has a price", done=not why)
        )
        now_s = self._clock.monotonic()
        return RiskModel(self._book.scopes, ()).evaluate(self._book.view(now_s), now_s)


def effects_on(config: Config, matrix: RiskMatrix, at_s: float) -> tuple[Effect, ...]:
    """What each template that comes along would say of the only account of `config`."""
    (account,) = config.accounts
    units = {info.name: info.unit for info in matrix.metrics}
    bare = compile_limits(matrix.scopes, (), matrix.metrics, at_s=at_s)
    found = []
    for name in templates():
        assign = AssignConfig(scope=f"account:{account.name}", profile=name)
        rows = limits_of(config.model_copy(update={"assign": (assign,)}))
        proposed = compile_limits(matrix.scopes, rows, matrix.metrics, at_s=at_s)
        seen = preview(bare, proposed, matrix.value, matrix.trust, at_s)
        breached = tuple(_sentence(row, units) for row in seen.standings if row.severity is not None)
        found.append(Effect(name, dict(seen.counts), breached))
    return tuple(found)


def _sentence(row: Standing, units: Mapping[str, str]) -> str:
    unit = units.get(row.subject.partition("_in_")[0], "")
    value, threshold = _said(row.value, unit), _said(row.threshold, unit)
    return f"{row.subject.replace('_', ' ')} {row.word}: {value}, threshold {threshold}"


def _said(value: float, unit: str) -> str:
    if unit == "ratio":
        return f"{value * 100:.3g} %"
    return f"{value:.3g}" + {"multiple": "x", "seconds": " s"}.get(unit, "")


async def drill_account(draft: Draft, operator: str, clock: Clock, rng: random.Random) -> DrillReport | None:
    """A dry drill of it, as `scram drill` runs it; its report is kept nowhere yet. Raises a ScramError."""
    account = await asyncio.to_thread(account_of, draft)
    reading = AccountsReading((account,), (), (), StopConfig(), GuardianConfig(), ())
    unaided = await reach(reading, {}, clock, rng, _held(draft.credentials))
    with tempfile.TemporaryDirectory(prefix="scram-drill-") as home:
        desk = await asyncio.to_thread(unaided_drills, unaided, find_places(Path(home), {}), clock)
        try:
            desk.start(DrillKind.DRY, (), operator)
            return await desk.wait()
        finally:
            await desk.close()
            await unaided.close()


def _held(credentials: Credentials) -> Callable[[AccountConfig, Mapping[str, str], KeyringPort | None], Credentials]:
    """In place of looking them up: they are stored nowhere yet."""
    return lambda account, environ, keyring: credentials


def _figure(matrix: RiskMatrix, row: int, metric: str) -> float | None:
    column = next((place for place, info in enumerate(matrix.metrics) if info.name == metric), None)
    value = math.nan if column is None else float(matrix.value[row, column])
    return None if math.isnan(value) or not matrix.trust[row] else value
