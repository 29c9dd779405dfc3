"""The seals once more, outside the database: who cuts or rewrites the whole chain finds them in his way.

One line for each, appended when the database has it. A copy of this file kept elsewhere, by whatever copies files, says
of every journal that is shown later whether it is still the one that was sealed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from core.clock import utc_text
from core.journal.records import Record

_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Note:
    """One line: which record is a seal, and what its hash is."""

    seq: int
    hash: str
    first_seq: int
    """Of the records that it seals."""
    at: str
    """UTC."""


class SealNotes:
    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, seals: Sequence[Record]) -> None:
        """Raises OSError; then none of them is there, or half a line that is no note."""
        lines = b"".join(_line(record) for record in seals)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                lines = lines if file.read(1) == b"\n" else b"\n" + lines  # half a line of a process that was killed
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def last(self) -> Note | None:
        """The newest note; None where there is none. Raises OSError."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                lines = file.read().splitlines()
        except FileNotFoundError:
            return None
        return next((note for line in reversed(lines) if (note := _note(line)) is not None), None)

    def read(self) -> Iterator[Note]:
        """Every note, in the order of the file; lines that are none are left out. Raises OSError."""
        with self.path.open("rb") as file:
            for line in file:
                note = _note(line)
                if note is not None:
                    yield note


def _line(record: Record) -> bytes:
    seal = record.data()
    about = {"seq": record.seq, "hash": record.hash, "at": utc_text(record.at_s), "first_seq": seal["first_seq"]}
    return orjson.dumps({**about, "seal": seal}) + b"\n"


def _note(line: bytes) -> Note | None:
    try:
        found = orjson.loads(line)
        return Note(int(found["seq"]), str(found["hash"]), int(found["first_seq"]), str(found["at"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
