"""The event desk: turns limit checks into events with a life of their own.

Alarm hygiene follows ISA-18.2, EEMUA 191 and Phoebus: an event latches its highest severity, needs both recovery and a
person's acknowledgement before it leaves the list, clears only beyond the deadband, waits for its on- and off-delay,
and is held open while it chatters. What one event above explains is not told again below it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.clock import Clock
from core.domain import Scope, Severity
from core.errors import ConfigError
from core.events.book import EventKey
from core.events.checks import Check, LimitKey
from core.events.kinship import NO_KIN, Kinship
from core.events.ledger import Ledger
from core.events.lifecycle import Step, may, taken
from core.events.limit_side import LimitSide
from core.events.model import Cause, Event, EventState, Resolution
from core.events.persons import Persons
from core.events.settings import EventSettings
from core.events.transitions import SYSTEM_ACTOR, Change, Transition
from core.events.urgency import Urgency
from core.events.view import AlarmsView, Floats
from core.events.viewing import Viewing

HISTORY = 1_000
"""Resolved events kept in memory; the journal has them all."""
MOST_AT_ONCE = 150
"""Events moved in one turn by something that moves thousands: a venue that went away, a bulk acknowledgement."""
SAY_AGAIN_S = 60.0
"""What Scram said of itself before a restart it says again within so long, or it is over."""


class EventDesk:
    """All open events, one per (scope, metric, cause), and a bounded history of resolved ones."""

    def __init__(
        self,
        clock: Clock,
        ids: Callable[[], str],
        *,
        unknown_after_s: float = 5.0,
        history: int = HISTORY,
        settings: EventSettings | None = None,
        kinship: Kinship = NO_KIN,
    ) -> None:
        settings = settings or EventSettings()
        self._clock = clock
        self._ledger = Ledger(clock, ids, settings, kinship, history)
        self._book = self._ledger.book
        self._limits = LimitSide(self._ledger, unknown_after_s)
        self._urgency = Urgency(self._book)
        self._urgency.take(settings)
        self._persons = Persons(self._ledger)
        self._viewing = Viewing(self._ledger, kinship)
        self._held: dict[EventKey, tuple[float, str, str]] = {}
        """Events of other causes that chatter: when (monotonic) they clear, with which note, by whom."""
        self._unsaid: dict[EventKey, float] = {}
        """System events of an earlier run, and when (monotonic) they are over unless they are said again."""
        self._to_acknowledge: deque[tuple[str, str]] = deque()

    def take_settings(self, settings: EventSettings) -> None:
        """Go by other settings from now on."""
        self._ledger.take(settings)
        self._urgency.take(settings)
        self._viewing.take(settings)

    # -- what the engine reads ------------------------------------------------------------------------------------

    def open_events(self) -> tuple[Event, ...]:
        """All on the list (cleared ones wait for a person): worst first, then most at stake, then oldest."""
        return self._book.view()

    def resolved_events(self) -> tuple[Event, ...]:
        return self._book.resolved()

    def find(self, scope: Scope, metric: str, cause: Cause = Cause.BREACH) -> Event | None:
        return self._book.at((scope, metric, cause))

    def get(self, event_id: str) -> Event | None:
        return self._book.get(event_id)

    def keep(self) -> frozenset[LimitKey]:
        """The limits whose checks this desk follows although they are inside: an event is active, or a delay runs."""
        return self._book.active_limits().union(self._limits.waiting())

    def due(self) -> set[LimitKey]:
        """The limits whose checks it needs in this cycle, whether or not they say anything new."""
        return self._limits.due(self._clock.monotonic())

    @property
    def busy(self) -> bool:
        """Whether more is waiting for the next turn than the clock brings."""
        return self._ledger.inhibition.busy or bool(self._to_acknowledge)

    def take_exposure(self, rows: Mapping[Scope, int], exposure: Floats) -> None:
        """What of the book each scope holds, base currency, shape (scopes,), NaN unknown: the list is sorted by it."""
        self._book.take_exposure(rows, exposure, self._clock.monotonic())

    def alarms(self) -> AlarmsView:
        """Groups, the flood and the alarms' own figures."""
        return self._viewing.view(self._clock.monotonic(), self._clock.now())

    # -- what limits say ------------------------------------------------------------------------------------------

    def step(self, checks: Sequence[Check], at_s: float) -> tuple[Transition, ...]:
        """Take one cycle's checks, and do what time does; a limit that is not among the checks stands as it did."""
        now_s = self._clock.monotonic()
        out: list[Transition] = []
        self._limits.step(checks, at_s, out)
        for key in [key for key, (due_s, _, _) in self._held.items() if due_s <= now_s]:
            _, note, by = self._held.pop(key)
            event = self._book.at(key)
            if event is not None and may(event, Step.RECOVER):
                self._ledger.recover(event, note, by, at_s, out)
        if self._unsaid:
            self._clear_unsaid(now_s, at_s, out)
        for _ in range(min(MOST_AT_ONCE, len(self._to_acknowledge))):
            out.extend(self.acknowledge(*self._to_acknowledge.popleft()))
        self._inhibit(now_s, at_s, out)
        self._persons.step(at_s, out)
        for event in self._urgency.due(at_s, MOST_AT_ONCE):
            after = replace(event, aged=event.aged + 1, changed_at_s=at_s)
            out.append(self._ledger.put(event, after, Change.URGENT, SYSTEM_ACTOR, at_s))
        self._ledger.flood.step(now_s, at_s, self._ledger.settings)
        self._ledger.log.flooding(self._ledger.flood.since is not None, at_s)
        return tuple(out)

    def _inhibit(self, now_s: float, at_s: float, out: list[Transition]) -> None:
        settings = self._ledger.settings
        for event, found in self._ledger.inhibition.changes(now_s, settings.release_s, MOST_AT_ONCE):
            after = replace(event, inhibited_by=found, changed_at_s=at_s)
            what = Change.INHIBITED if found else Change.RELEASED
            out.append(self._ledger.put(event, after, what, SYSTEM_ACTOR, at_s))

    def forget_limit(self, scope: Scope, metric: str, note: str) -> tuple[Transition, ...]:
        """No limit is in force there any more: nothing is left to measure its events by."""
        self._limits.forget((scope, metric))
        told = (self.clear(scope, metric, cause, note=note) for cause in (Cause.BREACH, Cause.UNKNOWN))
        return tuple(row for rows in told for row in rows)

    # -- what others say ------------------------------------------------------------------------------------------

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
        out: list[Transition] = []
        event = self._book.at(key)
        self._unsaid.pop(key, None)
        if self._held.pop(key, None) is not None and event is not None:
            self._book.counted(key)
            event = self._book.at(key)
        if event is None:
            self._ledger.raise_new(key, severity, value, note, at_s, out)
        elif event.state is EventState.CLEARED:
            self._ledger.come_back(event, severity, at_s, out, value=value, note=note)
        elif severity > event.severity:
            self._ledger.worsen(event, severity, at_s, out, value=value, note=note)
        elif note != event.note:
            after = replace(event, value=value, note=note, changed_at_s=at_s)
            out.append(self._ledger.put(event, after, Change.NOTED, SYSTEM_ACTOR, at_s))
        return tuple(out)

    def clear(
        self, scope: Scope, key: str, cause: Cause = Cause.SYSTEM, *, note: str = "", by: str = SYSTEM_ACTOR
    ) -> tuple[Transition, ...]:
        """What was raised is over: a system event mended, a flow explained, a limit taken out of force."""
        event_key = (scope, key, cause)
        event = self._book.at(event_key)
        if event is None or not may(event, Step.RECOVER):
            return ()
        if event.chattering and cause is Cause.SYSTEM:
            quiet_s = self._ledger.settings.chatter_quiet_s
            self._held.setdefault(event_key, (self._clock.monotonic() + quiet_s, note or event.note, by))
            return ()
        out: list[Transition] = []
        self._ledger.recover(event, note or event.note, by, self._clock.now(), out)
        return tuple(out)

    # -- what persons say -----------------------------------------------------------------------------------------

    def acknowledge(self, event_id: str, operator: str) -> tuple[Transition, ...]:
        """A person has seen it. Nothing happens where it is gone or was acknowledged already."""
        return self._persons.acknowledge(event_id, operator)

    def acknowledge_all(self, event_ids: Iterable[str], operator: str) -> None:
        """The same for many, from the next turn on: a few hundred in each."""
        self._to_acknowledge.extend((event_id, operator) for event_id in event_ids)

    def shelve(self, event_id: str, operator: str, until_s: float, reason: str) -> tuple[Transition, ...]:
        """Put aside until a time (wall). Raises EventError where that may not be."""
        return self._persons.shelve(event_id, operator, until_s, reason)

    def unshelve(self, event_id: str, operator: str) -> tuple[Transition, ...]:
        return self._persons.unshelve(event_id, operator)

    def resolve(self, event_id: str, operator: str, reason: str) -> tuple[Transition, ...]:
        """Close one that has cleared, with a reason. Raises EventError where that may not be."""
        return self._persons.resolve(event_id, operator, reason)

    # -- what mitigations say -------------------------------------------------------------------------------------

    def mark_mitigating(self, event_id: str, active: bool, note: str = "") -> tuple[Transition, ...]:
        """A mitigation of this event began (`active`) or ended."""
        event = self.get(event_id)
        step = Step.MITIGATE if active else Step.STOP_MITIGATING
        if event is None or not may(event, step):
            return self.note(event_id, note)
        at_s = self._clock.now()
        after = replace(taken(event, step, at_s), note=note or event.note)
        what = Change.MITIGATING if active else Change.MITIGATION_ENDED
        return (self._ledger.put(event, after, what, SYSTEM_ACTOR, at_s),)

    def mark_mended(self, event_id: str) -> tuple[Transition, ...]:
        """A policy mended it without a person, and the venue was read again to prove it."""
        event = self.get(event_id)
        if event is None or event.mended:
            return ()
        at_s = self._clock.now()
        after = replace(event, mended=True, changed_at_s=at_s)
        out = [self._ledger.put(event, after, Change.MENDED, SYSTEM_ACTOR, at_s)]
        self._ledger.resolve_if_due(out[0].event_after, SYSTEM_ACTOR, at_s, out)
        return tuple(out)

    def note(self, event_id: str, note: str, by: str = SYSTEM_ACTOR) -> tuple[Transition, ...]:
        event = self.get(event_id)
        if event is None or not note or note == event.note:
            return ()
        at_s = self._clock.now()
        after = replace(event, note=note, changed_at_s=at_s)
        return (self._ledger.put(event, after, Change.NOTED, by, at_s),)

    # -- over restarts --------------------------------------------------------------------------------------------

    def figures_state(self) -> dict[str, Any]:
        """The alarms' own figures, to be kept for the next start."""
        return self._ledger.log.state()

    def restore_figures(self, kept: Mapping[str, Any]) -> None:
        """Raises ValueError where it is no such state."""
        try:
            self._ledger.log.restore(kept, self._clock.now())
        except (ConfigError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from None

    def restore(self, events: Iterable[Event]) -> tuple[Transition, ...]:
        """Take over the events of an earlier run, so that a restart neither re-raises nor un-acknowledges them.

        One that is open here already under another id gives way: it is the one whose story is known.
        """
        out: list[Transition] = []
        now_s, at_s = self._clock.monotonic(), self._clock.now()
        for event in events:
            if event.state is EventState.RESOLVED:
                self._book.remember(event)
                continue
            key = (event.scope, event.metric, event.cause)
            own = self._book.at(key)
            if own is not None:
                why = f"it is event {event.event_id} of an earlier run"
                out.append(self._ledger.resolve(own, Resolution.SYSTEM, SYSTEM_ACTOR, why, at_s))
            elif event.cause is Cause.SYSTEM and event.state is not EventState.CLEARED:
                self._unsaid[key] = now_s + SAY_AGAIN_S
            self._book.keep(None, event)
            self._persons.restored(event)
            if event.state is EventState.MITIGATING:
                # Whatever ran ended with the earlier run; where it is found again, that is said.
                after = replace(taken(event, Step.STOP_MITIGATING, at_s), note="the run that mitigated it has ended")
                out.append(self._ledger.put(event, after, Change.MITIGATION_ENDED, SYSTEM_ACTOR, at_s))
        return tuple(out)

    def _clear_unsaid(self, now_s: float, at_s: float, out: list[Transition]) -> None:
        """What Scram said of itself in an earlier run and does not say in this one is over."""
        for key in [key for key, due_s in self._unsaid.items() if due_s <= now_s]:
            del self._unsaid[key]
            event = self._book.at(key)
            if event is not None and may(event, Step.RECOVER):
                self._ledger.recover(event, "nothing says so since the restart", SYSTEM_ACTOR, at_s, out)
