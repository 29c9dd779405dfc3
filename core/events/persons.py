"""What a person may do with an event: acknowledge it, put it aside for a while, resolve it with a reason."""

from __future__ import annotations

from dataclasses import replace

from core.errors import EventError
from core.events.ledger import Ledger
from core.events.lifecycle import Step, may, taken
from core.events.model import Event, EventState, Resolution, Shelf
from core.events.settings import reaches
from core.events.transitions import SYSTEM_ACTOR, Change, Transition


class Persons:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._shelved: dict[str, None] = {}

    def acknowledge(self, event_id: str, operator: str) -> tuple[Transition, ...]:
        event = self._ledger.book.get(event_id)
        if event is None or event.acknowledged_by or not may(event, Step.ACKNOWLEDGE):
            return ()
        at_s = self._ledger.clock.now()
        after = replace(taken(event, Step.ACKNOWLEDGE, at_s), acknowledged_by=operator, acknowledged_at_s=at_s)
        if event.state is not EventState.CLEARED:
            return (self._ledger.put(event, after, Change.ACKNOWLEDGED, operator, at_s),)
        gone = replace(
            taken(after, Step.RESOLVE, at_s), resolution=Resolution.OPERATOR, resolved_by=operator, shelf=None
        )
        return (self._ledger.put(event, gone, Change.RESOLVED, operator, at_s),)

    def shelve(self, event_id: str, operator: str, until_s: float, reason: str) -> tuple[Transition, ...]:
        event = self._open(event_id)
        settings, at_s = self._ledger.settings, self._ledger.clock.now()
        if not at_s < until_s <= at_s + settings.shelve_most_s:
            most = settings.shelve_most_s / 3_600
            raise EventError(f"{event.metric} of {event.scope} may be put aside for {most:g} h at most, from now on")
        if not reason.strip() and not reaches(event.severity, settings.shelve_without_reason):
            word = event.severity.word
            raise EventError(f"{event.metric} of {event.scope} is {word}: it is put aside with a reason only")
        shelf = Shelf(operator, reason.strip(), at_s, until_s, event.severity)
        if shelf == event.shelf:
            return ()
        after = replace(event, shelf=shelf, changed_at_s=at_s)
        self._shelved[event_id] = None
        return (self._ledger.put(event, after, Change.SHELVED, operator, at_s),)

    def unshelve(self, event_id: str, operator: str) -> tuple[Transition, ...]:
        event = self._ledger.book.get(event_id)
        if event is None or event.shelf is None:
            return ()
        out: list[Transition] = []
        self._take_back(event, operator, self._ledger.clock.now(), out)
        return tuple(out)

    def resolve(self, event_id: str, operator: str, reason: str) -> tuple[Transition, ...]:
        event = self._open(event_id)
        if event.state is not EventState.CLEARED:
            raise EventError(
                f"{event.metric} of {event.scope} is {event.state.value}: only what is back inside can be resolved"
            )
        if not reason.strip():
            raise EventError(f"{event.metric} of {event.scope} is resolved with a reason only")
        at_s = self._ledger.clock.now()
        return (self._ledger.resolve(event, Resolution.OPERATOR, operator, reason.strip(), at_s),)

    def step(self, at_s: float, out: list[Transition]) -> None:
        """Bring back what was put aside until now; `at_s` is wall time."""
        for event_id in list(self._shelved):
            event = self._ledger.book.get(event_id)
            if event is None or event.shelf is None:
                del self._shelved[event_id]
            elif at_s >= event.shelf.until_s:
                self._take_back(event, SYSTEM_ACTOR, at_s, out)

    def restored(self, event: Event) -> None:
        if event.shelf is not None:
            self._shelved[event.event_id] = None

    def _take_back(self, event: Event, by: str, at_s: float, out: list[Transition]) -> None:
        self._shelved.pop(event.event_id, None)
        back = self._ledger.put(event, replace(event, shelf=None, changed_at_s=at_s), Change.UNSHELVED, by, at_s)
        out.append(back)
        self._ledger.resolve_if_due(back.event_after, SYSTEM_ACTOR, at_s, out)

    def _open(self, event_id: str) -> Event:
        event = self._ledger.book.get(event_id)
        if event is None:
            raise EventError("there is no such open event any more")
        return event
