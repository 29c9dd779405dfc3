from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

import pytest

from core import tasks
from core.tasks import spawn, stop_all


async def fail() -> None:
    raise ValueError("the reason")


async def test_a_task_has_its_name_and_its_result() -> None:
    async def work() -> int:
        return 7

    task = spawn(work(), name="seven")
    assert task.get_name() == "seven"
    assert await task == 7


async def test_a_failure_that_nobody_handles_is_logged(expected_logs: Callable[[str], None]) -> None:
    expected_logs("ERROR core.tasks: task worker failed: the reason")
    task = spawn(fail(), name="worker")
    await asyncio.wait([task])
    await asyncio.sleep(0)


async def test_a_failure_goes_to_its_handler_and_not_to_the_log() -> None:
    seen: list[tuple[str, str]] = []
    task = spawn(fail(), name="worker", on_failure=lambda name, error: seen.append((name, str(error))))
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert seen == [("worker", "the reason")]


async def test_cancelling_is_no_failure() -> None:
    seen: list[str] = []
    task = spawn(asyncio.sleep(60), name="sleeper", on_failure=lambda name, _: seen.append(name))
    await asyncio.sleep(0)
    await stop_all([task])
    assert task.cancelled()
    assert seen == []


async def test_a_task_that_nobody_refers_to_lives_until_it_is_done() -> None:
    done = asyncio.Event()

    async def work() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            gc.collect()
        done.set()

    spawn(work(), name="forgotten")
    async with asyncio.timeout(5):
        await done.wait()
    await asyncio.sleep(0)
    assert not tasks._alive


async def test_stop_all_waits_for_tasks_that_take_their_time_and_for_those_that_fail() -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            ended.append("slow")

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("stubborn")
            raise ValueError from None

    running = [spawn(slow(), name="slow"), spawn(stubborn(), name="stubborn", on_failure=lambda *_: None)]
    await asyncio.sleep(0)
    await stop_all(running)
    assert sorted(ended) == ["slow", "stubborn"]
    await stop_all([])


def test_a_task_needs_a_running_loop() -> None:
    work = fail()
    with pytest.raises(RuntimeError, match="no running event loop"):
        spawn(work, name="too early")
    work.close()
