"""Pages for the desk, and the replay that a restart begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.journal.journal import Journal
from core.journal.query import ALL, Wanted
from core.journal.reader import JournalReader
from core.journal.records import Entry
from core.journal.spill import SpillFile
from tests.core.journal.conftest import Open
from tests.core.journal.test_journal_trouble import locked, numbers, put


@pytest.fixture
def told(journal: Journal, clock: ManualClock) -> Journal:
    """Nine records, ten seconds apart, of three kinds, two scopes and three events."""
    for number in range(9):
        kind = ("event.raised", "event.cleared", "eventual.odd")[number % 3]
        scope = "portfolio" if number < 5 else "account:alpha-1"
        actor = "ann" if number == 4 else "scram"
        journal.record(kind, actor, scope, {"number": number, "words": f"Number {number}"}, subject=f"e-{number // 3}")
        clock.advance(10.0)
    assert journal.flush()
    return journal


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ALL, [8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (Wanted(kinds=("event",)), [7, 6, 4, 3, 1, 0]),
        (Wanted(kinds=("event.cleared", "eventual")), [8, 7, 5, 4, 2, 1]),
        (Wanted(kinds=("even",)), []),
        (Wanted(scope="account:alpha-1"), [8, 7, 6, 5]),
        (Wanted(subject="e-1"), [5, 4, 3]),
        (Wanted(actor="ann"), [4]),
        (Wanted(text="nUMBER 7"), [7]),
        (Wanted(text="Number%"), []),
        (Wanted(from_s=1_700_000_020.0, to_s=1_700_000_040.0), [3, 2]),
        (Wanted(kinds=("event",), scope="portfolio", subject="e-1"), [4, 3]),
        (Wanted(run="another"), []),
    ],
)
def test_records_are_found_by_what_they_say(told: Journal, wanted: Wanted, found: list[int]) -> None:
    assert [row.data()["number"] for row in told.page(wanted)] == found
    assert [row.data()["number"] for row in told.replay(wanted)] == found[::-1]
    same = [
        row.data()["number"]
        for row in told.page()
        if wanted.matches(
            Entry(row.at_s, row.mono_s, row.kind, row.actor, row.scope, row.body, row.subject, row.run)
        )
    ]  # fmt: skip
    assert same == found


def test_pages_follow_one_another_without_a_hole_while_records_are_added(told: Journal) -> None:
    first = told.page(limit=4)
    put(told, 100, 3)
    assert told.flush()
    second = told.page(before=first[-1].seq, limit=4)
    third = told.page(before=second[-1].seq, limit=4)
    assert [row.data()["number"] for row in (*first, *second, *third)] == [8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_a_replay_begins_behind_the_place_that_it_is_given(told: Journal) -> None:
    assert [row.seq for row in told.replay(after=6)] == [7, 8, 9]


def test_a_lookup_by_event_or_scope_or_kind_reads_an_index_and_not_the_whole_table(told: Journal, path: Path) -> None:
    from core.journal.query import record_query

    for wanted in (Wanted(subject="e-1"), Wanted(scope="portfolio"), Wanted(kinds=("event",)), Wanted(from_s=1.0)):
        with JournalReader(path) as reader, reader._connection() as connection:
            query = record_query(connection, wanted).compile(connection, compile_kwargs={"literal_binds": True})
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
        assert "USING INDEX" in str(plan)


# The replay and the spill file


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
