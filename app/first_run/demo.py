"""The demo behind the wizard: paper exchanges that live as long as it is looked at, and a crash after a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.demo.show import COURSE
from app.first_run.sittings import Sitting, demo_sitting
from core.clock import Clock
from core.errors import ScramError
from core.tasks import spawn, stop_all

CALM_S = 12.0
"""Time to look around before anything happens."""
SCENARIO = "crash"


class Demo:
    def __init__(self, begin: Callable[[Sitting], None], failed: Callable[[str], None], clock: Clock) -> None:
        """`begin` is told when the paper exchanges stand; `failed` why they could not."""
        self._begin, self._failed, self._clock = begin, failed, clock
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        if not self.runs:
            self._over = asyncio.Event()
            self._task = spawn(self._run(self._over), name="demo")

    async def close(self) -> None:
        self._over.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, over: asyncio.Event) -> None:
        """Until the sitting on it is over: an engine that is being closed still has to reach its venues."""
        try:
            async with demo_sitting(over) as sitting:
                if over.is_set():
                    return
                self._begin(sitting)
                course = spawn(self._play(sitting.control), name="demo scenario")
                try:
                    await over.wait()
                finally:
                    await stop_all([course])
        except (ScramError, OSError) as error:
            self._failed(str(error))

    async def _play(self, url: str) -> None:
        from core.paper.control import PaperControl

        async with PaperControl(url) as control:
            await self._clock.sleep(CALM_S)
            await control.play(SCENARIO, **COURSE.get(SCENARIO, {}))
