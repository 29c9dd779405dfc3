"""Every step that an event takes, put down in one place: the book, the counts, and the transition for the journal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.clock import Clock
from core.domain import Policy, Severity, Trust
from core.events.alarm_log import AlarmLog
from core.events.book import EventBook, EventKey
from core.events.chatter import Chatter
from core.events.flood import Flood
from core.events.inhibition import Inhibition
from core.events.kinship import Kinship
from core.events.lifecycle import Step, may, taken
from core.events.model import Cause, Event, EventState, Resolution
from core.events.settings import EventSettings, reaches
from core.events.transitions import SYSTEM_ACTOR, Change, Transition

_ASKS_ANEW = frozenset({Change.RAISED, Change.REOPENED, Change.RELEASED})


class Ledger:
    def __init__(
        self, clock: Clock, ids: Callable[[], str], settings: EventSettings, kinship: Kinship, history: int
    ) -> None:
        self.clock = clock
        self.settings = settings
        self.book = EventBook(history)
        self.inhibition = Inhibition(self.book, kinship)
        self.chatter = Chatter(settings.chatter_raises)
        self.flood = Flood()
        self.log = AlarmLog(clock.now())
        self._ids = ids

    def take(self, settings: EventSettings) -> None:
        self.settings = settings
        self.chatter.take(settings.chatter_raises)

    def put(self, before: Event | None, after: Event, what: Change, by: str, at_s: float) -> Transition:
        done = self.book.put(before, after, what, by, at_s)
        after = done.event_after
        if what in _ASKS_ANEW and after.annunciated:
            self.flood.raised(self.clock.monotonic())
            self.log.raised(after, at_s)
        if before is not None and not before.acknowledged_by and after.acknowledged_by:
            self.log.acknowledged(before, at_s)
        if after.state is EventState.RESOLVED:
            self.log.resolved(after, at_s)
        return done

    # -- up -------------------------------------------------------------------------------------------------------

    def raise_new(
        self, key: EventKey, severity: Severity, value: float, note: str, at_s: float, out: list[Transition],
        *, threshold: float = math.nan, trust: Trust = Trust.TRUSTED, policy: Policy | None = None,
    ) -> None:  # fmt: skip
        scope, metric, cause = key
        event = Event(
            self._ids(), scope, metric, cause, severity, EventState.RAISED, value, threshold, at_s, at_s, trust,
            note=note, policy=policy, chattering=self.chatter.raised(key, self.clock.monotonic()),
        )  # fmt: skip
        event = self._explained(event)
        out.append(self.put(None, event, Change.RAISED, SYSTEM_ACTOR, at_s))

    def worsen(self, event: Event, severity: Severity, at_s: float, out: list[Transition], **figures: Any) -> None:
        """It has become worse than it ever was; `figures` are fields of the event."""
        aged = max(0, event.urgency - severity)
        after = replace(taken(event, Step.WORSEN, at_s), severity=severity, aged=aged, asks_since_s=None, **figures)
        after = self._explained(after)
        if after.shelf is not None and severity > after.shelf.severity:
            after = replace(after, shelf=None)
        out.append(self.put(event, after, Change.ESCALATED, SYSTEM_ACTOR, at_s))

    def come_back(self, event: Event, severity: Severity, at_s: float, out: list[Transition], **figures: Any) -> None:
        """It had cleared, and nobody had resolved it yet."""
        worst = max(severity, event.severity)
        after = replace(taken(event, Step.RETURN, at_s), severity=worst, occurrences=event.occurrences + 1, **figures)
        after = replace(self._explained(after), chattering=self.chatter.raised(_key(event), self.clock.monotonic()))
        if after.shelf is not None and worst > after.shelf.severity:
            after = replace(after, shelf=None)
        out.append(self.put(event, after, Change.REOPENED, SYSTEM_ACTOR, at_s))

    def _explained(self, event: Event) -> Event:
        found = self.inhibition.explained_by(event)
        return event if found == event.inhibited_by else replace(event, inhibited_by=found)

    # -- down -----------------------------------------------------------------------------------------------------

    def recover(self, event: Event, note: str, by: str, at_s: float, out: list[Transition], **figures: Any) -> None:
        """Back beyond the clearing level, or over in its own way."""
        after = replace(taken(event, Step.RECOVER, at_s), note=note, chattering=False, **figures)
        resolution = self.resolution_of(after)
        if resolution is None:
            out.append(self.put(event, after, Change.CLEARED, by, at_s))
        else:
            out.append(self._resolved(event, after, resolution, by, "", at_s))

    def resolution_of(self, event: Event) -> Resolution | None:
        """By whom a cleared event is resolved now; None while it waits for a person or for the end of its shelf."""
        if event.shelf is not None:
            return None
        if event.cause in (Cause.UNKNOWN, Cause.FLOW):
            # A figure that can be read again and a flow that is explained leave nothing to acknowledge; thousands of
            # them after one lost connection would bury what matters.
            return Resolution.SYSTEM
        settings = self.settings
        mended = event.mended and reaches(event.severity, settings.resolve_mended)
        by_itself = mended or reaches(event.severity, settings.resolve_cleared)
        # Nobody was asked about what another event explains.
        return Resolution.AUTO if event.acknowledged_by or by_itself or event.inhibited_by else None

    def resolve(self, event: Event, resolution: Resolution, by: str, reason: str, at_s: float) -> Transition:
        return self._resolved(event, event, resolution, by, reason, at_s)

    def _resolved(
        self, before: Event, event: Event, resolution: Resolution, by: str, reason: str, at_s: float
    ) -> Transition:
        after = replace(
            taken(event, Step.RESOLVE, at_s), resolution=resolution, resolved_by=by, reason=reason, shelf=None
        )
        return self.put(before, after, Change.RESOLVED, by, at_s)

    # -- aside ----------------------------------------------------------------------------------------------------

    def resolve_if_due(self, event: Event, by: str, at_s: float, out: list[Transition]) -> None:
        """A cleared event of which nothing is left to wait for."""
        if event.state is EventState.CLEARED and may(event, Step.RESOLVE):
            resolution = self.resolution_of(event)
            if resolution is not None:
                out.append(self.resolve(event, resolution, by, "", at_s))


def _key(event: Event) -> EventKey:
    return (event.scope, event.metric, event.cause)
