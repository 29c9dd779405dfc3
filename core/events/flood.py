"""When there are more alarms than a person can answer, and which lines keep the table readable then.

ISA-18.2 and EEMUA 191: a flood begins with more than ten alarms in ten minutes and ends below five.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from core.domain import Policy, Severity
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
        table = _Table(events, groups)
        lines, below_by = table.lines(most)
        below, folded = sum(below_by), [line.count for line in lines if line.group]
        parts = [f"{self.count:,} alarms in ten minutes"]
        if folded:
            parts.append(f"{sum(folded):,} events in {len(folded):,} groups")
        parts.append(f"{below:,} below the line" if below else "none below the line")
        return FloodView(True, self.since[0], self.count, tuple(lines), below, below_by, ", ".join(parts))


class _Table:
    """What would be shown unasked, in the order of the list, each with the group whose line may stand for it."""

    def __init__(self, events: Sequence[Event], groups: Groups) -> None:
        of, big = groups.keys()
        self._shown: list[tuple[Event, str]] = []
        self._alone: set[str] = set()
        self._forced: set[str] = set()
        """Groups that have to be there, for what is critical or stops something in them."""
        self._grouped: dict[str, list[int]] = {}
        """Of each group how many events share its line, and the worst severity among them."""
        for event in events:
            if event.shelf is not None or event.inhibited_by:
                continue
            key = of.get(event.event_id, "")
            if key not in big:
                key = ""
            if event.severity is Severity.CRITICAL or event.policy is Policy.STOP:
                self._must(event, key)
            if key and event.event_id not in self._alone:
                counts = self._grouped.setdefault(key, [0, 0])
                counts[0] += 1
                counts[1] = max(counts[1], event.severity)
            self._shown.append((event, key))

    def _must(self, event: Event, key: str) -> None:
        if len(self._alone) < SINGLE or not key:
            self._alone.add(event.event_id)
        else:
            self._forced.add(key)

    def lines(self, most: int) -> tuple[list[FloodLine], tuple[int, int, int, int]]:
        """What must be shown, then groups and single events until `most` lines are full; and what is below them."""
        lines: list[FloodLine] = []
        below = [0] * (len(Severity) + 1)
        seen: set[str] = set()
        room = most
        for event, key in self._shown:
            if event.event_id in self._alone:
                lines.append(FloodLine(event.event_id, "", event.severity, 1))
            elif key in seen:
                continue
            elif room > 0 or key in self._forced:
                room -= key not in self._forced
                count, worst = self._grouped.get(key, (1, event.severity))
                lines.append(FloodLine("" if key else event.event_id, key, Severity(worst), count))
                if key:
                    seen.add(key)
            else:
                below[event.severity] += 1
        _, low, medium, high, critical = below
        return lines, (low, medium, high, critical)
