"""What is shown of the events besides their list, made anew no oftener than an eye can follow."""

from __future__ import annotations

from core.events.groups import Groups
from core.events.kinship import Kinship
from core.events.ledger import Ledger
from core.events.model import Event
from core.events.settings import EventSettings
from core.events.view import AlarmFigures, AlarmsView, FloodView

FIGURES_EVERY_S = 2.0
FLOOD_EVERY_S = 0.5


class Viewing:
    def __init__(self, ledger: Ledger, kinship: Kinship) -> None:
        self._ledger = ledger
        self.groups = Groups(ledger.book, kinship, ledger.settings.group_from)
        self._figures: AlarmFigures | None = None
        self._flood: FloodView | None = None
        self._figures_s = self._flood_s = float("-inf")
        self._shelved = self._inhibited = 0
        ledger.book.listen(self)

    def take(self, settings: EventSettings) -> None:
        self.groups.take(settings.group_from)

    def moved(self, before: Event | None, after: Event) -> None:
        for event, step in ((before, -1), (after, +1)):
            if event is not None and event.resolution is None:
                self._shelved += step * (event.shelf is not None)
                self._inhibited += step * bool(event.inhibited_by)

    def view(self, now_s: float, at_s: float) -> AlarmsView:
        ledger, settings = self._ledger, self._ledger.settings
        events = ledger.book.view()
        figures, flood = self._figures, self._flood
        if figures is None or now_s - self._figures_s >= FIGURES_EVERY_S:
            self._figures_s = now_s
            figures = self._figures = ledger.log.view(events, at_s, settings.stale_after_s)
        if flood is None or now_s - self._flood_s >= FLOOD_EVERY_S:
            self._flood_s = now_s
            flood = self._flood = ledger.flood.view(events, self.groups, settings.flood_lines)
        return AlarmsView(
            ledger.book.stakes, self.groups.view(), flood, figures, ledger.book.resolved(), self._shelved,
            self._inhibited,
        )  # fmt: skip
