"""When there are more alarms than a person can answer, and which lines keep the table readable then.

ISA-18.2 and EEMUA 191: a flood begins with more than ten alarms in ten minutes and ends below five.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from core.domain import Severity
from core.events.groups import Groups
from core.events.model import Event
from core.events.settings import FLOOD_WINDOW_S, EventSettings
from core.events.view import FloodLine, FloodView

SINGLE = 25
"""Critical or stop-relevant events with a line of their own; from there on those of a group share its line."""


class Flood:
    def __init__(self) -> None:
        self._raised: deque[float] = deque()
        """When (monotonic) something was raised that asks for a person."""
        self.since: tuple[float, float] | None = None
        """Wall and monotonic time of its beginning; None while there is none."""

    def raised(self, now_s: float) -> None:
        self._raised.append(now_s)

    @property
    def count(self) -> int:
        return len(self._raised)

    def step(self, now_s: float, at_s: float, settings: EventSettings) -> None:
        while self._raised and now_s - self._raised[0] >= FLOOD_WINDOW_S:
            self._raised.popleft()
        if self.since is None and len(self._raised) > settings.flood_from:
            self.since = (at_s, now_s)
        elif self.since is not None and len(self._raised) < settings.flood_until:
            self.since = None

    def view(self, events: Sequence[Event], groups: Groups, most: int) -> FloodView:
        """`events` are all on the list, in its order; `most` lines besides what is always shown."""
        if self.since is None:
            return FloodView(raised=self.count)
        shown = [(event, groups.of(event.event_id)) for event in events if event.annunciated]
        lines = _lines(shown, most)
        below_by = _below(shown, lines)
        below, folded = sum(below_by), [line.count for line in lines if line.group]
        parts = [f"{self.count:,} alarms in ten minutes"]
        if folded:
            parts.append(f"{sum(folded):,} events in {len(folded):,} groups")
        parts.append(f"{below:,} below the line" if below else "none below the line")
        return FloodView(True, self.since[0], self.count, tuple(lines), below, below_by, ", ".join(parts))


def _lines(shown: Sequence[tuple[Event, str]], most: int) -> list[FloodLine]:
    """What must be shown, then groups and single events in the order of the list until `most` lines are full."""
    must = [(event, key) for event, key in shown if event.always_shown]
    alone = {event.event_id for place, (event, key) in enumerate(must) if place < SINGLE or not key}
    forced = {key for event, key in must if event.event_id not in alone}
    grouped: dict[str, list[int]] = {}
    for event, key in shown:
        if key and event.event_id not in alone:
            counts = grouped.setdefault(key, [0, 0])
            counts[0] += 1
            counts[1] = max(counts[1], event.severity)
    lines: list[FloodLine] = []
    seen: set[str] = set()
    room = most
    for event, key in shown:
        if event.event_id in alone:
            lines.append(FloodLine(event.event_id, "", event.severity, 1))
        elif key not in seen and (room > 0 or key in forced):
            room -= key not in forced
            count, worst = grouped.get(key, (1, event.severity))
            lines.append(FloodLine("" if key else event.event_id, key, Severity(worst), count))
            if key:
                seen.add(key)
    return lines


def _below(shown: Sequence[tuple[Event, str]], lines: Sequence[FloodLine]) -> tuple[int, int, int, int]:
    told = {line.event_id for line in lines if line.event_id}
    keys = {line.group for line in lines if line.group}
    counts = [0, 0, 0, 0]
    for event, key in shown:
        if key not in keys and event.event_id not in told:
            counts[event.severity - 1] += 1
    low, medium, high, critical = counts
    return low, medium, high, critical
