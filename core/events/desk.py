"""The event desk: turns limit checks into events with a life of their own.

Alarm hygiene follows ISA-18.2 and Phoebus: an event latches its highest severity, needs both recovery and a person's
acknowledgement before it leaves the list, clears only beyond the deadband, and starts only after its on-delay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from core.clock import Clock
from core.domain import Scope, Severity, Trust
from core.events.book import EventBook, EventKey
from core.events.checks import BREACHED, UNKNOWN, Check, LimitKey
from core.events.model import Cause, Event, EventState
from core.events.transitions import SYSTEM_ACTOR, Change, Transition

HISTORY = 1_000
"""Resolved events kept in memory; the journal has them all."""


class EventDesk:
    """All open events, one per (scope, metric, cause), and a bounded history of resolved ones."""

    def __init__(
        self, clock: Clock, ids: Callable[[], str], *, unknown_after_s: float = 5.0, history: int = HISTORY
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._unknown_after_s = unknown_after_s
        self._book = EventBook(history)
        self._breached_since: dict[LimitKey, float] = {}
        self._unknown_since: dict[LimitKey, float] = {}

    # What the engine reads

    def open_events(self) -> tuple[Event, ...]:
        """All that is still on the list (cleared ones wait for a person), worst first, then oldest first."""
        return self._book.view()

    def resolved_events(self) -> tuple[Event, ...]:
        return self._book.resolved()

    def find(self, scope: Scope, metric: str, cause: Cause = Cause.BREACH) -> Event | None:
        return self._book.at((scope, metric, cause))

    def get(self, event_id: str) -> Event | None:
        key = self._book.key_of(event_id)
        return None if key is None else self._book.at(key)

    def keep(self) -> frozenset[LimitKey]:
        """The limits whose checks this desk needs although they are inside: those with an active event."""
        return self._book.active_limits()

    # What limits say

    def step(self, checks: Sequence[Check], at_s: float) -> tuple[Transition, ...]:
        """Take one cycle's checks; a limit that is not among them counts as inside, unless it has an active event."""
        now_s = self._clock.monotonic()
        out: list[Transition] = []
        seen: set[LimitKey] = set()
        for check in checks:
            key = (check.scope, check.metric)
            seen.add(key)
            if check.outcome == UNKNOWN:
                self._step_unknown(key, check, now_s, at_s, out)
                continue
            self._unknown_since.pop(key, None)
            self._end_unknown(key, at_s, out)
            if check.outcome == BREACHED and check.severity is not None:
                self._step_breached(key, check, check.severity, now_s, at_s, out)
            else:
                self._breached_since.pop(key, None)
                self._step_inside(key, check, at_s, out)
        for since in (self._breached_since, self._unknown_since):
            for key in [key for key in since if key not in seen]:
                del since[key]
        self._distrust_unseen(seen)
        return tuple(out)

    def _step_unknown(self, key: LimitKey, check: Check, now_s: float, at_s: float, out: list[Transition]) -> None:
        # An unknown reading neither confirms a breach nor takes one back: delays go on, open events stay.
        self._book.refresh((*key, Cause.BREACH), None, Trust.UNKNOWN)
        since_s = self._unknown_since.setdefault(key, now_s)
        event_key = (*key, Cause.UNKNOWN)
        if self._book.at(event_key) is not None or now_s - since_s < self._unknown_after_s:
            return
        note = f"{check.metric} of {check.scope} cannot be evaluated"
        event = self._new(event_key, Severity.MEDIUM, math.nan, math.nan, Trust.UNKNOWN, note, at_s)
        out.append(self._book.put(event_key, None, event, Change.RAISED, SYSTEM_ACTOR))

    def _end_unknown(self, key: LimitKey, at_s: float, out: list[Transition]) -> None:
        event_key = (*key, Cause.UNKNOWN)
        event = self._book.at(event_key)
        if event is not None:
            out.append(self._clear(event_key, event, "can be evaluated again", SYSTEM_ACTOR, at_s))

    def _step_breached(
        self, key: LimitKey, check: Check, severity: Severity, now_s: float, at_s: float, out: list[Transition]
    ) -> None:
        event_key = (*key, Cause.BREACH)
        event = self._book.at(event_key)
        returning = event is None or event.state is EventState.CLEARED
        if event is not None and not returning and severity <= event.severity:
            self._breached_since.pop(key, None)
            self._book.refresh(
                event_key, check.value, check.trust, check.threshold if severity == event.severity else None
            )
            return
        since_s = self._breached_since.setdefault(key, now_s)
        delay_s = check.limit.on_delay_s if returning else 0.0
        if check.trust is Trust.UNSETTLED:
            # Money on the move looks like a loss until a ledger explains it: as patient as with an unknown figure.
            delay_s = max(delay_s, self._unknown_after_s)
        if now_s - since_s < delay_s:
            self._book.refresh(event_key, check.value, check.trust)
            return
        self._breached_since.pop(key, None)
        note = f"{check.metric} of {check.scope} reached {check.value:.6g}; {severity.word} from {check.threshold:.6g}"
        if event is None:
            event = self._new(event_key, severity, check.value, check.threshold, check.trust, note, at_s)
            out.append(self._book.put(event_key, None, event, Change.RAISED, SYSTEM_ACTOR))
        else:
            out.append(self._rise(event_key, event, check, severity, note, at_s))

    def _rise(
        self, key: EventKey, event: Event, check: Check, severity: Severity, note: str, at_s: float
    ) -> Transition:
        returned = event.state is EventState.CLEARED
        worse = severity > event.severity
        after = replace(
            event,
            severity=max(severity, event.severity),
            # A running mitigation goes on; an acknowledgement of something milder does not count for this.
            state=event.state if event.state is EventState.MITIGATING else EventState.RAISED,
            value=check.value,
            threshold=check.threshold if worse or severity == event.severity else event.threshold,
            changed_at_s=at_s,
            trust=check.trust,
            acknowledged_by="",
            note=note,
            occurrences=event.occurrences + (1 if returned else 0),
        )
        return self._book.put(key, event, after, Change.REOPENED if returned else Change.ESCALATED, SYSTEM_ACTOR)

    def _step_inside(self, key: LimitKey, check: Check, at_s: float, out: list[Transition]) -> None:
        event_key = (*key, Cause.BREACH)
        event = self._book.at(event_key)
        if event is None or event.state is EventState.CLEARED:
            return
        self._book.refresh(event_key, check.value, check.trust)
        # A figure that is not trusted may raise an event but never takes one away.
        if check.cleared and check.trust is Trust.TRUSTED:
            event = replace(event, value=check.value, trust=check.trust)
            out.append(self._clear(event_key, event, f"back at {check.value:.6g}", SYSTEM_ACTOR, at_s))

    def _distrust_unseen(self, seen: set[LimitKey]) -> None:
        for key in self.keep() - seen:
            self._book.refresh((*key, Cause.BREACH), None, Trust.UNKNOWN)

    # What others say

    def raise_system(self, scope: Scope, key: str, severity: Severity, note: str) -> tuple[Transition, ...]:
        """Scram itself has something to say; raised again under the same key it updates the event."""
        return self._raise_other((scope, key, Cause.SYSTEM), severity, math.nan, note)

    def raise_flow(
        self, scope: Scope, key: str, severity: Severity, note: str, amount: float = math.nan
    ) -> tuple[Transition, ...]:
        """Money came or went; `key` tells flows of one scope apart, `amount` is in the base currency."""
        return self._raise_other((scope, key, Cause.FLOW), severity, amount, note)

    def _raise_other(self, key: EventKey, severity: Severity, value: float, note: str) -> tuple[Transition, ...]:
        at_s = self._clock.now()
        event = self._book.at(key)
        if event is None:
            created = self._new(key, severity, value, math.nan, Trust.TRUSTED, note, at_s)
            return (self._book.put(key, None, created, Change.RAISED, SYSTEM_ACTOR),)
        returned = event.state is EventState.CLEARED
        worse = severity > event.severity
        if not returned and not worse and note == event.note:
            return ()
        after = replace(event, severity=max(severity, event.severity), value=value, changed_at_s=at_s, note=note)
        what = Change.NOTED
        if returned or worse:
            what = Change.REOPENED if returned else Change.ESCALATED
            again = event.occurrences + (1 if returned else 0)
            after = replace(after, state=EventState.RAISED, acknowledged_by="", occurrences=again)
        return (self._book.put(key, event, after, what, SYSTEM_ACTOR),)

    def clear(
        self, scope: Scope, key: str, cause: Cause = Cause.SYSTEM, *, note: str = "", by: str = SYSTEM_ACTOR
    ) -> tuple[Transition, ...]:
        """What was raised is over: a system event mended, a flow explained, a limit taken out of force."""
        event_key = (scope, key, cause)
        event = self._book.at(event_key)
        if event is None or event.state is EventState.CLEARED:
            return ()
        return (self._clear(event_key, event, note or event.note, by, self._clock.now()),)

    def acknowledge(self, event_id: str, operator: str) -> tuple[Transition, ...]:
        """A person has seen it. Nothing happens where it is gone or was acknowledged already."""
        event = self.get(event_id)
        if event is None or event.acknowledged_by:
            return ()
        key = _key(event)
        after = replace(event, acknowledged_by=operator, changed_at_s=self._clock.now())
        if event.state is EventState.CLEARED:
            return (self._book.put(key, event, replace(after, state=EventState.RESOLVED), Change.RESOLVED, operator),)
        if event.state is EventState.RAISED:
            after = replace(after, state=EventState.ACKNOWLEDGED)
        return (self._book.put(key, event, after, Change.ACKNOWLEDGED, operator),)

    def mark_mitigating(self, event_id: str, active: bool, note: str = "") -> tuple[Transition, ...]:
        """A mitigation of this event began (`active`) or ended."""
        event = self.get(event_id)
        if event is None or event.state is EventState.CLEARED or active == (event.state is EventState.MITIGATING):
            return self.note(event_id, note)
        state = EventState.MITIGATING
        if not active:
            state = EventState.ACKNOWLEDGED if event.acknowledged_by else EventState.RAISED
        after = replace(event, state=state, note=note or event.note, changed_at_s=self._clock.now())
        what = Change.MITIGATING if active else Change.MITIGATION_ENDED
        return (self._book.put(_key(event), event, after, what, SYSTEM_ACTOR),)

    def note(self, event_id: str, note: str, by: str = SYSTEM_ACTOR) -> tuple[Transition, ...]:
        event = self.get(event_id)
        if event is None or not note or note == event.note:
            return ()
        after = replace(event, note=note, changed_at_s=self._clock.now())
        return (self._book.put(_key(event), event, after, Change.NOTED, by),)

    def restore(self, events: Iterable[Event]) -> None:
        """Take over the open events of an earlier run, so that a restart neither re-raises nor un-acknowledges them."""
        for event in events:
            if event.state is EventState.RESOLVED:
                continue
            if event.state is EventState.MITIGATING:  # whatever ran ended with the earlier run
                state = EventState.ACKNOWLEDGED if event.acknowledged_by else EventState.RAISED
                event = replace(event, state=state)
            self._book.put(_key(event), None, event, Change.RAISED, SYSTEM_ACTOR)

    def _new(
        self, key: EventKey, severity: Severity, value: float, threshold: float, trust: Trust, note: str, at_s: float
    ) -> Event:
        scope, metric, cause = key
        state = EventState.RAISED
        return Event(self._ids(), scope, metric, cause, severity, state, value, threshold, at_s, at_s, trust, note=note)

    def _clear(self, key: EventKey, event: Event, note: str, by: str, at_s: float) -> Transition:
        # A figure that can be read again and a flow that is explained leave nothing to acknowledge; thousands of them
        # after one lost connection would bury what matters.
        done = bool(event.acknowledged_by) or key[2] in (Cause.UNKNOWN, Cause.FLOW)
        state = EventState.RESOLVED if done else EventState.CLEARED
        after = replace(event, state=state, note=note, changed_at_s=at_s)
        return self._book.put(key, event, after, Change.RESOLVED if done else Change.CLEARED, by)


def _key(event: Event) -> EventKey:
    return (event.scope, event.metric, event.cause)
