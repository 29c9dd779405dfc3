"""The history's own thread: takes points from memory, writes them in bulk, throws away what is too old.

Whoever has points only puts them into memory. What the database cannot take waits there up to a bound; beyond it the
oldest points are given up, counted and told. Nothing here is ever in the way of the journal's own records: their
transactions are short, and history waits for theirs.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock
from core.config.history_levels import Level
from core.errors import JournalError
from core.journal.database import trouble
from core.journal.history.store import HistoryStore, Ints, Key, Points

log = logging.getLogger(__name__)

_EXPECTED = (SQLAlchemyError, sqlite3.Error, OSError, JournalError)
MOST_WAITING = 1_000_000
"""Points in memory: some 32 MB."""
RETRY_S = 1.0
FORGET_EVERY_S = 30.0
FORGET_ROWS = 5_000
"""Points thrown away in one transaction."""
MOST_AT_ONCE = 20
"""Such transactions between two looks at what there is to write."""


@dataclass(frozen=True, slots=True)
class HistoryStatus:
    written: int
    """Points of this run that are in the database."""
    waiting: int
    lost: int
    """Points of this run that were given up."""
    trouble: str

    @property
    def words(self) -> str:
        """ "" where all is well."""
        clauses = []
        if self.trouble:
            clauses.append(f"metric history cannot be written: {self.trouble}; {self.waiting:,} points wait")
        if self.lost:
            clauses.append(f"{self.lost:,} points of metric history could not be kept and are lost")
        return "; ".join(clauses)


class HistoryWriter:
    def __init__(self, url: str, keys: Sequence[Key], levels: Iterable[Level], clock: Clock) -> None:
        """`keys`: the series, in the order in which points come; `levels`: whose spans say what is too old."""
        self._store = HistoryStore(url)
        self._keys = tuple(keys)
        self._spans = {level.step_s: level.span_s for level in levels}
        self._clock = clock
        self._wake = threading.Condition()
        # Guarded by _wake:
        self._queue: deque[Points] = deque()
        self._waiting = 0
        self._written = 0
        self._lost = 0
        self._trouble = ""
        self._in_hand = False
        self._closing = False
        # The thread's own:
        self._numbers: Ints | None = None
        self._forgot_s = clock.monotonic()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def put(self, points: Points) -> None:
        """`series` are places in `keys`. Never waits."""
        with self._wake:
            self._queue.append(points)
            self._waiting += len(points)
            while self._waiting > MOST_WAITING and len(self._queue) > 2:
                place = 1 if self._in_hand else 0  # the first may be on its way into the database
                oldest = self._queue[place]
                del self._queue[place]
                self._waiting -= len(oldest)
                self._lost += len(oldest)
            self._wake.notify_all()

    def status(self) -> HistoryStatus:
        with self._wake:
            return HistoryStatus(self._written, self._waiting, self._lost, self._trouble)

    def flush(self, timeout_s: float) -> bool:
        """Whether everything put so far is in the database; returns early when it is."""
        with self._wake:
            upto = self._written + self._waiting + self._lost
            return self._wake.wait_for(lambda: self._written + self._lost >= upto, timeout=timeout_s)

    def close(self, timeout_s: float) -> bool:
        """One more try to write what is left, then end the thread; False where it did not end in time."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # -- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            closing = self._wait()
            try:
                self._write_all()
                self._forget()
            except Exception as error:
                self._failed(error)
                if closing:
                    break
            else:
                if closing:
                    break
        self._drop()

    def _wait(self) -> bool:
        with self._wake:
            if self._trouble:
                self._wake.wait_for(lambda: self._closing, timeout=RETRY_S)
            else:
                self._wake.wait_for(lambda: self._closing or bool(self._queue), timeout=FORGET_EVERY_S)
            return self._closing

    def _write_all(self) -> None:
        while True:
            with self._wake:
                points = self._queue[0] if self._queue else None
                self._in_hand = points is not None
            if points is None:
                return
            self._store.write(self._numbered(points))
            with self._wake:
                self._trouble = ""
                self._queue.popleft()
                self._waiting -= len(points)
                self._written += len(points)
                self._wake.notify_all()

    def _numbered(self, points: Points) -> Points:
        if self._numbers is None:
            known = self._store.numbers(self._keys)
            self._numbers = np.array([known[key] for key in self._keys], dtype=np.int64)
        told = ~np.isnan(points.last)  # of what was unknown there is no point
        return replace(
            points, series=self._numbers[points.series[told]],
            last=points.last[told], low=points.low[told], high=points.high[told],
        )  # fmt: skip

    def _forget(self) -> None:
        """In small steps, and no more of them at a time than points come in."""
        now_s = self._clock.monotonic()
        if now_s - self._forgot_s < FORGET_EVERY_S:
            return
        self._forgot_s = now_s
        longest_s = max(self._spans.values(), default=0)
        for step_s in self._store.steps():
            before_s = self._clock.now() - self._spans.get(step_s, longest_s)
            for _ in range(MOST_AT_ONCE):
                if not self._store.forget(step_s, before_s, FORGET_ROWS) or self._has_work():
                    break

    def _has_work(self) -> bool:
        with self._wake:
            return self._closing or bool(self._queue)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, _EXPECTED):
            log.error("the history's writer failed", exc_info=error)
        with self._wake:
            self._trouble = trouble(error)
            self._wake.notify_all()
        self._drop()

    def _drop(self) -> None:
        try:
            self._store.drop()
        except _EXPECTED as error:
            log.debug("closing the history's connection failed: %s", trouble(error))
