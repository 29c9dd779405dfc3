"""The replay that a restart begins with, and the spill file; and that lookups read an index."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.journal.lookup import Lookup
from core.journal.query import Wanted
from core.journal.reader import JournalReader
from core.journal.records import Entry
from core.journal.spill import SpillFile
from tests.core.journal.conftest import Open
from tests.core.journal.test_journal_trouble import locked, numbers, put


@pytest.fixture
def place(path: Path) -> Path:
    return path


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(subject="e-1"), Wanted(scope="portfolio"), Wanted(kinds=("event",)), Wanted(kinds=("event", "order")),
        Wanted(kinds=("event",), scope="portfolio"), Wanted(from_s=1.0, to_s=2e9), Wanted(kinds=("event",), from_s=1.0),
    ],
)  # fmt: skip
def test_a_lookup_reads_an_index_and_never_the_whole_table(open_journal: Open, path: Path, wanted: Wanted) -> None:
    journal = open_journal()
    for kind in ("event.raised", "event.cleared", "order.sent"):
        journal.record(kind, "scram", "portfolio", {}, subject="e-1")
    assert journal.flush()
    with JournalReader(path) as reader, reader._connection() as connection:
        lookup = Lookup(connection, wanted)
        for query in (lookup.newest(None, 10), lookup.oldest(0, None, 10)):
            statement = query.compile(connection, compile_kwargs={"literal_binds": True})
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all())
            assert "SCAN records" not in plan
            assert "MULTI-INDEX" not in plan


def test_a_replay_tells_what_an_earlier_run_left_in_its_spill_file_too(open_journal: Open, path: Path) -> None:
    first = open_journal()
    put(first, 0, 5)
    assert first.flush()
    with locked(path):
        put(first, 5, 5)
        first.close()
        second = open_journal(retry_first_s=30.0)
        records = second.replay(Wanted(kinds=("event",)))
        assert [row.data()["number"] for row in records] == list(range(10))
        assert [row.seq for row in records] == list(range(1, 11))
        second.close()
    third = open_journal()
    assert third.flush()
    assert [row.hash for row in third.replay()] == [row.hash for row in records]  # these are the places that they took


def test_a_replay_before_any_database_was_made_tells_what_is_in_the_spill_file(
    open_journal: Open, path: Path, clock: ManualClock
) -> None:
    entries = [Entry(1.0, 2.0, "event.raised", "scram", "", f'{{"number":{number}}}') for number in range(3)]
    SpillFile(path.with_name(path.name + ".spill"), clock).append(entries, durable=False)
    with JournalReader(path) as reader:
        records = reader.replay(spill=path.with_name(path.name + ".spill"))
    assert [row.data()["number"] for row in records] == [0, 1, 2]


def test_a_replay_while_the_spill_file_is_taken_over_tells_everything_once(open_journal: Open, path: Path) -> None:
    first = open_journal()
    assert first.flush()
    with locked(path):
        put(first, 0, 3_000)
        first.close()
    second = open_journal(chunk=50)
    seen = [row.data()["number"] for row in second.replay(Wanted(kinds=("event",)))]
    assert seen == list(range(3_000))
    assert second.flush(20.0)
    assert numbers(second) == list(range(3_000))


def test_a_spill_file_of_the_first_release_is_taken_over(open_journal: Open, path: Path) -> None:
    path.with_name(path.name + ".spill").write_bytes(
        b'{"spill":"1.0-2.0-3"}\n[1.0,2.0,"event.raised","scram","portfolio","{\\"number\\":0}"]\n'
    )
    journal = open_journal()
    assert journal.flush()
    assert numbers(journal) == [0]
    assert journal.verify().intact
