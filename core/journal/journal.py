"""The journal: append-only, hash-chained, and never in anybody's way."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Any

import orjson

from core.clock import Clock
from core.errors import JournalError
from core.journal.canonical import canonical, clean_text
from core.journal.database import beside, file_of, url_of
from core.journal.notes import SealNotes
from core.journal.query import ALL, Wanted
from core.journal.reader import JournalReader
from core.journal.records import Entry, Record
from core.journal.report import VerifyReport
from core.journal.seals import Sealer, Signer
from core.journal.verify import Progress
from core.journal.writer import Writer
from core.journal.writing import WriterSettings
from core.snapshot import JournalView

log = logging.getLogger(__name__)

SPILL_ENDING = ".spill"
SEALS_ENDING = ".seals"
"""Of the files beside the database."""
MAX_BODY = 1_000_000
"""Characters of one record's body: something that large is a mistake, and its beginning says whose."""


class Journal:
    """`place` is a path (SQLite) or any SQLAlchemy URL; `spill` is where records wait while it cannot be written.

    Making one never fails and never waits: trouble of any kind is told by `status()`. Without `spill` the file lies
    beside an SQLite database, and a server's journal waits in memory only.
    """

    def __init__(
        self,
        place: str | Path,
        clock: Clock,
        *,
        spill: Path | None = None,
        settings: WriterSettings | None = None,
        run: str = "",
        seals: Path | None = None,
    ) -> None:
        """`run` names this start of this process; one is made where none is given.

        `seals` is the file beside the database that notes the seals; without one the journal is not sealed.
        """
        self._clock = clock
        self._run = run or uuid.uuid4().hex[:12]
        self._limits_version = 0
        self._config_version = ""
        self._url = url_of(place)
        if spill is None and file_of(self._url) is not None:
            spill = beside(self._url, Path(), SPILL_ENDING)
        self._spill = spill
        self._seals = seals
        self._sealer = None if seals is None else Sealer(self._run)
        notes = None if seals is None else SealNotes(seals)
        self._writer = Writer(self._url, spill, clock, settings or WriterSettings(), self._sealer, notes)
        self._verified: bool = True

    @property
    def run(self) -> str:
        """Names this start of this process in every record that it writes."""
        return self._run

    def in_force(self, *, limits_version: int | None = None, config_version: str | None = None) -> None:
        """Every record from now on says that these are in force; what is not given stays."""
        if limits_version is not None:
            self._limits_version = limits_version
        if config_version is not None:
            self._config_version = config_version

    def record(self, kind: str, actor: str, scope: str, body: object, *, subject: str = "") -> None:
        """Take a record; it is on its way to the disk when this returns. Never raises, never waits.

        `subject` is the id of the event, mitigation or stop that it is about: what belongs together is found by it.
        """
        try:
            entry = Entry(
                self._clock.now(), self._clock.monotonic(), clean_text(kind), clean_text(actor), clean_text(scope),
                _body(body), clean_text(subject), self._run, self._limits_version, self._config_version,
            )  # fmt: skip
            self._writer.put(entry)
        except Exception:
            # Whoever acts must not fail because its deed cannot be written down; that it was not is told here.
            log.exception("a %s could not be put into the journal", kind)

    def sign_with(self, signer: Signer | None, why_not: str = "") -> None:
        """Sign every seal from now on, and seal what an earlier run left; None: seals say `why_not`. Never waits."""
        if self._sealer is not None:
            self._sealer.signer = signer
            self._sealer.unsigned = why_not
            self._writer.seal("start")

    def save_state(self, key: str, value: object) -> None:
        """Keep `value` under `key` for the next start; only the last one counts. Never raises, never waits."""
        try:
            self._writer.put_state(key, canonical(value))
        except Exception:
            log.exception("the state %s could not be saved", key)

    def load_state(self, key: str) -> Any:
        """What was saved last under `key`, also if it is still on its way; None where nothing was.

        Reads the disk: for the start. Raises JournalError where that cannot be read.
        """
        waiting = self._writer.waiting_state(key)
        if waiting is not None:
            return orjson.loads(waiting)
        with JournalReader(self._url) as reader:
            return reader.load_state(key)

    def recent(self, kind: str | None = None, limit: int = 100) -> tuple[Record, ...]:
        """The newest records on disk, newest first."""
        with JournalReader(self._url) as reader:
            return reader.recent(kind, limit)

    def page(self, wanted: Wanted = ALL, before: int | None = None, limit: int = 100) -> tuple[Record, ...]:
        """Newest first, of what is on disk; `before` is the place of the last record of the page before this one.

        Reads the disk: not for the loop's thread. Raises JournalError.
        """
        with JournalReader(self._url) as reader:
            return reader.page(wanted, before, limit)

    def replay(self, wanted: Wanted = ALL, after: int = 0) -> tuple[Record, ...]:
        """Oldest first, from behind the place `after`: everything that earlier runs recorded, to begin again with it.

        What an earlier run could not bring into the database and left in its spill file comes last. Reads the disk: for
        the start. Raises JournalError.
        """
        with JournalReader(self._url) as reader:
            return reader.replay(wanted, after, self._spill)

    def reader(self) -> JournalReader:
        """Of what is on disk; not for the loop's thread."""
        return JournalReader(self._url)

    def verify(self, keys: Collection[str] = (), progress: Progress = lambda done, total: None) -> VerifyReport:
        """Recompute the whole chain; takes seconds for a large journal, so not for the loop's thread.

        `keys` are fingerprints of those that seals may be signed with; none: any. What `progress` raises ends it.
        """
        head = self._writer.status().head
        try:
            with JournalReader(self._url) as reader:
                report = reader.verify(head if head.seq else None, notes=self._seals, keys=keys, progress=progress)
        except JournalError as error:
            return VerifyReport(0, False, None, str(error))
        self._verified = report.intact
        return report

    def status(self) -> JournalView:
        state = self._writer.status()
        clauses: list[str] = []
        if state.trouble:
            waiting = f"{state.pending:,} records wait"
            if state.spilled:
                waiting += f", {state.spilled:,} of them in the spill file"
            clauses.append(f"the journal cannot be written: {state.trouble}; {waiting}")
        if state.lost:
            clauses.append(f"{state.lost:,} records could not be kept and are lost")
        if not state.tail_intact:
            clauses.append("the end of the journal is not what was written there")
        if state.note_trouble:
            clauses.append(state.note_trouble)
        return JournalView(state.head.seq, state.pending, self._verified and state.tail_intact, "; ".join(clauses))

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until everything recorded so far is in the database; False where it was not in time."""
        return self._writer.flush(timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what is left, or leave it in the spill file for the next start."""
        if not self._writer.close(timeout_s):
            log.error("the journal did not close within %.0f s; records may wait in its spill file", timeout_s)


def _body(body: object) -> str:
    try:
        text = canonical(body)
    except Exception as error:
        # That something happened outweighs what it was: the record is made, and says what it lacks.
        log.exception("a record's body cannot be written down")
        return canonical({"unwritable": type(body).__name__, "error": type(error).__name__})
    if len(text) <= MAX_BODY:
        return text
    return canonical({"cut": True, "characters": len(text), "beginning": text[:10_000]})
