"""A copy of an SQLite journal beside it, made before its schema is changed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

KEPT = 3
"""Copies beyond these are removed, the ones of the oldest schemas first."""
_PAGES = 2_000
"""Copied at a time: some 8 MB."""


def backup_path(path: Path, version: int) -> Path:
    """Where the copy of a journal of schema `version` lies."""
    return path.with_name(f"{path.name}.schema-{version}")


def back_up(path: Path, version: int, meanwhile: Callable[[], None]) -> Path:
    """Copy the whole file, under its name only once it is complete and on the disk. Raises OSError and sqlite3.Error.

    A copy that an attempt before this one made of the same records is left as it is. `meanwhile` is called now and
    then: a large journal takes a while.
    """
    target = backup_path(path, version)
    if target.exists() and _end_of(target) == _end_of(path):
        return target
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    try:
        with _reading(path) as source, closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy, pages=_PAGES, progress=lambda *_: meanwhile())
        _sync(unfinished)
        unfinished.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    for old in sorted(_copies(path), key=_version_of, reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)
    return target


def _reading(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))


def _end_of(path: Path) -> tuple[int, str] | None:
    """The last record; None also for what is no journal."""
    with contextlib.suppress(sqlite3.Error), _reading(path) as connection:
        row = connection.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
        return None if row is None else (row[0], row[1])
    return None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copies(path: Path) -> list[Path]:
    return [file for file in path.parent.glob(f"{path.name}.schema-*") if _version_of(file) >= 0]


def _version_of(path: Path) -> int:
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdigit() else -1
