from __future__ import annotations

import enum
import math
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from core.clock import ManualClock
from core.domain import PORTFOLIO, Severity
from core.errors import JournalError
from core.journal.canonical import canonical
from core.journal.database import url_of
from core.journal.journal import Journal
from core.journal.reader import JournalReader
from core.journal.records import GENESIS
from tests.core.journal.conftest import Open

Place = str | Path


def fill(journal: Journal, count: int, kind: str = "event.raised") -> None:
    for number in range(count):
        journal.record(kind, "scram", "portfolio", {"number": number})
    assert journal.flush()


# The chain


def test_every_record_carries_the_hash_of_the_one_before_it(journal: Journal) -> None:
    fill(journal, 3)
    newest, middle, oldest = journal.recent()
    assert oldest.prev_hash == GENESIS
    assert middle.prev_hash == oldest.hash
    assert newest.prev_hash == middle.hash
    assert [row.seq for row in (oldest, middle, newest)] == [1, 2, 3]
    assert all(row.hash == row.expected_hash() for row in (oldest, middle, newest))


def test_an_untouched_journal_is_intact(journal: Journal) -> None:
    fill(journal, 500)
    report = journal.verify()
    assert (report.records, report.intact, report.first_bad_seq, report.reason) == (500, True, None, "")
    assert journal.status() == journal.status()
    assert (journal.status().records, journal.status().pending, journal.status().intact) == (500, 0, True)


def test_the_chain_goes_on_after_a_restart(open_journal: Open) -> None:
    first = open_journal()
    fill(first, 10)
    first.close()
    second = open_journal()
    fill(second, 10)
    assert second.verify().records == 20
    assert second.verify().intact


def test_a_record_keeps_both_times_who_what_and_where(journal: Journal, clock: ManualClock) -> None:
    clock.advance(1.5)
    journal.record("plan.made", "ann", "account:alpha-1", {"share": 0.25})
    journal.flush()
    (record,) = journal.recent("plan.made")
    assert (record.at_s, record.mono_s) == (clock.now(), clock.monotonic())
    assert (record.actor, record.scope, record.data()) == ("ann", "account:alpha-1", {"share": 0.25})


def test_a_record_says_by_which_run_it_was_made_what_it_is_about_and_what_was_in_force(open_journal: Open) -> None:
    first = open_journal()
    first.record("engine.started", "scram", "", {})
    first.in_force(limits_version=3, config_version="c0ffee")
    first.record("event.raised", "scram", "portfolio", {}, subject="e-1")
    first.in_force(limits_version=4)
    first.record("event.cleared", "scram", "portfolio", {}, subject="e-1")
    first.close()
    second = open_journal()
    second.record("engine.started", "scram", "", {})
    assert second.flush()
    again, cleared, raised, started = second.recent()
    assert [(row.limits_version, row.config_version) for row in (started, raised, cleared)] == [
        (0, ""), (3, "c0ffee"), (4, "c0ffee"),
    ]  # fmt: skip
    assert [row.subject for row in (started, raised, cleared)] == ["", "e-1", "e-1"]
    assert started.run == cleared.run == first.run != again.run == second.run


def test_recent_records_come_newest_first_of_one_kind(journal: Journal) -> None:
    fill(journal, 5, "event.raised")
    fill(journal, 5, "order.sent")
    assert [row.data()["number"] for row in journal.recent("event.raised", 2)] == [4, 3]
    assert len(journal.recent(limit=7)) == 7


# Tampering


@pytest.fixture
def written(open_journal: Open, place: Place) -> Place:
    journal = open_journal()
    fill(journal, 20)
    journal.close()
    return place


def tamper(place: Place, *statements: str) -> None:
    engine = sa.create_engine(url_of(place), poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


ADD = """
    INSERT INTO records (seq, at_s, mono_s, kind, actor, scope, body, prev_hash, hash)
    SELECT 21, at_s, mono_s, kind, actor, scope, body, hash, hash FROM records LIMIT 1
"""


@pytest.mark.parametrize(
    ("statements", "first_bad", "reason"),
    [
        (["UPDATE records SET body = '{\"number\":70}' WHERE seq = 8"], 8, "content does not match"),
        (["UPDATE records SET actor = 'bob' WHERE seq = 8"], 8, "content does not match"),
        (["UPDATE records SET at_s = at_s + 0.000001 WHERE seq = 8"], 8, "content does not match"),
        (["UPDATE records SET hash = replace(hash, 'a', 'b') WHERE seq = 20"], 20, "content does not match"),
        (["DELETE FROM records WHERE seq = 8"], 8, "record 8 is missing"),
        (["DELETE FROM records WHERE seq = 1"], 1, "record 1 is missing"),
        (["DELETE FROM records WHERE seq > 15"], 16, "records 16 to 20 are missing at the end"),
        (["DELETE FROM records"], 1, "records 1 to 20 are missing at the end"),
        (
            [
                "UPDATE records SET seq = 99 WHERE seq = 8",
                "UPDATE records SET seq = 8 WHERE seq = 9",
                "UPDATE records SET seq = 9 WHERE seq = 99",
            ],
            8,
            "what belongs there stands at 9",
        ),
        ([ADD], 21, "does not follow"),
        (["UPDATE records SET subject = 'e-2' WHERE seq = 8"], 8, "content does not match"),
        (["UPDATE records SET run = 'another' WHERE seq = 8"], 8, "content does not match"),
        (["UPDATE records SET limits_version = 9 WHERE seq = 8"], 8, "content does not match"),
        (["UPDATE records SET config_version = 'f00' WHERE seq = 8"], 8, "content does not match"),
        (["UPDATE records SET form = 1 WHERE seq = 8"], 8, "not of its type"),
        (["UPDATE records SET form = 1, subject = '', run = '', limits_version = 0, config_version = '' WHERE seq = 8"],
         8, "content does not match"),
    ],
)  # fmt: skip
def test_verification_names_the_first_record_that_was_tampered_with(
    written: Place, statements: list[str], first_bad: int, reason: str
) -> None:
    tamper(written, *statements)
    with JournalReader(written) as reader:
        report = reader.verify()
    assert not report.intact
    assert report.first_bad_seq == first_bad
    assert reason in report.reason


def test_a_tail_that_was_cut_is_known_when_the_journal_is_opened_and_stays_visible(
    written: Place, open_journal: Open
) -> None:
    tamper(written, "DELETE FROM records WHERE seq > 15")
    journal = open_journal()
    fill(journal, 3)
    assert not journal.status().intact
    assert "not what was written there" in journal.status().error
    report = journal.verify()
    assert (report.first_bad_seq, report.reason) == (16, "record 16 is missing")


def test_a_tail_cut_while_the_journal_is_open_is_found_too(journal: Journal, place: Place) -> None:
    fill(journal, 10)
    tamper(place, "DELETE FROM records WHERE seq > 5", "DELETE FROM state")
    fill(journal, 1)
    assert journal.verify().first_bad_seq == 6


# What goes in


def test_secrets_by_name_are_taken_out_at_any_depth(journal: Journal) -> None:
    body = {
        "account": {"api_key": "k", "Secret": "s", "nested": [{"private_key": "p", "PASSWORD": "w"}]},
        "key": "kept",
    }
    journal.record("config.read", "scram", "portfolio", body)
    journal.flush()
    (record,) = journal.recent()
    hidden = "(redacted)"
    account = {"api_key": hidden, "Secret": hidden, "nested": [{"private_key": hidden, "PASSWORD": hidden}]}
    assert record.data() == {"account": account, "key": "kept"}


class Colour(enum.StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Sample:
    colour: Colour
    severity: Severity
    value: float
    password: str


def test_frozen_records_become_canonical_json() -> None:
    sample = Sample(Colour.RED, Severity.HIGH, math.nan, "hidden")
    assert canonical(sample) == '{"colour":"red","password":"(redacted)","severity":3,"value":null}'
    assert canonical({"b": 1, "a": PORTFOLIO}) == '{"a":{"kind":"portfolio","name":""},"b":1}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.inf, '"inf"'), (-math.inf, '"-inf"'), (2**70, f'"{2**70}"'), ({3, 1, 2}, "[1,2,3]"), ((), "[]"),
        (np.float64(1.5), "1.5"), (np.array([1, 2]), "[1,2]"), ({Colour.RED: 1, 7: 2}, '{"7":2,"red":1}'),
        ("\ud800", '"?"'), (object(), '"(object)"'), (b"raw", '"(bytes)"'), (None, "null"), (True, "true"),
    ],
)  # fmt: skip
def test_any_value_has_a_canonical_form(value: Any, text: str) -> None:
    assert canonical(value) == text


def test_a_body_that_contains_itself_does_not_hang_the_caller() -> None:
    body: dict[str, Any] = {}
    body["self"] = body
    assert "(too deep)" in canonical(body)


@pytest.mark.expected_logs("a record's body cannot be written down")
def test_a_body_that_cannot_be_written_down_still_leaves_a_record(journal: Journal) -> None:
    class Hostile:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("no")

    journal.record("odd", "scram", "portfolio", Hostile())
    assert journal.flush()
    assert journal.recent("odd")[0].data() == {"unwritable": "Hostile", "error": "RuntimeError"}


def test_a_body_beyond_reason_is_cut_and_says_so(journal: Journal) -> None:
    journal.record("odd", "scram", "portfolio", {"text": "x" * 2_000_000})
    assert journal.flush()
    data = journal.recent("odd")[0].data()
    assert (data["cut"], data["characters"]) == (True, 2_000_011)
    assert journal.verify().intact


def test_recording_after_the_close_is_counted_as_lost_and_raises_nothing(journal: Journal) -> None:
    journal.close()
    journal.record("event.raised", "scram", "portfolio", {})
    assert journal.status().error == "1 records could not be kept and are lost"


# State


def test_state_is_read_back_at_once_and_after_a_restart(open_journal: Open) -> None:
    first = open_journal()
    first.save_state("high-water", {"portfolio": 1_000.0})
    assert first.load_state("high-water") == {"portfolio": 1_000.0}
    first.save_state("high-water", {"portfolio": 1_200.0})
    first.close()
    second = open_journal()
    assert second.flush()
    assert second.load_state("high-water") == {"portfolio": 1_200.0}
    assert second.load_state("nothing") is None


# Reading only


def test_a_reader_sees_a_journal_that_is_being_written(journal: Journal, place: Place) -> None:
    fill(journal, 5)
    journal.save_state("k", 1)
    journal.flush()
    with JournalReader(place) as reader:
        assert (reader.count(), reader.load_state("k"), reader.verify().intact) == (5, 1, True)
        fill(journal, 5)
        assert reader.count() == 10


def test_a_reader_cannot_write(journal: Journal, place: Place) -> None:
    fill(journal, 1)
    with JournalReader(place) as reader, pytest.raises(JournalError), reader._connection() as connection:
        connection.exec_driver_sql("DELETE FROM records")


def test_verification_while_records_are_written_raises_no_false_alarm(journal: Journal) -> None:
    fill(journal, 1)
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.0005):
            journal.record("event.raised", "scram", "portfolio", {})

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(15):
            assert journal.verify().reason == ""
            time.sleep(0.02)
    finally:
        stop.set()
        thread.join()


# More than one


def test_a_journal_of_a_newer_release_is_not_written_to(written: Place, open_journal: Open) -> None:
    tamper(written, "UPDATE schema_version SET version = 9")
    journal = open_journal(retry_first_s=0.01)
    journal.record("event.raised", "scram", "portfolio", {})
    assert not journal.flush(0.2)
    assert "schema version 9" in journal.status().error
    assert journal.status().pending == 1


def test_two_journals_on_one_file_share_one_chain(open_journal: Open, place: Place) -> None:
    first, second = open_journal(), open_journal()
    for _ in range(10):
        fill(first, 3)
        fill(second, 3)
    assert first.verify().records == 60
    assert first.verify().intact
    assert second.verify().intact
