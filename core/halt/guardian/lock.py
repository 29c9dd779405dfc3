"""One guardian per runtime folder."""

from __future__ import annotations

from pathlib import Path

from core.filelock import FileLock

LOCK_FILE = "guardian.lock"


class SingleLock(FileLock):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder / LOCK_FILE)
