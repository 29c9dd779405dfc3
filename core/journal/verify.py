"""Whether every record is what was written, in its place, and none is missing; else which is the first that is not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from core.clock import utc_text
from core.journal.chain import SELECT_RECORDS, Head, noted_head
from core.journal.notes import Note
from core.journal.pages import pages
from core.journal.records import Record, row_hash
from core.journal.report import BadRecord, Fault, VerifyReport
from core.journal.sealed import SealCheck
from core.journal.seals import SEAL
from core.journal.tables import RECORDS

TAIL = 200
"""Records looked at when a journal is opened; the whole chain is checked on demand."""
_SEQ, _AT_S, _KIND, _BODY, _PREV, _HASH = (list(Record.__slots__).index(name) for name in (
    "seq", "at_s", "kind", "body", "prev_hash", "hash",
))  # fmt: skip
Row = Sequence[Any]
Progress = Callable[[int, int], None]
"""Told how many records were read and how many there are."""


class Verifier:
    """Checks within one view of the tables, in constant memory."""

    def __init__(
        self,
        connection: Connection,
        *,
        known: Head | None = None,
        notes: Iterable[Note] = (),
        keys: Collection[str] = (),
        progress: Progress = lambda done, total: None,
    ) -> None:
        """`known` is a record that must be there; `keys` are fingerprints of those that seals may be signed with."""
        self._connection = connection
        self._known = known
        self._seals = SealCheck(notes, keys)
        self._progress = progress
        self._head = Head()
        self._before = Head()
        """The record before the head."""
        self._read = 0

    def run(self, from_s: float | None = None, to_s: float | None = None) -> VerifyReport:
        """All of it, or the records between two wall times, with everything that leads from one to the next."""
        try:
            first, last = self._bounds(from_s, to_s)
            self._walk(first, last)
            if to_s is None:
                self._check_end()
            if from_s is None and to_s is None:
                self._check_file()
        except BadRecord as bad:
            return replace(
                self._report(), intact=False, first_bad_seq=bad.seq, reason=bad.reason, fault=bad.fault,
                first_bad_at_s=bad.at_s,
            )  # fmt: skip
        return self._report()

    def _report(self) -> VerifyReport:
        seals = self._seals
        return VerifyReport(
            self._read, True, None, "", seals=seals.seals, signed=seals.signed, keys=tuple(seals.keys),
            noted=seals.noted,
        )  # fmt: skip

    def _bounds(self, from_s: float | None, to_s: float | None) -> tuple[int, int | None]:
        first, last = 1, None
        if from_s is not None:
            found = self._connection.execute(select(func.min(RECORDS.c.seq)).where(RECORDS.c.at_s >= from_s)).scalar()
            first = 1 if found is None else int(found)
        if to_s is not None:
            found = self._connection.execute(select(func.max(RECORDS.c.seq)).where(RECORDS.c.at_s < to_s)).scalar()
            last = 0 if found is None else int(found)
        if first > 1:
            row = self._connection.execute(SELECT_RECORDS.where(RECORDS.c.seq == first - 1)).first()
            if row is None:
                raise BadRecord(first - 1, Fault.MISSING, f"record {first - 1} is missing")
            self._head = Head(row[_SEQ], row[_HASH], row[_AT_S])
            self._seals.begin_at(first)
        return first, last

    def _walk(self, first: int, last: int | None) -> None:
        end = self._connection.execute(select(func.max(RECORDS.c.seq))).scalar() or 0
        total = max(0, (end if last is None else last) - first + 1)
        for page in pages(self._connection, first - 1, last):
            for row in page.rows:
                self._take(row)
            self._progress(self._read, total)
            if page.damage:
                reason = f"the file cannot be read from there on: {page.damage}"
                raise BadRecord(self._head.seq + 1, Fault.DAMAGED, reason, self._head.at_s)
        if last is None:
            return
        if self._head.seq < last:
            raise self._missing(self._head.seq + 1)

    def _take(self, row: Row) -> None:
        head = self._head
        if row[_SEQ] != head.seq + 1 or row[_PREV] != head.hash or _hash(row) != row[_HASH]:
            raise self._fault(row)
        if self._known is not None and row[_SEQ] == self._known.seq and row[_HASH] != self._known.hash:
            raise BadRecord(row[_SEQ], Fault.EDITED, "it is not the record that was written", row[_AT_S])
        if row[_KIND] == SEAL or row[_SEQ] in self._seals.notes:
            self._seals.take(row[_SEQ], row[_AT_S], row[_KIND], row[_BODY], row[_PREV], row[_HASH])
        self._before, self._head = head, Head(row[_SEQ], row[_HASH], row[_AT_S])
        self._read += 1

    # What is wrong with a record

    def _fault(self, row: Row) -> BadRecord:
        """Of the first row that does not follow, which record is bad and in which way."""
        seq, head = row[_SEQ], self._head
        if seq != head.seq + 1:
            return self._missing(head.seq + 1)
        follows, whole = row[_PREV] == head.hash, _hash(row) == row[_HASH]
        if not follows or not whole:
            place = self._place_of_next(seq)
            if place is not None:
                return BadRecord(seq, Fault.SWAPPED, f"what belongs there stands at {place}", row[_AT_S])
        if follows:
            return BadRecord(seq, Fault.EDITED, _what_is_wrong(row), row[_AT_S])
        if head.seq and self._before.hash in (row[_PREV],):
            # What comes after it was written behind the record before it.
            return BadRecord(head.seq, Fault.ADDED, f"it was put between {head.seq - 1} and what followed", head.at_s)
        if whole and self._goes_on(row):
            reason = "it was rewritten together with its hash: the record after it was written behind another one"
            return BadRecord(head.seq, Fault.EDITED, reason, head.at_s)
        return BadRecord(seq, Fault.EDITED, "it does not follow from the record before it", row[_AT_S])

    def _missing(self, seq: int) -> BadRecord:
        place = self._place_of_next(seq)
        if place is not None:
            return BadRecord(seq, Fault.SWAPPED, f"what belongs there stands at {place}", self._head.at_s)
        return BadRecord(seq, Fault.MISSING, f"record {seq} is missing", self._head.at_s)

    def _place_of_next(self, seq: int) -> int | None:
        """Where else a record stands that was written behind the head; None where none does."""
        query = select(RECORDS.c.seq).where(RECORDS.c.prev_hash == self._head.hash, RECORDS.c.seq != seq).limit(1)
        with contextlib.suppress(DBAPIError):
            found = self._connection.execute(query).scalar()
            return None if found is None else int(found)
        return None

    def _goes_on(self, row: Row) -> bool:
        """Whether the record behind `row` was written behind it: then that is the genuine one."""
        with contextlib.suppress(DBAPIError):
            after = self._connection.execute(SELECT_RECORDS.where(RECORDS.c.seq == row[_SEQ] + 1)).first()
            return after is None or (after[_PREV] == row[_HASH] and _hash(after) == after[_HASH])
        return False

    # The end, and the file

    def _check_end(self) -> None:
        head = self._head
        try:
            noted = noted_head(self._connection)
        except ValueError:
            raise BadRecord(None, Fault.EDITED, "the journal's own note of its last record was edited") from None
        last = max((noted.seq, self._known.seq if self._known is not None else 0, *self._seals.notes))
        if head.seq < last:
            reason = f"records {head.seq + 1} to {last} are missing at the end"
            raise BadRecord(head.seq + 1, Fault.CUT, reason, head.at_s)
        if head.seq == noted.seq and head.hash != noted.hash:
            raise BadRecord(head.seq, Fault.EDITED, "the last record is not the one that was written last", head.at_s)
        if head.seq > noted.seq:
            raise BadRecord(noted.seq + 1, Fault.ADDED, "records were added without the journal's hand", head.at_s)

    def _check_file(self) -> None:
        """The records were read as they lie in their table; an index that does not fit them would hide some."""
        if self._connection.dialect.name != "sqlite":
            return
        try:
            words = self._connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        except (DBAPIError, UnicodeDecodeError):
            words = "its structure cannot be read"
        if words != "ok":
            raise BadRecord(None, Fault.DAMAGED, f"the file is damaged beside its records: {words}")


def tail_is_intact(connection: Connection) -> bool:
    """A quick look at the last records when a journal is opened."""
    rows = connection.execute(SELECT_RECORDS.order_by(RECORDS.c.seq.desc()).limit(TAIL + 1)).all()[::-1]
    try:
        noted = noted_head(connection)
    except ValueError:
        return False
    if (rows[-1][_SEQ] if rows else 0) != noted.seq:
        return False
    head = Head() if len(rows) <= TAIL else Head(rows[0][_SEQ], rows[0][_HASH])
    for row in rows if len(rows) <= TAIL else rows[1:]:
        if row[_SEQ] != head.seq + 1 or row[_PREV] != head.hash or _hash(row) != row[_HASH]:
            return False
        head = Head(row[_SEQ], row[_HASH])
    return True


def _hash(row: Row) -> str:
    """What the hash of its content is; "" where it has none, as no record that was written has."""
    try:
        return row_hash(row)
    except (TypeError, ValueError):  # SQLite stores any type in any column: edited rows need not be what they were
        return ""


def _what_is_wrong(row: Row) -> str:
    return "its content does not match its hash" if _hash(row) else "a field is not of its type"


def words_of(report: VerifyReport) -> str:
    """A sentence for the operator."""
    if report.intact:
        return f"{report.records:,} records are what was written, in their places, and none is missing"
    where = "" if report.first_bad_seq is None else f"record {report.first_bad_seq}"
    at = "" if report.first_bad_at_s is None else f" ({utc_text(report.first_bad_at_s)})"
    return f"{where}{at}: {report.fault.value if report.fault else 'not intact'}: {report.reason}".removeprefix(": ")
