"""When an alarm sounds: decided from events and a clock alone, and nothing of Qt.

High and critical sound once when they ask for a person; a critical that nobody answers sounds again and again. A mute
silences what stands, and what comes and is no worse, until it ends by itself. Something worse than all that stood when
it was set ends it; a further critical beside another is always heard, once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from core.domain import Severity
from core.events.model import Event

LEAST = Severity.HIGH
REPEAT_S = 15.0
"""Between two soundings of a critical that nobody answers."""
GAP_S = 2.0
"""Least time between two soundings."""
MUTED_GAP_S = 30.0
"""The same while muted, for criticals that come on top of others."""


@dataclass(frozen=True, slots=True)
class Ring:
    """One sounding."""

    severity: Severity
    fresh: tuple[Event, ...]
    """What is new, the worst first; none where something is repeated."""


@dataclass(frozen=True, slots=True)
class Mute:
    until_s: float
    rank: int
    """The worst that stood when it was set, at least high: what is worse ends it."""


class Annunciator:
    """Times are monotonic seconds."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, float | None]] = {}
        self._rang_s = -math.inf
        self._waiting: dict[str, Event] = {}
        """Fresh ones that came within the gap after a sounding."""
        self._mute: Mute | None = None
        self.asking: tuple[Event, ...] = ()
        """What asks for a person and is high or worse, the worst first."""

    def mute(self, seconds: float, now_s: float) -> None:
        worst = max((int(event.urgency) for event in self.asking), default=0)
        self._mute = Mute(now_s + seconds, max(worst, int(LEAST)))

    def unmute(self) -> None:
        self._mute = None

    def muted_for(self, now_s: float) -> float:
        """Seconds that the mute still lasts; 0 while none does."""
        return max(0.0, self._mute.until_s - now_s) if self._mute is not None else 0.0

    def step(self, events: Iterable[Event], now_s: float) -> Ring | None:
        """What is to sound now."""
        asking = [event for event in events if event.asks and event.urgency >= LEAST]
        self.asking = tuple(sorted(asking, key=lambda event: (-event.urgency, event.raised_at_s)))
        known = {event.event_id: (int(event.urgency), event.asks_since_s) for event in self.asking}
        for event in self.asking:
            before = self._known.get(event.event_id)
            urgency, since_s = known[event.event_id]
            if before is None or urgency > before[0] or since_s != before[1]:
                self._waiting[event.event_id] = event
        self._waiting = {name: event for name, event in self._waiting.items() if name in known}
        self._known = known
        if self._mute is not None and now_s >= self._mute.until_s:
            self._mute = None
        return self._sound(now_s)

    def _sound(self, now_s: float) -> Ring | None:
        fresh = tuple(sorted(self._waiting.values(), key=lambda event: (-event.urgency, event.raised_at_s)))
        worst = int(fresh[0].urgency) if fresh else 0
        if self._mute is not None and worst > self._mute.rank:
            self._mute = None
        if self._mute is not None:
            self._waiting = {name: event for name, event in self._waiting.items() if event.urgency is Severity.CRITICAL}
            fresh = tuple(event for event in fresh if event.urgency is Severity.CRITICAL)
        gap_s = GAP_S if self._mute is None else MUTED_GAP_S
        if fresh and now_s - self._rang_s >= gap_s:
            self._waiting.clear()
            self._rang_s = now_s
            return Ring(fresh[0].urgency, fresh)
        stands = bool(self.asking) and self.asking[0].urgency is Severity.CRITICAL
        if stands and self._mute is None and now_s - self._rang_s >= REPEAT_S:
            self._rang_s = now_s
            return Ring(Severity.CRITICAL, ())
        return None
