"""Tables are written beside the desk's loop; what the page of the scopes leaves behind is there at the next start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pytestqt.qtbot import QtBot

from app.scope_keeping import ScopeKeeping
from app.settings import DeskSettings
from app.sheet_writer import SheetWriter
from core.sheet.model import Sheet, SheetColumn, SheetForm
from core.sheet.writing import ROWS_AT_ONCE
from tests.widgets.snapshots import build
from widgets.export_bar import ExportBar
from widgets.saved_view import SavedView
from widgets.scope_table import ScopeTable

ROWS = ROWS_AT_ONCE * 4


def sheet_of(before: Callable[[int], None] = lambda first: None) -> Sheet:
    values = np.arange(ROWS, dtype=np.float64)

    def column(first: int, last: int) -> np.ndarray:
        before(first)
        return values[first:last]

    return Sheet(ROWS, (SheetColumn("a", "A", column, True),))


@pytest.fixture
def bar(qtbot: QtBot) -> ExportBar:
    made = ExportBar()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def writer(bar: ExportBar) -> Iterator[SheetWriter]:
    made = SheetWriter(bar)
    yield made
    made.close()


def test_a_file_is_written_in_a_thread_of_its_own_and_the_bar_tells_how_far(
    qtbot: QtBot, bar: ExportBar, writer: SheetWriter, tmp_path: Path
) -> None:
    threads: set[str] = set()
    path = tmp_path / "t.parquet"
    writer.write(sheet_of(lambda _: threads.add(threading.current_thread().name)), SheetForm.PARQUET, str(path))
    assert not bar.isHidden()
    assert bar.is_running
    qtbot.waitUntil(lambda: not writer.is_running, timeout=20_000)
    assert threads == {"export"}
    assert pq.read_table(path).num_rows == ROWS
    assert bar.line.text() == f"✓ 16,000 rows written to {path}"
    bar.cancel.click()
    assert bar.isHidden()


def test_a_file_that_is_called_off_is_not_there(
    qtbot: QtBot, bar: ExportBar, writer: SheetWriter, tmp_path: Path
) -> None:
    reached, go = threading.Event(), threading.Event()

    def wait(first: int) -> None:
        if first:
            reached.set()
            go.wait(30)

    writer.write(sheet_of(wait), SheetForm.CSV, str(tmp_path / "t.csv"))
    assert reached.wait(30)
    qtbot.waitUntil(lambda: bar.progress.value() == ROWS_AT_ONCE, timeout=20_000)
    bar.cancel.click()
    go.set()
    qtbot.waitUntil(lambda: not writer.is_running, timeout=20_000)
    assert "Called off" in bar.line.text()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_named(
    qtbot: QtBot, bar: ExportBar, writer: SheetWriter, tmp_path: Path
) -> None:
    path = tmp_path / "nowhere" / "t.csv"
    writer.write(sheet_of(), SheetForm.CSV, str(path))
    qtbot.waitUntil(lambda: not writer.is_running, timeout=20_000)
    assert f"Nothing was written to {path}" in bar.line.text()
    assert "No such file" in bar.line.text()


def test_a_desk_that_is_closed_waits_for_no_file(bar: ExportBar, tmp_path: Path) -> None:
    writer = SheetWriter(bar)
    go = threading.Event()
    writer.write(
        sheet_of(lambda first: (go.wait(30) if first else None, None)[1]), SheetForm.CSV, str(tmp_path / "t.csv")
    )
    go.set()
    writer.close()
    assert not writer.is_running
    assert not any(thread.name == "export" for thread in threading.enumerate())
    assert not (tmp_path / "t.csv.part").exists()


def test_views_columns_and_folder_are_there_again_at_the_next_start(qtbot: QtBot, tmp_path: Path) -> None:
    def opened() -> tuple[ScopeTable, ScopeKeeping]:
        table = ScopeTable()
        qtbot.addWidget(table)
        keeping = ScopeKeeping(table, DeskSettings(tmp_path / "desk.ini", table), table)
        table.show()
        table.show_snapshot(build(5))
        return table, keeping

    table, keeping = opened()
    table.filter.setText("drawdown > 5%, or so")
    table.filter.setText('name ~ "a, b; %x" or drawdown > 5%')
    table.views._named("mine")
    path = tmp_path / "out" / "scopes.csv"
    path.parent.mkdir()
    table.bar.export._choose("scopes", SheetForm.CSV, str(path))
    qtbot.waitUntil(lambda: not keeping.writer.is_running, timeout=20_000)
    keeping.close()
    assert path.read_text(encoding="utf-8-sig").startswith('"kind","name","state",')
    again, kept = opened()
    assert again.views.own == (SavedView("mine", 'name ~ "a, b; %x" or drawdown > 5%'),)
    assert again.bar.export.folder == str(path.parent)
    kept.close()
