"""A storm of breaches through the engine's real cycle, journal and snapshot: nothing is lost, the table is readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import LinkState, Scope, ScopeKind, Severity
from core.events.flood import SINGLE
from core.events.inhibition import UNREACHABLE
from core.events.model import Cause, EventState
from core.events.stored import rebuilt
from core.intents import AcknowledgeEvents
from core.journal.query import Wanted
from core.risk.limits.feed import MOST
from core.snapshot import Snapshot
from core.venues.messages import LinkUpdate
from tests.core.engine.storm import Storm

ACCOUNTS, VENUES = 600, 3


class Weather:
    def __init__(self, home: Path, seed: int) -> None:
        self.clock = ManualClock(now=1.7e9)
        self.storm = Storm(home, ACCOUNTS, VENUES, self.clock, seed)
        self.storm.calm()

    def beat(self, seconds: float = 0.1) -> Snapshot:
        self.clock.advance(seconds)
        self.storm.engine.beat()
        assert self.storm.engine.latest is not None
        return self.storm.engine.latest

    def close(self) -> None:
        self.storm.parts.journal.close()


@pytest.fixture
def weather(tmp_path: Path, seed: int) -> Iterator[Weather]:
    made = Weather(tmp_path, seed)
    yield made
    made.close()


def test_a_storm_loses_nothing_and_leaves_a_table_that_can_be_read(weather: Weather) -> None:
    storm = weather.storm
    weather.beat()
    updates = list(storm.breaches())
    for start in range(0, ACCOUNTS, 10):
        for update in updates[start : start + 10]:
            storm.take(update)
        snapshot = weather.beat()
        assert len(snapshot.alarms.flood.lines) <= SINGLE + 40 + VENUES
    for _ in range(10):
        snapshot = weather.beat()
    assert Counter(event.severity.word for event in snapshot.events) == storm.expected
    flood = snapshot.alarms.flood
    assert flood.active
    assert flood.sentence.startswith("600 alarms in ten minutes")
    groups = {group.key: group for group in snapshot.alarms.groups}
    assert {group.scope.name: group.count for group in groups.values()} == Counter(storm.venue_of.values())
    shown = {line.event_id for line in flood.lines}
    members = {member for line in flood.lines if line.group for member in groups[line.group].members}
    critical = {event.event_id for event in snapshot.events if event.severity is Severity.CRITICAL}
    assert critical <= shown | members
    assert sum(line.count for line in flood.lines) + flood.below == ACCOUNTS
    status = storm.engine.status()
    assert len(status["events"]) == 200
    assert (status["alarms"]["open"], status["alarms"]["asking"]) == (ACCOUNTS, ACCOUNTS)
    assert status["alarms"]["flood"] == flood.sentence
    journal = storm.parts.journal
    assert journal.flush(60.0)
    found = rebuilt((record.kind, record.data()) for record in journal.replay(Wanted(kinds=("event",))))
    assert {event.event_id for event in found.open} == {event.event_id for event in snapshot.events}
    assert journal.verify().intact


def test_what_breaches_all_at_once_is_told_over_a_few_cycles_the_gravest_first(weather: Weather) -> None:
    weather.beat()
    for update in weather.storm.breaches():
        weather.storm.take(update)
    first = weather.beat()
    assert len(first.events) == MOST
    worst = sorted((severity.word for severity in weather.storm.severity_of.values()), key=_rank)[:MOST]
    assert Counter(event.severity.word for event in first.events) == Counter(worst)
    assert weather.storm.engine.behind
    for _ in range(4):
        last = weather.beat(0.02)
    assert len(last.events) == ACCOUNTS
    assert not weather.storm.engine.behind


def _rank(word: str) -> int:
    return -Severity[word.upper()]


def test_many_are_acknowledged_at_once_over_a_few_cycles(weather: Weather) -> None:
    weather.beat()
    for update in weather.storm.breaches():
        weather.storm.take(update)
    for _ in range(6):
        snapshot = weather.beat()
    weather.storm.engine.submit(AcknowledgeEvents(tuple(event.event_id for event in snapshot.events), "ada"))
    for _ in range(6):
        snapshot = weather.beat()
    assert {event.acknowledged_by for event in snapshot.events} == {"ada"}


def test_a_venue_that_is_gone_is_one_event_and_not_one_for_each_account(weather: Weather) -> None:
    storm, hub = weather.storm, weather.storm.parts.hub
    weather.beat()
    gone = [name for name, venue in storm.venue_of.items() if venue == "venue-1"]
    for name in gone:
        storm.take(LinkUpdate(name, hub.endpoint_of(name), LinkState.DOWN, "", weather.clock.monotonic()))
    shown: list[int] = []
    for _ in range(45):
        storm.prices()
        storm.alive(set(storm.venue_of) - set(gone))
        snapshot = weather.beat(2.0)
        shown.append(sum(event.annunciated for event in snapshot.events))
    venue = Scope(ScopeKind.VENUE, "venue-1")
    away = storm.parts.events.find(venue, UNREACHABLE, Cause.SYSTEM)
    assert away is not None
    hidden = [event for event in snapshot.events if event.inhibited_by == away.event_id]
    assert {event.scope.name for event in hidden} == set(gone)
    assert max(shown) < 10
    (group,) = (group for group in snapshot.alarms.groups if group.head == away.event_id)
    assert (group.count, group.title) == (len(hidden), f"venue:venue-1 is unreachable: explains {len(hidden)} below it")
    assert all(event.state is EventState.RAISED for event in hidden)
