"""Appending to the chain and reading its end, within a transaction of the caller's."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert, select, update

from core.journal.records import GENESIS, Entry, Record, link
from core.journal.seals import SEAL, Sealer, day_is_over
from core.journal.tables import HEAD, RECORDS, SPILL, STATE

RECORD_COLUMNS = tuple(RECORDS.c[field.name] for field in fields(Record))
_NAMES = tuple(column.name for column in RECORD_COLUMNS)
_values = attrgetter(*_NAMES)
_INTO = f"INSERT INTO records ({', '.join(_NAMES)}) VALUES"
_ROWS = 70
"""14 values each: SQLite before 3.32 took 999 in one statement."""
SELECT_RECORDS = select(*RECORD_COLUMNS)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    seq: int = 0
    hash: str = GENESIS
    at_s: float | None = None
    """Wall time of the last record; None where that is not known."""
    kind: str = ""


class SpillMark(NamedTuple):
    """How far a spill file has been taken over."""

    token: str
    """Names the file."""
    offset: int


NO_MARK = SpillMark("", 0)


def spill_key(place: int) -> str:
    """Of the state that holds the mark of the file in that place."""
    return SPILL if place == 1 else f"{SPILL}.{place}"


def spill_mark(connection: Connection, place: int) -> SpillMark:
    try:
        mark = read_state(connection, spill_key(place))
        return NO_MARK if mark is None else SpillMark(str(mark["token"]), int(mark["offset"]))
    except (KeyError, TypeError, ValueError):  # rather a record twice than none
        return NO_MARK


def read_head(connection: Connection) -> Head:
    """The last record, or what the state says was the last where the table ends before it: then the tail was cut."""
    columns = (RECORDS.c.seq, RECORDS.c.hash, RECORDS.c.at_s, RECORDS.c.kind)
    row = connection.execute(select(*columns).order_by(RECORDS.c.seq.desc()).limit(1)).first()
    last = Head(*row) if row else Head()
    try:
        noted = noted_head(connection)
    except ValueError:  # somebody edited it: that is told where the journal is opened and verified
        return last
    return noted if noted.seq > last.seq else last


def noted_head(connection: Connection) -> Head:
    """As the state says. Raises ValueError where that is no such thing."""
    state = read_state(connection, HEAD)
    if state is None:
        return Head()
    try:
        return Head(int(state["seq"]), str(state["hash"]))
    except (KeyError, TypeError):
        raise ValueError(HEAD) from None


class Appender:
    """Chains entries on, within one transaction: `add` and `seal` in their order, then `finish`."""

    def __init__(self, connection: Connection, known: Head, sealer: Sealer | None = None) -> None:
        """`known` is where this process saw the end: a cut behind its back leaves a gap.

        With `sealer` a day that ended is sealed before the first entry of the next one.
        """
        self._connection = connection
        self._sealer = sealer
        self._records: list[Record] = []
        found = read_head(connection)
        self.head = self._began = known if known.seq > found.seq else found
        self.seals: list[Record] = []

    def add(self, entry: Entry) -> None:
        if self._sealer is not None and day_is_over(self.head.at_s, entry.at_s):
            self.seal("day", entry.at_s, entry.mono_s)
        self._chain(entry)

    def seal(self, why: str, at_s: float, mono_s: float) -> None:
        """Nothing happens where nothing was recorded since the last seal."""
        if self._sealer is None or self.head.at_s is None or self.head.kind == SEAL:
            return
        self._insert()
        last = self.head.seq, self.head.hash, self.head.at_s
        self.seals.append(self._chain(self._sealer.entry(self._connection, *last, why, at_s, mono_s)))

    def finish(self, at_s: float) -> Head:
        self._insert()
        if self.head == self._began:
            return self.head
        noted = {"seq": self.head.seq, "hash": self.head.hash}
        write_state(self._connection, HEAD, orjson.dumps(noted).decode(), at_s)
        return self.head

    def _chain(self, entry: Entry) -> Record:
        record = link(self.head.seq + 1, entry, self.head.hash)
        self._records.append(record)
        self.head = Head(record.seq, record.hash, record.at_s, record.kind)
        return record

    def _insert(self) -> None:
        # The driver gives up the interpreter's lock for every row of an executemany, and waits up to 5 ms to have it
        # back while the loop is busy: 200 records a second. Many rows in one statement cost one wait.
        mark = "?" if self._connection.dialect.name == "sqlite" else "%s"
        marks = f"({', '.join([mark] * len(_NAMES))})"
        for first in range(0, len(self._records), _ROWS):
            rows = [_values(record) for record in self._records[first : first + _ROWS]]
            values = ", ".join([marks] * len(rows))
            self._connection.exec_driver_sql(f"{_INTO} {values}", tuple(chain.from_iterable(rows)))
        self._records.clear()


def read_state(connection: Connection, key: str) -> Any:
    body = connection.execute(select(STATE.c.body).where(STATE.c.key == key)).scalar()
    return None if body is None else orjson.loads(body)


def write_state(connection: Connection, key: str, body: str, at_s: float) -> None:
    changed = connection.execute(update(STATE).where(STATE.c.key == key).values(body=body, at_s=at_s))
    if not changed.rowcount:
        connection.execute(insert(STATE).values(key=key, body=body, at_s=at_s))
