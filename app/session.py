"""One session of the engine, with a window or without one: start, serve, end in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.desks import STATUS_FILE, running_desk
from app.memory import tend_memory
from core.clock import Clock, utc_text
from core.places import Places
from core.snapshot import Snapshot
from core.tasks import spawn, stop_all

if TYPE_CHECKING:
    from core.engine.engine import Engine

STATUS_S = 1.0
SHOW_HZ = 5.0
"""How often the window is redrawn: faster than the eye reads figures, slower than the engine beats."""

Show = Callable[[Snapshot], None]


@contextlib.asynccontextmanager
async def running(engine: Engine, places: Places, clock: Clock, show: Show | None = None) -> AsyncIterator[None]:
    """The engine at work, its snapshots shown and its status kept in a file, until the block is left."""
    tasks = [
        spawn(tend_memory(lambda: _started(engine), engine.startup_is_over, clock), name="memory"),
        spawn(_keep_status(engine, places, clock), name="status file"),
    ]
    if show is not None:
        tasks.append(spawn(_show(engine, show, clock), name="screen"))
    await engine.start()
    planned = False
    try:
        yield
        planned = True
    finally:
        await engine.close(
            planned=planned
        )  # the screen goes on meanwhile: a stop may still be fired from it, and is shown
        await stop_all(tasks)
        if not _told_by_another(places.runtime / STATUS_FILE):
            (places.runtime / STATUS_FILE).unlink(missing_ok=True)


def _started(engine: Engine) -> bool:
    latest = engine.latest
    return latest is not None and all(row.resting_orders is not None for row in latest.connections)


async def _show(engine: Engine, show: Show, clock: Clock) -> None:
    shown = 0
    while True:
        latest = engine.latest
        if latest is not None and latest.cycle != shown:
            shown = latest.cycle
            show(latest)
        await clock.sleep(1.0 / SHOW_HZ)


async def _keep_status(engine: Engine, places: Places, clock: Clock) -> None:
    path = places.runtime / STATUS_FILE
    while True:
        await clock.sleep(STATUS_S)
        latest = engine.latest
        # Of two desks in one home the one that acts tells how it stands.
        if latest is not None and latest.lease.view_only and _told_by_another(path):
            continue
        status = {"pid": os.getpid(), "at": utc_text(clock.now()), "at_s": clock.now(), **engine.status()}
        # A file that cannot be written costs `scram status` its figures and nothing else.
        with contextlib.suppress(OSError):
            await asyncio.to_thread(_replace, path, status)


def _told_by_another(path: Path) -> bool:
    told = running_desk(path)
    return told is not None and told["pid"] != os.getpid()


def _replace(path: Path, status: dict[str, Any]) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(status), encoding="utf-8")
    beside.replace(path)
