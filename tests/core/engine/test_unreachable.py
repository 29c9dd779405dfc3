from __future__ import annotations

from core.clock import ManualClock
from core.domain import LinkState, Scope, Severity
from core.engine.unreachable import AFTER_S, TELL_AGAIN_S, UnreachableVenues
from core.events.desk import EventDesk
from core.events.inhibition import UNREACHABLE
from core.events.model import Cause, EventState
from core.events.transitions import Change
from core.venues.messages import LinkUpdate
from tests.core.events.stand_ins import numbered

NORTH = Scope.parse("venue:north")
NAMES = [f"a-{number}" for number in range(10)]


class Watch:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.desk = EventDesk(clock, numbered("e"))
        self.venues = UnreachableVenues({**dict.fromkeys(NAMES, "north"), "lone": "south"}, clock.monotonic())

    def links(self, state: LinkState, *names: str) -> None:
        for name in names:
            self.venues.take(LinkUpdate(name, "binanceusdm", state, "", self.clock.monotonic()))

    def step(self, after_s: float = 0.1) -> list[Change]:
        self.clock.advance(after_s)
        return [change.what for change in self.venues.step(self.desk, self.clock.monotonic())]


def test_a_venue_most_of_whose_accounts_lost_their_link_is_one_event(clock: ManualClock) -> None:
    it = Watch(clock)
    it.links(LinkState.DOWN, *NAMES[:6])
    assert it.step() == []
    assert it.step(AFTER_S) == [Change.RAISED]
    event = it.desk.find(NORTH, UNREACHABLE, Cause.SYSTEM)
    assert event is not None
    assert (event.severity, event.note) == (Severity.HIGH, "north is unreachable: 6 of 10 accounts have no link")
    it.links(LinkState.DOWN, *NAMES)
    assert it.step() == []
    assert it.step(TELL_AGAIN_S) == [Change.NOTED]
    it.links(LinkState.UP, *NAMES[:5])
    assert it.step() == [Change.CLEARED]
    event = it.desk.find(NORTH, UNREACHABLE, Cause.SYSTEM)
    assert event is not None
    assert event.state is EventState.CLEARED


def test_half_of_a_venue_or_its_only_account_or_a_moment_are_no_venue_that_is_gone(clock: ManualClock) -> None:
    it = Watch(clock)
    it.links(LinkState.DOWN, *NAMES[:5], "lone")
    assert it.step(60.0) == []
    assert it.step(60.0) == []
    it.links(LinkState.DOWN, *NAMES)
    assert it.step(1.0) == []
    it.links(LinkState.UP, *NAMES)
    assert it.step(1.0) == []
    it.links(LinkState.DOWN, *NAMES)
    assert it.step(AFTER_S / 2) == []
