"""Where the event desk keeps its events: open ones by key and by id, views that are rebuilt only after a change."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from core.domain import Scope, Trust
from core.events.checks import LimitKey
from core.events.model import OPEN_STATES, Cause, Event, EventState
from core.events.transitions import Change, Transition

EventKey = tuple[Scope, str, Cause]


class EventBook:
    def __init__(self, history: int) -> None:
        self._open: dict[EventKey, Event] = {}
        self._keys: dict[str, EventKey] = {}
        self._resolved: deque[Event] = deque(maxlen=history)
        self._order: list[EventKey] | None = None
        self._view: tuple[Event, ...] | None = None
        self._keep: frozenset[LimitKey] | None = None

    def at(self, key: EventKey) -> Event | None:
        return self._open.get(key)

    def key_of(self, event_id: str) -> EventKey | None:
        return self._keys.get(event_id)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._open.values())

    def view(self) -> tuple[Event, ...]:
        """Worst first, then oldest first; the same tuple until something changes."""
        if self._view is None:
            if self._order is None:
                rows = sorted(self._open.items(), key=lambda row: (-row[1].severity, row[1].raised_at_s))
                self._order = [key for key, _ in rows]
            self._view = tuple([self._open[key] for key in self._order])
        return self._view

    def resolved(self) -> tuple[Event, ...]:
        """Newest first."""
        return tuple(reversed(self._resolved))

    def active_limits(self) -> frozenset[LimitKey]:
        if self._keep is None:
            self._keep = frozenset(
                (event.scope, event.metric)
                for event in self._open.values()
                if event.cause in (Cause.BREACH, Cause.UNKNOWN) and event.state in OPEN_STATES
            )
        return self._keep

    def put(self, key: EventKey, before: Event | None, after: Event, what: Change, by: str) -> Transition:
        if after.state is EventState.RESOLVED:
            del self._open[key]
            del self._keys[after.event_id]
            self._resolved.append(after)
        else:
            self._open[key] = after
            self._keys[after.event_id] = key
        self._order = None
        self._view = None
        self._keep = None
        return Transition(before, after, what, by, after.changed_at_s)

    def refresh(self, key: EventKey, value: float | None, trust: Trust, threshold: float | None = None) -> None:
        """Show the latest figures of an active event; not a transition, and the order stays."""
        event = self._open.get(key)
        if event is None or event.state is EventState.CLEARED:
            return
        shown = event.value if value is None else value
        level = event.threshold if threshold is None else threshold
        if shown == event.value and trust is event.trust and level == event.threshold:
            return
        self._open[key] = replace(event, value=shown, trust=trust, threshold=level)
        self._view = None
