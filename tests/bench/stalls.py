"""How long the desk's loop stands still at most, with many accounts on paper exchanges beside it.

`python3 packaging/dev.py bench stalls [--json FILE] [--accounts N] [--seconds T]`. Loading and connecting are reported
apart from the run: both happen while an operator already looks at the window.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from app.demo.configuration import demo_credentials, demo_toml
from app.demo.paper import PaperProcess
from app.loop import run_with_qt
from app.screen import Screen, make_application
from app.session import running
from core.clock import SystemClock
from core.config import load_config
from core.engine.build import build
from core.engine.engine import Engine
from core.places import find_places, write_atomically
from core.tasks import spawn, stop_all

BEAT_S = 0.005
CONNECT_WITHIN_S = 120.0
SETTLE_S = 2.0
"""The garbage of the start is collected in this time; it counts as starting."""


async def _listen(delays_ms: list[float], clock: SystemClock) -> None:
    while True:
        asked_s = clock.monotonic()
        await clock.sleep(BEAT_S)
        delays_ms.append(max(0.0, clock.monotonic() - asked_s - BEAT_S) * 1000.0)


async def _measure(accounts: int, seconds: float, home: Path) -> dict[str, Any]:
    clock = SystemClock()
    async with PaperProcess(accounts, 4, 1, "calm") as paper:
        places = find_places(home, {})
        write_atomically(places.config, demo_toml(paper.description))
        environ = {**os.environ, **demo_credentials(paper.description)}
        parts = await asyncio.to_thread(build, load_config(places.config), environ, places, clock, random.Random(1))
        engine = Engine(parts)
        screen = Screen(engine.submit, "bench", asyncio.get_running_loop())
        starting: list[float] = []
        serving: list[float] = []
        try:
            async with running(engine, places, clock, screen.show):
                listener = spawn(_listen(starting, clock), name="bench start")
                began_s = clock.monotonic()
                while not _connected(engine) and clock.monotonic() - began_s < CONNECT_WITHIN_S:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                connected_s = clock.monotonic() - began_s
                await asyncio.sleep(SETTLE_S)
                await stop_all([listener])
                listener = spawn(_listen(serving, clock), name="bench run")
                updates = engine.updates
                await asyncio.sleep(seconds)
                await stop_all([listener])
                updates = engine.updates - updates
        finally:
            screen.close()
    return {
        "accounts": accounts,
        "seconds": seconds,
        "connected": _connected(engine),
        "connect_s": round(connected_s, 1),
        "updates_per_s": round(updates / seconds, 1),
        "starting_stall_ms": _summary(starting),
        "serving_stall_ms": _summary(serving),
        "cycle_p99_ms": round(parts.timing.view().cycle_p99, 2),
    }


def _connected(engine: Engine) -> bool:
    latest = engine.latest
    return latest is not None and all(row.resting_orders is not None for row in latest.connections)


def _summary(delays_ms: list[float]) -> dict[str, float]:
    values = np.array(delays_ms or [0.0])
    return {
        "p50": round(float(np.percentile(values, 50)), 2),
        "p99": round(float(np.percentile(values, 99)), 2),
        "max": round(float(values.max()), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found: dict[str, Any] = {}

    async def run(_: asyncio.Event) -> int:
        with tempfile.TemporaryDirectory() as home:
            found.update(await _measure(given.accounts, given.seconds, Path(home)))
        return 0

    run_with_qt(make_application(), run)
    for name, value in found.items():
        print(f"{name:<20} {value}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
