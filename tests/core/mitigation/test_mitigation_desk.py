from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO, Policy, Scope, ScopeKind, Severity, Trust
from core.events.desk import EventDesk
from core.ladder import OnLapse, Response
from core.mitigation.actions import Action, Cease, Changed, MarkEvent, Refused, Run, StopRequest
from core.mitigation.desk import DeskSettings, MitigationDesk
from core.mitigation.model import Mitigation, MitigationState
from core.mitigation.plan import PlanInputs, PlanPosition
from core.mitigation.report import ExecutionReport, ReductionOutcome
from tests.core.events.stand_ins import StandInCheck, Terms, breached, cleared, numbered, responses, unknown

A = TypeVar("A")
ALPHA = Scope(ScopeKind.ACCOUNT, "alpha")
BETA = Scope(ScopeKind.ACCOUNT, "beta")
ARMED = DeskSettings(automatic=True)


def held(account: str = "alpha", quantity: float = 10.0) -> PlanPosition:
    return PlanPosition(account, "BTC", "trend", quantity, quantity * 100.0, 100.0, 0.1, 0.1, True, quantity)


class Room:
    """Both desks, a clock, and the positions as the engine would hand them in."""

    def __init__(self, policy: Policy | Mapping[Severity, Policy | Response], settings: DeskSettings = ARMED) -> None:
        self.clock = ManualClock()
        self.events = EventDesk(self.clock, numbered("e"))
        self.desk = MitigationDesk(self.clock, numbered("m"), settings)
        self.terms = Terms(policy=responses({Severity.HIGH: policy} if isinstance(policy, Policy) else policy))
        self.positions = {ALPHA: [held()], BETA: [held("beta")], PORTFOLIO: [held(), held("beta", 2.0)]}
        self.trust = Trust.TRUSTED

    def inputs(self, scope: Scope) -> PlanInputs | None:
        return PlanInputs(self.positions[scope], self.trust, 0.1)

    def cycle(self, *checks: StandInCheck, after_s: float = 0.16) -> tuple[Action, ...]:
        self.clock.advance(after_s)
        seen = [replace(check, limit=self.terms) for check in checks]
        self.events.step(seen, self.clock.now())
        actions = self.desk.step(seen, self.clock.now(), self.events.find, self.inputs)
        self.mark(actions)
        return actions

    def cycles(self, count: int, *checks: StandInCheck) -> tuple[Action, ...]:
        return tuple(action for _ in range(count) for action in self.cycle(*checks))

    def mark(self, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        for action in of(actions, MarkEvent):
            if action.mitigating is None:
                self.events.note(action.event_id, action.note)
            else:
                self.events.mark_mitigating(action.event_id, action.mitigating, action.note)
        return actions

    def only(self) -> Mitigation:
        (view,) = self.desk.views()
        return view

    def finish(self, run: Run, after_value: float = 3.0, *, ok: bool = True) -> tuple[Action, ...]:
        executed = self.desk.executed(run.mitigation.mitigation_id, report(run.mitigation))
        verified = self.desk.verified(run.mitigation.mitigation_id, after_value, ok)
        return self.mark(executed + verified)


def of(actions: tuple[Action, ...], kind: type[A]) -> list[A]:
    return [action for action in actions if isinstance(action, kind)]


def report(mitigation: Mitigation, *, filled: float | None = None, ceased: str = "") -> ExecutionReport:
    outcomes = tuple(
        ReductionOutcome(row, ("scm-1",), row.quantity, row.quantity if filled is None else filled, 10.0, 5.0)
        for row in mitigation.reductions
    )
    return ExecutionReport(mitigation.mitigation_id, outcomes, ceased, filled is None, 0.0, 1.0)


def alpha(severity: Severity = Severity.HIGH, value: float = 6.0, **others: object) -> StandInCheck:
    return breached(severity, value, scope=ALPHA, **others)


# Propose


def test_a_proposal_waits_for_a_person_however_long() -> None:
    room = Room(Policy.PROPOSE)
    (created,) = of(room.cycle(alpha()), Changed)
    assert created.before is None
    assert created.after.state is MitigationState.PROPOSED
    assert room.cycles(50, alpha()) == ()
    room.clock.advance(3_600.0)
    assert room.cycle(alpha()) == ()
    assert "leverage 6 to 3.9" in room.only().summary


def test_an_approved_proposal_runs_and_says_who_approved_it() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    actions = room.mark(room.desk.approve("m1", "ann"))
    (run,) = of(actions, Run)
    assert (run.mitigation.state, run.mitigation.approved_by) == (MitigationState.RUNNING, "ann")
    assert of(actions, Changed)[0].by == "ann"
    assert room.events.open_events()[0].state.value == "mitigating"


def test_one_event_has_one_live_mitigation() -> None:
    room = Room(Policy.PROPOSE)
    room.cycles(5, alpha())
    assert len(room.desk.views()) == 1


def test_figures_older_than_ten_seconds_cannot_be_approved_and_the_desk_says_so() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    room.trust = Trust.STALE  # the plan cannot be brought up to date
    for _ in range(11):
        room.cycle(alpha(), after_s=1.0)
    (refused,) = of(room.desk.approve("m1", "ann"), Refused)
    assert refused.sentence == "its figures are 11 s old, 10 s are allowed"
    room.trust = Trust.TRUSTED
    room.cycle(alpha())
    assert of(room.desk.approve("m1", "ann"), Run)


def test_a_waiting_plan_follows_the_positions() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    room.positions[ALPHA] = [held(quantity=20.0)]
    room.cycle(alpha(), after_s=6.0)
    assert room.only().reductions[0].quantity == pytest.approx(6.9)


def test_a_rejected_plan_does_not_come_back_until_the_breach_gets_worse() -> None:
    room = Room({Severity.MEDIUM: Policy.PROPOSE})
    room.cycle(alpha(Severity.MEDIUM))
    (changed,) = of(room.desk.reject("m1", "ann", "earnings in an hour"), Changed)
    assert changed.after.state is MitigationState.REJECTED
    assert "earnings" in changed.after.note
    assert room.cycles(100, alpha(Severity.MEDIUM)) == ()
    assert of(room.cycle(alpha(Severity.HIGH)), Changed)


def test_too_late_an_answer_is_refused_with_the_reason() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    room.cycle(cleared(scope=ALPHA))
    assert of(room.desk.approve("m1", "ann"), Refused)[0].sentence == "it is withdrawn already"
    assert of(room.desk.reject("m9", "ann"), Refused)[0].sentence == "no such mitigation is known"


# Approve


def test_an_approval_lapses_at_the_end_of_its_countdown() -> None:
    room = Room(Policy.APPROVE)
    (created,) = of(room.cycle(alpha()), Changed)
    assert created.after.state is MitigationState.AWAITING
    assert created.after.lapses_at_s == pytest.approx(room.clock.now() + 60.0)
    assert room.cycle(alpha(), after_s=59.0) == ()
    (lapsed,) = of(room.cycle(alpha(), after_s=1.1), Changed)
    assert lapsed.after.state is MitigationState.LAPSED
    assert room.cycle(alpha()) == ()


def test_an_approval_can_be_asked_for_again_a_while_after_it_lapsed() -> None:
    room = Room(Policy.APPROVE)
    room.cycle(alpha())
    room.cycle(alpha(), after_s=60.0)
    assert of(room.cycle(alpha(), after_s=61.0), Changed)[0].after.state is MitigationState.AWAITING


def test_where_the_policy_says_so_an_unanswered_approval_runs_once_confirmed() -> None:
    room = Room(Policy.APPROVE, replace(ARMED, on_lapse=OnLapse.RUN))
    room.cycle(alpha())
    actions = room.cycle(alpha(), after_s=61.0) + room.cycles(2, alpha())
    assert len(of(actions, Run)) == 1


# Automatic


def test_an_automatic_mitigation_runs_after_three_trusted_readings() -> None:
    room = Room(Policy.AUTO)
    assert of(room.cycle(alpha()), Changed)[0].after.state is MitigationState.CONFIRMING
    assert of(room.cycle(alpha()), Run) == []
    assert len(of(room.cycle(alpha()), Run)) == 1


def test_three_readings_within_a_moment_are_too_few() -> None:
    room = Room(Policy.AUTO)
    actions = room.cycle(alpha())
    for _ in range(3):
        actions += room.cycle(alpha(), after_s=0.05)
    assert of(actions, Run) == []
    assert of(room.cycle(alpha(), after_s=0.2), Run)


def test_the_same_reading_seen_many_times_at_once_counts_once() -> None:
    room = Room(Policy.AUTO)
    room.cycle(alpha())
    for _ in range(10):
        assert of(room.cycle(alpha(), after_s=0.0), Run) == []


@pytest.mark.parametrize("between", [unknown(scope=ALPHA), alpha(trust=Trust.STALE), alpha(trust=Trust.UNSETTLED)])
def test_a_reading_that_is_not_trusted_starts_the_count_anew(between: StandInCheck) -> None:
    room = Room(Policy.AUTO)
    assert of(room.cycles(2, alpha()) + room.cycle(between) + room.cycles(2, alpha()), Run) == []
    assert of(room.cycle(alpha()), Run)


@pytest.mark.parametrize("trust", [Trust.UNKNOWN, Trust.STALE, Trust.UNSETTLED])
@pytest.mark.parametrize("policy", list(Policy))
def test_nothing_whatever_is_done_on_a_figure_that_is_not_trusted(policy: Policy, trust: Trust) -> None:
    room = Room(policy)
    assert [action for _ in range(100) for action in room.cycle(alpha(trust=trust))] == []
    assert [action for _ in range(100) for action in room.cycle(unknown(scope=ALPHA))] == []


def test_positions_that_are_not_trusted_are_not_planned_on() -> None:
    room = Room(Policy.AUTO)
    room.trust = Trust.STALE
    assert room.cycles(10, alpha()) == ()


def test_a_breach_that_became_milder_runs_nothing_by_itself() -> None:
    room = Room({Severity.MEDIUM: Policy.PROPOSE, Severity.HIGH: Policy.AUTO})
    room.cycle(alpha(Severity.HIGH))
    assert of(room.cycles(10, alpha(Severity.MEDIUM)), Run) == []


def test_a_worse_breach_replaces_a_waiting_proposal_by_what_its_policy_says() -> None:
    room = Room({Severity.MEDIUM: Policy.PROPOSE, Severity.HIGH: Policy.AUTO})
    room.cycle(alpha(Severity.MEDIUM))
    actions = room.cycles(3, alpha(Severity.HIGH))
    assert [row.after.state for row in of(actions, Changed)] == [
        MitigationState.WITHDRAWN,
        MitigationState.CONFIRMING,
        MitigationState.RUNNING,
    ]


def test_a_severity_without_a_policy_takes_that_of_the_next_milder() -> None:
    room = Room({Severity.MEDIUM: Policy.PROPOSE})
    assert of(room.cycle(alpha(Severity.CRITICAL)), Changed)
    assert Room({Severity.HIGH: Policy.PROPOSE}).cycle(alpha(Severity.MEDIUM)) == ()


def test_what_cannot_be_reduced_is_said_on_the_event_and_not_proposed() -> None:
    room = Room(Policy.PROPOSE)
    room.positions[ALPHA] = [replace(held(), may_act=False)]
    room.cycle(alpha())
    assert room.desk.views() == ()
    assert "watched only" in room.events.open_events()[0].note


# How it ends


def test_a_mitigation_that_helped_is_done_and_verified() -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha()), Run)
    room.finish(run, 3.9)
    view = room.only()
    assert (view.state, view.verified, view.after) == (MitigationState.DONE, True, 3.9)
    assert room.events.open_events()[0].note.startswith("mitigated: leverage 6 to 3.9")


def test_a_mitigation_that_did_not_help_has_failed_and_the_event_says_so() -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha()), Run)
    room.finish(run, 5.9, ok=False)
    assert room.only().state is MitigationState.FAILED
    assert not room.only().verified
    assert "did not help: leverage 6 to 5.9" in room.events.open_events()[0].note


@pytest.mark.parametrize("filled", [None, 0.0])
def test_a_plan_that_drifted_is_nobodys_failure_and_is_made_anew_on_figures_that_show_it(filled: float | None) -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha()), Run)
    drifted = replace(report(run.mitigation, filled=filled), drifted="BTC of alpha is 12 and was 10 when planned")
    room.mark(room.desk.executed("m1", drifted))
    assert room.only().state is MitigationState.VERIFYING
    assert not of(room.cycles(5, alpha()), Run)
    room.mark(room.desk.verified("m1", 5.9, ok=False))
    assert room.only().state is MitigationState.WITHDRAWN
    assert "given up for a new plan: BTC of alpha is 12" in room.only().note
    (again,) = of(room.cycles(3, alpha()), Run)
    assert again.mitigation.mitigation_id != "m1"


def test_a_plan_that_drifted_and_helped_all_the_same_is_done() -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha()), Run)
    room.mark(room.desk.executed("m1", replace(report(run.mitigation), drifted="the price ran away")))
    room.mark(room.desk.verified("m1", 3.0, ok=True))
    assert room.only().state is MitigationState.DONE


def test_a_drawdown_counts_as_verified_when_the_exposure_fell_as_planned() -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha(metric="drawdown_day", value=0.2)), Run)
    room.finish(run, 0.2, ok=False)
    assert (room.only().state, room.only().verified) == (MitigationState.DONE, True)


def test_a_fall_that_selling_cannot_take_back_is_answered_once_and_again_only_when_it_gets_worse() -> None:
    room = Room({Severity.HIGH: Policy.AUTO, Severity.CRITICAL: Policy.AUTO})
    fall = alpha(metric="drawdown_day", value=0.2)
    (run,) = of(room.cycles(3, fall), Run)
    room.finish(run, 0.2, ok=False)
    assert of([action for _ in range(60) for action in room.cycle(fall, after_s=5.0)], Run) == []
    assert "a person has to decide" in room.events.open_events()[0].note
    worse = alpha(metric="drawdown_day", value=0.3, severity=Severity.CRITICAL)
    assert len(of(room.cycles(4, worse), Run)) == 1


def late(mitigation: Mitigation, share: float) -> ExecutionReport:
    """So much was filled of every reduction when the time was over."""
    outcomes = tuple(
        ReductionOutcome(row, ("scm-1",), row.quantity, share * row.quantity, 10.0, 5.0, "the time was over")
        for row in mitigation.reductions
    )
    return ExecutionReport(mitigation.mitigation_id, outcomes, "", True, 0.0, 1.0, late=True)


def test_what_a_thin_market_takes_too_slowly_is_planned_anew_and_climbs_no_ladder() -> None:
    room = Room(Policy.AUTO)
    for _ in range(5):  # more often than a failure may be tried again
        runs: list[Run] = []
        while not runs:
            runs = of(room.cycle(alpha(), after_s=6.0), Run)
        name = runs[0].mitigation.mitigation_id
        room.mark(room.desk.executed(name, late(runs[0].mitigation, 0.4)))
        room.mark(room.desk.verified(name, 5.0, ok=False))
        view = next(row for row in room.desk.views() if row.mitigation_id == name)
        assert (view.state, view.verified) == (MitigationState.WITHDRAWN, False)
        assert "planned anew: leverage 6 to 5" in view.note


@pytest.mark.parametrize(("share", "state"), [(0.95, MitigationState.DONE), (0.8, MitigationState.WITHDRAWN)])
def test_a_fall_counts_as_answered_when_nearly_all_of_the_plan_found_a_market(
    share: float, state: MitigationState
) -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha(metric="drawdown_day", value=0.2)), Run)
    room.desk.executed("m1", late(run.mitigation, share))
    room.desk.verified("m1", 0.2, ok=False)
    assert room.only().state is state


def test_orders_that_did_nothing_make_it_fail_without_waiting_for_a_reading() -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha()), Run)
    room.desk.executed("m1", report(run.mitigation, filled=0.0))
    assert room.only().state is MitigationState.FAILED


def test_a_verification_that_never_comes_is_a_failure() -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha()), Run)
    room.desk.executed("m1", report(run.mitigation))
    room.cycle(alpha(), after_s=21.0)
    assert room.only().state is MitigationState.FAILED
    assert "no fresh reading" in room.only().note
    assert math.isnan(room.only().after)


def test_an_execution_that_never_ends_is_told_to_cease_and_has_failed() -> None:
    room = Room(Policy.AUTO)
    room.cycles(3, alpha())
    (cease,) = of(room.cycle(alpha(), after_s=121.0), Cease)
    assert cease.mitigation_id == "m1"
    assert room.only().state is MitigationState.FAILED


# Restraint


def test_after_the_cool_down_a_breach_that_stands_gets_a_new_plan_on_new_readings() -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha()), Run)
    room.finish(run, 5.5, ok=False)
    assert room.cycle(alpha(), after_s=4.8) == ()
    actions = room.cycles(6, alpha(value=5.5))
    (again,) = of(actions, Run)
    assert again.mitigation.mitigation_id == "m2"
    assert again.mitigation.before == 5.5


def test_a_scope_whose_mitigations_keep_failing_waits_longer_each_time() -> None:
    room = Room({Severity.HIGH: replace(Response.of(Policy.AUTO), tries=5)})
    for _ in range(3):
        run = next(run for _ in range(200) for run in of(room.cycle(alpha()), Run))
        room.finish(run, 5.9, ok=False)
    began = room.clock.now()
    while not of(room.cycle(alpha()), Run):
        assert room.clock.now() - began < 60.0
    assert room.clock.now() - began >= 20.0


def test_two_scopes_that_share_an_account_are_not_mitigated_at_once() -> None:
    room = Room(Policy.AUTO)
    actions = room.cycles(5, breached(), alpha())
    (run,) = of(actions, Run)
    assert run.mitigation.scope == PORTFOLIO
    room.finish(run)
    later = room.cycles(10, alpha())  # within the cool-down of the account, on readings from before it
    assert of(later, Run) == []
    assert of(room.cycles(40, alpha()), Run)


def test_scopes_without_a_common_account_are_mitigated_side_by_side() -> None:
    room = Room(Policy.AUTO)
    runs = of(room.cycles(3, alpha(), breached(scope=BETA)), Run)
    assert {run.mitigation.scope for run in runs} == {ALPHA, BETA}


def test_a_person_is_told_when_another_mitigation_is_acting_on_the_account() -> None:
    room = Room({Severity.MEDIUM: Policy.PROPOSE, Severity.HIGH: Policy.AUTO})
    room.cycles(3, breached(), alpha(Severity.MEDIUM))
    waiting = next(view for view in room.desk.views() if view.scope == ALPHA)
    (refused,) = of(room.desk.approve(waiting.mitigation_id, "ann"), Refused)
    assert refused.sentence == "another mitigation (portfolio, leverage) is acting on account alpha"


@pytest.mark.parametrize("policy", [Policy.PROPOSE, Policy.APPROVE, Policy.AUTO])
def test_a_breach_that_clears_before_it_runs_withdraws_the_plan(policy: Policy) -> None:
    room = Room(policy)
    room.cycle(alpha())
    (changed,) = of(room.cycle(cleared(scope=ALPHA)), Changed)
    assert changed.after.state is MitigationState.WITHDRAWN


# Stops


def test_a_stop_policy_asks_for_the_stop_once_after_three_trusted_readings() -> None:
    room = Room(Policy.STOP)
    assert room.cycles(2, alpha()) == ()
    (request,) = room.cycle(alpha())
    assert request == StopRequest(ALPHA, "leverage", Severity.HIGH, 6.0, "e1")
    assert room.cycles(20, alpha()) == ()
    assert room.desk.views() == ()


def test_a_breach_that_comes_back_after_it_cleared_asks_for_the_stop_again() -> None:
    room = Room(Policy.STOP)
    room.cycles(3, alpha())
    room.cycle(cleared(scope=ALPHA))
    assert len(of(room.cycles(3, alpha()), StopRequest)) == 1


def test_a_stop_withdraws_what_waits_within_it_and_leaves_the_rest() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha(), breached(scope=BETA))
    (changed,) = of(room.desk.stop_fired(ALPHA), Changed)
    assert (changed.after.scope, changed.after.state) == (ALPHA, MitigationState.WITHDRAWN)
    assert of(room.desk.stop_fired(PORTFOLIO), Changed)[0].after.scope == BETA


def test_a_stop_makes_a_running_mitigation_cease() -> None:
    room = Room(Policy.AUTO)
    (run,) = of(room.cycles(3, alpha()), Run)
    (cease,) = room.desk.stop_fired(Scope(ScopeKind.STRATEGY, "trend"))
    assert cease == Cease("m1", "a stop of strategy:trend was fired")
    room.desk.executed("m1", report(run.mitigation, ceased="a stop of strategy:trend was fired"))
    assert room.only().state is MitigationState.FAILED
    assert "ceased: a stop" in room.only().note


def test_while_a_stop_stands_nothing_runs_by_itself_but_a_person_may() -> None:
    room = Room(Policy.AUTO)
    room.desk.stop_fired(Scope(ScopeKind.VENUE, "north"), ["alpha"])
    assert of(room.cycles(10, alpha()), Run) == []
    assert room.only().state is MitigationState.PROPOSED
    assert of(room.desk.approve("m1", "ann"), Run)


def test_after_the_reset_of_a_stop_the_policy_acts_again() -> None:
    room = Room(Policy.AUTO)
    room.desk.stop_fired(ALPHA)
    room.cycles(5, alpha())
    room.desk.stop_reset(ALPHA)
    assert of(room.cycles(3, alpha()), Run)


def test_ended_mitigations_are_remembered_newest_first_and_within_bounds() -> None:
    room = Room(Policy.PROPOSE, DeskSettings(history=3))
    for _ in range(5):
        room.cycle(alpha(), after_s=30.0)  # oftener, it would count as one that chatters
        room.cycle(cleared(scope=ALPHA))
    assert [view.mitigation_id for view in room.desk.views()] == ["m5", "m4", "m3"]
