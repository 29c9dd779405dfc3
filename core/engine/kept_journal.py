"""The journal as one of several desks writes it: the story of the book is told by the one that acts, and by no other.

Events, mitigations, limits and what is saved for the next start are of the book: told by two, a restart would find
them doubled. What a desk does itself - stops, what its operator asks, its own life - it always tells.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from core.clock import Clock
from core.journal.journal import Journal
from core.journal.writing import WriterSettings

OF_THE_BOOK = frozenset({"event", "mitigation", "limits", "peak"})
"""First words of the kinds that are told by the desk alone that acts."""
MOST_WAITING = 10_000


class KeptJournal(Journal):
    """Until `decide` is told who acts, what is of the book waits in memory: for a moment, at the start."""

    def __init__(
        self,
        place: str | Path,
        clock: Clock,
        *,
        spill: Path | None = None,
        settings: WriterSettings | None = None,
        seals: Path | None = None,
    ) -> None:
        super().__init__(place, clock, spill=spill, settings=settings, seals=seals)
        self._turn = threading.Lock()
        self._undecided = False
        self._watching = False
        self._waiting: list[Callable[[], None]] = []

    def wait(self) -> None:
        """Keep what is of the book until `decide`."""
        self._undecided = True

    def decide(self, *, watching: bool) -> None:
        """Whether this desk only watches, from now on."""
        with self._turn:
            self._watching, self._undecided = watching, False
            waiting, self._waiting = self._waiting, []
        if not watching:
            for tell in waiting:
                tell()

    def record(self, kind: str, actor: str, scope: str, body: object, *, subject: str = "") -> None:
        of_the_book = kind.partition(".")[0] in OF_THE_BOOK
        if not of_the_book or not self._holds_back(lambda: self.record(kind, actor, scope, body, subject=subject)):
            super().record(kind, actor, scope, body, subject=subject)

    def save_state(self, key: str, value: object) -> None:
        if not self._holds_back(lambda: self.save_state(key, value)):
            super().save_state(key, value)

    def _holds_back(self, tell: Callable[[], None]) -> bool:
        if not self._undecided:
            return self._watching
        with self._turn:
            if self._undecided and len(self._waiting) < MOST_WAITING:
                self._waiting.append(tell)
                return True
        return self._watching
