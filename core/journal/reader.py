"""Reading the journal: pages of records, replay from the beginning, saved state, and the check of the chain."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from core.errors import JournalError
from core.journal.chain import NO_MARK, Head, SpillMark, read_head, read_state, spill_mark
from core.journal.database import file_of, open_engine, open_read_only, trouble, url_of
from core.journal.lookup import Lookup
from core.journal.notes import Note, SealNotes
from core.journal.pages import pages
from core.journal.query import ALL, Wanted
from core.journal.records import Entry, Record, link
from core.journal.report import VerifyReport
from core.journal.spills import PLACES, waiting_in_all
from core.journal.tables import RECORDS, STATE
from core.journal.verify import Progress, Verifier

_TRIES = 100
STRETCH = 20_000
"""Records that a search looks at in one go: some tenths of a second."""
Looked = Callable[[tuple[Record, ...], int], bool]


class JournalReader:
    """Looks at a journal without being able to change it, whether or not somebody writes to it."""

    def __init__(self, place: str | Path) -> None:
        url = url_of(place)
        self._path = file_of(url)
        self._engine: Engine = open_engine(url, patience_s=None) if self._path is None else open_read_only(self._path)

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
        return self.page(ALL if kind is None else Wanted(kinds=(kind,)), limit=limit)

    def page(self, wanted: Wanted = ALL, before: int | None = None, limit: int = 100) -> tuple[Record, ...]:
        """Newest first; `before` is the place of the last record of the page before this one."""
        with self._connection() as connection:
            rows = connection.execute(Lookup(connection, wanted).newest(before, limit))
            return tuple(Record(*row) for row in rows)

    def search(
        self, wanted: Wanted, before: int | None, limit: int, look: Looked = lambda found, back_to: True
    ) -> tuple[tuple[Record, ...], int]:
        """As `page`, a stretch of records at a time, for what no index finds; and the oldest place that was looked at.

        After every stretch `look` is told what was found until then and how far it was looked back; False ends it.
        """
        found: list[Record] = []
        with self._connection() as connection:
            lookup = Lookup(connection, wanted)
            first, last = lookup.span or (1, int(connection.execute(select(func.max(RECORDS.c.seq))).scalar() or 0))
            upto = last + 1 if before is None else min(before, last + 1)
            while upto > first and len(found) < limit:
                begin = max(first, upto - STRETCH)
                rows = connection.execute(lookup.newest(upto, limit - len(found), begin - 1))
                found += (Record(*row) for row in rows)
                # A page that is full ends at its last record: what lies before it in the stretch was not looked at.
                upto = found[-1].seq if len(found) == limit else begin
                if not look(tuple(found), upto):
                    break
        return tuple(found), max(upto, first)

    def record(self, seq: int) -> Record | None:
        """The one in this place; None where there is none."""
        found = self.page(before=seq + 1, limit=1)
        return found[0] if found and found[0].seq == seq else None

    def kinds(self) -> tuple[str, ...]:
        """Every kind that there is, in order: some dozens, one look at the index each."""
        with self._connection() as connection:
            return tuple(Lookup(connection).kinds())

    def last_seq(self) -> int:
        """The place of the newest record; 0 where there is none."""
        with self._connection() as connection:
            return int(connection.execute(select(func.max(RECORDS.c.seq))).scalar() or 0)

    def stream(self, wanted: Wanted = ALL, after: int = 0) -> Iterator[Record]:
        """Oldest first, from behind the place `after`, in constant memory: what was there when it began."""
        with self._connection() as connection:
            _one_view(connection)
            yield from _records(connection, wanted, after)

    def replay(self, wanted: Wanted = ALL, after: int = 0, spill: Path | None = None) -> tuple[Record, ...]:
        """As `stream`, with what an earlier run left in its spill file behind it: in the places that it will have.

        Nothing is left out and nothing comes twice, also while a writer takes the file over.
        """
        for _ in range(_TRIES):
            marks, head, records = self._view(wanted, after)
            waiting = () if spill is None else waiting_in_all(spill, marks)
            if self._marks() == marks:
                return (*records, *_placed(waiting, head, wanted, after))
        raise JournalError("the journal's spill file is taken over faster than it can be read")

    def _view(self, wanted: Wanted, after: int) -> tuple[dict[int, SpillMark], Head, tuple[Record, ...]]:
        """All of one moment."""
        if not self._is_made():
            return _NO_MARKS, Head(), ()
        with self._connection() as connection:
            _one_view(connection)
            records = tuple(_records(connection, wanted, after))
            return _marks_in(connection), read_head(connection), records

    def _marks(self) -> dict[int, SpillMark]:
        if not self._is_made():
            return _NO_MARKS
        with self._connection() as connection:
            return _marks_in(connection)

    def _is_made(self) -> bool:
        if self._path is not None and not self._path.exists():
            return False
        with self._connection() as connection:
            # A writer that has just begun may have made the file and not yet the tables.
            return inspect(connection).has_table(STATE.name)

    def load_state(self, key: str) -> Any:
        """What was saved last under `key`; None where nothing was, also before a journal was made at all."""
        if not self._is_made():
            return None
        with self._connection() as connection:
            return read_state(connection, key)

    def verify(
        self,
        known: Head | None = None,
        *,
        notes: Path | None = None,
        keys: Collection[str] = (),
        from_s: float | None = None,
        to_s: float | None = None,
        progress: Progress = lambda done, total: None,
    ) -> VerifyReport:
        """Recompute the chain, all of it or what lies between two wall times; see `Verifier`.

        `notes` is the file that the seals are noted in. That there is none is a remark: a copy may come without it.
        """
        noted, remark = _read_notes(notes)
        with self._connection() as connection:
            _one_view(connection)
            verifier = Verifier(connection, known=known, notes=noted, keys=keys, progress=progress)
            report = verifier.run(from_s, to_s)
        remarks = tuple(filter(None, (remark, self._beside_the_file())))
        return replace(report, remarks=remarks) if remarks else report

    def _beside_the_file(self) -> str:
        """What of a file on a read-only medium was not read: see `open_read_only`."""
        log = None if self._path is None else self._path.with_name(f"{self._path.name}-wal")
        if log is None or self._path is None or os.access(self._path.parent, os.W_OK):
            return ""
        left = log.exists() and log.stat().st_size > 0
        return f"the newest records are in {log} and cannot be read here: check a copy of both files" if left else ""

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        if self._path is not None and not self._path.exists():
            raise JournalError(f"there is no journal at {self._path}")
        try:
            with self._engine.connect() as connection:
                if self._path is None:
                    connection.execution_options(postgresql_readonly=True)
                yield connection
        except SQLAlchemyError as error:
            raise JournalError(f"the journal cannot be read: {trouble(error)}") from None
        except UnicodeDecodeError:  # the driver quotes the file in its errors
            raise JournalError("the journal cannot be read: the file is damaged") from None


_NO_MARKS = dict.fromkeys(range(1, PLACES + 1), NO_MARK)


def _marks_in(connection: Connection) -> dict[int, SpillMark]:
    """By the place of the spill file."""
    return {place: spill_mark(connection, place) for place in _NO_MARKS}


def _one_view(connection: Connection) -> None:
    """What follows on this connection sees the tables of one moment, whatever is being written meanwhile."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.execution_options(isolation_level="REPEATABLE READ")


def _records(connection: Connection, wanted: Wanted, after: int) -> Iterator[Record]:
    for page in pages(connection, after, wanted=wanted):
        yield from (Record(*row) for row in page.rows)
        if page.damage:
            raise JournalError(f"the journal cannot be read any further: {page.damage}")


def _read_notes(path: Path | None) -> tuple[list[Note], str]:
    """And a remark where there are none to be had."""
    if path is None:
        return [], ""
    try:
        return list(SealNotes(path).read()), ""
    except FileNotFoundError:
        return [], f"no seal is noted outside: there is no {path}"
    except OSError as error:
        return [], f"the notes of the seals in {path} cannot be read: {error.strerror}"


def _placed(entries: Sequence[Entry], head: Head, wanted: Wanted, after: int) -> Iterator[Record]:
    for entry in entries:
        record = link(head.seq + 1, entry, head.hash)
        head = Head(record.seq, record.hash)
        if record.seq > after and wanted.matches(entry):
            yield record
