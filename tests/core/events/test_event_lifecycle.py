"""The event desk against a model of a few lines: readings, persons, mitigations, a venue that is gone, time, restarts.

After every step the journal's records alone have to give the same open events.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.clock import ManualClock
from core.domain import Scope, Severity, Trust
from core.errors import EventError
from core.events.desk import EventDesk
from core.events.inhibition import UNREACHABLE
from core.events.kinship import Kinship
from core.events.model import OPEN_STATES, Cause, Event, EventState
from core.events.settings import EventSettings
from core.events.stored import LIST_BEGUN, LIST_ENDED, LISTED, rebuilt
from core.events.transitions import Change, Transition
from core.journal.canonical import canonical
from tests.core.events.lifecycle_model import (
    AWAY,
    GRACE_S,
    OFF_DELAY_S,
    ON_DELAY_S,
    QUIET_S,
    SCOPES,
    URGENT_S,
    VENUE,
    Key,
    Model,
)
from tests.core.events.stand_ins import StandInCheck, Terms, breached, cleared, inside_deadband, numbered, unknown

READINGS = st.one_of(
    st.sampled_from(Severity).map(breached), st.builds(cleared), st.builds(inside_deadband), st.builds(unknown)
)
KEYS = st.sampled_from([*((scope, cause) for scope in SCOPES for cause in (Cause.BREACH, Cause.UNKNOWN)), AWAY])
KINSHIP = Kinship({"a": "v", "b": "v"}, {"one": ["a"], "both": ["a", "b"]})
SETTINGS = EventSettings(release_s=0.0, chatter_quiet_s=QUIET_S, urgent_after_s={Severity.HIGH: URGENT_S})


def metric_of(key: Key) -> str:
    return UNREACHABLE if key == AWAY else "leverage"


class EventLifecycle(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(now=1_000_000.0, monotonic=0.0)
        self.ids = numbered("e")
        self.desk = self.a_desk()
        self.model = Model()
        self.records: list[tuple[str, Any]] = []
        self.lists = itertools.count()

    def a_desk(self) -> EventDesk:
        return EventDesk(self.clock, self.ids, unknown_after_s=GRACE_S, settings=SETTINGS, kinship=KINSHIP)

    @property
    def now_s(self) -> float:
        return self.clock.monotonic()

    def event(self, key: Key) -> Event | None:
        return self.desk.find(key[0], metric_of(key), key[1])

    def take(self, transitions: tuple[Transition, ...]) -> None:
        for change in transitions:
            assert change.event_before != change.event_after
            assert change.event_before is None or change.event_before.event_id == change.event_after.event_id
            assert (change.what is Change.RESOLVED) == (change.event_after.state is EventState.RESOLVED)
            assert (change.what is Change.RESOLVED) == (change.event_after.resolution is not None)
            assert change.by
            self.records.append((f"event.{change.what}", orjson.loads(canonical(change))))

    # -- rules ----------------------------------------------------------------------------------------------------

    @rule(
        readings=st.lists(st.one_of(READINGS, st.none()), min_size=len(SCOPES), max_size=len(SCOPES)),
        seconds=st.sampled_from([0.25, 0.5, 1.0, 3.0, 30.0]),
    )
    def cycle(self, readings: list[StandInCheck | None], seconds: float) -> None:
        self.clock.advance(seconds)
        limit = Terms(on_delay_s=ON_DELAY_S, off_delay_s=OFF_DELAY_S)
        due = self.desk.due()
        checks = []
        for scope, reading in zip(SCOPES, readings, strict=True):
            if reading is None and (scope, "leverage") in due:
                reading = inside_deadband()
            if reading is not None:
                checks.append(replace(reading, scope=scope, limit=limit))
        for check in checks:
            self.model.see(check, self.now_s)
        self.model.time_passes(self.now_s)
        self.take(self.desk.step(checks, self.clock.now()))

    @rule(scope=st.sampled_from(SCOPES), severity=st.sampled_from(Severity), times=st.sampled_from([1, 3]))
    def to_and_fro(self, scope: Scope, severity: Severity, times: int) -> None:
        """Back inside for as long as it must, and beyond again: once, or until it chatters."""
        for reading in (cleared(), cleared(), breached(severity), breached(severity)) * times:
            self.cycle([reading if one == scope else None for one in SCOPES], 1.0)

    @rule(key=KEYS)
    def acknowledge(self, key: Key) -> None:
        event, line = self.event(key), self.model.lines[key]
        self.take(() if event is None else self.desk.acknowledge(event.event_id, "ann"))
        if line.listed and not line.acknowledged:
            line.acknowledged = True
            self.model.settle(line, self.now_s)
            if not line.active:
                self.model.end(key)

    @rule(key=KEYS, seconds=st.sampled_from([2.0, 40.0]), reason=st.sampled_from(["", "known"]))
    def shelve(self, key: Key, seconds: float, reason: str) -> None:
        event, line = self.event(key), self.model.lines[key]
        if event is None:
            return
        allowed = bool(reason) or line.worst <= Severity.LOW
        try:
            self.take(self.desk.shelve(event.event_id, "ann", self.clock.now() + seconds, reason))
        except EventError:
            assert not allowed
            return
        assert allowed
        line.shelf = (self.now_s + seconds, line.worst)
        self.model.settle(line, self.now_s)

    @rule(key=KEYS)
    def unshelve(self, key: Key) -> None:
        event = self.event(key)
        self.take(() if event is None else self.desk.unshelve(event.event_id, "ann"))
        if self.model.lines[key].shelf is not None:
            self.model.take_back(key, self.now_s)

    @rule(key=KEYS)
    def resolve(self, key: Key) -> None:
        event, line = self.event(key), self.model.lines[key]
        if event is None:
            return
        try:
            self.take(self.desk.resolve(event.event_id, "ann", "a known defect"))
        except EventError:
            assert line.active
            return
        assert not line.active
        self.model.end(key)

    @rule(key=KEYS, active=st.booleans())
    def mitigate(self, key: Key, active: bool) -> None:
        event, line = self.event(key), self.model.lines[key]
        self.take(() if event is None else self.desk.mark_mitigating(event.event_id, active))
        if line.active:
            line.mitigating = active
            self.model.settle(line, self.now_s)

    @rule()
    def the_venue_goes_away(self) -> None:
        self.take(self.desk.raise_system(VENUE, UNREACHABLE, Severity.HIGH, "v is unreachable"))
        line = self.model.lines[AWAY]
        line.closes_s = self.model.away_until_s = float("inf")
        if not line.active:
            self.model.raise_(AWAY, int(Severity.HIGH), self.now_s)

    @rule()
    def the_venue_is_back(self) -> None:
        self.take(self.desk.clear(VENUE, UNREACHABLE, note="v answers"))
        line = self.model.lines[AWAY]
        if line.active and line.chattering:
            line.closes_s = min(line.closes_s, self.now_s + QUIET_S)
        elif line.active:
            self.model.recover(AWAY, self.now_s)

    @rule()
    def all_open_events_are_listed(self) -> None:
        rows = orjson.loads(canonical({"events": self.desk.open_events()}))
        self.records = [(LIST_BEGUN, {}), (LISTED, rows), (LIST_ENDED, {})]

    @precondition(lambda self: self.records)
    @rule()
    def restart(self) -> None:
        found = rebuilt(self.records)
        assert not found.unreadable
        self.desk = self.a_desk()
        self.take(self.desk.restore((*found.resolved, *found.open)))
        self.model.restart(self.now_s)

    # -- what has to hold -----------------------------------------------------------------------------------------

    @invariant()
    def the_list_is_what_a_person_expects(self) -> None:
        for key, line in self.model.lines.items():
            event = self.event(key)
            assert (event is not None) == line.listed, key
            if event is None:
                continue
            assert event.severity == line.worst
            assert (event.state in OPEN_STATES) == line.active
            assert (event.state is EventState.MITIGATING) == line.mitigating
            assert bool(event.acknowledged_by) == line.acknowledged
            assert bool(event.inhibited_by) == line.inhibited
            assert (event.shelf is not None) == (line.shelf is not None)
            assert event.chattering == line.chattering
            assert bool(event.aged) == line.aged
            assert (event.asks_since_s is not None) == line.asks

    @invariant()
    def the_records_alone_give_the_same_events(self) -> None:
        found = {event.event_id: told(event) for event in rebuilt(self.records).open}
        assert found == {event.event_id: told(event) for event in self.desk.open_events()}

    @invariant()
    def every_listed_event_can_be_found_and_none_is_resolved(self) -> None:
        events = self.desk.open_events()
        assert all(self.desk.get(event.event_id) is event for event in events)
        assert all(event.state is not EventState.RESOLVED for event in events)
        assert [-event.severity for event in events] == sorted(-event.severity for event in events)

    @invariant()
    def the_groups_and_counts_add_up(self) -> None:
        events = {event.event_id: event for event in self.desk.open_events()}
        alarms = self.desk.alarms()
        members = [member for group in alarms.groups for member in group.members]
        assert len(members) == len(set(members))
        for group in alarms.groups:
            rows = [events[member] for member in group.members]
            assert (group.count, group.asking) == (len(rows), sum(row.asks for row in rows))
            assert group.severity is max(row.severity for row in rows)
            assert all(row.inhibited_by == group.head for row in rows)
        assert {event.event_id for event in events.values() if event.inhibited_by} <= set(members)
        assert alarms.inhibited == sum(bool(event.inhibited_by) for event in events.values())
        assert alarms.shelved == sum(event.shelf is not None for event in events.values())


def told(event: Event) -> Event:
    """What is put down of an event: its newest figures and how often it came back while held open are shown only."""
    return replace(event, value=0.0, threshold=0.0, trust=Trust.TRUSTED, occurrences=1)


TestEventLifecycle = EventLifecycle.TestCase
TestEventLifecycle.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
