"""How long a desk's loop stands still while ten thousand limits are breached in ten seconds.

`python3 packaging/dev.py bench storm [--json FILE] [--accounts N] [--seconds T] [--seed S]`. The engine's own cycle by
its own clock, its journal on the disk, and its snapshots; no venue and no window beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from app.memory import without_full_collections
from core.clock import SystemClock
from core.events.model import EventState
from core.snapshot import Snapshot
from core.tasks import spawn, stop_all
from tests.core.engine.storm import Storm

BEAT_S = 0.005
SLICE_S = 0.01
"""Updates come in slices as a venue's stream would bring them."""
AFTER_S = 5.0
"""Ten thousand events stand, and nothing new happens."""


class Watch:
    """Delays of whoever is woken on the loop, and how long each cycle takes."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.delays_ms: list[float] = []
        self.late_s: float = 0.0
        storm.engine.snapshot_ready.connect(self.seen)
        self.latest: Snapshot | None = None

    def seen(self, snapshot: Snapshot) -> None:
        self.latest = snapshot

    async def listen(self) -> None:
        clock = self.storm.clock
        while True:
            asked_s = clock.monotonic()
            await clock.sleep(BEAT_S)
            self.delays_ms.append(max(0.0, clock.monotonic() - asked_s - BEAT_S) * 1000.0)

    def take(self) -> list[float]:
        found, self.delays_ms = self.delays_ms, []
        return found


async def measure(accounts: int, seconds: float, seed: int, home: Path) -> dict[str, Any]:
    clock = SystemClock()
    storm = Storm(home, accounts, 8, clock, seed)
    storm.calm()
    watch = Watch(storm)
    cycles: list[float] = []
    """What each cycle costs its thread: what others take from it meanwhile is in the stalls."""
    beat = storm.engine.beat

    def counted() -> None:
        began = time.thread_time()
        beat()
        cycles.append((time.thread_time() - began) * 1000.0)

    storm.engine.beat = counted  # type: ignore[method-assign]
    tasks = [spawn(storm.engine.beat_on(), name="cycle"), spawn(watch.listen(), name="listener")]
    await asyncio.sleep(2.0)
    gc.collect()
    gc.freeze()
    watch.take()
    calm, cycles[:] = cycles[:], []
    began_s = clock.monotonic()
    told = 0
    updates = list(storm.breaches())
    while told < len(updates):
        due = min(len(updates), int((clock.monotonic() - began_s) / seconds * len(updates)) + 1)
        for update in updates[told:due]:
            storm.take(update)
        told = due
        await asyncio.sleep(SLICE_S)
    stormed_s = clock.monotonic() - began_s
    while watch.latest is None or len(watch.latest.events) < accounts:  # noqa: ASYNC110
        await asyncio.sleep(SLICE_S)
    raised_s = clock.monotonic() - began_s
    in_storm, storm_cycles = watch.take(), cycles[:]
    cycles.clear()
    await asyncio.sleep(AFTER_S)
    after, after_cycles = watch.take(), cycles[:]
    await stop_all(tasks)
    flushed = await asyncio.to_thread(storm.parts.journal.flush, 60.0)
    kinds = storm.parts.journal.recent("event.raised", accounts + 10)
    latest = watch.latest
    flood = latest.alarms.flood
    result = {
        "accounts": accounts,
        "storm_s": round(stormed_s, 2),
        "all_raised_s": round(raised_s, 2),
        "calm_cycle_ms": _summary(calm),
        "storm_stall_ms": _summary(in_storm),
        "storm_cycle_ms": _summary(storm_cycles),
        "after_stall_ms": _summary(after),
        "after_cycle_ms": _summary(after_cycles),
        "open": sum(event.state is not EventState.RESOLVED for event in latest.events),
        "journaled": len({record.subject for record in kinds}) if flushed else None,
        "groups": len(latest.alarms.groups),
        "lines": len(flood.lines),
        "below": flood.below,
        "sentence": flood.sentence,
    }
    await asyncio.to_thread(storm.parts.journal.close)
    return result


def _summary(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    return {
        "p50": round(float(np.percentile(values, 50)), 1),
        "p99": round(float(np.percentile(values, 99)), 1),
        "max": round(max(values), 1),
        "count": len(values),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, without_full_collections():
        result = asyncio.run(measure(given.accounts, given.seconds, given.seed, Path(home)))
    text = json.dumps(result, indent=2)
    print(text)
    if given.json:
        given.json.write_text(text)


if __name__ == "__main__":
    main()
