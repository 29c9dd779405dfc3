"""What leaves the scope table: lines on the clipboard, and sheets for a file."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from core.sheet.model import SheetForm
from core.snapshot import Snapshot
from tests.core.filtering.trees import roster_of
from tests.widgets.snapshots import build, matrix
from widgets.scope_sheet import sheet_of
from widgets.scope_table import ScopeTable

COPY, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def snapshot() -> Snapshot:
    made = dataclasses.replace(build(30), matrix=matrix(30, 4, unknown=0.1))
    return dataclasses.replace(made, roster=roster_of(made))


@pytest.fixture
def table(qtbot: QtBot) -> ScopeTable:
    made = ScopeTable()
    qtbot.addWidget(made)
    made.resize(1100, 640)
    made.show()
    made.show_snapshot(snapshot())
    return made


def choose(table: ScopeTable, *places: int) -> None:
    flags = QItemSelectionModel.SelectionFlag
    table.table.selectionModel().clear()
    for place in places:
        table.table.selectionModel().select(table.model.index(place, 0), flags.Select | flags.Rows)


def pasted() -> list[list[str]]:
    return [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]


def test_chosen_rows_are_copied_as_numbers_in_full_precision(table: ScopeTable, qtbot: QtBot) -> None:
    choose(table, 9, 2, 5)
    qtbot.keyClick(table.table, Qt.Key.Key_C, COPY)
    heads, *rows = pasted()
    scopes = [table.model.scope(table.model.source(place)) for place in (2, 5, 9)]
    assert [tuple(row[:2]) for row in rows] == [(scope.kind.value, scope.name) for scope in scopes]
    made = snapshot().matrix
    for name, unit in (("drawdown", "ratio"), ("equity", "USDT"), ("exit_time", "s"), ("leverage", "x")):
        at = heads.index(f"{name} [{unit}]")
        for scope, row in zip(scopes, rows, strict=True):
            value = float(made.value[made.rows[scope], made.column(name)])
            assert math.isnan(value) if row[at] == "" else float(row[at]) == value
    assert "3 rows copied as numbers" in table.story.text()


def test_chosen_rows_are_copied_as_shown_by_another_key(table: ScopeTable, qtbot: QtBot) -> None:
    choose(table, 1, 3)
    qtbot.keyClick(table.table, Qt.Key.Key_C, COPY | SHIFT)
    heads, *rows = pasted()
    assert heads[:4] == ["SCOPE", "STATE", "TREND", "LIMIT USED"]
    for place, row in zip((1, 3), rows, strict=True):
        node = table.model.source(place)
        at = table.model.column_named("equity")
        assert row[at] == table.model.text(node, at)
        assert row[3].endswith("%") or row[3] == "no limit"
        assert row[2].endswith("%") or row[2] == "unknown"


def test_what_is_too_much_for_the_clipboard_is_not_put_there(
    table: ScopeTable, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widgets.scope_table.MOST_COPIED", 10)
    QGuiApplication.clipboard().setText("before")
    table.table.selectAll()
    qtbot.keyClick(table.table, Qt.Key.Key_C, COPY)
    assert QGuiApplication.clipboard().text() == "before"
    assert "too many for the clipboard" in table.story.text()
    assert "export them instead" in table.story.text()


def _texts(values: object) -> Sequence[str]:
    assert isinstance(values, list)
    return values


def test_a_sheet_has_the_rows_and_columns_that_are_shown_in_their_order(table: ScopeTable) -> None:
    table.filter.setText("kind = account")
    table.table.sort_by(table.model.column_named("leverage"))
    sheet = sheet_of(table.model)
    by_name = {column.name: column for column in sheet.columns}
    assert sheet.rows == table.model.rowCount()
    assert sheet.notes["filter"] == "kind = account"
    names = list(_texts(by_name["name"].values(0, sheet.rows)))
    assert names == [table.model.scope(table.model.source(place)).name for place in range(sheet.rows)]
    values = np.asarray(by_name["leverage"].values(0, sheet.rows))
    known = values[~np.isnan(values)]
    assert known.tolist() == sorted(known.tolist(), reverse=True)
    assert by_name["leverage"].notes["formula"]
    assert {"state", "trend", "limit_used", "age", "least_trust"} <= set(by_name)
    shown = [info.name for at in range(table.model.columnCount()) if (info := table.model.metric(at)) is not None]
    assert [column.name for column in sheet.columns if column.name in shown] == shown


def test_a_sheet_stands_still_while_the_table_goes_on(table: ScopeTable) -> None:
    sheet = sheet_of(table.model)
    column = next(column for column in sheet.columns if column.name == "equity")
    before = np.asarray(column.values(0, sheet.rows)).copy()
    table.show_snapshot(build(12, seed=9))
    table.filter.setText("nothing")
    assert np.array_equal(np.asarray(column.values(0, sheet.rows)), before, equal_nan=True)


def test_a_sheet_of_the_tree_says_the_level_of_each_row(table: ScopeTable) -> None:
    table.bar.tree.setChecked(True)
    table.model.turn_all(opened=True)
    sheet = sheet_of(table.model)
    assert sheet.columns[0].name == "level"
    levels = np.asarray(sheet.columns[0].values(0, sheet.rows))
    assert levels[0] == 1.0
    assert set(levels.tolist()) == {1.0, 2.0, 3.0, 4.0}


@pytest.mark.parametrize("form", list(SheetForm))
def test_a_file_is_asked_for_and_told_to_whoever_writes_it(table: ScopeTable, qtbot: QtBot, form: SheetForm) -> None:
    with qtbot.waitSignal(table.export_wished) as told:
        table.bar.export._choose("scopes", form, f"/tmp/of-nobody/scopes.{form}")
    sheet, wished, path = told.args
    assert (sheet.rows, wished, path) == (table.model.rowCount(), form, f"/tmp/of-nobody/scopes.{form}")
    assert table.bar.export.folder == "/tmp/of-nobody"
