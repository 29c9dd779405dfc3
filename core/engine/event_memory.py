"""The events of earlier runs, out of the journal; and the lists that keep a start from reading all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.engine.cycle import Cycle
from core.engine.ids import new_id
from core.engine.parts import Parts
from core.errors import JournalError
from core.events.stored import LIST_BEGUN, LIST_ENDED, LISTED, Found, rebuilt
from core.journal.query import Wanted

LIST_AFTER = 5_000
"""Changes after which the open events are listed anew; more where more are open."""
LISTED_AT_ONCE = 50
"""Events put down in one cycle: some three milliseconds."""


FIGURES_STATE = "alarms.figures"
FIGURES_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Left:
    """What earlier runs left of their events."""

    found: Found
    figures: Mapping[str, Any] | None


class EventMemory:
    def __init__(self, parts: Parts, cycle: Cycle, notice: Callable[[str], None]) -> None:
        """`notice` tells the operator a sentence."""
        self._parts = parts
        self._cycle = cycle
        self._notice = notice
        self._listed_at = 0
        self._left: list[str] = []
        self._list_id = ""
        self._kept_s = parts.clock.monotonic()

    # -- in -------------------------------------------------------------------------------------------------------

    def read(self) -> Left | None:
        """What the journal says is open; None where it cannot be read, which is told. Reads the disk."""
        journal = self._parts.journal
        try:
            began: dict[str, int] = {}
            after = 0
            for record in journal.replay(Wanted(kinds=(LIST_BEGUN, LIST_ENDED))):
                if record.kind == LIST_BEGUN:
                    began[record.subject] = record.seq
                else:
                    after = began.get(record.subject, after)
            records = journal.replay(Wanted(kinds=("event",)), after)
            found = rebuilt((record.kind, record.data()) for record in records)
            return Left(found, journal.load_state(FIGURES_STATE))
        except JournalError as error:
            self._notice(f"the open events of the last run could not be read: {error}")
            return None

    def restore(self, left: Left | None) -> None:
        """Go on with them: none is raised again, none forgotten."""
        if left is None:
            return
        found = left.found
        if found.unreadable:
            self._notice(f"{found.unreadable:,} records of events could not be understood: what they say is not known")
        self._cycle.take_transitions(self._parts.events.restore((*found.resolved, *found.open)))
        if left.figures is not None:
            try:
                self._parts.events.restore_figures(left.figures)
            except ValueError as error:
                self._notice(f"how the alarms did before this start cannot be read: {error}")
        self._cycle.restored()

    # -- out ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Put down a few open events where a list is due; once a cycle."""
        events, journal = self._parts.events, self._parts.journal
        now_s = self._parts.clock.monotonic()
        if now_s - self._kept_s >= FIGURES_EVERY_S:
            self._kept_s = now_s
            journal.save_state(FIGURES_STATE, events.figures_state())
        if not self._left:
            open_now = len(events.open_events())
            if self._cycle.transitions - self._listed_at < max(LIST_AFTER, 2 * open_now):
                return
            self.begin()
        rows = [event for event_id in self._left[:LISTED_AT_ONCE] if (event := events.get(event_id)) is not None]
        del self._left[:LISTED_AT_ONCE]
        journal.record(LISTED, "scram", "", {"events": rows}, subject=self._list_id)
        if not self._left:
            journal.record(LIST_ENDED, "scram", "", {}, subject=self._list_id)

    def begin(self) -> None:
        """Begin a list of all that is open; the next steps put it down."""
        self._listed_at = self._cycle.transitions
        self._list_id = new_id()
        self._left = [event.event_id for event in self._parts.events.open_events()]
        self._parts.journal.record(LIST_BEGUN, "scram", "", {"open": len(self._left)}, subject=self._list_id)
