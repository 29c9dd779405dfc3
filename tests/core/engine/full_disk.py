"""A whole engine in a process of its own, whose disk is full from a moment on: `python -m tests.core.engine.full_disk
HOME` stops everything then, lets go of the limit, and prints what it came to as JSON.

The limit is the system's own on how large a file may become: every write to a file fails, pipes and sockets do not.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import sys
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.config.load import load_config
from core.domain import PORTFOLIO
from core.engine.build import build
from core.engine.engine import Engine
from core.halt.runner import HaltRunner
from core.intents import FireStop
from core.places import find_places
from core.risk.limits import METRIC_DIRECTIONS


def set_full(full: bool) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0 if full else hard, hard))


async def run(home: Path) -> dict[str, Any]:
    places = find_places(home, {})
    config = load_config(places.config, METRIC_DIRECTIONS)
    parts = await asyncio.to_thread(build, config, os.environ, places, SystemClock(), random.Random(1))
    engine = Engine(parts)
    await engine.start()
    try:
        while not _all_listed(engine):  # noqa: ASYNC110 (snapshots come several times a second)
            await asyncio.sleep(0.05)
        set_full(True)
        engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        (runner,) = parts.halts.runners
        proven = await runner.wait(30.0)
        view = runner.view()
        await asyncio.sleep(1.0)  # a journal that cannot be written says so after its first tries
        full = {"proven": proven, "latch_error": view.latch_error, "journal": parts.journal.status().error}
        set_full(False)
        return full | await _mended(runner, home)
    finally:
        await engine.close()


def _all_listed(engine: Engine) -> bool:
    return engine.latest is not None and all(row.resting_orders is not None for row in engine.latest.connections)


async def _mended(runner: HaltRunner, home: Path) -> dict[str, Any]:
    for _ in range(100):
        if not runner.view().latch_error:
            break
        await asyncio.sleep(0.1)
    latches = list(find_places(home, {}).latches.glob("*.latch.json"))
    return {"latch_error_then": runner.view().latch_error, "latches_then": len(latches)}


if __name__ == "__main__":
    with asyncio.Runner() as loop:
        print(json.dumps(loop.run(run(Path(sys.argv[1])))))  # noqa: T201
