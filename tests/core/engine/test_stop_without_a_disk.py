"""The desk's stop while its database is locked and while its disk is full: neither delays it, and both are told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.configuration import demo_credentials
from core.domain import PORTFOLIO
from core.intents import FireStop
from tests.core.engine.ground import Ground, until

REPOSITORY = Path(__file__).resolve().parents[3]


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program writes into it and does not come to an end."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.allowed_logs("journal")
async def test_a_locked_database_delays_no_stop_and_has_its_records_later(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched()
        with locked(ground.home / "scram.sqlite"):
            it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
            (runner,) = it.parts.halts.runners
            assert await runner.wait(20.0)
            assert not ground.resting("alpha-1")
            assert not ground.resting("alpha-2")
            assert runner.on_disk
            await until(lambda: "another program holds a lock" in it.parts.journal.status().error)
            await until(lambda: any("journal cannot be written" in line for line in it.latest.notices))
            await until(lambda: it.latest.halts[0].proven)
    kinds = ground.kinds()
    assert kinds.count("stop.fired") == 1
    assert "stop.proof" in kinds


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit on Windows")
async def test_a_full_disk_delays_no_stop_is_shown_and_the_latch_is_written_when_there_is_room(ground: Ground) -> None:
    ground.write()
    environ = {**os.environ, **demo_credentials(ground.site.describe())}
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "tests.core.engine.full_disk", str(ground.home)],
        env=environ, cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    came_to = json.loads(done.stdout)
    assert came_to["proven"], came_to
    assert not ground.resting("alpha-1")
    assert not ground.resting("alpha-2")
    assert "cannot be written" in came_to["latch_error"]
    assert "cannot be written" in came_to["journal"]
    assert (came_to["latch_error_then"], came_to["latches_then"]) == ("", 1)
    assert ground.kinds().count("stop.fired") == 1
