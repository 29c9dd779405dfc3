"""The writer's connection: opened when first needed, dropped after any error, one transaction per batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import orjson
from sqlalchemy import Connection, Engine

from core.clock import Clock
from core.journal.backup import back_up
from core.journal.canonical import canonical
from core.journal.chain import SELECT_RECORDS, Appender, Head, SpillMark, read_head, spill_key, spill_mark, write_state
from core.journal.database import durably, file_of, hang_up, lock_for_append, open_engine
from core.journal.migrations import SCHEMA_VERSION
from core.journal.migrations.run import migrate
from core.journal.notes import SealNotes
from core.journal.records import Entry, Record
from core.journal.seals import SEAL, Sealer, day_is_over
from core.journal.tables import RECORDS
from core.journal.verify import tail_is_intact

UPGRADED = "journal.upgraded"
"""Kind of the record that tells of a newer schema, and where the copy from before it lies."""


class Store:
    """Used by one thread only. Every method may raise what a database or a file system raises."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        meanwhile: Callable[[], None] = lambda: None,
        sealer: Sealer | None = None,
        notes: SealNotes | None = None,
    ) -> None:
        """`meanwhile` is called now and then while something takes long."""
        self._url = url
        self._meanwhile = meanwhile
        self._clock = clock
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self.head = Head()
        self.tail_intact = True
        """Whether the end of the chain was whole whenever it was opened."""
        self._file_id: tuple[int, int] | None = None
        self._sealer = sealer
        self._notes = notes
        self._not_noted: list[Record] = []
        self._upgraded: Entry | None = None
        """What is to be recorded of a schema that was changed, with the next batch."""
        self.note_trouble = ""
        """Why seals are not noted outside the database, "" where they are."""

    def open(self, places: Sequence[int] = ()) -> dict[int, SpillMark]:
        """Connect and make the schema where needed; returns how far the spill files in these places were taken over."""
        connection = self._connected()
        with connection.begin():
            return {place: spill_mark(connection, place) for place in places}

    def commit(
        self,
        entries: Sequence[Entry],
        states: Mapping[str, str],
        mark: tuple[int, SpillMark] | None = None,
        *,
        durable: bool = False,
        seal: str = "",
    ) -> None:
        """All of it or nothing. `mark`: of the spill file in which place; with `seal`, why, a seal comes last."""
        connection = self._connected()
        with durably(connection, durable or bool(seal)), connection.begin():
            lock_for_append(connection)
            at_s, mono_s = self._clock.now(), self._clock.monotonic()
            appender = Appender(connection, self.head, self._sealer)
            for entry in (*((self._upgraded,) if self._upgraded is not None else ()), *entries):
                appender.add(entry)
            if day_is_over(appender.head.at_s, at_s):
                appender.seal("day", at_s, mono_s)
            if seal:
                appender.seal(seal, at_s, mono_s)
            for key, body in states.items():
                write_state(connection, key, body, at_s)
            if mark is not None:
                body = orjson.dumps(mark[1]._asdict()).decode()
                write_state(connection, spill_key(mark[0]), body, at_s)
            head = appender.finish(at_s)
        self.head = head
        self._upgraded = None
        self._note(appender.seals)

    def _note(self, seals: Sequence[Record]) -> None:
        """What cannot be noted is noted with the next one: the database holds it."""
        if self._notes is None:
            return
        self._not_noted += seals
        if not self._not_noted:
            return
        try:
            self._notes.append(self._not_noted)
        except OSError as error:
            self.note_trouble = f"its seals cannot be noted in {self._notes.path}: {error.strerror or error}"
        else:
            self._not_noted.clear()
            self.note_trouble = ""

    def drop(self) -> None:
        """Close the connection; the next use opens a new one."""
        connection, engine = self._connection, self._engine
        self._connection = self._engine = None
        hang_up(connection, engine)

    def _connected(self) -> Connection:
        if self._connection is not None and not self._same_file():
            # Deleted or replaced under us: writing on would fill a file that nobody can ever open.
            self.drop()
        if self._connection is None:
            path = file_of(self._url)
            if path is not None:
                _make_private(path)
            self._engine = open_engine(self._url)
            connection = self._connection = self._engine.connect()
            self._upgraded = None
            with connection.begin():
                migrate(connection, self._keep_copy)
                head = read_head(connection)
                self.tail_intact = self.tail_intact and tail_is_intact(connection) and self._agrees(connection)
            self.tail_intact = self.tail_intact and head.seq >= self.head.seq
            if head.seq > self.head.seq:
                self.head = head
            self._file_id = _file_id(path)
        return self._connection

    def _agrees(self, connection: Connection) -> bool:
        """Whether the newest seal noted outside is in the database; what is not noted yet is, with the next seal."""
        if self._notes is None:
            return True
        try:
            last = self._notes.last()
        except OSError as error:
            self.note_trouble = f"its seals cannot be read from {self._notes.path}: {error.strerror or error}"
            return True
        query = SELECT_RECORDS.where(RECORDS.c.kind == SEAL).order_by(RECORDS.c.seq)
        if last is None:
            self._not_noted = [Record(*row) for row in connection.execute(query)]
            return True
        seals = [Record(*row) for row in connection.execute(query.where(RECORDS.c.seq >= last.seq))]
        self._not_noted = [seal for seal in seals if seal.seq > last.seq]
        if any((seal.seq, seal.hash) == (last.seq, last.hash) for seal in seals):
            return True
        if last.seq > self.head.seq:
            self.head = Head(last.seq, last.hash)  # what is recorded now comes behind what is gone
        return False

    def _keep_copy(self, version: int) -> None:
        path = file_of(self._url)
        copy = "" if path is None else str(back_up(path, version, self._meanwhile))
        body = canonical({"before": version, "after": SCHEMA_VERSION, "copy": copy})
        self._upgraded = Entry(self._clock.now(), self._clock.monotonic(), UPGRADED, "journal", "", body)

    def _same_file(self) -> bool:
        return self._file_id == _file_id(file_of(self._url))


def _make_private(path: Path) -> None:
    """The journal names accounts, sizes and people: for its owner only. SQLite's side files take over the mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def _file_id(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path is not None else None
    except FileNotFoundError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)
