"""Where the event desk keeps its events: open ones by key and by id, in an order that is sorted only after a change."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np

from core.domain import Scope, Trust
from core.events.checks import LimitKey
from core.events.lifecycle import settled
from core.events.model import OPEN_STATES, Cause, Event, EventState
from core.events.transitions import Change, Transition
from core.events.view import Floats

EventKey = tuple[Scope, str, Cause]

LIMIT_CAUSES = frozenset({Cause.BREACH, Cause.UNKNOWN})
SORT_AGAIN_S = 2.0
"""What is at stake moves all the time; the table need not."""


class Listener(Protocol):
    """Keeps a count or an index of the open events."""

    def moved(self, before: Event | None, after: Event) -> None:
        """One event came to be (`before` None), changed, or was resolved."""


class EventBook:
    def __init__(self, history: int) -> None:
        self._events: dict[str, Event] = {}
        self._ids: dict[EventKey, str] = {}
        self._places: dict[str, int] = {}
        """By event: the row of its scope among all scopes, -1 where it has none."""
        self._resolved: deque[Event] = deque(maxlen=history)
        self._history: tuple[Event, ...] | None = ()
        self._listeners: list[Listener] = []
        self._order: list[str] | None = None
        self._view: tuple[Event, ...] | None = None
        self._active: dict[LimitKey, int] = {}
        self._rows: Mapping[Scope, int] = {}
        self._exposure: Floats = np.empty(0)
        self._sorted_s = float("-inf")
        self.stakes: Floats = np.empty(0)
        """In the order of `view`."""

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events.values())

    def at(self, key: EventKey) -> Event | None:
        event_id = self._ids.get(key)
        return None if event_id is None else self._events[event_id]

    def get(self, event_id: str) -> Event | None:
        return self._events.get(event_id)

    # -- the order ------------------------------------------------------------------------------------------------

    def take_exposure(self, rows: Mapping[Scope, int], exposure: Floats, now_s: float) -> None:
        """What of the book each scope holds: `exposure` has the shape (scopes,), NaN unknown; `now_s` is monotonic."""
        if rows is not self._rows:
            self._rows = rows
            self._places = {event.event_id: rows.get(event.scope, -1) for event in self}
        self._exposure = exposure
        if now_s - self._sorted_s >= SORT_AGAIN_S:
            self._sorted_s = now_s
            self._order = self._view = None

    def view(self) -> tuple[Event, ...]:
        """Worst first, then most at stake (unknown before all), then oldest; the same until something changes."""
        if self._view is None:
            if self._order is None:
                self._order = self._sorted()
            self._view = tuple([self._events[event_id] for event_id in self._order])
        return self._view

    def _sorted(self) -> list[str]:
        events, count = self._events.values(), len(self._events)
        severity = np.fromiter([event.severity for event in events], np.int64, count)
        raised = np.fromiter([event.raised_at_s for event in events], np.float64, count)
        places = np.fromiter(self._places.values(), np.int64, count)
        stakes = np.append(self._exposure, np.nan)[places]
        order = np.lexsort((raised, -np.where(np.isnan(stakes), np.inf, stakes), -severity))
        self.stakes = stakes[order]
        self.stakes.flags.writeable = False
        ids = list(self._events)
        return [ids[place] for place in order.tolist()]

    def resolved(self) -> tuple[Event, ...]:
        """Newest first; the same until something changes."""
        if self._history is None:
            self._history = tuple(reversed(self._resolved))
        return self._history

    # -- changes --------------------------------------------------------------------------------------------------

    def active_limits(self) -> frozenset[LimitKey]:
        return frozenset(self._active)

    def put(self, before: Event | None, after: Event, what: Change, by: str, at_s: float) -> Transition:
        """Take an event as it is now; what follows from the rest of it is put right first."""
        after = settled(after, at_s)
        self.keep(before, after)
        if after.state is EventState.RESOLVED:
            self._resolved.append(after)
            self._history = None
        return Transition(before, after, what, by, at_s)

    def keep(self, before: Event | None, after: Event) -> None:
        key = (after.scope, after.metric, after.cause)
        if after.state is EventState.RESOLVED:
            self._ids.pop(key, None)
            self._events.pop(after.event_id, None)
            self._places.pop(after.event_id, None)
        else:
            self._ids[key] = after.event_id
            if after.event_id not in self._events:
                self._places[after.event_id] = self._rows.get(after.scope, -1)
            self._events[after.event_id] = after
        self._count_active(before, after)
        same_place = before is not None and before.severity is after.severity and after.state is not EventState.RESOLVED
        if not same_place:
            self._order = None
        self._view = None
        for listener in self._listeners:
            listener.moved(before, after)

    def remember(self, resolved: Event) -> None:
        """One that an earlier run had resolved, the oldest first."""
        self._resolved.append(resolved)
        self._history = None

    def _count_active(self, before: Event | None, after: Event) -> None:
        if after.cause not in LIMIT_CAUSES:
            return
        step = (after.state in OPEN_STATES) - (before is not None and before.state in OPEN_STATES)
        if step:
            key = (after.scope, after.metric)
            count = self._active.get(key, 0) + step
            if count:
                self._active[key] = count
            else:
                self._active.pop(key, None)

    def refresh(self, key: EventKey, value: float | None, trust: Trust, threshold: float | None = None) -> None:
        """Show the latest figures of an active event; not a transition, and the order stays."""
        event = self.at(key)
        if event is None or event.state is EventState.CLEARED:
            return
        shown = event.value if value is None else value
        level = event.threshold if threshold is None else threshold
        if shown == event.value and trust is event.trust and level == event.threshold:
            return
        self._events[event.event_id] = replace(event, value=shown, trust=trust, threshold=level)
        self._view = None

    def counted(self, key: EventKey) -> None:
        """It came back while it was held open: not a transition either."""
        event = self._events[self._ids[key]]
        self._events[event.event_id] = replace(event, occurrences=event.occurrences + 1)
        self._view = None
