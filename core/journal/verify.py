"""Whether every record is what was written, in its place, and none is missing; else which is the first that is not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from core.journal.chain import SELECT_RECORDS, Head, noted_head
from core.journal.query import record_query
from core.journal.records import GENESIS, Record
from core.journal.tables import RECORDS

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


def verify_chain(connection: Connection, known: Head | None = None) -> VerifyReport:
    head = Head()
    noted = noted_head(connection)
    query = record_query(connection).order_by(RECORDS.c.seq).execution_options(yield_per=2_000)
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
