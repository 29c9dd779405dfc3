"""Points of metric history in the database: written in bulk, read for one series or for many, thrown away in steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text

from core.errors import JournalError
from core.journal.database import file_of, hang_up, open_engine
from core.journal.tables import HISTORY, SERIES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Key = tuple[str, str]
"""Scope and metric."""

_ROWS = 2_000
"""In one statement: SQLite takes 32,766 values in one, PostgreSQL's protocol 65,535."""
_IN_ONE = 10_000
"""In one transaction: the journal's own records wait for no longer than that takes."""
_UPSERT = (
    "ON CONFLICT (step_s, bucket, series) DO UPDATE SET last = excluded.last, "
    "low = CASE WHEN excluded.low < history.low THEN excluded.low ELSE history.low END, "
    "high = CASE WHEN excluded.high > history.high THEN excluded.high ELSE history.high END"
)
"""A bucket that was begun before a restart is one with what comes after it."""
_COLUMNS = "step_s, bucket, series, last, low, high"
_READ_ONE = text(
    "WITH RECURSIVE wanted(bucket) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT bucket + 1 FROM wanted "
    "WHERE bucket < :last) SELECT history.bucket, history.last, history.low, history.high FROM wanted "
    "JOIN history ON history.step_s = :step_s AND history.bucket = wanted.bucket AND history.series = :series "
    "ORDER BY history.bucket"
)
"""One look-up per bucket: a range over all buckets would go through the rows of every other series."""


@dataclass(frozen=True, slots=True)
class Points:
    """What many series did within one bucket."""

    step_s: int
    bucket: int
    series: Ints
    last: Floats
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.series)


class HistoryStore:
    """One connection, for one thread at a time. Every method may raise what a database raises, and JournalError."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    def numbers(self, keys: Iterable[Key]) -> dict[Key, int]:
        """The numbers that these series go by; those that are new are given one."""
        with self._transaction() as connection:
            known = known_series(connection)
            new = [key for key in dict.fromkeys(keys) if key not in known]
            first = max(known.values(), default=0) + 1
            known |= {key: number for number, key in enumerate(new, start=first)}
            rows = [{"series": known[key], "scope": key[0], "metric": key[1]} for key in new]
            if rows:
                connection.execute(insert(SERIES), rows)
        return known

    def write(self, points: Points) -> None:
        """A transaction for every few thousand: nobody else who writes waits for long."""
        for first in range(0, len(points), _IN_ONE):
            with self._transaction() as connection:
                _insert(connection, points, first, min(len(points), first + _IN_ONE))

    def forget(self, step_s: int, before_s: float, most: int) -> bool:
        """Throw away some of the oldest points of this step that are older; whether there may be more of them."""
        end = int(before_s // step_s)
        with self._transaction() as connection:
            oldest = connection.execute(
                select(HISTORY.c.bucket).where(HISTORY.c.step_s == step_s).order_by(HISTORY.c.bucket).limit(1)
            ).scalar()
            if oldest is None or oldest >= end:
                return False
            # Whole buckets, as many as hold about `most` rows: there is no DELETE with a LIMIT everywhere.
            some = select(HISTORY.c.bucket).where(HISTORY.c.step_s == step_s, HISTORY.c.bucket < end)
            row = connection.execute(some.order_by(HISTORY.c.bucket).offset(most).limit(1)).scalar()
            until = end if row is None else max(int(row), int(oldest) + 1)
            connection.execute(delete(HISTORY).where(HISTORY.c.step_s == step_s, HISTORY.c.bucket < until))
        return until < end

    def steps(self) -> tuple[int, ...]:
        """Of which there are points."""
        with self._transaction() as connection:
            return steps_of(connection)

    def drop(self) -> None:
        """Close the connection; the next use opens a new one."""
        connection, engine = self._connection, self._engine
        self._connection = self._engine = None
        hang_up(connection, engine)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._connection is None:
            path = file_of(self._url)
            if path is not None and not path.exists():
                raise JournalError("it is not made yet")
            self._engine = open_engine(self._url)
            self._connection = self._engine.connect()
            if not inspect(self._connection).has_table(HISTORY.name):
                self.drop()
                raise JournalError("its tables are not made yet")
            self._connection.rollback()
        with self._connection.begin():
            yield self._connection


def known_series(connection: Connection) -> dict[Key, int]:
    rows = connection.execute(select(SERIES.c.scope, SERIES.c.metric, SERIES.c.series))
    return {(scope, metric): int(number) for scope, metric, number in rows}


def steps_of(connection: Connection) -> tuple[int, ...]:
    """By jumps from one to the next: a DISTINCT would go through every row."""
    found: list[int] = []
    while True:
        query = select(HISTORY.c.step_s).order_by(HISTORY.c.step_s).limit(1)
        step_s = connection.execute(query.where(HISTORY.c.step_s > (found[-1] if found else 0))).scalar()
        if step_s is None:
            return tuple(found)
        found.append(int(step_s))


def read_one(connection: Connection, series: int, step_s: int, first: int, last: int) -> Floats:
    """Shape (found, 4): bucket, last, low and high of the buckets from `first` to `last`, oldest first."""
    names = {"first": first, "last": last, "step_s": step_s, "series": series}
    rows = connection.execute(_READ_ONE, names).all()
    return np.array([tuple(row) for row in rows], dtype=np.float64).reshape(len(rows), 4)


def read_many(connection: Connection, step_s: int, buckets: Sequence[int]) -> Floats:
    """Shape (found, 3): bucket, series and last of every series in these buckets, oldest first."""
    found: list[Floats] = []
    cursor = connection.connection.cursor()
    try:
        for first in range(0, len(buckets), 200):
            wanted = ",".join(str(int(bucket)) for bucket in buckets[first : first + 200])
            # Through the driver alone: a million rows as objects of their own take seconds.
            cursor.execute(
                f"SELECT bucket, series, last FROM history WHERE step_s = {int(step_s)} AND bucket IN ({wanted})"
            )
            found.append(np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 3))
    finally:
        cursor.close()
    return np.concatenate(found) if found else np.empty((0, 3))


def _insert(connection: Connection, points: Points, first: int, last: int) -> None:
    if connection.dialect.name == "postgresql":
        statement = text(
            f"INSERT INTO history ({_COLUMNS}) SELECT :step_s, :bucket, * FROM unnest("
            f"CAST(:series AS integer[]), CAST(:last AS double precision[]), CAST(:low AS double precision[]), "
            f"CAST(:high AS double precision[])) {_UPSERT}"
        )
        columns = {name: getattr(points, name)[first:last].tolist() for name in ("series", "last", "low", "high")}
        connection.execute(statement, {"step_s": points.step_s, "bucket": points.bucket, **columns})
        return
    for begin in range(first, last, _ROWS):
        part = slice(begin, min(last, begin + _ROWS))
        count = part.stop - part.start
        # Many rows in one statement, as the journal's: the driver gives up the interpreter's lock for each statement,
        # and waits to have it back while the loop is busy.
        table = np.empty((count, 4))
        for column, values in enumerate((points.series, points.last, points.low, points.high)):
            table[:, column] = values[part]
        marks = f"({points.step_s},{points.bucket},?,?,?,?)"
        connection.exec_driver_sql(
            f"INSERT INTO history ({_COLUMNS}) VALUES {','.join([marks] * count)} {_UPSERT}",
            tuple(table.ravel().tolist()),
        )
