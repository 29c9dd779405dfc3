"""Kills engines at random moments and looks at what they left: in the journal, and at the exchange."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from app.demo.configuration import demo_credentials
from core.domain import Side
from core.engine.process_mark import is_there
from core.journal.reader import JournalReader
from core.journal.records import Record
from core.mitigation.model import ENDED_STATES, MitigationState
from core.mitigation.order_ids import PLAN, parse, short
from core.paper.engine.model import OrderKind, OrderRequest, Refusal
from core.places import find_places
from core.tasks import spawn, stop_all
from tests.core.engine.ground import Ground, until
from tests.core.engine.killed_desk import MARK

REPOSITORY = Path(__file__).resolve().parents[3]
STARTING_S = 2.5
MOST_S = 20.0
"""So long it is waited for an engine to show or order something, before it is killed anyway."""
SOON_S = 0.8
"""And so much longer it lives then, at most."""
LOOK_S = 0.05
IN_FLIGHT = frozenset({MitigationState.RUNNING.value, MitigationState.VERIFYING.value})
ENDED = frozenset(state.value for state in ENDED_STATES)


def under_load(ground: Ground) -> None:
    """Limits that are breached all the time, with every policy that needs somebody."""
    ground.limit(
        "account:*", "leverage", medium=0.8, high=1.4, clear=0.05, policy={"medium": "propose", "high": "auto"}
    )
    ground.limit("venue:*", "leverage", medium=1.0, high=1.6, policy={"medium": "approve", "high": "approve"})
    ground.limit("portfolio", "gross_exposure", low=1.0)
    ground.limit("account:*", "drawdown", low=0.01, medium=0.02, clear=0.2)


class Nursery:
    """Forks engines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def bear(self, ground: Ground, seed: int) -> int:
        """The process number of a new one."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        ask = [str(ground.home), seed, demo_credentials(ground.site.describe())]
        self._process.stdin.write(json.dumps(ask) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextlib.contextmanager
def nursery() -> Iterator[Nursery]:
    environ = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.core.engine.killed_desk"]
    with subprocess.Popen(
        command, env=environ, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield Nursery(process)
        process.kill()


class Killing:
    def __init__(self, ground: Ground, nursery: Nursery, chance: random.Random) -> None:
        self._ground = ground
        self._nursery = nursery
        self._chance = chance
        self._ordered = asyncio.Event()
        self._orders: set[str] = set()
        """Client ids of Scram's orders, as the exchanges took them."""
        self.home = ground.home
        self.kills = 0
        self.starting = 0
        self.in_flight = 0
        """Kills that left a mitigation under way."""

    # -- killing --------------------------------------------------------------------------------------------------

    async def once(self) -> None:
        """One engine, killed; everything that it leaves is looked at."""
        pid = self._nursery.bear(self._ground, self._chance.randrange(2**31))
        await self._moment(pid)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not is_there(pid))
        self.kills += 1
        left = self.look()
        self.starting += not left.was_told_by(pid)
        self.in_flight += bool(left.in_flight())

    async def in_trouble(self, trouble: Callable[[int], AbstractContextManager[None]], seconds: float) -> None:
        """One engine at work; in the middle of it `trouble`, given its process number, for so long."""
        pid = self._nursery.bear(self._ground, self._chance.randrange(2**31))
        await self._shown_by(pid)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ordered.wait(), MOST_S)
        with trouble(pid):
            await asyncio.sleep(seconds)
        await asyncio.sleep(seconds)
        os.kill(pid, signal.SIGTERM)
        await until(lambda: not is_there(pid), 60.0)

    async def _moment(self, pid: int) -> None:
        """Any: while it starts, while it watches, or while orders of its own are on their way."""
        kind = self._chance.random()
        if kind < 0.3:
            await asyncio.sleep(self._chance.uniform(0.0, STARTING_S))
            return
        self._ordered.clear()
        if kind < 0.6:
            await self._shown_by(pid)
        else:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ordered.wait(), MOST_S)
        await asyncio.sleep(self._chance.uniform(0.0, SOON_S))

    async def _shown_by(self, pid: int) -> None:
        for _ in range(int(MOST_S / LOOK_S)):
            if any(process == pid for process, _, _ in _told(self.home)):
                return
            await asyncio.sleep(LOOK_S)

    async def see_out(self) -> Left:
        """A last engine that is let finish what the others began, and ended in order."""
        pid = self._nursery.bear(self._ground, self._chance.randrange(2**31))
        before = self.look().in_flight()
        for _ in range(240):
            await asyncio.sleep(0.25)
            now = self.look()
            if now.was_told_by(pid) and not before & now.in_flight():
                break
        os.kill(pid, signal.SIGTERM)
        await until(lambda: not is_there(pid), 60.0)
        left = self.look()
        told = {name: left.mitigations[name] for name in before & left.in_flight()}
        assert not told, f"never finished nor withdrawn: {told}"
        assert left.ended_in_order(), (self.home / "stderr.txt").read_text()[-2_000:]
        return left

    @contextlib.asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Prices that move and positions that grow again whenever they were cut."""
        ends = [venue.exchange.events.connect(self._hear) for venue in self._ground.site.venues]
        pumping = spawn(self._pump(), name="load")
        try:
            yield
        finally:
            await stop_all([pumping])
            for end in ends:
                end()

    def _hear(self, event: Any) -> None:
        name = parse(getattr(getattr(event, "order", None), "client_id", "") or "")
        if name is not None:
            self._orders.add(event.order.client_id)
            self._ordered.set()

    async def _pump(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self._ground.scale_prices(self._chance.uniform(0.985, 1.0152))
            for venue in self._ground.site.venues:
                for account in venue.exchange.accounts.values():
                    self._grow(venue.exchange, account)

    def _grow(self, exchange: Any, account: Any) -> None:
        symbol = self._chance.choice(sorted(self._ground.site.market.index))
        mark = self._ground.site.market.mark_of(symbol)
        held = {row.symbol: row.quantity for row in account.open_positions()}
        wallet = account.equity()
        gross = sum(abs(quantity) * self._ground.site.market.mark_of(name) for name, quantity in held.items())
        if gross > 2.0 * wallet:
            return
        side = Side.BUY if held.get(symbol, 0.0) >= 0.0 else Side.SELL
        quantity = exchange.market.instrument(symbol).floor_quantity(0.2 * wallet / mark)
        with contextlib.suppress(Refusal):
            exchange.place(account, OrderRequest(symbol, side, OrderKind.MARKET, quantity))

    # -- looking --------------------------------------------------------------------------------------------------

    def look(self) -> Left:
        """What is left now; raises AssertionError where that is not as it should be."""
        left = Left(self.home)
        left.check()
        plans = {short(name, PLAN) for name in left.mitigations}
        strangers = {name for name in self._orders if short_plan(name) not in plans}
        assert not strangers, f"orders of plans that no record tells of: {sorted(strangers)}"
        return left


def short_plan(client_id: str) -> str:
    name = parse(client_id)
    assert name is not None
    return name.plan


class Left:
    """A journal, as the engines that were killed left it, and what they had promised."""

    def __init__(self, home: Path) -> None:
        # In this order: an engine that still runs goes on promising, and keeping what it promised before.
        self.told = _told(home)
        self.records = _records(home)
        self.mitigations: dict[str, str] = {}
        """By id the last state told."""
        self._events: dict[str, dict[str, Any]] = {}
        """Those not resolved, by id."""

    def alive(self) -> set[str]:
        """Mitigations whose end was not told."""
        return {name for name, state in self.mitigations.items() if state not in ENDED}

    def in_flight(self) -> set[str]:
        """Those that were being carried out or verified when last told of."""
        return {name for name, state in self.mitigations.items() if state in IN_FLIGHT}

    @property
    def promises(self) -> int:
        """Records and acknowledgements that some engine said were kept."""
        kept = {process: value for process, what, value in self.told if what == "kept"}
        acknowledged = {process: len(value) for process, what, value in self.told if what == "acknowledged"}
        return sum(kept.values()) + sum(acknowledged.values())

    def was_told_by(self, pid: int) -> bool:
        return any(process == pid for process, _, _ in self.told)

    def ended_in_order(self) -> bool:
        return self.records[-1].kind in {"engine.ended", "journal.seal"} and self.told[-1][1] == "ended"

    def check(self) -> None:
        self._check_promises()
        starts: dict[int, tuple[set[str], set[str]]] = {}
        doubled: list[str] = []
        for record in self.records:
            if record.kind == "engine.started":
                starts[len(starts)] = (set(self._events), self.alive())
            self._take(record, doubled)
        assert not doubled, f"the same limit has two open events: {doubled}"
        self._check_restarts()

    def _take(self, record: Record, doubled: list[str]) -> None:
        word = record.kind.partition(".")[0]
        if word == "event":
            after = record.data()["event_after"]
            if after["state"] == "resolved":
                self._events.pop(after["event_id"], None)
                return
            key = (record.scope, after["metric"], after["cause"])
            same = [
                name
                for name, row in self._events.items()
                if (row["scope_text"], row["metric"], row["cause"]) == key and name != after["event_id"]
            ]
            if same:
                doubled.append(f"{key}: {same} and {after['event_id']} (record {record.seq})")
            self._events[after["event_id"]] = {**after, "scope_text": record.scope}
        elif word == "mitigation" and isinstance(record.data(), dict) and "after" in record.data():
            after = record.data()["after"]
            if isinstance(after, dict):
                self.mitigations[after["mitigation_id"]] = after["state"]

    def _check_promises(self) -> None:
        marks = Counter(row.data()["process"] for row in self.records if row.kind == MARK)
        acknowledged = {
            row.data()["event_after"]["event_id"] for row in self.records if row.kind == "event.acknowledged"
        }
        for process, what, value in self.told:
            if what == "kept":
                assert marks[process] >= value, f"of {value} records kept by {process} only {marks[process]} are there"
            elif what == "acknowledged":
                missing = set(value) - acknowledged
                assert not missing, f"acknowledged before a kill, and no record of it: {missing}"
            elif what == "shown":
                assert len(self.records) >= value, f"{value} records were shown, {len(self.records)} are there"
            elif what == "restored":
                doubled = [key for key, count in Counter(value["keys"]).items() if count > 1]
                assert not doubled, f"two open events at a restart: {doubled}"

    def _check_restarts(self) -> None:
        """Whatever was open when an engine started, it knew, or told the end of."""
        self._events.clear()
        self.mitigations.clear()
        expected: dict[str, tuple[set[str], set[str]]] = {}
        ended: dict[str, set[str]] = {}
        run = ""
        for record in self.records:
            if record.kind == "engine.started":
                run = record.run
                expected[run] = (set(self._events), self.alive())
                ended[run] = set()
            before = set(self._events) | self.alive()
            self._take(record, [])
            if run:
                ended[run] |= before - set(self._events) - self.alive()
        restored = {process: value for process, what, value in self.told if what == "restored"}
        runs = {row.data()["process"]: row.run for row in self.records if row.kind == MARK}
        for process, value in restored.items():
            found = runs.get(process)
            if found not in expected:
                continue
            events, mitigations = expected[found]
            lost = events - set(value["events"]) - ended[found]
            assert not lost, f"events forgotten at the restart of {process}: {lost}"
            lost = mitigations - set(value["mitigations"]) - ended[found]
            assert not lost, f"plans forgotten at the restart of {process}: {lost}"


def _records(home: Path) -> list[Record]:
    database = find_places(home, {}).database
    if not database.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchall():
            return []  # killed before the tables were made: they are made whole or not at all
    with JournalReader(database) as reader:
        report = reader.verify()
        assert report.intact, f"record {report.first_bad_seq}: {report.reason}"
        return list(reversed(reader.recent(limit=1_000_000)))


def _told(home: Path) -> list[tuple[int, str, Any]]:
    path = home / "told.jsonl"
    if not path.exists():
        return []
    # Of a line that the kill cut in two nothing was promised.
    lines = path.read_bytes().split(b"\n")[:-1]
    return [tuple(json.loads(line)) for line in lines]
