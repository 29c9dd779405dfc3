"""The very first start: there is no journal yet, or its writer has only just begun to make it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.journal.reader import JournalReader
from tests.core.journal.conftest import Open


@pytest.fixture
def place(path: Path) -> Path:
    return path


def test_before_anything_was_written_there_is_no_state(open_journal: Open) -> None:
    assert open_journal().load_state("book") is None


def test_where_there_is_no_file_there_is_no_state_and_none_is_made(path: Path) -> None:
    with JournalReader(path) as reader:
        assert reader.load_state("book") is None
    assert not path.exists()


def test_a_file_without_tables_holds_no_state(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with JournalReader(path) as reader:
        assert reader.load_state("book") is None
