"""Orders of a mitigation are on the disk before the first of them leaves; a slow disk holds up none for long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from core.clock import SystemClock
from core.domain import Side
from core.engine.order_log import WAIT_S, OrderLog
from core.mitigation.executor import PlannedOrder


class Disk:
    def __init__(self) -> None:
        self.flushes = 0
        self.slow = threading.Event()
        self.given = threading.Event()

    def flush(self, timeout_s: float) -> bool:
        self.flushes += 1
        return not self.slow.is_set() or self.given.wait(timeout_s)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def recorded() -> list[PlannedOrder]:
    return []


@pytest.fixture
async def log(disk: Disk, told: list[str], recorded: list[PlannedOrder]) -> AsyncIterator[OrderLog]:
    made = OrderLog(recorded.append, disk, SystemClock(), told.append)
    yield made
    disk.given.set()
    await made.close()


def order(account: str = "alpha", mitigation: str = "m1") -> PlannedOrder:
    return PlannedOrder(mitigation, f"scm{account}", account, "BTC", "trend", Side.SELL, 1.0)


async def test_the_first_order_in_an_account_waits_for_the_disk_and_the_next_do_not(
    log: OrderLog, disk: Disk, recorded: list[PlannedOrder], told: list[str]
) -> None:
    for _ in range(3):
        await log.announce(order())
    assert disk.flushes == 1
    await log.announce(order("beta"))
    await log.announce(order(mitigation="m2"))
    assert disk.flushes == 3
    assert len(recorded) == 5
    assert told == []


async def test_many_accounts_that_begin_at_once_wait_for_the_disk_together(
    log: OrderLog, disk: Disk, recorded: list[PlannedOrder]
) -> None:
    await asyncio.gather(*(log.announce(order(f"a{number}")) for number in range(50)))
    assert len(recorded) == 50
    assert 1 <= disk.flushes <= 5


async def test_a_slow_disk_holds_up_one_order_a_little_and_is_told_of(
    log: OrderLog, disk: Disk, told: list[str], loop_time: Callable[[], float]
) -> None:
    disk.slow.set()
    began_s = loop_time()
    await log.announce(order())
    waited_s = loop_time() - began_s
    assert waited_s >= WAIT_S * 0.9
    for number in range(200):
        await log.announce(order(f"a{number}"))
    assert disk.flushes == 1
    (sentence,) = told
    assert "disk is slow" in sentence


async def test_what_has_ended_is_forgotten(log: OrderLog, disk: Disk) -> None:
    await log.announce(order())
    log.forget("m1")
    await log.announce(order())
    assert disk.flushes == 2


@pytest.fixture
def loop_time() -> Callable[[], float]:
    return SystemClock().monotonic
