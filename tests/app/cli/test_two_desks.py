"""Two desks in one home: the first acts, the second watches, and takes over at once where the first is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from core.engine.process_mark import own_mark
from tests.app.cli.desk import REPOSITORY, Desk, until


@pytest.mark.skipif(not own_mark(), reason="without marks a killed desk is waited for to the end of its term")
async def test_a_second_desk_watches_and_takes_over_when_the_first_is_killed(desk: Desk) -> None:
    async with desk.headless() as first:
        err = (desk.home / "second.txt").open("ab")
        second = subprocess.Popen(  # noqa: ASYNC220 (returns at once)
            [sys.executable, "-m", "app", "run", "--headless"], env=desk.environ, cwd=REPOSITORY, stdout=err, stderr=err
        )
        try:
            assert await until(lambda: "lease.watching" in desk.kinds(), 30.0)
            status = (await desk.run("status", "--json")).json["desk"]
            assert status["pid"] == first.process.pid
            assert (status["lease"]["held"], status["lease"]["view_only"]) == (2, False)
            await first.end(signal.SIGKILL)
            assert await until(lambda: desk.kinds().count("lease.held") == 2, 30.0)

            async def told() -> bool:
                found = (await desk.run("status", "--json")).json["desk"]
                return found is not None and found["pid"] == second.pid and found["lease"]["held"] == 2

            for _ in range(20):
                if await told():
                    break
                await asyncio.sleep(0.5)
            assert await told()
        finally:
            os.kill(second.pid, signal.SIGTERM)
            await asyncio.to_thread(second.wait, 20)
            err.close()
    assert desk.journal_is_intact()
