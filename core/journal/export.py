"""Records as a file for others: CSV, JSON Lines or Parquet, a page at a time, whole or not at all."""

from __future__ import annotations

import csv
import enum
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any, Protocol

import orjson

from core.clock import utc_text
from core.errors import JournalError
from core.journal.records import Record
from core.spreadsheet import cell

GROUP = 20_000
"""Records in one row group of a Parquet file, and written at a time."""
_FIELDS = tuple(field.name for field in fields(Record))
COLUMNS = ("seq", "at", *_FIELDS[1:])
"""Of every format: the fields of a record, and its wall time as text (CSV, JSON Lines) or as a time (Parquet)."""


class ExportFormat(enum.StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class _Sink(Protocol):
    def write(self, records: Sequence[Record]) -> None: ...

    def close(self) -> None: ...


def format_of(path: Path) -> ExportFormat:
    """By the ending of its name. Raises JournalError for another one."""
    try:
        return ExportFormat(path.suffix.removeprefix(".").lower())
    except ValueError:
        allowed = ", ".join(one.value for one in ExportFormat)
        raise JournalError(
            f"{path.name} does not say in its ending what it is to be; name the format, or end it in {allowed}"
        ) from None


def export(
    records: Iterable[Record], path: Path, form: ExportFormat, progress: Callable[[int], None] = lambda done: None
) -> int:
    """Write them to `path`, which must not be there yet; returns how many. Raises JournalError.

    The file appears under its name only once all is in it and on the disk.
    """
    if path.exists():
        raise JournalError(f"{path} is there already and is not replaced")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror}") from None
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            count = _write(records, _SINKS[form](file), progress)
            file.flush()
            os.fsync(file.fileno())
        _give_name(part, path)
    except OSError as error:
        raise JournalError(f"{path} cannot be written: {error.strerror or error}") from None
    except (OverflowError, TypeError, ValueError):
        words = "a record is not what a record looks like; `scram journal verify` says which"
        raise JournalError(f"{path} was not written: {words}") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _write(records: Iterable[Record], sink: _Sink, progress: Callable[[int], None]) -> int:
    count, group = 0, list[Record]()
    try:
        for record in records:
            group.append(record)
            if len(group) == GROUP:
                sink.write(group)
                count += len(group)
                progress(count)
                group.clear()
        sink.write(group)
    finally:
        sink.close()
    return count + len(group)


def _give_name(part: Path, path: Path) -> None:
    """Never over what somebody else has put there meanwhile."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise JournalError(f"{path} is there already and is not replaced") from None
    except OSError:  # no links on this file system
        part.replace(path)


class _Csv:
    """With a header, CRLF between rows (RFC 4180); no text of others is ever taken for a formula."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._rows = csv.writer(self._file, lineterminator="\r\n")
        self._rows.writerow(COLUMNS)

    def write(self, records: Sequence[Record]) -> None:
        for record in records:
            values = [getattr(record, name) for name in _FIELDS]
            texts = [cell(value) if isinstance(value, str) else value for value in values]
            self._rows.writerow([texts[0], utc_text(record.at_s), *texts[1:]])

    def close(self) -> None:
        self._file.detach()


class _JsonLines:
    """One object a line, the body as an object within it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, records: Sequence[Record]) -> None:
        self._file.writelines(
            orjson.dumps(
                {"seq": record.seq, "at": utc_text(record.at_s), **asdict(record), "body": orjson.Fragment(record.body)}
            )
            + b"\n"
            for record in records
        )

    def close(self) -> None:
        pass


class _Parquet:
    """Row groups of `GROUP` records; kinds, actors and scopes in dictionaries."""

    def __init__(self, file: IO[bytes]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        whole, number, text = pa.int64(), pa.float64(), pa.string()
        kinds: dict[str, Any] = {
            "seq": whole, "at": pa.timestamp("us", tz="UTC"), "at_s": number, "mono_s": number,
            "limits_version": whole, "form": whole,
        }  # fmt: skip
        self._schema = pa.schema([(name, kinds.get(name, text)) for name in COLUMNS])
        self._table = pa.table
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")

    def write(self, records: Sequence[Record]) -> None:
        if not records:
            return
        columns: dict[str, list[Any]] = {name: [getattr(record, name) for record in records] for name in _FIELDS}
        columns["at"] = [round(at_s * 1e6) for at_s in columns["at_s"]]
        self._writer.write_table(self._table({name: columns[name] for name in COLUMNS}, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


_SINKS: dict[ExportFormat, Callable[[IO[bytes]], _Sink]] = {
    ExportFormat.CSV: _Csv,
    ExportFormat.JSONL: _JsonLines,
    ExportFormat.PARQUET: _Parquet,
}
