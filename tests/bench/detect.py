"""From bytes on the socket to an event raised: paper exchanges under load in their own process, the engine headless.

`python3 packaging/dev.py bench detect [--json FILE] [--accounts N] [--rate N] [--seconds T]`. `--rate` is messages a
second in total. Every 30 ms a fill in one of many quiet accounts takes it over a limit of its own, and is undone a
second later; measured is from when the exchange wrote the message to when the event was raised and in the journal's
hands, on the monotonic clock that both processes share. In stages:

    receive   written by the exchange until ccxt's client has the text (sockets, the loop's other work)
    parse     JSON, and ccxt's and our reading of it until the book is given the update
    apply     the book takes it
    evaluate  waiting for the cycle, the view of the book, the risk matrix, the checks of all limits
    raise     events, their hand-over to the journal
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from ccxt.async_support.base.ws.client import Client

from app.demo.configuration import LIMITS, demo_credentials, demo_toml
from app.loop import run_headless
from app.session import running
from core.book.book import Book
from core.clock import SystemClock
from core.config.load import read_config
from core.config.source import parse
from core.config.write import to_toml
from core.domain import LinkState
from core.engine.build import build
from core.engine.engine import Engine
from core.engine.record import Recorder
from core.events.desk import EventDesk
from core.events.transitions import Change, Transition
from core.places import find_places
from core.risk.metrics import METRIC_NAMES
from core.venues.messages import PositionUpdate, Update
from tests.bench._busy_exchange import QUIET, QUIET_QUANTITY, STEP

STAGES = ("receive", "parse", "apply", "evaluate", "raise")
LIMIT = {"scope": f"account:{QUIET}*", "metric": "leverage", "low": 1.0}
QUIET_SHARE = 0.1
"""Of the accounts: those that are probed."""
CONNECT_WITHIN_S = 600.0
SETTLE_S = 8.0
"""The garbage of the start is collected in this time; it counts as starting."""
WARM_S = 3.0


class Stamps:
    """When each probe passed each stage, taken from outside of the engine by wrapping its methods."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.messages = 0
        self.rows: dict[str, list[float]] = {}
        """By the probe's quantity: text had, book given, book done, checked, raised; seconds."""
        self._received_s = 0.0
        self._newest: dict[str, str] = {}
        self._checked_s = 0.0

    def install(self) -> None:
        _around(Client, "handle_message", self._message)
        _around(Book, "apply", self._apply)
        _around(EventDesk, "step", self._step)
        _around(Recorder, "transition", self._transition)

    def _message(self, go: Callable[..., Any], client: Any, message: Any) -> Any:
        self._received_s = self.clock.monotonic()
        self.messages += 1
        return go(client, message)

    def _apply(self, go: Callable[..., Any], book: Any, update: Update) -> Any:
        if not (isinstance(update, PositionUpdate) and update.account.startswith(QUIET)):
            return go(book, update)
        given_s = self.clock.monotonic()
        result = go(book, update)
        if update.quantity > QUIET_QUANTITY + STEP / 2:
            key = f"{update.quantity:.3f}"
            if key not in self.rows:
                self.rows[key] = [self._received_s, given_s, self.clock.monotonic()]
                self._newest[update.account] = key
        return result

    def _step(self, go: Callable[..., Any], *args: Any) -> Any:
        self._checked_s = self.clock.monotonic()
        return go(*args)

    def _transition(self, go: Callable[..., Any], recorder: Any, change: Transition) -> Any:
        result = go(recorder, change)
        if change.what in (Change.RAISED, Change.REOPENED) and change.event_after.metric == LIMIT["metric"]:
            key = self._newest.pop(change.event_after.scope.name, "")
            if key in self.rows:
                self.rows[key] += [self._checked_s, self.clock.monotonic()]
        return result


def _around(owner: type, name: str, wrapper: Callable[..., Any]) -> None:
    inner = getattr(owner, name)
    setattr(owner, name, lambda self, *args: wrapper(inner, self, *args))


class BusyExchange:
    """The other process; see `tests.bench._busy_exchange`."""

    def __init__(self, process: asyncio.subprocess.Process, description: dict[str, Any]) -> None:
        self._process = process
        self.description = description
        self.written: dict[str, float] = {}

    def start(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"start\n")

    async def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self.written = json.loads(await self._process.stdout.readline())
        await self._process.wait()


@asynccontextmanager
async def busy_exchange(accounts: int, quiet: int, rate: int) -> AsyncIterator[BusyExchange]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench._busy_exchange", str(accounts), str(quiet), str(rate)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    try:
        assert process.stdout is not None
        yield BusyExchange(process, json.loads(await process.stdout.readline()))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def configuration(description: dict[str, Any]) -> str:
    """The demo's desk with its limits, which watches only, and a limit that probes break."""
    tables = parse(demo_toml(description))
    assert isinstance(tables, dict)
    for account in tables["accounts"]:
        account["mode"] = "watch"
    demo = [{name: value for name, value in row.items() if name != "policy"} for row in LIMITS]
    tables["limits"] = [*demo, LIMIT]
    return to_toml(tables)


async def measure(accounts: int, rate: int, seconds: float, home: Path) -> dict[str, Any]:
    clock, stamps = SystemClock(), Stamps()
    stamps.install()
    async with busy_exchange(accounts, max(4, round(accounts * QUIET_SHARE)), rate) as busy:
        places = find_places(home, {})
        config = read_config(configuration(busy.description), "the bench", METRIC_NAMES)
        environ = {**os.environ, **demo_credentials(busy.description)}
        parts = await asyncio.to_thread(build, config, environ, places, clock, random.Random(1))
        engine = Engine(parts)
        async with running(engine, places, clock):
            connect_s = await _connected(engine, clock)
            await clock.sleep(SETTLE_S)
            busy.start()
            await clock.sleep(WARM_S)
            stamps.rows.clear()
            messages, cycles, began_s, cpu_s = stamps.messages, _cycle(engine), clock.monotonic(), _cpu_s()
            await clock.sleep(seconds)
            took_s = clock.monotonic() - began_s
            messages, cycles, cpu_s = stamps.messages - messages, _cycle(engine) - cycles, _cpu_s() - cpu_s
            rows = dict(stamps.rows)
            cycle_p99 = parts.timing.view().cycle_p99
        await busy.end()
    times = [[busy.written[key], *row] for key, row in rows.items() if len(row) == len(STAGES) and key in busy.written]
    return {
        "accounts": accounts,
        "messages_per_s": round(messages / took_s, 1),
        **_summary(times),
        "connect_s": round(connect_s, 1),
        "cycles_per_s": round(cycles / took_s, 1),
        "cycle_p99_ms": round(cycle_p99, 1),
        "engine_cpu_share": round(cpu_s / took_s, 2),
        "load_average": round(os.getloadavg()[0], 2),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


async def _connected(engine: Engine, clock: SystemClock) -> float:
    """Until every account is read and streams; returns the seconds that it took."""
    began_s = clock.monotonic()
    while True:
        latest = engine.latest
        rows = latest.connections if latest is not None else ()
        ready = sum(row.link is LinkState.UP and row.resting_orders is not None for row in rows)
        armed = latest.outlook.able if latest is not None else 0
        if rows and ready == armed == len(rows):
            return clock.monotonic() - began_s
        print(f"  {ready} of {len(rows)} accounts watched, {armed} armed", end="\r", flush=True)
        if clock.monotonic() - began_s > CONNECT_WITHIN_S:
            raise SystemExit(f"only {ready} of {len(rows)} accounts were connected in {CONNECT_WITHIN_S:.0f} s")
        await clock.sleep(0.5)


def _cycle(engine: Engine) -> int:
    return engine.latest.cycle if engine.latest is not None else 0


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _summary(times: list[list[float]]) -> dict[str, Any]:
    if not times:
        raise SystemExit("not one probe was raised as an event")
    table = np.array(times) * 1000.0
    total, parts = table[:, -1] - table[:, 0], np.diff(table, axis=1)
    return {
        "probes": len(times),
        "p50_ms": _percentile(total, 50),
        "p99_ms": _percentile(total, 99),
        "max_ms": _percentile(total, 100),
        "stages": {
            name: {"p50_ms": _percentile(parts[:, at], 50), "p99_ms": _percentile(parts[:, at], 99)}
            for at, name in enumerate(STAGES)
        },
    }


def _percentile(values: Any, percent: float) -> float:
    return round(float(np.percentile(values, percent)), 3)


def table_of(found: dict[str, Any]) -> str:
    lines = [f"{name:<20} {value}" for name, value in found.items() if name != "stages"]
    lines += ["", f"{'stage':<10} {'p50 ms':>10} {'p99 ms':>10}"]
    lines += [f"{name:<10} {row['p50_ms']:>10.3f} {row['p99_ms']:>10.3f}" for name, row in found["stages"].items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=2_000, help="messages a second in total")
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    found: dict[str, Any] = {}

    async def run(_: asyncio.Event) -> int:
        with tempfile.TemporaryDirectory() as home:
            found.update(await measure(given.accounts, given.rate, given.seconds, Path(home)))
        return 0

    run_headless(run)
    print(table_of(found))
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
