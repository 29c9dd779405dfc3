"""What of a journal depends on its being a file."""

from __future__ import annotations

import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import JournalError
from core.journal.journal import Journal
from core.journal.reader import JournalReader
from tests.core.journal.conftest import Open
from tests.core.journal.test_journal import fill


@pytest.fixture
def place(path: Path) -> Path:
    return path


def test_a_field_of_another_type_is_found(path: Path, open_journal: Open) -> None:
    journal = open_journal()
    fill(journal, 20)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE records SET scope = x'ff00' WHERE seq = 8")
    report = journal.verify()
    assert (report.first_bad_seq, report.reason) == (8, "a field is not of its type")


def test_a_flipped_byte_in_the_file_is_found(path: Path, open_journal: Open) -> None:
    journal = open_journal()
    fill(journal, 20)
    journal.close()
    content = bytearray(path.read_bytes())
    place = content.index(b'{"number":11}') + len(b'{"number":')
    content[place] ^= 0x01
    path.write_bytes(content)
    with JournalReader(path) as reader:
        assert reader.verify().first_bad_seq == 12


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_a_journal_deleted_under_the_desk_is_begun_again_and_says_what_is_missing(journal: Journal, path: Path) -> None:
    fill(journal, 10)
    path.unlink()
    fill(journal, 2)
    assert journal.verify().first_bad_seq == 1
    assert not journal.status().intact


def test_a_reader_of_a_file_that_is_not_there_or_no_journal_says_so(tmp_path: Path) -> None:
    with JournalReader(tmp_path / "none.sqlite") as reader, pytest.raises(JournalError, match="there is no journal"):
        reader.count()
    (tmp_path / "noise").write_bytes(b"noise" * 1_000)
    with pytest.raises(JournalError, match="cannot be read"), JournalReader(tmp_path / "noise") as reader:
        reader.count()


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_only_its_owner_may_read_the_journal(journal: Journal, path: Path) -> None:
    fill(journal, 1)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_a_journal_on_a_medium_that_cannot_be_written_is_checked_all_the_same(
    journal: Journal, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an image of a disk would show it: without its newest records, which are beside it, and that is said."""
    fill(journal, 5)
    journal.close()
    medium = tmp_path / "medium"
    medium.mkdir()
    (medium / "journal.sqlite").write_bytes(path.read_bytes())
    real = sqlite3.connect

    class NoRoomForTheIndex(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            raise sqlite3.OperationalError("unable to open database file")

    def connect(name: str, **options: object) -> sqlite3.Connection:
        kind = sqlite3.Connection if "immutable" in name else NoRoomForTheIndex
        return real(name, factory=kind, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("core.journal.database.sqlite3.connect", connect)
    monkeypatch.setattr("core.journal.database.os.access", lambda *_: False)
    with JournalReader(medium / "journal.sqlite") as reader:
        report = reader.verify()
    assert (report.records, report.intact, report.remarks) == (5, True, ())
    (medium / "journal.sqlite-wal").write_bytes(b"frames")
    with JournalReader(medium / "journal.sqlite") as reader:
        (remark,) = reader.verify().remarks
    assert "newest records are in" in remark
