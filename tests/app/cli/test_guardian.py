"""The guardian as a process of its own, beside a desk that is killed, frozen, or cannot write a byte any more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from core.errors import ChannelError
from core.halt.guardian.channel import read_address
from core.halt.guardian.link import ask_guardian
from core.halt.guardian.messages import State
from core.paper.faults import Fault, FaultKind
from core.tasks import spawn
from tests.app.cli.desk import REPOSITORY, Desk, desk_at, until
from tests.core.halt.dialects import TOLERANCE_S


class Guarded:
    """A desk's home with a guardian in it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.runtime = desk.home / "run"
        self.pids: set[int] = set()
        self.wrong: list[str] = []
        """Proofs that were told while the server held an order accepted before their listing began."""

    async def ask(self) -> State | None:
        try:
            state = await ask_guardian(self.runtime)
        except ChannelError:
            return None
        if state is not None:
            self.pids.add(state.pid)
            self._check(state)
        return state

    async def comes(self, condition: Callable[[State], bool], seconds: float = 20.0) -> State:
        """The first state of which it is true."""
        deadline_s = asyncio.get_running_loop().time() + seconds
        state: State | None = None
        while asyncio.get_running_loop().time() < deadline_s:
            state = await self.ask()
            if state is not None and condition(state):
                return state
            await asyncio.sleep(0.05)
        raise AssertionError(f"it did not come about in time; the guardian is {state}")

    async def ready(self) -> State:
        return await self.comes(lambda state: state.desks == 1 and state.ready == state.accounts, 40.0)

    def _check(self, state: State) -> None:
        for stop in state.stops:
            for row in stop.rows:
                began_s = row.listing_began_at_s
                if row.state != "verified" or began_s is None:
                    continue
                account = self.desk.site.venue_of(row.account).exchange.accounts[row.account]
                held = (*account.open_orders(), *account.open_triggers())
                early = [order for order in held if order.accepted_s < began_s - TOLERANCE_S and not order.reduce_only]
                self.wrong += [f"{row.account}: {order}" for order in early]

    def end(self) -> None:
        address = read_address(self.runtime)
        for pid in self.pids | ({address.pid} if address is not None else set()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def proven(accounts: int) -> Callable[[State], bool]:
    return lambda state: bool(state.stops) and state.stops[0].taken == state.stops[0].verified == accounts


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with desk_at(tmp_path / "home") as desk:
        desk.site.running = False
        made = Guarded(desk)
        desk.tables["guardian"] = {"enabled": True}
        desk.write()
        try:
            yield made
        finally:
            made.end()
            assert made.wrong == []


def _policy(it: Guarded, **values: object) -> None:
    it.desk.tables["guardian"] |= values
    it.desk.write()


async def test_a_desk_that_was_killed_is_stopped_past_where_the_policy_says_so_and_proven(guarded: Guarded) -> None:
    it = guarded
    _policy(it, on_crash="stop")
    async with it.desk.headless() as running:
        await it.ready()
        assert all(it.desk.resting().values())
        await running.end(signal.SIGKILL)
    state = await it.comes(proven(2))
    assert it.desk.resting() == it.desk.protective(), "what can only reduce is kept by an automatic stop"
    assert "ended without a goodbye: everything is stopped" in state.alarms[0].words
    told = (await it.desk.run("status")).out
    assert "STOPPED  portfolio" in told
    assert "fired" in told
    assert "2 of 2 accounts taken over, 2 of these proven" in told
    # A desk that comes back finds the stop, and says what happened.
    async with it.desk.headless() as running:
        await it.comes(lambda state: state.desks == 1)
        assert await until(lambda: "guardian.alarm" in it.desk.kinds(), 10.0)
        assert (await it.desk.run("reset", "--reason", "it is mended")).code == 0
        await it.comes(lambda state: not state.stops)
        pid = next(iter(it.pids))
        assert await running.end() == 0
        assert await until(lambda: not _lives(pid), 10.0), "a guardian that a desk started ends with the last goodbye"
    assert (await it.desk.run("status", "--json")).json["guardian"] is None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


async def test_a_frozen_desk_hinders_neither_the_guardian_nor_the_command_line(guarded: Guarded) -> None:
    it = guarded
    _policy(it, missed_after_s=1.0, on_missed_heartbeats="stop")
    async with it.desk.headless() as running:
        await it.ready()
        running.process.send_signal(signal.SIGSTOP)
        try:
            state = await it.comes(proven(2))
            assert state.stops[0].fired_by == "guardian"
            assert "misses its heartbeats for 1 s: everything is stopped" in state.alarms[0].words
            assert it.desk.resting() == it.desk.protective()
            halted = await it.desk.halt()
            assert halted.code == 0
            assert not any(it.desk.resting().values())
            assert "guardian" in halted.json["sweeping_on"]
            # The command has ended and the desk stands still: what appears now is the guardian's to take.
            it.desk.place_orders()
            assert await until(lambda: not any(it.desk.resting().values()), 10.0)
        finally:
            running.process.send_signal(signal.SIGCONT)
        assert await until(lambda: "guardian.alarm" in it.desk.kinds(), 10.0)


async def test_with_the_database_locked_and_no_room_for_a_latch_the_stop_is_fired_and_held_by_the_guardian(
    guarded: Guarded,
) -> None:
    it = guarded
    async with it.desk.headless() as running:
        await it.ready()
        latches = it.desk.home / "latches"
        shutil.rmtree(latches)
        latches.write_text("no room for a latch")
        with contextlib.closing(sqlite3.connect(it.desk.home / "scram.sqlite", timeout=10.0)) as locked:
            locked.execute("BEGIN EXCLUSIVE")
            it.desk.tables["limits"] = [
                {"scope": "portfolio", "metric": "leverage", "critical": 0.01, "policy": {"critical": "stop"}}
            ]
            it.desk.write()
            state = await it.comes(lambda state: bool(state.stops) and state.stops[0].on_disk)
            assert state.stops[0].fired_by == "limit"
            assert await until(lambda: it.desk.resting() == it.desk.protective(), 10.0)
            locked.rollback()
        assert list((it.desk.home / "guardian-latches").glob("*.latch.json"))
        await running.end(signal.SIGKILL)
        await it.comes(proven(2))
    latches.unlink()
    (row,) = (await it.desk.run("status", "--json")).json["latched"]
    assert row["fired_by"] == "limit"


async def test_a_guardian_that_is_killed_is_started_anew_and_meanwhile_the_desk_stops_alone(guarded: Guarded) -> None:
    it = guarded
    async with it.desk.headless() as running:
        first = await it.ready()
        os.kill(first.pid, signal.SIGKILL)
        it.desk.tables["limits"] = [
            {"scope": "portfolio", "metric": "leverage", "critical": 0.01, "policy": {"critical": "stop"}}
        ]
        it.desk.write()
        assert await until(lambda: it.desk.resting() == it.desk.protective(), 15.0)
        second = await it.comes(lambda state: state.pid != first.pid and state.desks == 1 and bool(state.stops), 40.0)
        assert second.stops[0].fired_by == "limit"
        assert await running.end() == 0
        assert f"the guardian (process {second.pid}) goes on sweeping" in running.err()
    await it.comes(proven(2))


async def test_the_guardians_own_credentials_stop_exactly_the_account_that_the_command_cannot(guarded: Guarded) -> None:
    it = guarded
    for end in ("API_KEY", "SECRET"):
        it.desk.environ[f"CANCEL_{end}"] = it.desk.environ[f"PAPER_ALPHA_2_{end}"]
    it.desk.environ["PAPER_ALPHA_2_API_KEY"] = "not-a-key-of-this-venue"
    it.desk.tables["accounts"][1]["guardian_credentials"] = "env:CANCEL"
    _policy(it, takeover_s=3.0)
    with _service(it.desk) as process:
        assert (await it.comes(lambda state: state.ready == 2, 40.0)).borrowed == 1
        stays = it.desk.site.add_fault(Fault(FaultKind.IGNORE_CANCELS, account="alpha-1"))
        fired = spawn(it.desk.halt("--wait", "12"), name="halt")
        state = await it.comes(lambda state: bool(state.stops) and state.stops[0].verified == 1)
        assert [row.account for row in state.stops[0].rows] == ["alpha-2"]
        assert it.desk.resting()["alpha-1"] > 0
        it.desk.site.faults.clear(stays)
        halted = await fired
        assert halted.code == 3, "the command itself has proven one account of two"
        assert not any(it.desk.resting().values())
        second = await it.desk.run("guardian")
        assert second.code == 2
        assert f"a guardian runs here already (process {process.pid})" in second.sentence()


@contextlib.contextmanager
def _service(desk: Desk) -> Iterator[subprocess.Popen[bytes]]:
    with (desk.home / "guardian.txt").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "guardian"], env=desk.environ, cwd=REPOSITORY, stdout=said, stderr=said
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def test_the_guardian_loads_no_window_no_database_and_no_risk_engine() -> None:
    program = (
        "import sys; import app.cli.guardian, ccxt.pro\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    heavy = {"PySide6", "qasync", "pyqtgraph", "sqlalchemy", "sqlmodel"}
    assert not loaded & (heavy | {"core.engine.engine", "core.journal", "core.risk", "core.book.book"})
