"""The spill file: where records wait while the database cannot take them, in order, across a killed process too.

A header line names the file, every further line is one record. The database keeps, in the transaction that takes the
records over, how far that went (`tables.SPILL`): a record is neither lost nor written twice, whenever the process dies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from core.clock import Clock
from core.errors import JournalError
from core.journal.records import Entry

_CHUNK_BYTES = 1024 * 1024
_UNREADABLE = "journal.unreadable"
_parts = attrgetter(*(field.name for field in fields(Entry)))
_KINDS: tuple[Callable[[Any], Any], ...] = (float, float, str, str, str, str, str, str, int, str)
"""Of the parts of an entry, in their order."""


class SpillFile:
    """Used by one thread only, the writer's."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self.token = ""
        self.offset = 0
        """Bytes already taken over by the database."""
        self.count = 0
        """Records not yet taken over."""
        self._size = 0

    def load(self) -> int:
        """Look for a file that an earlier run left, without the database. Returns how many records it holds."""
        if not self._path.exists():
            return 0
        with self._path.open("r+b") as file:
            header = file.readline()
            self.token = _token(header)
            self.offset = len(header)
            self.count, self._size = _count_lines(file, self.offset, None)
            file.truncate(self._size)  # a process killed while writing leaves half a line
        if not self.token or not self.count:
            self.remove()
        return self.count

    def resume(self, token: str, offset: int) -> int:
        """What the database knows of a file: where it speaks of this one, go on there. Records taken over before."""
        if not self.token or token != self.token or offset <= self.offset:
            return 0
        with self._path.open("rb") as file:
            done, _ = _count_lines(file, self.offset, offset)
        self.took(done, offset)
        return done

    def append(self, entries: Sequence[Entry], *, durable: bool) -> None:
        """All of them or, with an OSError, none."""
        text = b"".join(_line(entry) for entry in entries)
        token = self.token
        if not token:
            token = f"{self._clock.now():.6f}-{self._clock.monotonic():.6f}-{os.getpid()}"
            header = orjson.dumps({"spill": token}) + b"\n"
            text = header + text
            self._size = 0
            self.offset = len(header)
        with self._open() as file:
            file.truncate(self._size)
            file.seek(self._size)
            try:
                file.write(text)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            except OSError:
                self._cut(file)
                raise
        self.token = token
        self._size += len(text)
        self.count += len(entries)

    def read(self, limit: int) -> tuple[list[Entry], int]:
        """The next records to take over, and the offset behind them."""
        entries: list[Entry] = []
        with self._path.open("rb") as file:
            file.seek(self.offset)
            while len(entries) < limit and file.tell() < self._size:
                entries.append(_entry(file.readline(), self._clock.now(), self._clock.monotonic()))
            return entries, file.tell()

    def took(self, count: int, offset: int) -> None:
        """The database has them. An empty file goes, so that a glance at the folder tells that nothing waits."""
        self.count -= count
        self.offset = offset
        if self.offset >= self._size:
            self.count = 0
            self.remove()

    def remove(self) -> None:
        self.token = ""
        self.offset = self._size = self.count = 0
        self._path.unlink(missing_ok=True)

    def _open(self) -> BinaryIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)  # Windows would write \r\n without it
        return os.fdopen(os.open(self._path, flags, 0o600), "r+b")

    def _cut(self, file: BinaryIO) -> None:
        try:
            file.truncate(self._size)
        except OSError:
            return  # the next append truncates first


def waiting_entries(path: Path, token: str, offset: int) -> tuple[Entry, ...]:
    """What waits in a file, read by somebody else than its writer; `token` and `offset` are what the database says.

    Nothing where there is no file, or no longer one. Raises JournalError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            if _token(file.readline()) == token:
                file.seek(offset)
            return tuple(_entry(line) for line in file if line.endswith(b"\n"))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise JournalError(f"the journal's spill file cannot be read: {error.strerror}") from None


def _count_lines(file: BinaryIO, start: int, end: int | None) -> tuple[int, int]:
    """Whole lines between two places (`end` None: to the end), and where the last of them ends; in constant memory."""
    file.seek(start)
    count, place, after_last = 0, start, start
    while (left := _CHUNK_BYTES if end is None else min(_CHUNK_BYTES, end - place)) and (chunk := file.read(left)):
        count += chunk.count(b"\n")
        last = chunk.rfind(b"\n")
        if last >= 0:
            after_last = place + last + 1
        place += len(chunk)
    return count, after_last


def _token(header: bytes) -> str:
    try:
        return str(orjson.loads(header)["spill"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


def _line(entry: Entry) -> bytes:
    return orjson.dumps(_parts(entry)) + b"\n"


def _entry(line: bytes, at_s: float = 0.0, mono_s: float = 0.0) -> Entry:
    """The times are those of a line that cannot be read."""
    try:
        # Six parts were what the first release kept; what came later has its default then.
        return Entry(*(kind(part) for kind, part in zip(_KINDS, orjson.loads(line), strict=False)))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        # Somebody wrote into the file: say so in its place rather than leave a silent hole.
        return Entry(at_s, mono_s, _UNREADABLE, "journal", "", orjson.dumps(len(line)).decode())
