"""An export is whole or nothing, and never in the place of something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import JournalError
from core.journal.export import ExportFormat, export
from core.journal.records import Entry, Record, link

RECORD = link(1, Entry(1.0, 2.0, "event.raised", "scram", "", "{}"), "0" * 64)


@pytest.mark.parametrize("form", list(ExportFormat))
def test_a_file_that_is_there_is_left_alone_before_anything_is_read(tmp_path: Path, form: ExportFormat) -> None:
    path = tmp_path / "there"
    path.write_text("mine")

    def records() -> Iterator[Record]:
        raise AssertionError("nothing is to be read")
        yield RECORD

    with pytest.raises(JournalError, match="is there already"):
        export(records(), path, form)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("form", list(ExportFormat))
def test_a_file_that_somebody_makes_meanwhile_is_left_alone_too(tmp_path: Path, form: ExportFormat) -> None:
    path = tmp_path / "made"

    def records() -> Iterator[Record]:
        yield RECORD
        path.write_text("mine")

    with pytest.raises(JournalError, match="is there already"):
        export(records(), path, form)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["mine"]


def test_an_export_that_is_ended_half_way_leaves_nothing(tmp_path: Path) -> None:
    def records() -> Iterator[Record]:
        yield RECORD
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(records(), tmp_path / "all.csv", ExportFormat.CSV)
    assert list(tmp_path.iterdir()) == []
