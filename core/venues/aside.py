"""Runs a coroutine in a thread and loop of its own: what would hold up the desk's loop for too long."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Inside:
    """What runs in the thread, and the way to cancel it from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._cancelled = False

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with self._lock:
            if self._cancelled:
                raise asyncio.CancelledError
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            return await work()
        finally:
            with self._lock:
                self._loop, self._task = None, None

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)


async def run_aside(work: Callable[[], Coroutine[Any, Any, T]], *, name: str) -> T:
    """The result of `work()`, run in a thread called `name`; cancelling the caller cancels it there."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()
    inside = _Inside()

    def settle(value: Any, error: BaseException | None) -> None:
        if result.done():
            return
        if error is None:
            result.set_result(value)
        elif isinstance(error, asyncio.CancelledError):
            result.cancel()
        else:
            result.set_exception(error)

    def thread() -> None:
        value, failure = None, None
        try:
            with asyncio.Runner() as runner:
                value = runner.run(inside.run(work))
        except BaseException as error:
            failure = error
        # The desk's loop may be gone by now; then nobody waits for the answer.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, value, failure)

    # A daemon, so that a venue that hangs never holds up the end of the process.
    threading.Thread(target=thread, name=name, daemon=True).start()
    try:
        return await result
    except asyncio.CancelledError:
        inside.cancel()
        raise
