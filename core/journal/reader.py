"""Reading the journal: the last records, saved state, and the check of the whole chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from core.errors import JournalError
from core.journal.canonical import GENESIS, Record
from core.journal.chain import SELECT_RECORDS, Head, noted_head, read_state
from core.journal.database import file_of, open_engine, open_read_only, trouble, url_of
from core.journal.tables import RECORDS, STATE

TAIL = 200
"""Records looked at when a journal is opened; the whole chain is checked on demand."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    records: int
    """Records read until the check ended."""
    intact: bool
    first_bad_seq: int | None
    reason: str
    """One clause; "" when intact."""


class JournalReader:
    """Looks at a journal without being able to change it, whether or not somebody writes to it."""

    def __init__(self, place: str | Path) -> None:
        url = url_of(place)
        self._path = file_of(url)
        self._engine: Engine = open_engine(url) if self._path is None else open_read_only(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    def count(self) -> int:
        with self._connection() as connection:
            return int(connection.execute(select(func.count()).select_from(RECORDS)).scalar_one())

    def recent(self, kind: str | None = None, limit: int = 100) -> tuple[Record, ...]:
        """Newest first; of one kind, or of all."""
        query = SELECT_RECORDS.order_by(RECORDS.c.seq.desc()).limit(limit)
        if kind is not None:
            query = query.where(RECORDS.c.kind == kind)
        with self._connection() as connection:
            return tuple(Record(*row) for row in connection.execute(query))

    def load_state(self, key: str) -> Any:
        """What was saved last under `key`; None where nothing was, also before a journal was made at all."""
        if self._path is not None and not self._path.exists():
            return None
        with self._connection() as connection:
            # A writer that has just begun may have made the file and not yet the tables.
            return read_state(connection, key) if inspect(connection).has_table(STATE.name) else None

    def verify(self, known: Head | None = None) -> VerifyReport:
        """Recompute the whole chain, in constant memory; `known` is a record that must be in it."""
        with self._connection() as connection:
            # One view of the tables for all that follows, whatever is being written meanwhile.
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            return verify_chain(connection, known)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        if self._path is not None and not self._path.exists():
            raise JournalError(f"there is no journal at {self._path}")
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise JournalError(f"the journal cannot be read: {trouble(error)}") from None


def verify_chain(connection: Connection, known: Head | None = None) -> VerifyReport:
    head = Head()
    noted = noted_head(connection)
    query = SELECT_RECORDS.order_by(RECORDS.c.seq).execution_options(yield_per=2_000)
    read = 0
    for row in connection.execute(query):
        record = Record(*row)
        read += 1
        reason = _fault(record, head)
        if not reason and known is not None and record.seq == known.seq and record.hash != known.hash:
            reason = "it is not the record that was written"
        if reason:
            # A missing record is named by the place where it should be.
            return VerifyReport(read, False, min(record.seq, head.seq + 1), reason)
        head = Head(record.seq, record.hash)
    last = max(noted.seq, known.seq if known is not None else 0)
    if head.seq < last:
        return VerifyReport(read, False, head.seq + 1, f"records {head.seq + 1} to {last} are missing at the end")
    if head.seq == noted.seq and head.hash != noted.hash:
        return VerifyReport(read, False, head.seq, "the last record is not the one that was written last")
    if head.seq > noted.seq:
        return VerifyReport(read, False, noted.seq + 1, "records were added without the journal's hand")
    return VerifyReport(read, True, None, "")


def tail_is_intact(connection: Connection) -> bool:
    """A quick look at the last records when a journal is opened."""
    rows = connection.execute(SELECT_RECORDS.order_by(RECORDS.c.seq.desc()).limit(TAIL + 1)).all()
    records = [Record(*row) for row in reversed(rows)]
    noted = noted_head(connection)
    if (records[-1].seq if records else 0) != noted.seq:
        return False
    if len(records) <= TAIL:
        previous = Head()
    else:
        previous = Head(records[0].seq, records[0].hash)
        records = records[1:]
    for record in records:
        if _fault(record, previous):
            return False
        previous = Head(record.seq, record.hash)
    return True


def _fault(record: Record, before: Head) -> str:
    if record.seq != before.seq + 1:
        return f"record {before.seq + 1} is missing" if record.seq > before.seq else "its place is out of order"
    try:
        expected = record.expected_hash()
    except (TypeError, ValueError):  # SQLite stores any type in any column: edited rows need not be what they were
        return "a field is not of its type"
    if record.prev_hash != before.hash:
        return "it does not follow from the record before it" if before.hash != GENESIS else "it is not the first"
    return "" if record.hash == expected else "its content does not match its hash"
