"""Appending to the chain and reading its end, within a transaction of the caller's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from core.journal.canonical import GENESIS, Entry, Record, link
from core.journal.tables import HEAD, RECORDS, STATE

_COLUMNS = (
    RECORDS.c.seq, RECORDS.c.at_s, RECORDS.c.mono_s, RECORDS.c.kind, RECORDS.c.actor, RECORDS.c.scope, RECORDS.c.body,
    RECORDS.c.prev_hash, RECORDS.c.hash,
)  # fmt: skip
_NAMES = f"({', '.join(column.name for column in _COLUMNS)})"
_MARKS = f"({', '.join('?' for _ in _COLUMNS)})"
_ROWS = 100
"""9 values each: SQLite before 3.32 took 999 in one statement."""
SELECT_RECORDS = select(*_COLUMNS)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    seq: int = 0
    hash: str = GENESIS


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
        connection.execute(insert(RECORDS), [asdict(record) for record in records])
        return
    # The driver gives up the interpreter's lock for every row of an executemany, and waits up to 5 ms to have it back
    # while the loop is busy: 200 records a second. Many rows in one statement cost one wait.
    for first in range(0, len(records), _ROWS):
        rows = [astuple(record) for record in records[first : first + _ROWS]]
        values = ", ".join([_MARKS] * len(rows))
        connection.exec_driver_sql(f"INSERT INTO records {_NAMES} VALUES {values}", tuple(chain.from_iterable(rows)))


def read_state(connection: Connection, key: str) -> Any:
    body = connection.execute(select(STATE.c.body).where(STATE.c.key == key)).scalar()
    return None if body is None else orjson.loads(body)


def write_state(connection: Connection, key: str, body: str, at_s: float) -> None:
    changed = connection.execute(update(STATE).where(STATE.c.key == key).values(body=body, at_s=at_s))
    if not changed.rowcount:
        connection.execute(insert(STATE).values(key=key, body=body, at_s=at_s))
