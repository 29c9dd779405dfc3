"""The spill files of a journal that several processes may write: each has one of its own, and takes up orphaned ones.

A file is told to be in use by a lock beside it, which the end of its process takes off. What a process that is gone
left in its file comes before what its successor records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.clock import Clock
from core.filelock import FileLock
from core.journal.chain import SpillMark
from core.journal.records import Entry
from core.journal.spill import SpillFile, waiting_entries

PLACES = 9
"""The most processes that write one journal with a file of their own."""


def spill_path(path: Path, place: int) -> Path:
    """The first is called as it always was."""
    return path if place == 1 else path.with_name(f"{path.name}.{place}")


class Spills:
    """Used by one thread only, the writer's."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._locks: dict[int, FileLock] = {}
        self._files: dict[int, SpillFile] = {}
        """Those that are ours, by place."""
        self._own = 0
        """The place of the file that we write to; 0 before there is one."""

    @property
    def count(self) -> int:
        """Records not yet taken over."""
        return sum(file.count for file in self._files.values())

    def load(self) -> int:
        """Take up what nobody else uses, without the database. Returns how many records it holds. Raises OSError."""
        for place in range(1, PLACES + 1):
            if spill_path(self._path, place).exists():
                self._claim(place)
        return sum(file.load() for file in self._files.values())

    def resume(self, marks: Mapping[int, SpillMark]) -> int:
        """What the database knows of them, by place; returns how many records it had taken over before."""
        return sum(file.resume(*marks[place]) for place, file in self._files.items() if place in marks)

    def append(self, entries: Sequence[Entry], *, durable: bool) -> None:
        """To our own; all of them or, with an OSError, none."""
        self._files[self._place()].append(entries, durable=durable)

    def read(self, limit: int) -> tuple[list[Entry], int, SpillMark]:
        """The next records to take over, of which place, and the mark behind them; what was left by others first."""
        place = min((at for at, file in self._files.items() if file.count), key=lambda at: at == self._own)
        file = self._files[place]
        entries, offset = file.read(limit)
        return entries, place, SpillMark(file.token, offset)

    def took(self, count: int, place: int, mark: SpillMark) -> None:
        """The database has them."""
        self._files[place].took(count, mark.offset)
        if place != self._own and not self._files[place].count:
            self._give_back(place)

    def close(self) -> None:
        """What is in them is for whoever comes next."""
        for place in list(self._files):
            self._give_back(place)
        self._own = 0

    def _place(self) -> int:
        """Ours, or one that is free. Raises OSError."""
        if not self._own:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Behind what was taken up from others nothing of ours may go before all of it was taken over.
            free = (place for place in range(1, PLACES + 1) if place in self._files or self._claim(place))
            self._own = next(free, 0)
        if not self._own:
            raise OSError(f"all {PLACES} of them are in use by others")
        return self._own

    def _claim(self, place: int) -> bool:
        path = spill_path(self._path, place)
        lock = FileLock(path.with_name(f"{path.name}.lock"))
        if not lock.take():
            return False
        self._locks[place] = lock
        self._files[place] = SpillFile(path, self._clock)
        return True

    def _give_back(self, place: int) -> None:
        del self._files[place]
        self._locks.pop(place).release()


def waiting_in_all(path: Path, marks: Mapping[int, SpillMark]) -> tuple[Entry, ...]:
    """What waits in any of them, read by somebody else than a writer; `marks` are what the database says, by place."""
    return tuple(
        entry for place in range(1, PLACES + 1) for entry in waiting_entries(spill_path(path, place), *marks[place])
    )
