"""Appending to the chain and reading its end, within a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert, select, update

from core.journal.records import GENESIS, Entry, Record, link
from core.journal.tables import HEAD, RECORDS, SPILL, STATE

RECORD_COLUMNS = tuple(RECORDS.c[field.name] for field in fields(Record))
_NAMES = tuple(column.name for column in RECORD_COLUMNS)
_values = attrgetter(*_NAMES)
_INTO = f"INSERT INTO records ({', '.join(_NAMES)}) VALUES"
_MARKS = f"({', '.join('?' for _ in RECORD_COLUMNS)})"
_ROWS = 70
"""14 values each: SQLite before 3.32 took 999 in one statement."""
SELECT_RECORDS = select(*RECORD_COLUMNS)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    seq: int = 0
    hash: str = GENESIS


class SpillMark(NamedTuple):
    """How far a spill file has been taken over."""

    token: str
    """Names the file."""
    offset: int


NO_MARK = SpillMark("", 0)


def spill_mark(connection: Connection) -> SpillMark:
    mark = read_state(connection, SPILL)
    if not isinstance(mark, Mapping):
        return NO_MARK
    return SpillMark(str(mark.get("token", "")), int(mark.get("offset", 0)))


def read_head(connection: Connection) -> Head:
    """The last record, or what the state says was the last where the table ends before it: then the tail was cut."""
    row = connection.execute(select(RECORDS.c.seq, RECORDS.c.hash).order_by(RECORDS.c.seq.desc()).limit(1)).first()
    last = Head(row[0], row[1]) if row else Head()
    noted = noted_head(connection)
    return noted if noted.seq > last.seq else last


def noted_head(connection: Connection) -> Head:
    state = read_state(connection, HEAD)
    return Head(int(state["seq"]), str(state["hash"])) if isinstance(state, Mapping) else Head()


def append(connection: Connection, entries: Sequence[Entry], known: Head) -> Head:
    """Chain `entries` on; `known` is where this process saw the end, so that a cut behind its back leaves a gap."""
    head = read_head(connection)
    if known.seq > head.seq:
        head = known
    records: list[Record] = []
    for entry in entries:
        record = link(head.seq + 1, entry, head.hash)
        records.append(record)
        head = Head(record.seq, record.hash)
    if records:
        _insert(connection, records)
        write_state(connection, HEAD, orjson.dumps({"seq": head.seq, "hash": head.hash}).decode(), records[-1].at_s)
    return head


def _insert(connection: Connection, records: Sequence[Record]) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(insert(RECORDS), [dict(zip(_NAMES, _values(record), strict=True)) for record in records])
        return
    # The driver gives up the interpreter's lock for every row of an executemany, and waits up to 5 ms to have it back
    # while the loop is busy: 200 records a second. Many rows in one statement cost one wait.
    for first in range(0, len(records), _ROWS):
        rows = [_values(record) for record in records[first : first + _ROWS]]
        values = ", ".join([_MARKS] * len(rows))
        connection.exec_driver_sql(f"{_INTO} {values}", tuple(chain.from_iterable(rows)))


def read_state(connection: Connection, key: str) -> Any:
    body = connection.execute(select(STATE.c.body).where(STATE.c.key == key)).scalar()
    return None if body is None else orjson.loads(body)


def write_state(connection: Connection, key: str, body: str, at_s: float) -> None:
    changed = connection.execute(update(STATE).where(STATE.c.key == key).values(body=body, at_s=at_s))
    if not changed.rowcount:
        connection.execute(insert(STATE).values(key=key, body=body, at_s=at_s))
