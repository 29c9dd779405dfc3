"""Carries out what the mitigation desk decides: sends, waits for a reading that can know of it, and has it judged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from core.clock import Clock
from core.mitigation.actions import Action
from core.mitigation.desk import MitigationDesk
from core.mitigation.executor import Execution, Surroundings
from core.mitigation.model import Mitigation
from core.mitigation.recovery import Recovery
from core.mitigation.report import ExecutionReport, ReductionOutcome
from core.tasks import spawn, stop_all
from core.venues.protocol import ActingVenue

LOOK_AGAIN_S = 0.05
ENDED_KEPT = 50
"""Executions whose orders are still shown after their end."""
GIVE_UP_S = 30.0
"""Later than the mitigation desk's own deadline for verifying, which has ended the mitigation by then."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A metric as the newest cycle has it."""

    value: float
    inside: bool
    """Below the threshold that the mitigation was started for."""


class Figures(Protocol):
    """What the mender asks about the book and the risk after it acted."""

    def read_soon(self, account: str) -> None: ...

    def reading_began_s(self, account: str) -> float | None:
        """When the newest applied reading of the account began (monotonic); None without one."""

    def judge(self, mitigation: Mitigation) -> Judgement: ...

    def evaluated_s(self) -> float:
        """When the newest cycle began (monotonic)."""


class Mender:
    def __init__(
        self,
        desk: MitigationDesk,
        figures: Figures,
        acquire: Callable[[str], Awaitable[ActingVenue]],
        around: Surroundings,
        act: Callable[[Iterable[Action]], None],
        clock: Clock,
        executed: Callable[[Mitigation, ExecutionReport], None],
    ) -> None:
        """`act` takes the actions that follow from what was done, as those of a cycle; `executed` is told first."""
        self._desk = desk
        self._figures = figures
        self._acquire = acquire
        self._around = around
        self._act = act
        self._clock = clock
        self._executed = executed
        self._executions: dict[str, Execution] = {}
        self._ended: dict[str, tuple[ReductionOutcome, ...]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def run(self, mitigation: Mitigation) -> None:
        """Carry it out. From here on it can be told to cease, also while the venues are still being made ready."""
        execution = Execution(mitigation, self._acquire, self._clock, self._around)
        self._executions[mitigation.mitigation_id] = execution
        self._start(self._run(mitigation, execution.run), mitigation)

    def recover(self, mitigation: Mitigation) -> None:
        """Find out what became of one that was under way when the last run ended; nothing is sent."""
        self._start(
            self._run(mitigation, Recovery(mitigation, self._acquire, self._clock, room=self._around.room).run),
            mitigation,
        )

    def cease(self, mitigation_id: str, reason: str) -> None:
        execution = self._executions.get(mitigation_id)
        if execution is not None:
            execution.cease(reason)

    def progress(self) -> Mapping[str, tuple[ReductionOutcome, ...]]:
        """By mitigation, order by order: those that run, and the last that ended."""
        return {**self._ended, **{name: execution.progress for name, execution in self._executions.items()}}

    async def close(self) -> None:
        for execution in self._executions.values():
            execution.cease("Scram is shutting down")
        await stop_all(list(self._tasks))

    def _start(self, work: Any, mitigation: Mitigation) -> None:
        task = spawn(work, name=f"mitigation {mitigation.mitigation_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, mitigation: Mitigation, work: Callable[[], Awaitable[ExecutionReport]]) -> None:
        try:
            report = await work()
        finally:
            self._executions.pop(mitigation.mitigation_id, None)
        self._ended[mitigation.mitigation_id] = report.outcomes
        while len(self._ended) > ENDED_KEPT:
            del self._ended[next(iter(self._ended))]
        self._executed(mitigation, report)
        self._act(self._desk.executed(mitigation.mitigation_id, report))
        await self._evaluated_after({row.account for row in mitigation.reductions}, report)
        judged = self._figures.judge(mitigation)
        self._act(self._desk.verified(mitigation.mitigation_id, judged.value, judged.inside))

    async def _evaluated_after(self, accounts: Iterable[str], report: ExecutionReport) -> None:
        """Until every account was read, and the risk evaluated, later than the last order; not for ever."""
        waiting = set(accounts)
        for account in waiting:
            self._figures.read_soon(account)
        while waiting and self._clock.monotonic() < report.ended_s + GIVE_UP_S:
            await self._clock.sleep(LOOK_AGAIN_S)
            waiting = {name for name in waiting if (self._figures.reading_began_s(name) or 0.0) < report.ended_s}
        read_s = self._clock.monotonic()
        while self._figures.evaluated_s() < read_s:
            await self._clock.sleep(LOOK_AGAIN_S)
