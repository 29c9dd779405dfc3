"""Whatever is done to a journal behind its back is found, and the first record that it was done to is named."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, fields
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.clock import DAY_S, ManualClock
from core.errors import JournalError
from core.journal.journal import Journal
from core.journal.reader import JournalReader
from core.journal.records import Entry, Record, link
from core.journal.report import Fault, VerifyReport
from core.journal.seals import SEAL, fingerprint

HERE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=False
)
COLUMNS = tuple(field.name for field in fields(Record))


class Key:
    """Signs as the installation's own key does."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public_key = self._key.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)


OWN = Key()


def make(path: Path, actor: str) -> None:
    """Three days of records and two runs, sealed, with a note of every seal beside it."""
    clock = ManualClock()
    number = 0
    for _ in range(2):
        journal = Journal(path, clock, seals=path.with_name("seals"))
        journal.sign_with(OWN)
        assert journal.flush()
        for _ in range(3):
            for _ in range(6):
                number += 1
                journal.in_force(limits_version=number, config_version=f"c{number}")
                words = {"number": number, "words": "läuft" * (number % 4)}
                journal.record("event.raised", actor, f"account:a-{number}", words, subject=f"e-{number}")
                clock.advance(1.0)
            assert journal.flush()
            clock.advance(DAY_S)
        journal.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("original") / "journal.sqlite"
    make(path, actor="ann")
    return path


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    return tmp_path / "copy.sqlite"


@contextmanager
def tampered(original: Path, copy: Path) -> Iterator[sqlite3.Connection]:
    shutil.copyfile(original, copy)
    with closing(sqlite3.connect(copy)) as connection:
        yield connection
        connection.commit()


def verify(path: Path, notes: Path | None = None) -> VerifyReport:
    with JournalReader(path) as reader:
        return reader.verify(notes=notes, keys=(fingerprint(OWN.public_key),))


def rows_of(path: Path) -> list[Record]:
    with JournalReader(path) as reader:
        return list(reader.stream())


@pytest.fixture(scope="module")
def rows(original: Path) -> list[Record]:
    return rows_of(original)


def test_an_untouched_journal_is_intact_to_its_last_seal(original: Path, rows: list[Record]) -> None:
    report = verify(original, original.with_name("seals"))
    sealed = [row for row in rows if row.kind == SEAL]
    assert (report.intact, report.reason, report.records) == (True, "", len(rows))
    assert (report.seals, report.signed, report.noted) == (len(sealed), len(sealed), len(sealed))
    assert report.keys == (fingerprint(OWN.public_key),)
    assert rows[-1].kind == SEAL
    assert len(sealed) == 6


@HERE
@given(data=st.data())
def test_a_flipped_bit_in_any_field_of_any_record_names_that_record(
    data: st.DataObject, original: Path, copy: Path, rows: list[Record]
) -> None:
    record = data.draw(st.sampled_from(rows))
    column = data.draw(st.sampled_from(COLUMNS[1:]))
    value = getattr(record, column)
    with tampered(original, copy) as connection:
        if isinstance(value, int):
            new: object = value ^ (1 << data.draw(st.integers(0, 30)))
            connection.execute(f"UPDATE records SET {column} = ? WHERE seq = ?", (new, record.seq))
        elif isinstance(value, float):
            bits = struct.unpack("<q", struct.pack("<d", value))[0] ^ (1 << data.draw(st.integers(0, 62)))
            new = struct.unpack("<d", struct.pack("<q", bits))[0]
            assume(new == new)
            connection.execute(f"UPDATE records SET {column} = ? WHERE seq = ?", (new, record.seq))
        else:
            raw = bytearray(value.encode())
            assume(raw)
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
            connection.execute(f"UPDATE records SET {column} = CAST(? AS TEXT) WHERE seq = ?", (raw, record.seq))
    report = verify(copy)
    assert (report.first_bad_seq, report.fault) == (record.seq, Fault.EDITED)


@HERE
@given(data=st.data())
def test_deleted_records_are_named_by_the_first_of_them(
    data: st.DataObject, original: Path, copy: Path, rows: list[Record]
) -> None:
    gone = data.draw(st.sets(st.integers(1, len(rows)), min_size=1, max_size=5))
    with tampered(original, copy) as connection:
        connection.executemany("DELETE FROM records WHERE seq = ?", [(seq,) for seq in gone])
    report = verify(copy)
    assert report.first_bad_seq == min(gone)
    at_the_end = gone == set(range(min(gone), len(rows) + 1))
    assert report.fault is (Fault.CUT if at_the_end else Fault.MISSING)


@HERE
@given(data=st.data())
def test_two_swapped_records_are_named_by_the_first_of_them(
    data: st.DataObject, original: Path, copy: Path, rows: list[Record]
) -> None:
    first, second = sorted(data.draw(st.sets(st.integers(1, len(rows)), min_size=2, max_size=2)))
    with tampered(original, copy) as connection:
        for old, new in ((first, 0), (second, first), (0, second)):
            connection.execute("UPDATE records SET seq = ? WHERE seq = ?", (new, old))
    report = verify(copy)
    assert (report.first_bad_seq, report.fault) == (first, Fault.SWAPPED)
    assert report.reason == f"what belongs there stands at {second}"


def make_room(connection: sqlite3.Connection, place: int) -> None:
    connection.execute("UPDATE records SET seq = -seq - 1 WHERE seq >= ?", (place,))
    connection.execute("UPDATE records SET seq = -seq WHERE seq < 0")


def put_in(connection: sqlite3.Connection, record: Record) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    connection.execute(f"INSERT INTO records ({', '.join(COLUMNS)}) VALUES ({marks})", astuple(record))


@HERE
@given(data=st.data())
def test_an_inserted_record_is_named_also_where_it_was_given_the_right_hashes(
    data: st.DataObject, original: Path, copy: Path, rows: list[Record]
) -> None:
    place = data.draw(st.integers(1, len(rows)))
    forged = Entry(1.0, 2.0, "event.cleared", "bob", "portfolio", "{}")
    record = link(place, forged, rows[place - 2].hash if place > 1 else "0" * 64)
    if data.draw(st.booleans()):  # or somebody simply copied another one there
        source = data.draw(st.sampled_from(rows))
        assume(source.seq != place)
        record = Record(place, *astuple(source)[1:])
    with tampered(original, copy) as connection:
        make_room(connection, place)
        put_in(connection, record)
    assert verify(copy).first_bad_seq == place


@HERE
@given(data=st.data())
def test_a_record_rewritten_together_with_its_hash_is_named_and_not_the_one_behind_it(
    data: st.DataObject, original: Path, copy: Path, rows: list[Record]
) -> None:
    seq = data.draw(st.integers(1, len(rows) - 1))
    forged = link(seq, Entry(1.0, 2.0, "event.cleared", "bob", "portfolio", "{}"), rows[seq - 1].prev_hash)
    with tampered(original, copy) as connection:
        connection.execute("DELETE FROM records WHERE seq = ?", (seq,))
        put_in(connection, forged)
    report = verify(copy)
    assert (report.first_bad_seq, report.fault) == (seq, Fault.EDITED)


def rewrite(connection: sqlite3.Connection, rows: list[Record], first: int, upto: int) -> None:
    """As somebody does who knows everything but the key: from `first` on, all hashes and the note of the end too."""
    connection.execute("DELETE FROM records WHERE seq >= ?", (first,))
    head = rows[first - 2].hash if first > 1 else "0" * 64
    for row in rows[first - 1 : upto]:
        body = row.body if row.seq != first else '{"number":0}'
        if row.kind == SEAL:
            body = orjson.dumps({**orjson.loads(body), "root": head}, option=orjson.OPT_SORT_KEYS).decode()
        entry = Entry(
            row.at_s, row.mono_s, row.kind, row.actor, row.scope, body, row.subject, row.run, row.limits_version,
            row.config_version,
        )  # fmt: skip
        record = link(row.seq, entry, head)
        put_in(connection, record)
        head = record.hash
    state = orjson.dumps({"seq": upto, "hash": head}).decode()
    connection.execute("UPDATE state SET body = ? WHERE key = 'journal.head'", (state,))


@settings(HERE, max_examples=30)
@given(data=st.data())
def test_a_chain_rewritten_to_its_end_does_not_fit_the_next_seal(
    data: st.DataObject, original: Path, copy: Path, rows: list[Record]
) -> None:
    first = data.draw(st.sampled_from([row.seq for row in rows if row.kind != SEAL]))
    with tampered(original, copy) as connection:
        rewrite(connection, rows, first, len(rows))
    report = verify(copy)
    sealed = next(row.seq for row in rows if row.seq > first and row.kind == SEAL)
    assert report.fault is Fault.SEAL
    assert report.first_bad_seq is not None
    assert report.first_bad_seq <= first < sealed
    assert f"records {report.first_bad_seq} to {sealed} was rewritten" in report.reason


def test_a_chain_that_somebody_seals_with_another_key_is_not_trusted(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal(path, clock, seals=tmp_path / "seals")
    journal.sign_with(Key())
    journal.record("event.raised", "scram", "", {})
    journal.close()
    report = verify(path)
    assert (report.fault, report.first_bad_seq) == (Fault.SEAL, 1)
    assert "not one of those that are trusted" in report.reason
    with JournalReader(path) as reader:
        assert reader.verify().intact  # who knows no key is told which one it was
        assert len(reader.verify().keys) == 1


@settings(HERE, max_examples=30)
@given(data=st.data())
def test_a_cut_chain_with_its_own_note_made_to_fit_is_found_by_the_notes_outside(
    data: st.DataObject, original: Path, copy: Path, rows: list[Record]
) -> None:
    upto = data.draw(st.integers(1, len(rows) - 1))
    with tampered(original, copy) as connection:
        connection.execute("DELETE FROM records WHERE seq > ?", (upto,))
        state = orjson.dumps({"seq": upto, "hash": rows[upto - 1].hash}).decode()
        connection.execute("UPDATE state SET body = ? WHERE key = 'journal.head'", (state,))
    assert verify(copy).intact
    report = verify(copy, original.with_name("seals"))
    assert (report.first_bad_seq, report.fault) == (upto + 1, Fault.CUT)
    assert report.reason == f"records {upto + 1} to {len(rows)} are missing at the end"


def test_a_chain_made_anew_as_a_whole_is_found_by_the_notes_outside(
    original: Path, tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "new.sqlite"
    journal = Journal(path, clock, seals=tmp_path / "seals")
    journal.sign_with(OWN)
    for _ in range(100):
        journal.record("event.raised", "scram", "", {})
    journal.close()
    assert verify(path).intact
    report = verify(path, original.with_name("seals"))
    assert (report.first_bad_seq, report.fault) == (1, Fault.SEAL)


def test_a_chain_made_anew_by_somebody_who_has_the_key_is_found_by_the_notes_outside(
    original: Path, tmp_path: Path
) -> None:
    make(tmp_path / "new.sqlite", actor="bob")
    assert verify(tmp_path / "new.sqlite").intact
    report = verify(tmp_path / "new.sqlite", original.with_name("seals"))
    assert (report.first_bad_seq, report.fault) == (1, Fault.SEAL)
    assert "was noted outside as another one" in report.reason


@settings(HERE, max_examples=120)
@given(data=st.data())
def test_a_flipped_bit_anywhere_in_the_file_is_found_or_changes_no_record(
    data: st.DataObject, original: Path, copy: Path, rows: list[Record]
) -> None:
    content = bytearray(original.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    copy.write_bytes(content)
    for file in copy.parent.glob(f"{copy.name}-*"):
        file.unlink()
    try:
        report = verify(copy)
        found = rows_of(copy) if report.intact else []
    except JournalError:
        return
    assert not report.intact or found == rows


def test_an_index_that_hides_a_record_is_found_beside_the_record_itself(original: Path, copy: Path) -> None:
    """Every scope stands in the table and once more in an index; what is looked up by it would not be found."""
    content = original.read_bytes()
    faults = set()
    place = -1
    while (place := content.find(b"account:a-17", place + 1)) >= 0:
        changed = bytearray(content)
        changed[place + 10] ^= 0x04
        copy.write_bytes(changed)
        report = verify(copy)
        assert not report.intact
        faults.add(report.fault)
    assert faults == {Fault.EDITED, Fault.DAMAGED}


@settings(HERE, max_examples=30)
@given(data=st.data())
def test_a_file_that_ends_early_is_found(data: st.DataObject, original: Path, copy: Path) -> None:
    content = original.read_bytes()
    copy.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    for file in copy.parent.glob(f"{copy.name}-*"):
        file.unlink()
    try:
        report = verify(copy, original.with_name("seals"))
    except JournalError:
        return
    assert not report.intact


# Part of it


def test_a_part_is_checked_from_the_record_before_it_on(original: Path, copy: Path, rows: list[Record]) -> None:
    noon = rows[8].at_s
    inside = [row for row in rows if noon <= row.at_s < noon + DAY_S]
    with JournalReader(original) as reader:
        report = reader.verify(from_s=noon, to_s=noon + DAY_S)
    assert (report.intact, report.records) == (True, len(inside))
    for bad, found in ((inside[0].seq - 3, None), (inside[2].seq, inside[2].seq), (inside[-1].seq + 2, None)):
        with tampered(original, copy) as connection:
            connection.execute("UPDATE records SET actor = 'bob' WHERE seq = ?", (bad,))
        with JournalReader(copy) as reader:
            assert reader.verify(from_s=noon, to_s=noon + DAY_S).first_bad_seq == found
