"""What notifications are made of: a route, one thing to tell, a message, and how a route stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.domain import NotifyKind, Pattern, Severity
from core.events.model import Event
from core.events.transitions import Change, Transition
from core.windows import Window

KINDS = {
    Change.RAISED: NotifyKind.RAISED,
    Change.REOPENED: NotifyKind.RAISED,
    Change.ESCALATED: NotifyKind.ESCALATED,
    Change.URGENT: NotifyKind.ESCALATED,
    Change.UNSHELVED: NotifyKind.RAISED,
    Change.RELEASED: NotifyKind.RAISED,
    Change.CLEARED: NotifyKind.CLEARED,
    Change.RESOLVED: NotifyKind.RESOLVED,
}
"""Of the changes of an event, those that may be told elsewhere than on the desk."""

BACK = frozenset({Change.UNSHELVED, Change.RELEASED})
"""An event is in sight again: that is news where it still waits for a person."""

GONE = frozenset({Change.INHIBITED, Change.SHELVED})
"""An event left the sight: what was not told of it yet need not be."""

FAILING = "notifications do not go out"
"""Key of the system event that says that a route cannot be used."""


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """What a route carries, when and how often; its address is the sender's business."""

    name: str
    least: Severity = Severity.HIGH
    scopes: tuple[Pattern, ...] = ()
    """None: all."""
    kinds: frozenset[NotifyKind] = frozenset(NotifyKind)
    quiet: tuple[Window, ...] = ()
    quiet_least: Severity = Severity.CRITICAL
    per_minute: float = 6.0
    burst: int = 3
    digest_s: float = 5.0
    timeout_s: float = 10.0

    def carries(self, telling: Telling) -> bool:
        event = telling.event
        return (
            event.urgency >= self.least
            # What a person put aside, or another event explains, wakes nobody.
            and event.annunciated
            and telling.kind in self.kinds
            and (not self.scopes or any(scope.covers(event.scope) for scope in self.scopes))
        )


@dataclass(frozen=True, slots=True)
class Telling:
    """One change of one event."""

    kind: NotifyKind
    event: Event
    at_s: float
    """Wall time."""


def telling_of(change: Transition) -> Telling | None:
    """None for changes that nobody is told of elsewhere (an acknowledgement, a note)."""
    kind = KINDS.get(change.what)
    if kind is None or (change.what in BACK and not change.event_after.asks):
        return None
    return Telling(kind, change.event_after, change.at_s)


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str
    severity: Severity


class RouteState(enum.StrEnum):
    IDLE = "idle"
    """Nothing was sent yet."""
    GOOD = "good"
    FAILING = "failing"
    """What should go out does not; it is kept and tried again."""


@dataclass(frozen=True, slots=True)
class RouteView:
    name: str
    least: Severity
    state: RouteState
    sent: int
    """Messages that went out since the start."""
    failed: int
    """Attempts that did not."""
    waiting: int
    """Changes of events that wait for the next message."""
    quiet: bool
    last_at_s: float
    """Wall time of the last message that went out; NaN for none."""
    words: str
    """Why it fails, or what became of the last trial; "" for nothing."""
    trying: bool = False
    """Whether a trial asked for is under way."""
