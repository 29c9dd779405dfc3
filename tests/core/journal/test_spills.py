"""Several processes on one journal, each with a spill file of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.journal.database import url_of
from core.journal.journal import Journal
from core.journal.query import Wanted
from core.journal.records import Entry
from core.journal.spills import Spills, spill_path
from core.journal.store import Store
from tests.core.journal.conftest import Open
from tests.core.journal.test_journal_trouble import locked, numbers, put, wait_for

ROOT = Path(__file__).parents[3]


@pytest.fixture
def place(path: Path) -> Path:
    return path


@pytest.fixture
def spill(path: Path) -> Path:
    return path.with_name(path.name + ".spill")


def by(journal: Journal, actor: str) -> list[int]:
    return [row.data()["number"] for row in journal.replay(Wanted(actor=actor))]


def test_two_that_cannot_write_at_the_same_time_lose_nothing(open_journal: Open, path: Path, spill: Path) -> None:
    first, second = open_journal(retry_most_s=0.1), open_journal(retry_most_s=0.1)
    assert first.flush()
    assert second.flush()
    with locked(path):
        for start in range(0, 300, 100):
            for number in range(start, start + 100):
                first.record("event.raised", "north", "", {"number": number})
                second.record("event.raised", "south", "", {"number": number})
            wait_for(lambda: spill.exists() and spill_path(spill, 2).exists())
        for journal in (first, second):
            wait_for(lambda journal=journal: "300 of them in the spill file" in journal.status().error)
        assert by(first, "north") == by(first, "south") == list(range(300))  # a restart would know them all
    assert first.flush(20.0)
    assert second.flush(20.0)
    assert by(first, "north") == by(first, "south") == list(range(300))
    assert first.verify().intact
    assert not spill.exists()
    assert not spill_path(spill, 2).exists()


SPILL_AND_DIE = """
    import os
    import sys
    import time
    from pathlib import Path
    from core.clock import SystemClock
    from core.journal.journal import Journal

    journal = Journal(Path(sys.argv[1]), SystemClock())
    for number in range(100):
        journal.record("event.raised", "gone", "", {"number": number})
    while "in the spill file" not in journal.status().error:
        time.sleep(0.01)
    os._exit(1)
"""


def test_what_a_killed_process_left_in_the_second_file_is_taken_up_by_the_next_start(
    open_journal: Open, path: Path, spill: Path
) -> None:
    first = open_journal(retry_first_s=0.05, retry_most_s=0.1)
    assert first.flush()
    with locked(path):
        put(first, 0, 10)
        wait_for(spill.exists)
        process = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(SPILL_AND_DIE), str(path)], cwd=ROOT, check=False
        )
        assert process.returncode == 1
        assert spill_path(spill, 2).exists()
    assert first.flush(20.0)
    assert by(first, "scram") == list(range(10))
    second = open_journal()
    assert second.flush(20.0)
    assert by(second, "gone") == list(range(100))
    assert not spill_path(spill, 2).exists()
    assert second.verify().intact


def test_the_file_of_one_that_lives_is_left_alone(spill: Path, clock: ManualClock) -> None:
    entries = [Entry(1.0, 2.0, "event.raised", "scram", "", f'{{"number":{number}}}') for number in range(3)]
    living = Spills(spill, clock)
    living.append(entries, durable=False)
    other = Spills(spill, clock)
    assert other.load() == 0
    other.append(entries[:1], durable=False)
    assert spill_path(spill, 2).exists()
    living.close()
    third = Spills(spill, clock)
    assert third.load() == 3
    found, at, mark = third.read(10)
    assert (found, at) == (entries, 1)
    third.took(3, at, mark)
    assert not spill.exists()
    third.close()
    other.close()


def test_two_files_that_were_taken_over_half_go_on_where_the_database_says(
    open_journal: Open, path: Path, spill: Path
) -> None:
    """Each has a mark of its own: with one for both, one of them would be taken over twice."""
    clock = ManualClock()
    store = Store(url_of(path), clock)
    store.open()
    rows = [Entry(1.0, 2.0, "event.raised", "scram", "", f'{{"number":{number}}}') for number in range(200)]
    writers = [Spills(spill, clock), Spills(spill, clock)]
    for writer, mine in zip(writers, (rows[:100], rows[100:]), strict=True):
        writer.append(mine, durable=False)
    for writer in writers:
        entries, place, mark = writer.read(30)
        store.commit(entries, {}, (place, mark))  # and then both processes are killed
        writer.close()
    store.drop()
    journal = open_journal(chunk=30)
    assert journal.flush(20.0)
    assert sorted(numbers(journal)) == list(range(200))
