"""When an event that nobody answers becomes more urgent than it is grave."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from core.events.book import EventBook
from core.events.model import Event
from core.events.settings import EventSettings


class Urgency:
    def __init__(self, book: EventBook) -> None:
        self._book = book
        self._due: list[tuple[float, str, float, int]] = []
        """Wall time, the event, since when it asks, and by how many steps it has aged."""
        self.settings = EventSettings()
        book.listen(self)

    def take(self, settings: EventSettings) -> None:
        self.settings = settings
        self._due.clear()
        for event in self._book:
            self._note(event)

    def moved(self, before: Event | None, after: Event) -> None:
        asked = None if before is None else (before.asks_since_s, before.severity, before.aged)
        if asked != (after.asks_since_s, after.severity, after.aged):
            self._note(after)

    def _note(self, event: Event) -> None:
        if event.asks_since_s is None:
            return
        wait_s = self.settings.urgent_in_s(event.severity, event.aged + 1)
        if wait_s is not None:
            heapq.heappush(self._due, (event.asks_since_s + wait_s, event.event_id, event.asks_since_s, event.aged))

    def due(self, at_s: float, most: int) -> Iterator[Event]:
        """Events that are one step more urgent now; `at_s` is wall time."""
        while self._due and self._due[0][0] <= at_s and most > 0:
            _, event_id, since_s, aged = heapq.heappop(self._due)
            event = self._book.get(event_id)
            if event is not None and (event.asks_since_s, event.aged) == (since_s, aged):
                most -= 1
                yield event
