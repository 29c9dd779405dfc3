"""Metric history looked up: one metric of one scope over a span. For threads: it reads a disk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from core.errors import JournalError
from core.journal.database import file_of, open_engine, open_read_only, trouble
from core.journal.history.store import Floats, known_series, read_many, read_one, steps_of
from core.journal.tables import HISTORY, SERIES

Column = npt.NDArray[np.float32]
MOST_BUCKETS = 20_000
"""Looked up at once; a longer span at a finer step is thinned while it is read."""


@dataclass(frozen=True, slots=True)
class MetricHistory:
    """Arrays of shape (points,), oldest first. Between two points that do not follow on each other there is one that is
    NaN: nothing was known then, and nobody shall draw a line through it."""

    at_s: Floats
    """Wall time of the end of each bucket."""
    last: Floats
    low: Floats
    high: Floats
    step_s: int
    """Length of a bucket; 0 where there is nothing at all."""


NOTHING = MetricHistory(np.empty(0), np.empty(0), np.empty(0), np.empty(0), 0)


class HistoryReader:
    """Looks at metric history without being able to change it, whether or not somebody writes to it."""

    def __init__(self, url: str) -> None:
        self._path = file_of(url)
        self._engine = open_engine(url) if self._path is None else open_read_only(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def columns(
        self, scopes: Sequence[str], metrics: Sequence[str], step_s: int, buckets: Sequence[int]
    ) -> list[tuple[float, Column]]:
        """What these buckets hold of many series at once: (end of the bucket, shape (metrics, scopes)), oldest first.

        NaN where a series has no point; a bucket without any is left out.
        """
        if self._path is not None and not self._path.exists():
            return []
        with self._engine.connect() as connection:
            if not inspect(connection).has_table(HISTORY.name):
                return []
            known = known_series(connection)
            rows = read_many(connection, step_s, buckets)
        place = np.full(max(known.values(), default=0) + 1, -1, dtype=np.int64)
        for at_scope, scope in enumerate(scopes):
            for at_metric, metric in enumerate(metrics):
                number = known.get((scope, metric))
                if number is not None:
                    place[number] = at_metric * len(scopes) + at_scope
        at = place[rows[:, 1].astype(np.int64)]
        rows, at = rows[at >= 0], at[at >= 0]
        found = []
        for bucket in np.unique(rows[:, 0]).tolist():
            here = rows[:, 0] == bucket
            column = np.full(len(metrics) * len(scopes), np.nan, dtype=np.float32)
            column[at[here]] = rows[here, 2]
            found.append(((bucket + 1.0) * step_s, column.reshape(len(metrics), len(scopes))))
        return found

    def query(self, scope: str, metric: str, from_s: float, to_s: float, points: int = 1_000) -> MetricHistory:
        """At most about `points` of them, from the finest level that reaches back to `from_s`.

        Raises JournalError where the database cannot be read.
        """
        if self._path is not None and not self._path.exists():
            raise JournalError(f"there is no journal at {self._path}")
        try:
            with self._engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN")
                wanted = select(SERIES.c.series).where(SERIES.c.scope == scope, SERIES.c.metric == metric)
                series = connection.execute(wanted).scalar()
                if series is None:
                    return NOTHING
                parts: list[tuple[int, Floats]] = []
                # The finest first; what lies before its first point comes from the next coarser one.
                for step_s in _steps(steps_of(connection), from_s, to_s, points):
                    first, last = math.floor(from_s / step_s), math.ceil(to_s / step_s) - 1
                    if last < first:
                        break
                    rows = read_one(connection, int(series), step_s, max(first, last - MOST_BUCKETS), last)
                    if len(rows):
                        _trim(parts, (rows[-1, 0] + 1.0) * step_s)
                        parts.append((step_s, rows))
                        to_s = float(rows[0, 0]) * step_s
        except SQLAlchemyError as error:
            raise JournalError(f"metric history cannot be read: {trouble(error)}") from None
        return _joined(parts, points)


def _steps(steps: tuple[int, ...], from_s: float, to_s: float, points: int) -> tuple[int, ...]:
    """From the coarsest that still gives as many points on; where none does, from the finest on."""
    spacing_s = (to_s - from_s) / max(1, points)
    fitting = [step_s for step_s in steps if step_s <= spacing_s]
    return tuple(step_s for step_s in steps if step_s >= fitting[-1]) if fitting else steps


def _trim(parts: list[tuple[int, Floats]], from_s: float) -> None:
    """A coarser bucket that reaches into finer ones tells of their time already."""
    if parts:
        step_s, rows = parts[-1]
        parts[-1] = (step_s, rows[rows[:, 0] * step_s >= from_s - 1e-6])


def _joined(parts: list[tuple[int, Floats]], points: int) -> MetricHistory:
    if not parts:
        return NOTHING
    parts = [part for part in parts[::-1] if len(part[1])]  # the coarsest, and so the oldest, first
    at_s = np.concatenate([(rows[:, 0] + 1.0) * step_s for step_s, rows in parts])
    begins_s = np.concatenate([rows[:, 0] * step_s for step_s, rows in parts])
    table = np.concatenate([rows[:, 1:] for _, rows in parts])
    at_s, begins_s, table = _thinned(at_s, begins_s, table, points)
    # Where a bucket does not begin where the one before it ended, nothing was known in between.
    gaps = np.flatnonzero(begins_s[1:] > at_s[:-1] + 1e-6) + 1
    at_s = np.insert(at_s, gaps, begins_s[gaps])
    table = np.insert(table, gaps, np.nan, axis=0)
    return MetricHistory(at_s, table[:, 0], table[:, 1], table[:, 2], parts[-1][0])


def _thinned(at_s: Floats, begins_s: Floats, table: Floats, points: int) -> tuple[Floats, Floats, Floats]:
    """Buckets put together, never over a gap: what the last said, and the lowest and highest of them all."""
    every = math.ceil(len(at_s) / max(1, points))
    if every <= 1:
        return at_s, begins_s, table
    run = np.concatenate(([0], np.cumsum(begins_s[1:] > at_s[:-1] + 1e-6)))
    place = np.arange(len(at_s)) // every
    starts = np.flatnonzero(np.concatenate(([True], (np.diff(run) != 0) | (np.diff(place) != 0))))
    ends = np.concatenate((starts[1:], [len(at_s)])) - 1
    low = np.minimum.reduceat(table[:, 1], starts)
    high = np.maximum.reduceat(table[:, 2], starts)
    return at_s[ends], begins_s[starts], np.column_stack((table[ends, 0], low, high))
