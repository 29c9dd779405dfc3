"""One thread, one loop: asyncio on Qt's event loop for the desk, plain asyncio for everything headless.

The main coroutine ends by a stop event, never by `QApplication.quit()`: that would tear the loop away under every
`await` of the shutdown.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from app.memory import without_full_collections
from core.tasks import spawn, stop_all

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

FILES_WANTED = 65_536

Main = Callable[[asyncio.Event], Awaitable[int]]
"""Runs until the event given is set, then cleans up and returns the exit code."""


def run_headless(main: Main) -> int:
    raise_file_limit()
    with without_full_collections(), asyncio.Runner() as runner:
        return runner.run(_guarded(main))


def run_with_qt(app: QApplication, main: Main) -> int:
    from qasync import QEventLoop

    raise_file_limit()

    app.setQuitOnLastWindowClosed(False)
    with without_full_collections(), asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        return runner.run(_guarded(main, app))


def raise_file_limit() -> None:
    """Every account holds a few sockets, and the usual soft limit of 1,024 files ends at some 250 accounts."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _guarded(main: Main, app: QApplication | None = None) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    ticking = None
    if app is not None:
        app.lastWindowClosed.connect(stop.set)
        # Python sees a signal only when it runs bytecode, and an idle Qt loop runs none.
        ticking = spawn(_tick(), name="signal tick")
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        return await main(stop)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if app is not None and ticking is not None:
            app.lastWindowClosed.disconnect(stop.set)
            await stop_all([ticking])


async def _tick() -> None:
    while True:  # noqa: ASYNC110 (there is no event to wait for: that anything runs at all is the point)
        await asyncio.sleep(0.25)
