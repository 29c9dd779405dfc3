"""Keeps a stop desk in step with the latch folder, which other processes write to as well."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.errors import LatchError
from core.halt.latch import LatchFolder
from core.tasks import spawn, stop_all

if TYPE_CHECKING:
    from core.halt.desk import HaltDesk

log = logging.getLogger(__name__)

FOLLOW_S = 0.5


class Follower:
    """A latch that appears is taken up, one that was reset is let go, one that merely vanished is written again."""

    def __init__(
        self, desk: HaltDesk, folder: LatchFolder, clock: Clock, on_disk: Callable[..., Awaitable[Any]]
    ) -> None:
        self._desk = desk
        self._folder = folder
        self._clock = clock
        self._on_disk = on_disk
        self._running: asyncio.Task[Any] | None = None
        self.trouble = ""
        """What is wrong with the latch folder itself, "" when nothing is."""

    def start(self) -> None:
        self._running = spawn(self._run(), name="follow latches")

    async def close(self) -> None:
        if self._running is not None:
            await stop_all([self._running])

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(FOLLOW_S)
            try:
                await self._look()
                self.trouble = self._folder.unread
            except (LatchError, OSError) as error:
                self.trouble = f"the latch folder cannot be followed: {error}"
                log.warning("%s", self.trouble)

    async def _look(self) -> None:
        latches = {latch.halt_id: latch for latch in await self._on_disk(self._folder.load)}
        for halt_id, latch in latches.items():
            runner = self._desk.runner_of(halt_id)
            if runner is None:
                if await self._on_disk(self._folder.was_reset, halt_id) is None:
                    self._desk.take_up(latch, latched=await self._on_disk(self._folder.has, latch))
            else:
                newer = latch.firings > runner.latch.firings
                latched = newer and await self._on_disk(self._folder.has, latch)
                self._desk.take_over(runner, latch, latched=latched)
        for halt_id, runner in [(runner.latch.halt_id, runner) for runner in self._desk.runners]:
            missing = runner.on_disk and not await self._on_disk(self._folder.holds, halt_id)
            # Asked after it was missed: a reset may have come in between what was loaded and now.
            looked = missing or halt_id not in latches
            done = await self._on_disk(self._folder.was_reset, halt_id) if looked else None
            if done is not None:
                await self._desk.ended(done)
            elif missing:
                log.warning("the latch file of stop %s had vanished without a reset and is written again", halt_id)
                await runner.write_again()
        await self._on_disk(self._folder.tidy)
        await self._desk.way_back.look()
