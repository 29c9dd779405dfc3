"""What the engine does about closing positions under a stop: carries out what a person asks, and journals each step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from core.engine.parts import Parts
from core.engine.record import Recorder
from core.errors import FlattenError, LatchError
from core.halt.flatten.model import FlattenTerms
from core.intents import ArmFlatten, DisarmFlatten, EndFlatten, FireFlatten, Flatten, PreviewFlatten
from core.tasks import spawn, stop_all


class Flattening:
    def __init__(self, parts: Parts, recorder: Recorder, notice: Callable[[str], None]) -> None:
        self._desk = parts.flattens
        self._recorder = recorder
        self._notice = notice
        self._tasks: list[asyncio.Task[None]] = []
        self._desk.began.connect(recorder.flatten_fired)
        self._desk.ordered.connect(recorder.flatten_order)
        self._desk.over.connect(recorder.flatten_ended)

    def take(self, intent: Flatten) -> None:
        """Returns at once and never raises. What is refused becomes a notice, and a record."""
        if not isinstance(intent, PreviewFlatten):
            self._recorder.intent(intent)
        match intent:
            case PreviewFlatten():
                self._spawn(self._preview(intent), "preview of a flatten")
            case ArmFlatten():
                self._arm(intent)
            case DisarmFlatten():
                self._desk.disarm()
            case FireFlatten():
                self._spawn(self._fire(intent), "flatten")
            case EndFlatten(operator=operator):
                self._desk.end(f"ended by {operator}")

    async def close(self) -> None:
        """What is on its way is not waited for: the report says so, and the positions have to be looked at."""
        await stop_all(list(self._tasks))
        self._tasks.clear()

    async def _preview(self, intent: PreviewFlatten) -> None:
        try:
            plan = await self._desk.preview(intent.halt_id, FlattenTerms(intent.style))
        except (FlattenError, LatchError) as error:
            self._notice(f"what flattening would cost is not known: {error}")
            return
        self._recorder.flatten_previewed(plan)

    def _arm(self, intent: ArmFlatten) -> None:
        try:
            until_s = self._desk.arm(intent.plan_id, intent.operator)
        except FlattenError as error:
            self._refused("flatten was not armed", intent.operator, error)
            return
        self._recorder.flatten_armed(intent.plan_id, intent.operator, until_s)

    async def _fire(self, intent: FireFlatten) -> None:
        try:
            report = await self._desk.fire(intent.plan_id, intent.operator, intent.reason)
        except (FlattenError, LatchError) as error:
            self._refused("nothing was closed", intent.operator, error)
            return
        if not report.complete:
            self._notice(f"flatten of {report.scope}: {report.sentence}")

    def _refused(self, what: str, operator: str, error: Exception) -> None:
        self._recorder.flatten_refused(operator, str(error))
        self._notice(f"{what}: {error}")

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(spawn(work, name=name))
