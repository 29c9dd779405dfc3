"""What the processes of this machine spend at one venue and egress, told to each other through a small file.

Each writes its own slot and nothing else, so no lock is needed, and none is waited for. The file is read and written by
a thread of its own, ten times a second: a disk that hangs, a file that cannot be made and a process that died cost
the sharing and nothing else. Records are plain writes and never a memory map: a full disk ends a process that writes
to a mapped page.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import struct
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

MINUTE_S = 60.0
EXCHANGE_S = 0.1
LOOK_AGAIN_S = 5.0
"""Between two tries at a file that cannot be had, and two looks whether it is still the one with the name."""
SLOTS = 32
STALE_MINUTES = 2
"""A slot that was not written for so long is anybody's."""

_RECORD = struct.Struct("<Qqdddd")
"""Token of the process, minute, weight, unseen, shut until, waits until (wall times, seconds)."""
_SLOT = _RECORD.size + 4
_OPEN = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Record:
    """What one process tells of one minute."""

    minute: int = 0
    weight: float = 0.0
    """Spent by it."""
    unseen: float = 0.0
    """Counted by the venue beyond what any of these processes spent."""
    shut_until_s: float = 0.0
    """Wall time until which the venue takes nothing from this address."""
    waits_until_s: float = 0.0
    """Wall time until which a stop of it waits for its turn, unless it says otherwise before."""


class SharedCount:
    """Of one venue and egress: what this process tells, and what the others do."""

    def __init__(self, path: Path, token: int) -> None:
        self.others: tuple[Record, ...] = ()
        """As they were read last; replaced whole, by the thread."""
        self._path = path
        self._token = token
        self._mine: Record | None = None
        self._written: Record | None = None
        self._slot: int | None = None
        self._file: int | None = None
        self._rest = 0

    @property
    def company(self) -> bool:
        """Whether there are other processes."""
        return bool(self.others)

    def tell(self, record: Record) -> None:
        """Returns at once; the thread carries it out."""
        self._mine = record

    # -- in the thread --------------------------------------------------------------------------------------------

    def exchange(self) -> None:
        """Write what is new, read what the others wrote; a file that cannot be had is tried again later."""
        self._rest -= 1
        if self._file is None and self._rest > 0:
            return
        try:
            if self._file is not None and self._rest <= 0:
                self._leave_if_gone()
            if self._rest <= 0:
                self._rest = round(LOOK_AGAIN_S / EXCHANGE_S)
            if self._file is None:
                self._file = os.open(self._path, _OPEN, 0o600)
            self._exchange(self._file)
        except OSError as error:
            log.debug("what other processes spend is not known: %s", error)
            self.others = ()
            self.close()

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
        self._file = self._slot = self._written = None

    def _exchange(self, file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        slots = _slots(os.read(file, SLOTS * _SLOT))
        mine = self._mine
        if mine is not None:
            held = slots[self._slot] if self._slot is not None else None
            if held is None or held[0] != self._token:
                self._slot, self._written = self._free(slots, mine.minute), None
            if self._slot is not None and self._written != mine:
                os.lseek(file, self._slot * _SLOT, os.SEEK_SET)
                os.write(file, _packed(self._token, mine))
                self._written = mine
        newest = max((record.minute for _, record in filter(None, slots)), default=0) if mine is None else mine.minute
        self.others = tuple(
            record
            for token, record in filter(None, slots)
            if token != self._token and record.minute >= newest - STALE_MINUTES
        )

    def _free(self, slots: list[tuple[int, Record] | None], minute: int) -> int | None:
        """Two that begin at once look in different places first; should both take one, the later sees it and moves."""
        for number in range(SLOTS):
            at = (self._token + number) % SLOTS
            found = slots[at]
            if found is None or found[0] == self._token or found[1].minute < minute - STALE_MINUTES:
                return at
        return None

    def _leave_if_gone(self) -> None:
        """The system may empty the folder; whoever starts then makes another file."""
        if self._file is not None:
            try:
                same = os.path.samestat(self._path.stat(), os.fstat(self._file))
            except FileNotFoundError:
                same = False
            if not same:
                self.close()


class BudgetBoard:
    """All shared counts of one process, and the thread that keeps them, once it is started."""

    def __init__(self, folder: Path, token: int) -> None:
        """`token`: what tells this process's slots from others'; not 0."""
        self._folder = folder
        self._token = token
        self._counts: dict[str, SharedCount] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, name: str) -> SharedCount:
        """That of the venue and egress of this name, the same in every process."""
        if name not in self._counts:
            digest = hashlib.sha256(name.encode()).hexdigest()[:16]
            self._counts[name] = SharedCount(self._folder / f"budget-{digest}.bin", self._token)
        return self._counts[name]

    def start(self) -> None:
        """Begin to exchange; costs nothing to repeat."""
        if self._thread is None and not self._ended.is_set():
            # A daemon, so that a disk that hangs never holds up the end of the process.
            self._thread = threading.Thread(target=self._run, name="request budgets", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Returns at once; the thread ends by itself."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            for count in list(self._counts.values()):
                count.exchange()
            self._ended.wait(EXCHANGE_S)
        for count in list(self._counts.values()):
            count.exchange()  # what was spent last counts for those who stay
            count.close()


def _packed(token: int, record: Record) -> bytes:
    body = _RECORD.pack(token, record.minute, record.weight, record.unseen, record.shut_until_s, record.waits_until_s)
    return body + struct.pack("<I", zlib.crc32(body))


def _slots(raw: bytes) -> list[tuple[int, Record] | None]:
    """By slot the token and what was told; None where nobody wrote, or the write was caught halfway."""
    found: list[tuple[int, Record] | None] = []
    for number in range(SLOTS):
        slot = raw[number * _SLOT : (number + 1) * _SLOT]
        body = slot[: _RECORD.size]
        whole = len(slot) == _SLOT and struct.unpack("<I", slot[_RECORD.size :])[0] == zlib.crc32(body)
        token, *values = _RECORD.unpack(body) if whole else (0,)
        found.append((token, Record(*values)) if token else None)
    return found
