"""The life of an event as one table: what may follow what, and nothing else may.

raised <--> acknowledged        a person has seen it; growing worse asks anew
   \\          /
    mitigating                  a mitigation runs; ends where it came from
        |
     cleared --> raised         back beyond the clearing level; may come back
        |
     resolved                   history
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import replace

from core.events.model import Event, EventState


class Step(enum.Enum):
    """What happens to an event."""

    WORSEN = "worsen"
    ACKNOWLEDGE = "acknowledge"
    MITIGATE = "mitigate"
    STOP_MITIGATING = "stop mitigating"
    RECOVER = "recover"
    RETURN = "return"
    RESOLVE = "resolve"


_RAISED, _ACKNOWLEDGED, _MITIGATING, _CLEARED, _RESOLVED = EventState

LIFE: Mapping[tuple[EventState, Step], EventState] = {
    (_RAISED, Step.WORSEN): _RAISED,
    (_RAISED, Step.ACKNOWLEDGE): _ACKNOWLEDGED,
    (_RAISED, Step.MITIGATE): _MITIGATING,
    (_RAISED, Step.RECOVER): _CLEARED,
    (_RAISED, Step.RESOLVE): _RESOLVED,
    # An acknowledgement of something milder does not count for what it grows into.
    (_ACKNOWLEDGED, Step.WORSEN): _RAISED,
    (_ACKNOWLEDGED, Step.MITIGATE): _MITIGATING,
    (_ACKNOWLEDGED, Step.RECOVER): _CLEARED,
    (_ACKNOWLEDGED, Step.RESOLVE): _RESOLVED,
    # A running mitigation goes on, whatever is said of the event meanwhile.
    (_MITIGATING, Step.WORSEN): _MITIGATING,
    (_MITIGATING, Step.ACKNOWLEDGE): _MITIGATING,
    (_MITIGATING, Step.STOP_MITIGATING): _RAISED,
    (_MITIGATING, Step.RECOVER): _CLEARED,
    (_MITIGATING, Step.RESOLVE): _RESOLVED,
    (_CLEARED, Step.ACKNOWLEDGE): _CLEARED,
    (_CLEARED, Step.RETURN): _RAISED,
    (_CLEARED, Step.RESOLVE): _RESOLVED,
}


def may(event: Event, step: Step) -> bool:
    return (event.state, step) in LIFE


def taken(event: Event, step: Step, at_s: float) -> Event:
    """The event after the step; raises KeyError for one that its life does not know (`may` says so before)."""
    state = LIFE[event.state, step]
    if step is Step.STOP_MITIGATING and event.acknowledged_by:
        state = EventState.ACKNOWLEDGED
    match step:
        case Step.WORSEN | Step.RETURN:
            event = replace(event, acknowledged_by="", acknowledged_at_s=None, mended=False, cleared_at_s=None)
        case Step.RECOVER:
            event = replace(event, cleared_at_s=at_s)
        case Step.RESOLVE if event.cleared_at_s is None:
            event = replace(event, cleared_at_s=at_s)
    return replace(event, state=state, changed_at_s=at_s)


def settled(event: Event, at_s: float) -> Event:
    """With what follows from the rest: since when a person is asked for, and that an answer ends all urgency."""
    if event.asks:
        return event if event.asks_since_s is not None else replace(event, asks_since_s=at_s)
    if event.asks_since_s is None and not event.aged:
        return event
    return replace(event, asks_since_s=None, aged=0)
