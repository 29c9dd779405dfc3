"""The journal's own thread: takes records from memory, and is the only one that touches the disk.

Whoever records only puts into memory and is never held up by a slow, locked or full disk. While the database cannot
take records they go to the spill file; while that cannot be written either they stay in memory, up to a bound beyond
which they are lost, counted, and the loss itself is a record.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from core.clock import Clock
from core.errors import JournalError
from core.journal.canonical import canonical
from core.journal.chain import Head
from core.journal.database import trouble
from core.journal.notes import SealNotes
from core.journal.records import Entry
from core.journal.seals import Sealer
from core.journal.spills import PLACES, Spills
from core.journal.store import Store
from core.journal.writing import WriterSettings, WriterStatus

log = logging.getLogger(__name__)

_EXPECTED = (SQLAlchemyError, sqlite3.Error, OSError, JournalError)
_OVERHEAD_BYTES = 200
"""Roughly what an entry weighs in memory besides its body."""


class Writer:
    def __init__(
        self,
        url: str,
        spill: Path | None,
        clock: Clock,
        settings: WriterSettings,
        sealer: Sealer | None = None,
        notes: SealNotes | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._store = Store(url, clock, self._relieve, sealer, notes)
        self._spill = None if spill is None else Spills(spill, clock)
        self._wake = threading.Condition()
        # Guarded by _wake:
        self._queue: deque[Entry] = deque()
        self._states: dict[str, str] = {}
        self._waiting = 0  # entries in memory: in the queue and held
        self._waiting_bytes = 0
        self._accepted = 0
        self._stored = 0
        self._leftovers: int | None = None  # records found in the spill file; None until it was looked at
        self._states_put = 0
        self._states_stored = 0
        self._lost = 0
        self._lost_told = 0
        self._seal_why = ""
        self._urgent = False
        self._closing = False
        self._trouble = ""
        self._status = WriterStatus(Head(), 0, 0, 0, True, "")
        # The thread's own:
        self._held: deque[Entry] = deque()
        self._opened = False
        self._retry_s = 0.0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    # Any thread; never waits for the disk

    def put(self, entry: Entry) -> None:
        weight = len(entry.body) + _OVERHEAD_BYTES
        critical = self._is_critical(entry)
        with self._wake:
            full = self._waiting >= self._settings.max_records
            if full or self._waiting_bytes + weight > self._settings.max_bytes or self._closing:
                self._lost += 1
                return
            self._queue.append(entry)
            self._accepted += 1
            self._waiting += 1
            self._waiting_bytes += weight
            self._urgent = self._urgent or critical
            if critical or len(self._queue) in (1, self._settings.batch, self._settings.spill_above + 1):
                self._wake.notify_all()

    def put_state(self, key: str, body: str) -> None:
        with self._wake:
            self._states[key] = body
            self._states_put += 1
            self._wake.notify_all()

    def waiting_state(self, key: str) -> str | None:
        with self._wake:
            return self._states.get(key)

    def status(self) -> WriterStatus:
        with self._wake:
            done = self._status
            pending = self._accepted - self._stored
            lost = self._lost - self._lost_told
            trouble = self._trouble
            return replace(done, pending=pending, lost=lost, trouble=trouble, note_trouble=self._store.note_trouble)

    def seal(self, why: str) -> None:
        """Seal what was recorded until now, once it is written."""
        with self._wake:
            self._seal_why = why
            self._urgent = True
            self._wake.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Whether everything put so far is in the database; returns early when it is."""
        with self._wake:
            records, states, known = self._accepted, self._states_put, self._leftovers

            def done() -> bool:
                # What an earlier run left is written before anything put now, also where it was not found yet.
                first = (self._leftovers or 0) if known is None else 0
                written = self._opened and self._stored >= records + first and self._states_stored >= states

                return written and not self._seal_why

            self._urgent = True
            self._wake.notify_all()
            return self._wake.wait_for(done, timeout=timeout_s)

    def close(self, timeout_s: float) -> bool:
        """Write or at least spill what is left, then end the thread; False where it did not end in time."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _is_critical(self, entry: Entry) -> bool:
        return entry.kind.partition(".")[0] in self._settings.critical

    # The thread

    def _run(self) -> None:
        self._find_leftovers()
        while True:
            closing = self._wait()
            states, states_upto, lost = self._take()
            try:
                self._turn(states, lost, closing)
            except Exception as error:
                self._failed(error)
            else:
                self._worked(states_upto, lost)
            if closing:
                break
        self._finish()

    def _wait(self) -> bool:
        settings = self._settings
        with self._wake:
            if self._retry_s:
                self._wake.wait_for(
                    lambda: self._closing or self._urgent or len(self._queue) > settings.spill_above,
                    timeout=self._retry_s,
                )
                return self._closing
            self._wake.wait_for(self._has_work)
            if self._opened:
                # More is likely to follow: one commit for all of it costs as much as one for the first.
                self._wake.wait_for(
                    lambda: self._closing or self._urgent or len(self._queue) >= settings.batch,
                    timeout=settings.batch_wait_s,
                )
            return self._closing

    def _has_work(self) -> bool:
        left = self._spill is not None and self._spill.count > 0
        waits = self._queue or self._states or self._seal_why
        return bool(self._closing or waits or left or not self._opened)

    def _take(self) -> tuple[dict[str, str], int, int]:
        with self._wake:
            self._held.extend(self._queue)
            self._queue.clear()
            self._urgent = False
            return dict(self._states), self._states_put, self._lost - self._lost_told

    def _turn(self, states: Mapping[str, str], lost: int, closing: bool) -> None:
        if not self._opened:
            marks = self._store.open(range(1, PLACES + 1))
            self._opened = True
            self._release((), stored=0 if self._spill is None else self._spill.resume(marks))
        if self._spill is not None and (self._spill.count or len(self._held) > self._settings.spill_above):
            # Where the file cannot be written the database may still be: then these wait in memory for their turn.
            with contextlib.suppress(OSError):
                self._spill_held(self._spill)
        if self._spill is not None and self._spill.count:
            self._drain(self._spill, states, closing)
            if self._spill.count:
                return
        entries = self._gap(lost)
        while True:
            chunk = [*entries, *itertools.islice(self._held, self._settings.chunk)]
            if not chunk and not states:
                break
            self._store.commit(chunk, states, durable=any(map(self._is_critical, chunk)))
            taken = len(chunk) - len(entries)
            self._release([self._held.popleft() for _ in range(taken)], stored=taken)
            entries, states = [], {}
        self._seal(closing)

    def _seal(self, closing: bool) -> None:
        with self._wake:
            why = self._seal_why or ("close" if closing else "")
        if why:
            self._store.commit([], {}, seal=why)
            with self._wake:
                self._seal_why = ""

    def _find_leftovers(self) -> None:
        """Records that an earlier run left in the spill file come first."""
        left = 0
        if self._spill is not None:
            try:
                left = self._spill.load()
            except OSError as error:
                log.error("the journal's spill file cannot be read: %s", error)
                self._spill = None
        with self._wake:
            self._accepted += left
            self._leftovers = left

    def _drain(self, spill: Spills, states: Mapping[str, str], closing: bool) -> None:
        while spill.count:
            with self._wake:
                crowded = len(self._queue) > self._settings.spill_above
            if crowded and not closing:
                return  # empty the memory into the file first
            entries, place, mark = spill.read(self._settings.chunk)
            durable = any(map(self._is_critical, entries))
            self._store.commit(entries, states, (place, mark), durable=durable)
            spill.took(len(entries), place, mark)
            self._release((), stored=len(entries))

    def _spill_held(self, spill: Spills) -> None:
        held = list(self._held)
        spill.append(held, durable=any(map(self._is_critical, held)))
        self._held.clear()
        self._release(held, stored=0)

    def _release(self, entries: Sequence[Entry], stored: int) -> None:
        """`entries` left the memory, `stored` records reached the database."""
        spilled = 0 if self._spill is None else self._spill.count
        with self._wake:
            self._waiting -= len(entries)
            self._waiting_bytes -= sum(len(entry.body) + _OVERHEAD_BYTES for entry in entries)
            self._stored += stored
            self._status = WriterStatus(self._store.head, 0, spilled, 0, self._store.tail_intact, "")
            self._wake.notify_all()

    def _relieve(self) -> None:
        """Empty the memory into the spill file while the database is busy with itself."""
        with self._wake:
            if len(self._queue) <= self._settings.spill_above:
                return
            self._held.extend(self._queue)
            self._queue.clear()
        if self._spill is not None:
            with contextlib.suppress(OSError):
                self._spill_held(self._spill)

    def _gap(self, lost: int) -> list[Entry]:
        if not lost:
            return []
        body = canonical({"lost": lost})
        return [Entry(self._clock.now(), self._clock.monotonic(), "journal.gap", "journal", "", body)]

    def _worked(self, states_upto: int, lost: int) -> None:
        spilled = 0 if self._spill is None else self._spill.count
        with self._wake:
            if not spilled:
                # Not when the spill file was left half drained: neither states nor the gap were necessarily written.
                self._lost_told += lost
                self._states_stored = states_upto
                if self._states_put == states_upto:
                    self._states.clear()
            self._retry_s = 0.0
            self._trouble = ""
            self._wake.notify_all()
        self._release((), stored=0)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, _EXPECTED):
            log.error("the journal's writer failed", exc_info=error)
        reason = trouble(error)
        self._drop()
        if self._spill is not None and self._held:
            try:
                self._spill_held(self._spill)
            except OSError as spill_error:
                reason += f"; nor can the spill file: {trouble(spill_error)}"
        with self._wake:
            self._trouble = reason
            first, most = self._settings.retry_first_s, self._settings.retry_most_s
            self._retry_s = min(max(first, self._retry_s * 2.0), most)
            self._wake.notify_all()

    def _drop(self) -> None:
        try:
            self._store.drop()
        except _EXPECTED as error:
            log.debug("closing the journal's connection failed: %s", trouble(error))

    def _finish(self) -> None:
        self._drop()
        if self._spill is not None:
            self._spill.close()
        with self._wake:
            left = len(self._held) + len(self._queue)
            self._lost += left
            self._waiting = 0
            unsaved = sorted(self._states) if self._states_stored < self._states_put else []
        if unsaved:
            log.error("the journal closed before it could save the state %s", ", ".join(unsaved))
        if left:
            log.error("the journal closed with %d records that could not be written anywhere", left)
