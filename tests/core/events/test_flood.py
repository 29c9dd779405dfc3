from __future__ import annotations

import pytest

from core.clock import ManualClock
from core.domain import Policy, Scope, Severity
from core.events.desk import EventDesk
from core.events.flood import SINGLE
from core.events.kinship import Kinship
from core.events.settings import FLOOD_WINDOW_S, EventSettings
from core.events.view import AlarmsView
from core.ladder import Response
from tests.core.events.stand_ins import StandInCheck, Terms, breached, cleared, numbered

ACCOUNTS = [f"a{number:03}" for number in range(200)]
STOPS = Terms(policy={Severity.LOW: Response.of(Policy.STOP)})


class Stage:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        venues = {name: f"v{number % 2}" for number, name in enumerate(ACCOUNTS)}
        self.desk = EventDesk(clock, numbered("e"), settings=EventSettings(flood_lines=12), kinship=Kinship(venues, {}))

    def step(self, *checks: StandInCheck, after_s: float = 1.0) -> AlarmsView:
        self.clock.advance(after_s)
        self.desk.step(checks, self.clock.now())
        return self.desk.alarms()


@pytest.fixture
def it(clock: ManualClock) -> Stage:
    return Stage(clock)


def one(number: int, severity: Severity = Severity.LOW, metric: str = "leverage", **others: object) -> StandInCheck:
    return breached(severity, scope=Scope.parse(f"account:{ACCOUNTS[number]}"), metric=metric, **others)


def test_more_than_ten_in_ten_minutes_are_a_flood_until_there_are_fewer_than_five(it: Stage) -> None:
    for number in range(10):
        alarms = it.step(one(number), after_s=10.0)
    assert (alarms.flood.active, alarms.flood.raised, alarms.flood.lines) == (False, 10, ())
    alarms = it.step(one(10))
    assert (alarms.flood.active, alarms.flood.raised, alarms.flood.since_s) == (True, 11, it.clock.now())
    assert alarms.flood.sentence.startswith("11 alarms in ten minutes, 11 events in 2 groups")
    alarms = it.step(after_s=FLOOD_WINDOW_S - 41.0)
    assert (alarms.flood.active, alarms.flood.raised) == (True, 5)
    alarms = it.step(after_s=10.0)
    assert (alarms.flood.active, alarms.flood.raised, alarms.flood.lines) == (False, 4, ())
    assert 0.0 < alarms.figures.flood_share < 1.0


def test_the_table_of_a_flood_keeps_its_lines_and_says_what_is_below(it: Stage) -> None:
    alarms = it.step(*(one(number, metric=f"metric {number}") for number in range(30)))
    assert len(alarms.flood.lines) == 12
    assert (alarms.flood.below, alarms.flood.below_by) == (18, (18, 0, 0, 0))
    assert alarms.flood.sentence.endswith("18 below the line")
    shown = [line.event_id for line in alarms.flood.lines]
    assert shown == [event.event_id for event in it.desk.open_events()][:12]


def test_critical_and_stopping_ones_always_show(it: Stage) -> None:
    many = [one(number, metric=f"metric {number}") for number in range(30)]
    must = [one(40 + number, Severity.CRITICAL, metric=f"metric {number}") for number in range(15)]
    stop = one(60, Severity.LOW, metric="another", limit=STOPS)
    alarms = it.step(*many, *must, stop)
    shown = {line.event_id for line in alarms.flood.lines}
    wanted = {event.event_id for event in it.desk.open_events() if event.always_shown}
    assert len(wanted) == 16
    assert wanted <= shown
    assert len(alarms.flood.lines) == 16 + 12


def test_more_critical_ones_than_a_person_reads_share_the_lines_of_their_groups(it: Stage) -> None:
    alarms = it.step(*(one(number, Severity.CRITICAL) for number in range(200)))
    flood = alarms.flood
    singles = [line for line in flood.lines if line.event_id]
    groups = [line for line in flood.lines if line.group]
    assert (len(singles), len(groups), flood.below) == (SINGLE, 2, 0)
    assert sum(line.count for line in groups) == 200 - SINGLE
    assert {line.severity for line in flood.lines} == {Severity.CRITICAL}
    assert {line.group for line in groups} == {group.key for group in alarms.groups}


def test_what_was_put_aside_neither_counts_nor_takes_a_line(it: Stage) -> None:
    alarms = it.step(*(one(number, metric=f"metric {number}") for number in range(20)))
    for event in it.desk.open_events()[:5]:
        it.desk.shelve(event.event_id, "ann", it.clock.now() + 3_600.0, "")
    alarms = it.step()
    assert alarms.shelved == 5
    assert len(alarms.flood.lines) + alarms.flood.below == 15


def test_the_figures_tell_rates_actors_answers_and_what_is_stale(it: Stage) -> None:
    for _ in range(4):
        it.step(one(0), after_s=100.0)
        it.step(cleared(scope=Scope.parse(f"account:{ACCOUNTS[0]}")), after_s=50.0)
        it.desk.acknowledge(it.desk.open_events()[0].event_id, "ann")
    it.step(one(1), one(2), after_s=100.0)
    it.desk.acknowledge(it.desk.open_events()[0].event_id, "ann")
    figures = it.step(after_s=10.0).figures
    assert (figures.last_10_min, figures.last_day) == (5, 6)
    assert (figures.worst[0].scope.name, figures.worst[0].raised, figures.worst[0].share) == (ACCOUNTS[0], 4, 4 / 6)
    assert figures.acknowledge_p50_s == 50.0
    assert (figures.resolve_p50_s, figures.resolve_p95_s) == (50.0, 50.0)
    assert figures.stale == 0
    figures = it.step(after_s=92_000.0).figures
    assert (figures.stale, len(figures.stale_ids), figures.last_day) == (2, 2, 0)
    assert figures.worst == ()
