"""The thread in which evidence is written, and what is still to be written when its desk is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from core.tasks import spawn

T = TypeVar("T")

ENDING_S = 20.0
"""Longest that a disk which does not answer holds up the end of the process."""


class Papers:
    """Never the thread of the latch: that must not queue behind what takes long."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="evidence")
        self._going: set[asyncio.Task[Any]] = set()

    async def do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def begin(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Nobody waits for it but `close`."""
        task = spawn(work, name=name)
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def close(self) -> None:
        if self._going:
            await asyncio.wait(tuple(self._going), timeout=ENDING_S)
        self._thread.shutdown(wait=False)
