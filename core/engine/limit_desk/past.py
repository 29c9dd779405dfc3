"""The past of the limits, from the journal: who changed what, when, why, and what of it can still be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.config.rows import Row, RowChange, RowKey, rows_of
from core.engine.limit_desk.written import changes_from
from core.engine.limit_keeper import LIMITS_CHANGED, LIMITS_WRITTEN, NO_REASON
from core.errors import JournalError
from core.journal.journal import Journal
from core.journal.query import Wanted
from core.journal.records import Record
from core.limit_page import PastChange, PastRow

MOST = 200
WRITTEN_WITHIN_S = 1.0
SENTENCES = 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change as the journal has it."""

    seq: int
    at_s: float
    version: int
    by: str
    second: str
    why: str
    sentences: tuple[str, ...]
    rows: tuple[RowChange, ...]


def read_past(journal: Journal) -> tuple[Recorded, ...]:
    """The newest changes, newest first. Blocks. Raises JournalError."""
    journal.flush(WRITTEN_WITHIN_S)
    records = journal.page(Wanted(kinds=(LIMITS_CHANGED, LIMITS_WRITTEN)), None, MOST)
    return tuple(_recorded(record) for record in records)


def find(journal: Journal, seq: int) -> Recorded:
    """Raises JournalError where there is no such change."""
    found = next((row for row in read_past(journal) if row.seq == seq), None)
    if found is None:
        raise JournalError(f"record {seq} of the journal is no change of limits, or lies too far back")
    return found


def shown(past: Sequence[Recorded], text: str) -> tuple[PastChange, ...]:
    """`text` is the file as it is now."""
    rows = rows_of(text)
    return tuple(
        PastChange(
            seq=row.seq,
            at_s=row.at_s,
            version=row.version,
            by=row.by,
            second=row.second,
            why=row.why,
            sentences=row.sentences,
            rows=tuple(PastRow(change.key, change.old, change.new) for change in row.rows),
            stuck=stuck(row, past, rows),
        )
        for row in past
    )


def stuck(change: Recorded, past: Sequence[Recorded], rows: Mapping[RowKey, Row]) -> str:
    """Why it cannot be taken back any more; "" where it can."""
    if not change.rows:
        if change.why == NO_REASON:
            return "these are the limits that the desk first started with"
        return "it changed no row of the file: room with an end is over by itself, and of older changes no row is kept"
    for row in change.rows:
        now = rows.get(row.key)
        text = "" if now is None else now.text
        if text.strip() == row.after.strip():
            continue
        if text.strip() == row.before.strip():
            return f"it is taken back already: {row.key} is what it was before"
        later = next((one for one in reversed(past) if one.seq > change.seq and _touches(one, row.key)), None)
        since = "by hand since" if later is None else f"in version {later.version} by {later.by}"
        return f"{row.key} was changed again {since}: take that back first"
    return ""


def _touches(change: Recorded, key: RowKey) -> bool:
    return any(row.key == key for row in change.rows)


def _recorded(record: Record) -> Recorded:
    """Of whatever release: what it does not tell stays empty."""
    try:
        body: Any = record.data()
    except ValueError:
        body = {}
    body = body if isinstance(body, Mapping) else {}
    told = body.get("changes")
    changes = told if isinstance(told, list) else []
    version = body.get("version", record.limits_version)
    return Recorded(
        seq=record.seq,
        at_s=record.at_s,
        version=version if isinstance(version, int) else record.limits_version,
        by=str(body.get("by", record.actor)),
        second=str(body.get("second", "")),
        why=str(body.get("why", "")),
        sentences=tuple(str(row.get("sentence", "")) for row in changes[:SENTENCES] if isinstance(row, Mapping)),
        rows=changes_from(body.get("rows")),
    )
