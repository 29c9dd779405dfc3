"""Tables as files and as lines to paste: full precision, an empty cell for what is unknown, no formulas of others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.sheet.model import Sheet, SheetColumn, SheetForm
from core.spreadsheet import cell

ROWS_AT_ONCE = 4_000
"""Written in one go: between two the writer asks whether to go on, and lets others run."""

GoOn = Callable[[int], bool]
"""Told how many rows are written; says whether to go on."""


def write_sheet(sheet: Sheet, path: Path, form: SheetForm, go_on: GoOn = lambda _: True) -> bool:
    """Write the file beside its place and move it there when it is whole. Returns whether it was written to the end.

    Raises OSError where it cannot be written; what was begun is removed then, and where nobody wants it any more.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        whole = (_write_csv if form is SheetForm.CSV else _write_parquet)(sheet, beside, go_on)
        if whole:
            beside.replace(path)
        return whole
    finally:
        beside.unlink(missing_ok=True)


def _write_csv(sheet: Sheet, path: Path, go_on: GoOn) -> bool:
    import pyarrow.csv as pacsv

    schema = _schema(sheet, [column.head for column in sheet.columns])
    options = pacsv.WriteOptions(quoting_style="needed")
    with path.open("wb") as file:
        # A spreadsheet takes a file for UTF-8 only where it says so.
        file.write("\N{ZERO WIDTH NO-BREAK SPACE}".encode())
        with pacsv.CSVWriter(file, schema, write_options=options) as writer:
            return _write_batches(sheet, schema, writer.write_batch, go_on, defused=True)


def _write_parquet(sheet: Sheet, path: Path, go_on: GoOn) -> bool:
    from pyarrow import parquet

    schema = _schema(sheet, [column.name for column in sheet.columns])
    with parquet.ParquetWriter(path, schema) as writer:
        return _write_batches(sheet, schema, writer.write_batch, go_on, defused=False)


def _schema(sheet: Sheet, names: list[str]) -> Any:
    import pyarrow as pa

    fields = [
        pa.field(name, pa.float64() if column.is_figure else pa.string(), metadata=_metadata(column))
        for name, column in zip(names, sheet.columns, strict=True)
    ]
    return pa.schema(fields, metadata=dict(sheet.notes))


def _metadata(column: SheetColumn) -> dict[str, str]:
    told = {"title": column.title, "unit": column.unit, **column.notes}
    return {key: value for key, value in told.items() if value}


def _write_batches(sheet: Sheet, schema: Any, write: Callable[[Any], None], go_on: GoOn, *, defused: bool) -> bool:
    import pyarrow as pa

    for first in range(0, sheet.rows, ROWS_AT_ONCE):
        last = min(sheet.rows, first + ROWS_AT_ONCE)
        arrays = [_array(column, first, last, defused=defused) for column in sheet.columns]
        write(pa.record_batch(arrays, schema=schema))
        if not go_on(last):
            return False
    return True


def _array(column: SheetColumn, first: int, last: int, *, defused: bool) -> Any:
    import pyarrow as pa

    values = column.values(first, last)
    if column.is_figure:
        figures = np.asarray(values, dtype=np.float64)
        return pa.array(figures, mask=np.isnan(figures))
    return pa.array([cell(text) if defused else text for text in values], pa.string())


def lines_of(sheet: Sheet) -> Iterator[str]:
    """Heads and rows with tabs between, as a spreadsheet takes them from the clipboard; figures in full precision."""
    yield "\t".join(_plain(column.head) for column in sheet.columns)
    columns = [
        [_number(value) for value in np.asarray(column.values(0, sheet.rows)).tolist()]
        if column.is_figure
        else [_plain(str(text)) for text in column.values(0, sheet.rows)]
        for column in sheet.columns
    ]
    yield from ("\t".join(row) for row in zip(*columns, strict=True))


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _plain(text: str) -> str:
    """Text that stays in one cell and is never computed."""
    return cell(" ".join(text.split()))
