"""Whole engines in processes of their own that are there to be killed: `python -m tests.core.engine.killed_desk`.

It reads a line for each, a JSON list of its home, its seed and its credentials, and answers with its process number.
Everything is imported once and forked. Each has an operator who acknowledges, approves and rejects at random, and
writes down in HOME/told.jsonl what was promised to him by then: a line written outlives a kill. From SIGUSR1 to SIGUSR2
its disk is full.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import random
import re
import signal
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from app.loop import raise_file_limit
from core.clock import SystemClock
from core.config.load import load_config
from core.engine import mending
from core.engine.build import build
from core.engine.engine import Engine
from core.engine.parts import Parts
from core.events.model import EventState
from core.intents import AcknowledgeEvent, ApproveMitigation, RejectMitigation
from core.mitigation.model import WAITING_STATES
from core.mitigation.recovery import Recovery, RecoverySettings
from core.places import find_places
from core.risk.limits import METRIC_DIRECTIONS
from core.snapshot import Snapshot
from core.tasks import spawn, stop_all
from tests.core.engine.full_disk import set_full

PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""
MARK = "test.mark"
"""Kind of the records that are counted."""


class Operator:
    def __init__(self, engine: Engine, parts: Parts, chance: random.Random, told: int) -> None:
        self._engine = engine
        self._parts = parts
        self._chance = chance
        self._told = told
        self._number = 0
        self._acknowledged: set[str] = set()
        self._said: set[str] = set()
        """What the desk said of itself, figures left out."""
        self.recorded: Counter[str] = Counter()
        """By kind, everything that was given to the journal."""
        engine.snapshot_ready.connect(self._hear)
        record = parts.journal.record

        def noted(kind: str, actor: str, scope: str, body: object, *, subject: str = "") -> None:
            self.recorded[kind] += 1
            record(kind, actor, scope, body, subject=subject)

        parts.journal.record = noted  # type: ignore[method-assign]

    def _hear(self, snapshot: Snapshot) -> None:
        self._said |= {re.sub(r"[0-9][0-9,.]*", "n", notice) for notice in snapshot.notices}

    def tell(self, what: str, value: Any) -> None:
        # While the disk is full nothing can be promised either.
        with contextlib.suppress(OSError):
            os.write(self._told, (json.dumps([os.getpid(), what, value]) + "\n").encode())

    async def work(self) -> None:
        while self._engine.latest is None:  # noqa: ASYNC110 (snapshots come several times a second)
            await asyncio.sleep(0.01)
        self.tell("restored", self._open())
        while True:
            await asyncio.sleep(self._chance.uniform(0.02, 0.12))
            self._act()
            self._number += 1
            self._parts.journal.record(MARK, "ada", "", {"process": os.getpid(), "number": self._number})
            number, acknowledged = self._number, sorted(self._acknowledged)
            if await asyncio.to_thread(self._parts.journal.flush, 5.0):
                self.tell("kept", number)
                self.tell("acknowledged", acknowledged)
            self.tell("shown", self._engine.latest.journal.records)

    def _open(self) -> dict[str, list[str]]:
        latest = self._engine.latest
        assert latest is not None
        return {
            "events": [row.event_id for row in latest.events],
            "keys": [f"{row.scope} {row.metric} {row.cause}" for row in latest.events],
            "mitigations": [row.mitigation_id for row in latest.mitigations],
        }

    def _act(self) -> None:
        latest = self._engine.latest
        assert latest is not None
        for event in latest.events:
            if event.acknowledged_by == "ada":
                self._acknowledged.add(event.event_id)
            elif event.state is not EventState.RESOLVED and self._chance.random() < 0.3:
                self._engine.submit(AcknowledgeEvent(event.event_id, "ada"))
        for row in latest.mitigations:
            if row.state in WAITING_STATES and self._chance.random() < 0.3:
                if self._chance.random() < 0.7:
                    self._engine.submit(ApproveMitigation(row.mitigation_id, "ada"))
                else:
                    self._engine.submit(RejectMitigation(row.mitigation_id, "ada", "not now"))

    def see_out(self) -> None:
        """The last word: what was there, what was said, and what was recorded, all but the records of the end."""
        self.tell("said", sorted(self._said))
        self.tell("recorded", self.recorded)
        self.tell("ended", self._open())


async def live(home: Path, seed: int) -> None:
    places = find_places(home, {})
    told = os.open(home / "told.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    config = load_config(places.config, METRIC_DIRECTIONS)
    clock = SystemClock()
    parts = await asyncio.to_thread(build, config, os.environ, places, clock, random.Random(seed), None, places.config)
    engine = Engine(parts)
    operator = Operator(engine, parts, random.Random(seed), told)
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    loop.add_signal_handler(signal.SIGUSR1, set_full, True)
    loop.add_signal_handler(signal.SIGUSR2, set_full, False)
    await engine.start()
    working = spawn(operator.work(), name="operator")
    try:
        await end.wait()
    finally:
        await stop_all([working])
        await engine.close()
        operator.see_out()


def serve() -> None:
    # What a killed process had signed is gone with it: the exchange is on this machine, and nothing is on its way.
    mending.Recovery = partial(Recovery, settings=RecoverySettings(doubt_s=1.0, pause_s=0.1))  # type: ignore[misc,assignment]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever was killed is gone at once
    raise_file_limit()
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        home, seed, credentials = json.loads(line)
        pid = os.fork()
        if not pid:
            os.environ.update(credentials)
            _be(Path(home), seed)
        print(pid, flush=True)  # noqa: T201


def _be(home: Path, seed: int) -> None:
    """The child: it never returns into the server."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a test that fails leaves nobody behind
        with (home / "stderr.txt").open("ab") as err:
            os.dup2(err.fileno(), 2)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with asyncio.Runner() as loop:
            loop.run(live(home, seed))
        code = 0
    except BaseException as error:
        import traceback

        traceback.print_exception(error)
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
