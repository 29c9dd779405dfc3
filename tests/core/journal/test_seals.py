"""When a seal is set, what it says, and its note outside the database."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from core.clock import DAY_S, ManualClock
from core.journal.journal import Journal
from core.journal.records import Record
from core.journal.seals import SEAL
from tests.core.journal.test_journal import tamper
from tests.core.journal.test_journal_trouble import wait_for
from tests.core.journal.test_verify import OWN

Sealed = Callable[[], Journal]


@pytest.fixture
def notes(path: Path) -> Path:
    return path.with_name("journal.sqlite.seals")


@pytest.fixture
def sealed(place: str | Path, path: Path, notes: Path, clock: ManualClock) -> Iterator[Sealed]:
    journals: list[Journal] = []

    def open_one() -> Journal:
        spill = path.with_name("journal.sqlite.spill")
        journals.append(Journal(place, clock, spill=spill, seals=notes))
        return journals[-1]

    yield open_one
    for journal in journals:
        journal.close(2.0)


def put(journal: Journal, count: int) -> None:
    for _ in range(count):
        journal.record("event.raised", "scram", "portfolio", {})
    assert journal.flush()


def seals(journal: Journal) -> list[Record]:
    return list(reversed(journal.recent(SEAL, 1_000)))


def noted(notes: Path) -> list[tuple[int, str]]:
    return [(row["seq"], row["hash"]) for row in map(orjson.loads, notes.read_bytes().splitlines())]


def test_a_day_is_sealed_before_the_first_record_of_the_next_one(sealed: Sealed, clock: ManualClock) -> None:
    journal = sealed()
    put(journal, 3)
    clock.advance(DAY_S)
    put(journal, 2)
    (seal,) = seals(journal)
    rows = list(reversed(journal.recent()))
    assert seal.seq == 4
    assert seal.data() == {
        "day": "2023-11-14", "why": "day", "count": 3, "first_seq": 1, "last_seq": 3, "root": rows[2].hash,
        "public_key": "", "ed25519": "", "unsigned": "the signing key is not there yet",
    }  # fmt: skip


def test_a_day_that_ends_while_nothing_happens_is_sealed_with_the_next_state(
    sealed: Sealed, clock: ManualClock
) -> None:
    journal = sealed()
    put(journal, 1)
    clock.advance(DAY_S)
    journal.save_state("book", {})
    assert journal.flush()
    assert [seal.data()["why"] for seal in seals(journal)] == ["day"]


def test_days_that_went_by_in_one_batch_are_sealed_one_by_one(sealed: Sealed, clock: ManualClock) -> None:
    journal = sealed()
    for _ in range(4):
        journal.record("event.raised", "scram", "portfolio", {})
        clock.advance(DAY_S)
    assert journal.flush()
    assert [seal.data()["count"] for seal in seals(journal)] == [1, 1, 1, 1]
    assert journal.verify().intact


def test_a_clock_that_is_set_back_over_midnight_seals_nothing_twice(sealed: Sealed, clock: ManualClock) -> None:
    journal = sealed()
    put(journal, 1)
    clock.set_wall(DAY_S)
    put(journal, 1)
    clock.set_wall(-DAY_S)
    put(journal, 5)
    assert [seal.data()["count"] for seal in seals(journal)] == [1]
    assert journal.verify().intact


def test_a_run_is_sealed_when_it_ends_and_what_a_killed_one_left_when_the_next_one_begins(
    sealed: Sealed, place: str | Path, clock: ManualClock
) -> None:
    first = sealed()
    first.sign_with(OWN)
    assert first.flush()
    put(first, 3)
    first.close()
    killed = Journal(place, clock)  # it never comes to its last seal
    put(killed, 2)
    killed.close()
    third = sealed()
    third.sign_with(OWN)
    assert third.flush()
    assert [(seal.data()["why"], seal.data()["count"]) for seal in seals(third)] == [("close", 3), ("start", 2)]
    assert all(seal.data()["ed25519"] for seal in seals(third))
    third.close()
    fourth = sealed()
    fourth.sign_with(OWN)
    assert fourth.flush()
    assert len(seals(fourth)) == 2  # nothing was recorded since
    assert (fourth.verify().seals, fourth.verify().signed) == (2, 2)


def test_a_seal_that_cannot_be_signed_says_why(sealed: Sealed) -> None:
    journal = sealed()
    put(journal, 1)
    journal.sign_with(None, "the keyring is locked")
    assert journal.flush()
    assert seals(journal)[0].data()["unsigned"] == "the keyring is locked"
    report = journal.verify()
    assert (report.intact, report.seals, report.signed) == (True, 1, 0)


# Outside the database


def test_every_seal_is_noted_outside_for_its_owner_alone(sealed: Sealed, notes: Path, clock: ManualClock) -> None:
    journal = sealed()
    for _ in range(3):
        put(journal, 2)
        clock.advance(DAY_S)
    journal.close()
    assert noted(notes) == [(seal.seq, seal.hash) for seal in seals(journal)]
    if sys.platform != "win32":
        assert stat.S_IMODE(notes.stat().st_mode) == 0o600


def test_a_seal_whose_note_was_lost_with_the_process_is_noted_by_the_next_run(sealed: Sealed, notes: Path) -> None:
    first = sealed()
    put(first, 2)
    first.close()
    lines = notes.read_bytes()
    notes.write_bytes(lines[:-20])  # killed while it was written
    second = sealed()
    put(second, 1)
    second.close()
    assert len(notes.read_bytes().splitlines()) == 3
    report = second.verify()
    assert (report.intact, report.seals, report.noted) == (True, 2, 2)


def test_a_note_that_cannot_be_written_is_told_and_made_up_for(sealed: Sealed, notes: Path, clock: ManualClock) -> None:
    notes.mkdir()
    journal = sealed()
    put(journal, 1)
    clock.advance(DAY_S)
    put(journal, 1)
    wait_for(lambda: "its seals cannot be noted in" in journal.status().error)
    assert journal.status().pending == 0
    notes.rmdir()
    clock.advance(DAY_S)
    put(journal, 1)
    assert journal.status().error == ""
    assert len(noted(notes)) == 2


def test_a_journal_that_was_begun_anew_behind_the_newest_note_is_known_when_it_is_opened(
    sealed: Sealed, place: str | Path
) -> None:
    first = sealed()
    put(first, 3)
    first.close()
    tamper(place, "DELETE FROM records", "DELETE FROM state")
    second = sealed()
    put(second, 1)
    assert not second.status().intact
    assert second.verify().first_bad_seq == 1


def test_half_a_line_in_the_notes_is_passed_over(sealed: Sealed, notes: Path, clock: ManualClock) -> None:
    notes.write_bytes(b'{"seq":1,"ha')
    journal = sealed()
    put(journal, 1)
    clock.advance(DAY_S)
    put(journal, 1)
    journal.close()
    assert (journal.verify().intact, journal.verify().noted) == (True, 2)
