"""What processes of one machine spend at one venue and egress, told to each other without a lock."""

from __future__ import annotations

import asyncio
import os
import struct
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.clock import ManualClock, SystemClock
from core.halt.firing import FiringOrder, Kind
from core.tasks import spawn, stop_all
from core.venues.budget import HEARD_S, RequestBudget
from core.venues.shared_budget import SLOTS, BudgetBoard, Record, SharedCount

A_MINUTE_BEGINS = 1_700_000_040.0
MINUTE = int(A_MINUTE_BEGINS // 60)
NAME = "binanceusdm by 192.0.2.7"


def counts(folder: Path, *tokens: int) -> list[SharedCount]:
    return [SharedCount(folder / "budget.bin", token) for token in tokens]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[SharedCount, SharedCount]]:
    one, other = counts(tmp_path, 1, 2)
    yield one, other
    one.close()
    other.close()


def rounds(*them: SharedCount, times: int = 2) -> None:
    for _ in range(times):
        for count in them:
            count.exchange()


def test_each_reads_what_the_other_told_and_never_its_own(pair: tuple[SharedCount, SharedCount]) -> None:
    one, other = pair
    one.tell(Record(MINUTE, 40.0, 3.0))
    other.tell(Record(MINUTE, 7.0))
    rounds(one, other)
    assert one.others == (Record(MINUTE, 7.0),)
    assert other.others == (Record(MINUTE, 40.0, 3.0),)
    one.tell(Record(MINUTE, 41.0))
    rounds(one, other)
    assert other.others == (Record(MINUTE, 41.0),)


def test_two_that_take_the_same_place_at_once_part_ways(tmp_path: Path) -> None:
    one, other = counts(tmp_path, 5, 5 + SLOTS)
    one.tell(Record(MINUTE, 1.0))
    other.tell(Record(MINUTE, 2.0))
    one.exchange()
    other._slot = one._slot  # as if both had read the file before either wrote
    rounds(other, one, other, times=3)
    assert one._slot != other._slot
    assert (one.others, other.others) == ((Record(MINUTE, 2.0),), (Record(MINUTE, 1.0),))
    one.close()
    other.close()


def test_a_process_that_died_counts_until_its_minute_is_over_and_then_leaves_its_place(tmp_path: Path) -> None:
    dead = counts(tmp_path, *range(1, SLOTS + 1))
    for count in dead:
        count.tell(Record(MINUTE, 1.0))
        count.exchange()
        count.close()
    (alive,) = counts(tmp_path, 1_000)
    alive.tell(Record(MINUTE, 5.0))
    alive.exchange()
    assert sum(row.weight for row in alive.others) == SLOTS
    alive.tell(Record(MINUTE + 3, 5.0))
    rounds(alive)
    assert alive.others == ()
    (late,) = counts(tmp_path, 1_001)
    late.exchange()
    assert late.others == (Record(MINUTE + 3, 5.0),)
    alive.close()
    late.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\xff" * 10_000),
        lambda path: path.write_bytes(path.read_bytes()[:-7]),
        lambda path: path.write_bytes(bytes(5)),
    ],
    ids=["emptied", "garbage", "cut", "short"],
)
def test_a_spoilt_file_is_written_anew(
    pair: tuple[SharedCount, SharedCount], tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    one, other = pair
    one.tell(Record(MINUTE, 40.0))
    other.tell(Record(MINUTE, 7.0))
    rounds(one, other)
    spoil(tmp_path / "budget.bin")
    rounds(one, other)
    assert (one.others, other.others) == ((Record(MINUTE, 7.0),), (Record(MINUTE, 40.0),))


def test_a_file_that_was_taken_away_is_made_again_and_both_meet_there(
    pair: tuple[SharedCount, SharedCount], tmp_path: Path
) -> None:
    one, other = pair
    one.tell(Record(MINUTE, 40.0))
    other.tell(Record(MINUTE, 7.0))
    rounds(one, other)
    if os.name == "posix":
        (tmp_path / "budget.bin").unlink()
    rounds(one, other, times=120)
    assert (one.others, other.others) == ((Record(MINUTE, 7.0),), (Record(MINUTE, 40.0),))
    assert (tmp_path / "budget.bin").exists()


def test_a_folder_that_cannot_be_had_costs_the_sharing_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    board = BudgetBoard(tmp_path / "file", 7)
    clock = ManualClock(now=A_MINUTE_BEGINS)
    budget = RequestBudget(100, clock, shared=board.count(NAME))
    budget.spend(30.0)
    board.count(NAME).exchange()
    assert budget.used == 30.0
    assert budget.has_room(70.0, 1.0)
    board.close()


@pytest.fixture
def budgets(tmp_path: Path) -> Iterator[tuple[ManualClock, RequestBudget, RequestBudget, Callable[[], None]]]:
    """Two budgets of one egress as two processes have them, and what brings each the other's news."""
    clock = ManualClock(now=A_MINUTE_BEGINS)
    one, other = counts(tmp_path, 1, 2)
    desk, guardian = (RequestBudget(100, clock, shared=count) for count in (one, other))
    yield clock, desk, guardian, lambda: rounds(one, other)
    one.close()
    other.close()


Budgets = tuple[ManualClock, RequestBudget, RequestBudget, Callable[[], None]]


def test_what_one_spends_the_other_has_no_more(budgets: Budgets) -> None:
    clock, desk, guardian, exchange = budgets
    desk.spend(40.0)
    guardian.spend(25.0)
    exchange()
    assert desk.used == guardian.used == 65.0
    assert guardian.has_room(35.0, 1.0)
    assert not guardian.has_room(36.0, 1.0)
    clock.advance(60.0)
    assert guardian.used == 0.0


def test_what_the_venue_told_one_of_strangers_the_other_counts_too_and_once(budgets: Budgets) -> None:
    clock, desk, guardian, exchange = budgets
    desk.spend(20.0)
    guardian.spend(10.0)
    exchange()
    desk.learned(70.0)  # 40 are by neither of them
    clock.advance(HEARD_S)
    assert desk.used == 70.0
    exchange()
    assert guardian.used == 70.0
    guardian.learned(70.0)
    clock.advance(HEARD_S)
    assert desk.used == guardian.used == 70.0


def test_what_the_other_spent_a_moment_ago_is_not_taken_for_a_strangers(budgets: Budgets) -> None:
    clock, desk, guardian, exchange = budgets
    desk.spend(5.0)
    exchange()
    guardian.spend(50.0)
    desk.learned(55.0)  # the venue knows of it before we do
    exchange()
    clock.advance(HEARD_S)
    assert desk.used == 55.0


def test_an_address_that_is_banned_for_one_is_for_the_other(budgets: Budgets) -> None:
    clock, desk, guardian, exchange = budgets
    guardian.spend(1.0)
    desk.refused(90.0, banned=True)
    exchange()
    assert guardian.shut_for_s == pytest.approx(90.0)
    assert not guardian.has_room(1.0, 1.0)
    clock.advance(91.0)
    assert guardian.has_room(1.0, 1.0)


async def test_watching_here_makes_way_for_a_stop_that_waits_there(budgets: Budgets) -> None:
    _, desk, guardian, exchange = budgets
    guardian.note_waiting(True)
    exchange()
    assert desk.stop_waits
    assert desk._wait_s(1.0) > 0.0
    guardian.note_waiting(False)
    exchange()
    assert not desk.stop_waits
    assert desk._wait_s(1.0) == 0.0


async def test_two_stops_that_wait_for_the_same_minute_never_overdraw_it_and_use_it_up(budgets: Budgets) -> None:
    clock, desk, guardian, exchange = budgets
    desk.spend(100.0)
    exchange()
    granted: list[float] = []
    stops = [spawn(_granted(FiringOrder(one, clock), granted), name="stop") for one in (desk, guardian)]
    try:
        await _settle(clock)
        exchange()
        assert granted == []
        clock.advance(60.5)
        for _ in range(40):
            await _settle(clock)
            exchange()
        assert 80.0 <= sum(granted) <= 100.0
        assert desk.used == guardian.used == sum(granted)
    finally:
        await stop_all(stops)


async def _granted(order: FiringOrder, granted: list[float]) -> None:
    """Wants the whole minute, in pieces."""

    async def one() -> None:
        if await order.turn(Kind.LIST, (0.0,), 5.0):
            order.budget.arrived(5.0)
            granted.append(5.0)

    await asyncio.gather(*(one() for _ in range(40)))


async def _settle(clock: ManualClock) -> None:
    """A tenth of a second passes, as between two exchanges."""
    for _ in range(20):
        await asyncio.sleep(0)
    clock.advance(0.1)


OTHER_PROCESS = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from core.clock import SystemClock
    from core.venues.budget import RequestBudget
    from core.venues.shared_budget import BudgetBoard

    board = BudgetBoard(Path(sys.argv[1]), 77)
    budget = RequestBudget(1_000_000, SystemClock(), shared=board.count(sys.argv[2]), minute_s=3_600.0)
    board.start()
    budget.spend(30.0)
    for _ in range(100):
        if budget.used == 42.0:
            break
        time.sleep(0.1)
    print(budget.used)
    board.close()
    board._thread.join(10.0)
    """
)


def test_two_processes_know_of_each_other(tmp_path: Path, repository: Path) -> None:
    board = BudgetBoard(tmp_path, 5)
    try:
        budget = RequestBudget(1_000_000, SystemClock(), shared=board.count(NAME), minute_s=3_600.0)
        board.start()
        budget.spend(12.0)
        other = subprocess.run(
            [sys.executable, "-c", OTHER_PROCESS, str(tmp_path), NAME],
            cwd=repository, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert other.stdout.strip() == "42.0"
        for _ in range(100):
            if budget.used == 42.0:
                break
            threading.Event().wait(0.05)
        assert budget.used == 42.0  # it has ended, and the venue has counted what it spent all the same
    finally:
        board.close()


def test_the_loop_never_touches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[str] = []

    def watch(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def call(*args: object, **named: object) -> object:
            touched.append(threading.current_thread().name)
            return real(*args, **named)

        return call

    board = BudgetBoard(tmp_path, 5)
    for name in ("open", "read", "write", "lseek"):
        monkeypatch.setattr(os, name, watch(name))
    budget = RequestBudget(100, SystemClock(), shared=board.count(NAME), minute_s=3_600.0)
    board.start()
    for _ in range(1_000):
        budget.spend(1.0)
        assert budget.used > 0.0
        budget.has_room(1.0, 1.0)
    for _ in range(50):
        if touched:
            break
        threading.Event().wait(0.05)
    board.close()
    assert set(touched) == {"request budgets"}


def test_a_record_that_was_caught_halfway_is_nobodys(pair: tuple[SharedCount, SharedCount], tmp_path: Path) -> None:
    one, other = pair
    one.tell(Record(MINUTE, 40.0))
    one.exchange()
    path = tmp_path / "budget.bin"
    raw = bytearray(path.read_bytes())
    at = raw.index(struct.pack("<d", 40.0))
    raw[at + 7] ^= 0x01  # the first half of another number
    path.write_bytes(bytes(raw))
    other.exchange()
    assert other.others == ()
    one.tell(Record(MINUTE, 41.0))
    one.exchange()
    other.exchange()
    assert other.others == (Record(MINUTE, 41.0),)
