"""What the engine remembers over a restart: the book, the course of every scope, and which limits fired a stop."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from core.engine.parts import Parts
from core.errors import JournalError
from core.risk.limits.remembering import ChangeState
from core.risk.saving import CourseState, load_course, save_course

BOOK_STATE = "book"
COURSE_STATE = "course"
ASKED_STATE = "stops.asked"
CHANGES_STATE = "limits.changes"
"""What limits on a change remember: without it a fall of the last hour would be over with the engine."""
SAVE_STATE_S = 15.0
COURSE_EVERY = 4
"""The course is larger than the book, and is saved with every fourth of its states."""


class Memory:
    def __init__(self, parts: Parts, notice: Callable[[str], None]) -> None:
        """`notice` tells the operator a sentence."""
        self._parts = parts
        self._notice = notice

    def restore(self) -> None:
        """Take up the last run's; without it everything begins anew, and the operator is told why."""
        try:
            state = self._parts.journal.load_state(BOOK_STATE)
            if state is not None:
                self._parts.book.restore(state)
            course = self._parts.journal.load_state(COURSE_STATE)
            if course is not None:
                load_course(self._parts.course, course)
            self._restore_changes(self._parts.journal.load_state(CHANGES_STATE))
            self._restore_asked(self._parts.journal.load_state(ASKED_STATE))
        except JournalError as error:
            self._notice(f"peaks and attribution of the last run could not be read: {error}")

    def _restore_changes(self, kept: object) -> None:
        try:
            self._parts.risk.watch.restore_changes(kept if isinstance(kept, list) else (), self._ahead_s)
        except ValueError:
            self._notice("what limits on a change remembered cannot be read: they look back no further than this start")

    @property
    def _ahead_s(self) -> float:
        return self._parts.clock.now() - self._parts.clock.monotonic()

    def _save_changes(self, state: ChangeState) -> None:
        if len(state.cells):
            self._parts.journal.save_state(CHANGES_STATE, state.rows())

    def _restore_asked(self, kept: object) -> None:
        if kept is None:
            return
        try:
            self._parts.mitigations.asked.restore(kept if isinstance(kept, list) else [])
        except ValueError:
            self._notice("which limits had fired a stop cannot be read: one that is still breached fires anew")

    async def save_now_and_then(self) -> None:
        for number in itertools.count(1):
            await self._parts.clock.sleep(SAVE_STATE_S)
            state = self._parts.book.state()
            # Turning it into text takes longer than taking it, and needs nothing of the loop.
            await asyncio.to_thread(self._parts.journal.save_state, BOOK_STATE, state)
            await asyncio.to_thread(self._save_changes, self._parts.risk.watch.change_state(self._ahead_s))
            if number % COURSE_EVERY == 0:
                await asyncio.to_thread(self._save_course, save_course(self._parts.course))

    async def save(self) -> None:
        """The last word of a run."""
        self._parts.journal.save_state(BOOK_STATE, self._parts.book.state())
        await asyncio.to_thread(self._save_changes, self._parts.risk.watch.change_state(self._ahead_s))
        await asyncio.to_thread(self._save_course, save_course(self._parts.course))

    def _save_course(self, state: CourseState) -> None:
        self._parts.journal.save_state(COURSE_STATE, state.encode())
