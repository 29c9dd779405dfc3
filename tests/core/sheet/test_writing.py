"""Tables as files: nothing is lost, nothing is computed, nothing half written is left behind."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sheet.model import Sheet, SheetColumn, SheetForm
from core.sheet.writing import ROWS_AT_ONCE, lines_of, write_sheet

FIGURES = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20)


def sheet_of(figures: Sequence[float], texts: Sequence[str]) -> Sheet:
    values = np.array(figures, dtype=np.float64)
    return Sheet(
        len(figures),
        (
            SheetColumn("name", "Name", lambda first, last: texts[first:last]),
            SheetColumn(
                "drawdown", "Drawdown", lambda first, last: values[first:last], True, "ratio", {"formula": "1 - u"}
            ),
        ),
        {"base_currency": "USD"},
    )  # fmt: skip


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _same(found: float, value: float) -> bool:
    return found == value or (math.isnan(found) and math.isnan(value))


@given(FIGURES)
def test_figures_come_back_from_a_csv_file_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, of: list[float]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    assert write_sheet(sheet_of(of, ["a"] * len(of)), path, SheetForm.CSV)
    heads, *rows = _read(path)
    assert heads == ["name", "drawdown [ratio]"]
    assert all(_same(float(row[1] or "nan"), value) for row, value in zip(rows, of, strict=True))


@given(FIGURES)
def test_figures_are_pasted_to_the_last_bit_and_unknown_ones_are_empty(of: list[float]) -> None:
    _, *rows = lines_of(sheet_of(of, ["a"] * len(of)))
    told = [row.split("\t")[1] for row in rows]
    assert all(_same(float(text or "nan"), value) for text, value in zip(told, of, strict=True))
    assert [text == "" for text in told] == [math.isnan(value) for value in of]


def test_a_parquet_file_knows_units_titles_formulas_and_what_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    assert write_sheet(sheet_of([0.25, math.nan, math.inf], ["=a", "b", "c"]), path, SheetForm.PARQUET)
    table = pq.read_table(path)
    assert table.column("drawdown").to_pylist() == [0.25, None, math.inf]
    assert table.column("name").to_pylist() == ["=a", "b", "c"]
    assert table.schema.field("drawdown").metadata == {b"title": b"Drawdown", b"unit": b"ratio", b"formula": b"1 - u"}
    assert table.schema.metadata[b"base_currency"] == b"USD"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "|cmd", "%x", "＝1"])
def test_no_name_is_a_formula_in_a_spreadsheet(tmp_path: Path, text: str) -> None:
    write_sheet(sheet_of([-1.5], [text]), tmp_path / "t.csv", SheetForm.CSV)
    row = _read(tmp_path / "t.csv")[1]
    assert row[0].startswith("'")
    assert row[1] == "-1.5"
    pasted = list(lines_of(sheet_of([-1.5], [text])))[1].split("\t")
    assert pasted[0].startswith("'")
    assert pasted[1] == "-1.5"


def test_whoever_no_longer_wants_a_file_finds_none(tmp_path: Path) -> None:
    many = ROWS_AT_ONCE * 3
    told: list[int] = []

    def go_on(rows: int) -> bool:
        told.append(rows)
        return len(told) < 2

    for form in SheetForm:
        told.clear()
        assert not write_sheet(sheet_of([0.0] * many, ["a"] * many), tmp_path / "t", form, go_on)
        assert told == [ROWS_AT_ONCE, 2 * ROWS_AT_ONCE]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("before", encoding="utf-8")

    def broken(first: int, last: int) -> list[str]:
        raise OSError("no space left")

    sheet = Sheet(2, (SheetColumn("name", "Name", broken),))
    with pytest.raises(OSError, match="no space"):
        write_sheet(sheet, path, SheetForm.CSV)
    assert [(file.name, file.read_text(encoding="utf-8")) for file in tmp_path.iterdir()] == [("t.csv", "before")]


def test_a_table_without_rows_has_its_heads(tmp_path: Path) -> None:
    for form in SheetForm:
        assert write_sheet(sheet_of([], []), tmp_path / f"t.{form}", form)
    assert _read(tmp_path / "t.csv") == [["name", "drawdown [ratio]"]]
    assert pq.read_table(tmp_path / "t.parquet").num_rows == 0
