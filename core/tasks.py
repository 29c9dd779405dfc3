"""The one way to start a task: named, strongly referenced, its failure never silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
FailureHandler = Callable[[str, BaseException], None]

# asyncio itself holds tasks weakly: a task nobody else refers to can vanish in the middle of its work.
# https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
_alive: set[asyncio.Task[Any]] = set()


def spawn(work: Coroutine[Any, Any, T], *, name: str, on_failure: FailureHandler | None = None) -> asyncio.Task[T]:
    """Run `work` on the running loop as a task called `name`.

    A failure goes to `on_failure(name, error)`, or to the log as an error when none is given. Cancellation is not a
    failure. The returned task may be awaited or cancelled as usual.
    """
    task = asyncio.get_running_loop().create_task(work, name=name)
    _alive.add(task)

    def settle(done: asyncio.Task[T]) -> None:
        _alive.discard(done)
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            return
        if on_failure is not None:
            on_failure(name, error)
        else:
            log.error("task %s failed: %s", name, error, exc_info=error)

    task.add_done_callback(settle)
    return task


async def stop_all(tasks: list[asyncio.Task[Any]]) -> None:
    """Cancel every task given and wait until each has ended, whatever it ended with."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
