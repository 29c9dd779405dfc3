"""What an operator does with events; a refusal is a notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.errors import EventError
from core.events.desk import EventDesk
from core.events.transitions import Transition
from core.intents import AcknowledgeEvent, AcknowledgeEvents, EventAct, ResolveEvent, ShelveEvent, UnshelveEvent


class EventActs:
    def __init__(
        self,
        events: EventDesk,
        take_transitions: Callable[[Iterable[Transition]], None],
        notice: Callable[[str], None],
    ) -> None:
        """`notice` tells the operator a sentence."""
        self._events = events
        self._take_transitions = take_transitions
        self._notice = notice

    def take(self, act: EventAct) -> None:
        try:
            self._take_transitions(self._carry_out(act))
        except EventError as error:
            self._notice(str(error))

    def _carry_out(self, act: EventAct) -> tuple[Transition, ...]:
        events = self._events
        match act:
            case AcknowledgeEvent(event_id=event_id, operator=operator):
                return events.acknowledge(event_id, operator)
            case AcknowledgeEvents(event_ids=event_ids, operator=operator):
                events.acknowledge_all(event_ids, operator)
                return ()
            case ShelveEvent(event_id=event_id, operator=operator, until_s=until_s, reason=reason):
                return events.shelve(event_id, operator, until_s, reason)
            case UnshelveEvent(event_id=event_id, operator=operator):
                return events.unshelve(event_id, operator)
            case ResolveEvent(event_id=event_id, operator=operator, reason=reason):
                return events.resolve(event_id, operator, reason)
