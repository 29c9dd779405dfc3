from __future__ import annotations

import math
import time

import pytest

from core.clock import ManualClock
from core.domain import Scope, ScopeKind, Severity, Trust
from core.events.desk import EventDesk
from core.events.model import Cause, Event, EventState
from core.events.transitions import Change, Transition
from tests.core.events.stand_ins import StandInCheck, Terms, breached, cleared, inside_deadband, numbered, unknown


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(clock: ManualClock) -> EventDesk:
    return EventDesk(clock, numbered("e"), history=3)


def step(desk: EventDesk, clock: ManualClock, *checks: StandInCheck, after_s: float = 0.1) -> tuple[Transition, ...]:
    clock.advance(after_s)
    return desk.step(checks, clock.now())


def changes(transitions: tuple[Transition, ...]) -> list[Change]:
    return [row.what for row in transitions]


def only(desk: EventDesk) -> Event:
    (event,) = desk.open_events()
    return event


def test_a_breach_raises_one_event_and_no_second_while_it_lasts(desk: EventDesk, clock: ManualClock) -> None:
    (raised,) = step(desk, clock, breached())
    assert raised.event_before is None
    assert raised.what is Change.RAISED
    assert step(desk, clock, breached(value=6.5)) == ()
    assert only(desk).value == 6.5
    assert only(desk).event_id == "e1"
    assert "leverage of portfolio reached 6" in only(desk).note


def test_the_on_delay_must_pass_in_breach_before_an_event_is_raised(desk: EventDesk, clock: ManualClock) -> None:
    slow = Terms(on_delay_s=2.0)
    assert step(desk, clock, breached(limit=slow)) == ()
    assert step(desk, clock, breached(limit=slow), after_s=1.9) == ()
    assert changes(step(desk, clock, breached(limit=slow), after_s=0.1)) == [Change.RAISED]


def test_a_return_inside_starts_the_on_delay_anew(desk: EventDesk, clock: ManualClock) -> None:
    slow = Terms(on_delay_s=2.0)
    step(desk, clock, breached(limit=slow))
    step(desk, clock, inside_deadband(limit=slow), after_s=1.5)
    assert step(desk, clock, breached(limit=slow), after_s=1.0) == ()
    step(desk, clock, cleared(limit=slow), after_s=0.1)
    assert step(desk, clock, breached(limit=slow), after_s=1.9) == ()


def test_an_unknown_reading_does_not_take_back_a_breach_that_is_waiting(desk: EventDesk, clock: ManualClock) -> None:
    slow = Terms(on_delay_s=2.0)
    step(desk, clock, breached(limit=slow))
    step(desk, clock, unknown(limit=slow), after_s=1.0)
    assert changes(step(desk, clock, breached(limit=slow), after_s=1.0)) == [Change.RAISED]


def test_severity_latches_to_the_highest_reached(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, breached(Severity.MEDIUM, threshold=5.0))
    assert changes(step(desk, clock, breached(Severity.CRITICAL, 9.0, threshold=8.0))) == [Change.ESCALATED]
    assert step(desk, clock, breached(Severity.MEDIUM, 5.5, threshold=5.0)) == ()
    assert only(desk).severity is Severity.CRITICAL
    assert only(desk).value == 5.5
    assert only(desk).threshold == 8.0


def test_an_escalation_raises_an_acknowledged_event_again(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, breached(Severity.MEDIUM))
    desk.acknowledge("e1", "ann")
    assert only(desk).state is EventState.ACKNOWLEDGED
    step(desk, clock, breached(Severity.HIGH))
    assert only(desk).state is EventState.RAISED
    assert only(desk).acknowledged_by == ""


def test_a_running_mitigation_stays_marked_through_an_escalation(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, breached(Severity.MEDIUM))
    desk.mark_mitigating("e1", True, "cut 3 positions")
    step(desk, clock, breached(Severity.HIGH))
    assert only(desk).state is EventState.MITIGATING
    assert changes(desk.mark_mitigating("e1", False, "done")) == [Change.MITIGATION_ENDED]
    assert only(desk).state is EventState.RAISED


def test_an_event_clears_only_beyond_the_deadband(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, breached())
    assert step(desk, clock, inside_deadband()) == ()
    assert only(desk).state is EventState.RAISED
    assert changes(step(desk, clock, cleared())) == [Change.CLEARED]
    assert only(desk).state is EventState.CLEARED


@pytest.mark.parametrize("trust", [Trust.UNKNOWN, Trust.STALE, Trust.UNSETTLED])
def test_a_figure_that_is_not_trusted_clears_nothing(desk: EventDesk, clock: ManualClock, trust: Trust) -> None:
    step(desk, clock, breached())
    assert step(desk, clock, cleared(trust=trust)) == ()
    assert only(desk).state is EventState.RAISED
    assert only(desk).trust is trust


def test_recovery_and_acknowledgement_in_either_order_resolve_an_event(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, breached())
    step(desk, clock, cleared())
    assert changes(desk.acknowledge("e1", "ann")) == [Change.RESOLVED]
    step(desk, clock, breached())
    desk.acknowledge("e2", "ann")
    assert changes(step(desk, clock, cleared())) == [Change.RESOLVED]
    assert desk.open_events() == ()
    assert [row.event_id for row in desk.resolved_events()] == ["e2", "e1"]


def test_a_breach_that_returns_before_it_was_acknowledged_is_the_same_event(
    desk: EventDesk, clock: ManualClock
) -> None:
    step(desk, clock, breached(Severity.CRITICAL))
    step(desk, clock, cleared())
    assert changes(step(desk, clock, breached(Severity.MEDIUM))) == [Change.REOPENED]
    assert only(desk).event_id == "e1"
    assert only(desk).occurrences == 2
    assert only(desk).severity is Severity.CRITICAL


def test_unknown_raises_its_own_event_only_after_the_grace(desk: EventDesk, clock: ManualClock) -> None:
    assert step(desk, clock, unknown()) == ()
    assert step(desk, clock, unknown(), after_s=4.9) == ()
    assert changes(step(desk, clock, unknown(), after_s=0.2)) == [Change.RAISED]
    event = only(desk)
    assert (event.cause, event.severity, math.isnan(event.value)) == (Cause.UNKNOWN, Severity.MEDIUM, True)
    assert step(desk, clock, unknown()) == ()


def test_an_unknown_event_resolves_by_itself_when_the_figure_is_back(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, unknown())
    step(desk, clock, unknown(), after_s=6.0)
    assert changes(step(desk, clock, cleared())) == [Change.RESOLVED]
    assert desk.open_events() == ()


def test_an_unknown_reading_leaves_an_open_breach_open_and_shows_that_it_is_not_known(
    desk: EventDesk, clock: ManualClock
) -> None:
    step(desk, clock, breached(value=6.2))
    step(desk, clock, unknown())
    assert (only(desk).value, only(desk).trust) == (6.2, Trust.UNKNOWN)


def test_an_event_whose_limit_is_not_among_the_checks_stands_as_it_did(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, breached(value=6.2))
    assert step(desk, clock, after_s=60.0) == ()
    assert (only(desk).state, only(desk).value, only(desk).trust) == (EventState.RAISED, 6.2, Trust.TRUSTED)


def test_an_event_whose_limit_is_taken_out_of_force_clears(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, breached())
    assert changes(desk.forget_limit(breached().scope, "leverage", "no limit is in force")) == [Change.CLEARED]
    assert only(desk).note == "no limit is in force"


def test_money_on_the_move_raises_no_event_before_it_has_had_time_to_settle(
    desk: EventDesk, clock: ManualClock
) -> None:
    assert step(desk, clock, breached(trust=Trust.UNSETTLED)) == ()
    assert step(desk, clock, breached(trust=Trust.UNSETTLED), after_s=4.0) == ()
    assert changes(step(desk, clock, breached(trust=Trust.UNSETTLED), after_s=1.1)) == [Change.RAISED]


def test_the_limits_to_keep_are_those_with_an_active_event(desk: EventDesk, clock: ManualClock) -> None:
    other = Scope(ScopeKind.ACCOUNT, "alpha-1")
    step(desk, clock, breached(), breached(scope=other))
    assert desk.keep() == {(breached().scope, "leverage"), (other, "leverage")}
    step(desk, clock, cleared(), breached(scope=other))
    assert desk.keep() == {(other, "leverage")}


def test_open_events_come_worst_first_and_oldest_first_within(desk: EventDesk, clock: ManualClock) -> None:
    def account(name: str) -> Scope:
        return Scope(ScopeKind.ACCOUNT, name)

    step(desk, clock, breached(Severity.LOW, scope=account("a")))
    step(desk, clock, breached(Severity.LOW, scope=account("a")), breached(Severity.HIGH, scope=account("b")))
    late = breached(Severity.HIGH, scope=account("c"))
    step(desk, clock, breached(Severity.LOW, scope=account("a")), breached(Severity.HIGH, scope=account("b")), late)
    assert [event.scope.name for event in desk.open_events()] == ["b", "c", "a"]
    assert desk.open_events() is desk.open_events()


def test_a_system_event_is_raised_once_updated_escalated_and_cleared(desk: EventDesk, clock: ManualClock) -> None:
    scope = breached().scope
    assert changes(desk.raise_system(scope, "journal", Severity.MEDIUM, "the disk is full")) == [Change.RAISED]
    assert desk.raise_system(scope, "journal", Severity.MEDIUM, "the disk is full") == ()
    assert changes(desk.raise_system(scope, "journal", Severity.MEDIUM, "still full")) == [Change.NOTED]
    assert changes(desk.raise_system(scope, "journal", Severity.HIGH, "still full")) == [Change.ESCALATED]
    step(desk, clock)  # limit checks have no say in it
    assert only(desk).severity is Severity.HIGH
    assert changes(desk.clear(scope, "journal", note="written again")) == [Change.CLEARED]
    assert changes(desk.acknowledge("e1", "ann")) == [Change.RESOLVED]
    assert desk.clear(scope, "journal") == ()


def test_a_flow_that_is_explained_leaves_nothing_to_acknowledge(desk: EventDesk) -> None:
    scope = Scope(ScopeKind.ACCOUNT, "alpha-1")
    desk.raise_flow(scope, "flow-7", Severity.LOW, "25,000 USD left and no ledger says why", -25_000.0)
    assert only(desk).value == -25_000.0
    assert changes(desk.clear(scope, "flow-7", Cause.FLOW, note="a withdrawal")) == [Change.RESOLVED]


def test_acknowledging_twice_or_what_is_not_there_changes_nothing(desk: EventDesk, clock: ManualClock) -> None:
    step(desk, clock, breached())
    assert desk.acknowledge("e9", "ann") == ()
    desk.acknowledge("e1", "ann")
    assert desk.acknowledge("e1", "bob") == ()
    assert only(desk).acknowledged_by == "ann"


def test_the_history_of_resolved_events_is_bounded(desk: EventDesk, clock: ManualClock) -> None:
    for _ in range(5):
        step(desk, clock, breached(), after_s=61.0)
        step(desk, clock, cleared())
        desk.acknowledge(only(desk).event_id, "ann")
    assert [row.event_id for row in desk.resolved_events()] == ["e5", "e4", "e3"]


def test_a_restart_keeps_what_was_acknowledged_and_forgets_what_was_running(
    desk: EventDesk, clock: ManualClock
) -> None:
    step(desk, clock, breached())
    desk.acknowledge("e1", "ann")
    desk.mark_mitigating("e1", True)
    again = EventDesk(clock, numbered("f"))
    again.restore(desk.open_events())
    assert step(again, clock, breached()) == ()
    assert only(again).event_id == "e1"
    assert only(again).state is EventState.ACKNOWLEDGED


def test_ten_thousand_open_events_cost_little_per_cycle(desk: EventDesk, clock: ManualClock) -> None:
    scopes = [Scope(ScopeKind.ACCOUNT, f"a{number}") for number in range(10_000)]
    step(desk, clock, *[breached(scope=scope) for scope in scopes])
    checks = [breached(scope=scope, value=7.0) for scope in scopes]
    began = time.process_time()
    assert step(desk, clock, *checks) == ()
    assert len(desk.open_events()) == 10_000
    assert time.process_time() - began < 1.0  # some 40 ms when nothing else runs
