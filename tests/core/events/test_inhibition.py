from __future__ import annotations

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO, Policy, Scope, Severity
from core.events.desk import EventDesk
from core.events.inhibition import UNREACHABLE
from core.events.kinship import Kinship
from core.events.model import Cause, Event, EventState, Resolution
from core.events.settings import EventSettings
from core.events.transitions import Change
from core.ladder import Response
from tests.core.events.stand_ins import StandInCheck, Terms, breached, cleared, numbered, unknown

NORTH, SOUTH = Scope.parse("venue:north"), Scope.parse("venue:south")
A, B = Scope.parse("account:a"), Scope.parse("account:b")
LONE, WIDE = Scope.parse("strategy:lone"), Scope.parse("strategy:wide")
KINSHIP = Kinship({"a": "north", "b": "south"}, {"lone": ["a"], "wide": ["a", "b"]})
RELEASE_S = 30.0


class Stage:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.desk = EventDesk(
            clock, numbered("e"), settings=EventSettings(release_s=RELEASE_S), kinship=KINSHIP, unknown_after_s=0.0
        )

    def step(self, *checks: StandInCheck, after_s: float = 0.1) -> list[tuple[str, Change]]:
        self.clock.advance(after_s)
        done = self.desk.step(checks, self.clock.now())
        return [(str(row.event_after.scope), row.what) for row in done]

    def event(self, scope: Scope, cause: Cause = Cause.BREACH) -> Event:
        found = self.desk.find(scope, "leverage", cause)
        assert found is not None
        return found

    def explained(self, *scopes: Scope, cause: Cause = Cause.BREACH) -> list[bool]:
        return [bool(self.event(scope, cause).inhibited_by) for scope in scopes]


@pytest.fixture
def it(clock: ManualClock) -> Stage:
    return Stage(clock)


def test_a_breach_of_a_venue_explains_the_same_breach_of_what_belongs_to_it_altogether(it: Stage) -> None:
    it.step(breached(scope=NORTH), *(breached(Severity.MEDIUM, scope=scope) for scope in (A, B, LONE, WIDE)))
    assert it.explained(A, B, LONE, WIDE) == [True, False, True, False]
    assert it.event(A).inhibited_by == it.event(NORTH).event_id
    assert it.desk.alarms().inhibited == 2


def test_an_account_explains_the_strategy_that_trades_in_it_alone(it: Stage) -> None:
    it.step(breached(scope=A), breached(scope=LONE), breached(scope=WIDE))
    assert it.explained(LONE, WIDE) == [True, False]


@pytest.mark.parametrize(
    "worse",
    [
        breached(Severity.CRITICAL, scope=A),
        breached(Severity.MEDIUM, scope=A, limit=Terms(policy={Severity.MEDIUM: Response.of(Policy.STOP)})),
    ],
)
def test_what_is_critical_or_stops_something_is_never_explained_away(it: Stage, worse: StandInCheck) -> None:
    it.step(breached(Severity.CRITICAL, scope=NORTH), worse)
    assert it.explained(A) == [False]


def test_what_grows_worse_than_what_explained_it_is_shown_at_once(it: Stage) -> None:
    it.step(breached(Severity.MEDIUM, scope=NORTH), breached(Severity.MEDIUM, scope=A))
    assert it.explained(A) == [True]
    assert it.step(breached(Severity.HIGH, scope=A)) == [("account:a", Change.ESCALATED)]
    assert it.explained(A) == [False]


def test_what_was_explained_is_shown_a_while_after_what_explained_it_is_over(it: Stage) -> None:
    it.step(breached(scope=NORTH), breached(scope=A))
    assert it.step(cleared(scope=NORTH)) == [("venue:north", Change.CLEARED)]
    assert it.step(after_s=RELEASE_S - 1.0) == []
    assert it.step(after_s=2.0) == [("account:a", Change.RELEASED)]
    assert it.event(A).asks_since_s == it.clock.now()


def test_what_was_explained_and_is_over_leaves_nothing_to_acknowledge(it: Stage) -> None:
    it.step(breached(scope=NORTH), breached(scope=A))
    it.step(cleared(scope=A))
    assert it.desk.find(A, "leverage") is None
    (gone, *_) = it.desk.resolved_events()
    assert (gone.resolution, gone.resolved_by) == (Resolution.AUTO, "scram")


def test_a_venue_that_is_away_explains_what_cannot_be_evaluated_below_it_and_no_breach(it: Stage) -> None:
    it.step(unknown(scope=A), unknown(scope=B), unknown(scope=WIDE), breached(scope=LONE))
    it.desk.raise_system(NORTH, UNREACHABLE, Severity.HIGH, "north is unreachable")
    told = it.step()
    assert sorted(told) == [("account:a", Change.INHIBITED), ("strategy:wide", Change.INHIBITED)]
    assert it.explained(LONE) == [False]
    assert it.explained(A, B, WIDE, cause=Cause.UNKNOWN) == [True, False, True]
    (group,) = (group for group in it.desk.alarms().groups if group.head)
    assert group.title == "venue:north is unreachable: explains 2 below it"
    it.desk.clear(NORTH, UNREACHABLE)
    it.step(after_s=0.1)
    assert it.step(after_s=RELEASE_S)
    assert it.explained(A, cause=Cause.UNKNOWN) == [False]


def test_a_figure_that_cannot_be_evaluated_explains_those_made_from_it(it: Stage) -> None:
    it.step(unknown(scope=A), unknown(scope=LONE), unknown(scope=WIDE))
    assert it.explained(LONE, WIDE, cause=Cause.UNKNOWN) == [True, True]
    assert it.event(WIDE, Cause.UNKNOWN).inhibited_by == it.event(A, Cause.UNKNOWN).event_id


def test_an_explained_event_asks_nobody_and_grows_no_more_urgent(it: Stage) -> None:
    it.desk.take_settings(EventSettings(urgent_after_s={Severity.HIGH: 60.0}))
    it.step(breached(scope=NORTH), breached(scope=A))
    assert it.step(after_s=61.0) == [("venue:north", Change.URGENT)]
    assert (it.event(NORTH).urgency, it.event(NORTH).severity) == (Severity.CRITICAL, Severity.HIGH)
    assert it.event(A).state is EventState.RAISED
    assert it.event(A).urgency is Severity.HIGH


def test_three_alike_are_a_group_and_two_are_not(clock: ManualClock) -> None:
    names = ("a", "b", "c")
    desk = EventDesk(clock, numbered("e"), kinship=Kinship(dict.fromkeys(names, "north"), {}))
    scopes = [Scope.parse(f"account:{name}") for name in names]
    desk.step([breached(scope=scope) for scope in scopes[:2]], clock.now())
    assert desk.alarms().groups == ()
    desk.step([breached(Severity.LOW, scope=scopes[2]), breached(scope=PORTFOLIO)], clock.now())
    (group,) = desk.alarms().groups
    assert (group.title, group.scope, group.severity) == ("3 accounts of venue:north: leverage", NORTH, Severity.HIGH)
    assert (group.count, group.asking, group.head) == (3, 3, "")
    desk.acknowledge(group.members[0], "ann")
    assert desk.alarms().groups[0].asking == 2
    desk.step([cleared(scope=scopes[0])], clock.now())
    assert desk.alarms().groups == ()
