"""Who asks for a plan and when it is there: on the spot, from a thread, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from core.domain import Policy, Trust
from core.mitigation import plans
from core.mitigation.actions import MarkEvent, Run
from core.mitigation.desk import MitigationDesk
from core.mitigation.model import MitigationState
from core.mitigation.plan import Plan
from core.mitigation.plans import Planner
from tests.core.events.stand_ins import cleared, numbered
from tests.core.mitigation.test_ladder import beta, margin
from tests.core.mitigation.test_mitigation_desk import ALPHA, ARMED, Room, alpha, of


class Later(ThreadPoolExecutor):
    """A thread that works when it is told to."""

    def __init__(self) -> None:
        super().__init__(1)
        self.go = threading.Event()
        self.made: list[Future[Any]] = []

    def submit(self, fn: Any, /, *args: Any, **named: Any) -> Future[Any]:
        def wait() -> Any:
            assert self.go.wait(20.0)
            return fn(*args, **named)

        self.made.append(super().submit(wait))
        return self.made[-1]

    def finish(self) -> None:
        self.go.set()
        for future in self.made:
            future.exception(20.0)


@pytest.fixture
def later() -> Iterator[Later]:
    threads = Later()
    yield threads
    threads.go.set()
    threads.shutdown()


def threaded(later: Later, policy: Policy = Policy.PROPOSE) -> Room:
    room = Room(policy)
    room.desk = MitigationDesk(room.clock, numbered("m"), ARMED, planner=Planner(room.clock, later, at_once=0))
    return room


def test_a_large_plan_is_made_beside_the_cycle_and_taken_when_it_is_there(later: Later) -> None:
    room = threaded(later)
    room.cycles(3, alpha())
    assert room.desk.views() == ()
    assert len(later.made) == 1, "one question is asked once"
    later.finish()
    room.cycle(alpha())
    assert room.only().state is MitigationState.PROPOSED


def test_an_automatic_one_waits_for_its_fresh_plan_too(later: Later) -> None:
    room = threaded(later, Policy.AUTO)
    later.go.set()
    runs = []
    for _ in range(8):
        runs += of(room.cycle(alpha()), Run)
        for future in later.made:
            future.exception(20.0)
    assert len(runs) == 1
    assert len(later.made) == 2


def test_a_plan_whose_breach_went_away_meanwhile_is_thrown_away(later: Later) -> None:
    room = threaded(later)
    room.cycle(alpha(), margin())
    later.finish()
    room.cycle(cleared(scope=ALPHA), margin())
    assert room.desk.views() == ()
    room.cycle(cleared(scope=ALPHA), margin())
    later.finish()
    room.cycle(cleared(scope=ALPHA), margin())
    assert room.only().events == ("e2",)


def test_nothing_is_asked_of_figures_that_are_not_trusted(later: Later) -> None:
    room = threaded(later)
    room.trust = Trust.STALE
    room.cycles(3, alpha())
    assert later.made == []


@pytest.mark.allowed_logs("could not be made")
@pytest.mark.parametrize("at_once", [0, 500])
def test_a_planner_that_breaks_ends_no_cycle_and_is_said(
    later: Later, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    def broken(*_: Any) -> Plan:
        raise ZeroDivisionError

    monkeypatch.setattr(plans, "make_plan", broken)
    room = Room(Policy.AUTO)
    room.desk = MitigationDesk(room.clock, numbered("m"), ARMED, planner=Planner(room.clock, later, at_once))
    later.go.set()
    notes = []
    for _ in range(4):
        notes += [mark.note for mark in of(room.cycle(alpha()), MarkEvent)]
        for future in later.made:
            future.exception(20.0)
    assert notes[0].startswith("no plan could be made (ZeroDivisionError)")
    assert room.desk.views() == ()


def test_a_cycle_makes_no_more_plans_than_it_has_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(Policy.PROPOSE)
    made = plans.make_plan

    def slow(*args: Any) -> Plan:
        room.clock.advance(0.03)
        return made(*args)

    monkeypatch.setattr(plans, "make_plan", slow)
    room.cycle(alpha(), beta())
    assert len(room.desk.views()) == 1
    room.cycle(alpha(), beta())
    assert len(room.desk.views()) == 2


def test_a_planner_that_is_closed_calls_off_quietly_what_it_was_asked_and_plans_no_more(later: Later) -> None:
    planner = Planner(Room(Policy.PROPOSE).clock, later, at_once=0)
    room = threaded(later)
    room.desk = MitigationDesk(room.clock, numbered("m"), ARMED, planner=planner)
    later.go.set()
    busy = later.submit(threading.Event().wait, 0.2)
    room.cycle(alpha())
    planner.close()
    assert busy.done()
    room.cycles(3, alpha())
    assert len(later.made) == 2
    assert room.desk.views() == ()
