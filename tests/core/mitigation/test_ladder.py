"""Policies that climb: which rung's turn it is, who sets it going, what holds it back, and what one plan answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain import PORTFOLIO, Policy, Severity, Trust
from core.ladder import OnLapse, Response, Rung, Step, words_of
from core.mitigation.actions import Cease, Changed, MarkEvent, Refused, Run, StopRequest
from core.mitigation.desk import DeskSettings
from core.mitigation.model import Mitigation, MitigationState
from core.mitigation.report import RungReport
from core.mitigation.turnover import Caps
from tests.core.events.stand_ins import StandInCheck, breached, cleared
from tests.core.mitigation.test_mitigation_desk import ALPHA, ARMED, BETA, Room, alpha, of, report

UNARMED = DeskSettings()


def climbing(*rungs: Rung, mode: Policy = Policy.AUTO, **others: object) -> Response:
    return Response(tuple(Step(rung, mode) for rung in rungs), **others)  # type: ignore[arg-type]


def at_high(response: Response, settings: DeskSettings = ARMED) -> Room:
    return Room({Severity.HIGH: response}, settings)


def beta() -> StandInCheck:
    return breached(Severity.HIGH, 6.0, scope=BETA)


def next_run(room: Room, most: int = 200) -> Mitigation:
    return next(run.mitigation for _ in range(most) for run in of(room.cycle(alpha()), Run))


def notes(actions: tuple[object, ...]) -> str:
    return " | ".join(action.note for action in actions if isinstance(action, MarkEvent))


# What holds an automatic act back


def test_unarmed_nothing_runs_by_itself_it_waits_for_an_approval_and_lapses() -> None:
    room = at_high(replace(Response.of(Policy.AUTO), on_lapse=OnLapse.RUN), UNARMED)
    assert of(room.cycles(10, alpha()), Run) == []
    view = room.only()
    assert (view.state, view.mode, view.on_lapse) == (MitigationState.AWAITING, Policy.APPROVE, OnLapse.LAPSE)
    assert "not armed" in view.held_back
    room.clock.advance(61.0)
    changes = of(room.cycle(alpha()), Changed)
    assert changes[0].after.state is MitigationState.LAPSED
    assert of(room.cycles(10, alpha()), Run) == []


def test_unarmed_a_person_may_still_approve() -> None:
    room = at_high(Response.of(Policy.AUTO), UNARMED)
    room.cycle(alpha())
    assert of(room.desk.approve("m1", "ann"), Run)


def test_an_emergency_stop_that_a_policy_asks_for_is_fired_although_nothing_is_armed() -> None:
    room = at_high(Response.of(Policy.STOP), UNARMED)
    assert len(of(room.cycles(10, alpha()), StopRequest)) == 1


@pytest.mark.parametrize("caps", [Caps(whole=300.0), Caps(account=300.0), Caps(scope=300.0)])
def test_beyond_the_turnover_of_an_hour_what_is_automatic_waits_and_says_why(caps: Caps) -> None:
    room = at_high(Response.of(Policy.AUTO), replace(ARMED, caps=caps))
    room.cycle(alpha())
    view = room.only()  # 1,000 at leverage 6 to 3.8 is a cut of more than 300
    assert view.mode is Policy.APPROVE
    assert "an hour: 0 are used and this asks for 3" in view.held_back
    assert of(room.cycles(20, alpha()), Run) == []


def test_turnover_adds_up_over_an_hour_and_is_forgotten_after_it() -> None:
    room = at_high(Response.of(Policy.AUTO), replace(ARMED, caps=Caps(whole=500.0)))
    first = next_run(room)
    room.finish(Run(first))
    assert of(room.cycles(100, alpha()), Run) == []
    assert "are used" in next(view for view in room.desk.views() if view.held_back).held_back
    room.clock.advance(3_601.0)
    assert next_run(room, 600).mitigation_id != first.mitigation_id


def test_turnover_of_orders_that_did_nothing_is_given_back() -> None:
    room = at_high(Response.of(Policy.AUTO), replace(ARMED, caps=Caps(whole=500.0)))
    first = next_run(room)
    room.mark(room.desk.executed(first.mitigation_id, report(first, filled=0.0)))
    assert room.desk.turnover.within_hour() == 0.0
    assert next_run(room)


def test_a_cap_that_is_reached_after_the_plan_was_made_holds_it_back_at_its_start() -> None:
    room = Room(Policy.AUTO, replace(ARMED, caps=Caps(whole=500.0)))
    room.cycle(alpha(), beta())
    runs = of(room.cycles(8, alpha(), beta()), Run)
    assert len(runs) == 1
    (waits,) = [view for view in room.desk.views() if view.state is MitigationState.AWAITING]
    assert waits.lapses_at_s is not None
    assert "cap on turnover of all accounts together" in waits.note


def test_two_of_three_readings_are_enough_where_so_many_are_asked_for() -> None:
    room = Room(Policy.AUTO, replace(ARMED, confirm=(2, 3), confirm_span_s=0.0))
    runs = [bool(of(room.cycle(check), Run)) for check in (alpha(), alpha(trust=Trust.UNSETTLED), alpha())]
    assert runs == [False, False, True]
    strict = Room(Policy.AUTO, replace(ARMED, confirm=(3, 3), confirm_span_s=0.0))
    assert not any(of(strict.cycle(check), Run) for check in (alpha(), alpha(trust=Trust.UNSETTLED), alpha(), alpha()))


def test_the_newest_reading_has_to_show_it_whatever_the_others_did() -> None:
    room = Room(Policy.AUTO, replace(ARMED, confirm=(2, 3), confirm_span_s=0.0))
    room.cycle(alpha())
    room.trust = Trust.STALE  # no plan yet
    room.cycle(alpha())
    room.trust = Trust.TRUSTED
    assert of(room.cycle(alpha(trust=Trust.STALE)), Run) == []


# Countdown and lapse of its own


def test_a_policys_own_countdown_and_lapse_stand_above_the_general_ones() -> None:
    room = at_high(climbing(Rung.RESTORE, mode=Policy.APPROVE, countdown_s=2.0, on_lapse=OnLapse.RUN))
    room.cycle(alpha())
    assert (room.only().countdown_s, room.only().on_lapse) == (2.0, OnLapse.RUN)
    assert of(room.cycles(8, alpha()), Run) == []
    assert of(room.cycles(8, alpha()), Run)


def test_an_approval_that_would_run_on_lapse_lapses_where_nothing_is_armed() -> None:
    room = at_high(climbing(Rung.RESTORE, mode=Policy.APPROVE, countdown_s=2.0, on_lapse=OnLapse.RUN), UNARMED)
    assert of(room.cycles(60, alpha()), Run) == []
    assert "not armed" in room.desk.views()[-1].held_back


# Climbing


def test_a_rung_that_closes_nothing_is_followed_by_the_next_once_it_is_verified_and_the_breach_stands() -> None:
    room = at_high(climbing(Rung.BLOCK, Rung.RESTORE))
    block = next_run(room)
    assert block.rung is Rung.BLOCK
    assert not block.reductions
    assert block.summary == words_of(Rung.BLOCK, ALPHA).does
    told = room.mark(room.desk.carried_out(RungReport(block.mitigation_id, True, "1 of 1 sources say it")))
    assert of(told, Changed)[0].after.verified
    actions = room.cycle(alpha())
    assert "block is done and the breach stands: the next rung is restore (auto)" in notes(actions)
    restore = of(actions, Run)[0].mitigation  # the readings had confirmed it before
    assert (restore.rung, restore.follows) == (Rung.RESTORE, block.mitigation_id)


def test_a_breach_that_went_away_after_the_first_rung_climbs_no_further() -> None:
    room = at_high(climbing(Rung.BLOCK, Rung.RESTORE))
    block = next_run(room)
    room.mark(room.desk.carried_out(RungReport(block.mitigation_id, True, "paused")))
    assert of(room.cycle(cleared(scope=ALPHA)), Run) == []
    again = next_run(room)
    assert again.rung is Rung.BLOCK


def test_what_did_not_help_is_tried_so_often_and_then_the_next_rung_has_its_turn() -> None:
    room = at_high(climbing(Rung.RESTORE, Rung.STOP, tries=2))
    attempts = []
    for _ in range(2):
        run = next_run(room, 400)
        attempts.append(run.attempt)
        told = room.finish(Run(run), 5.5, ok=False)
    assert attempts == [1, 2]
    assert "restore did not help: the next rung is stop (auto)" in notes(told)
    assert of(room.cycles(5, alpha()), StopRequest)[0].scope == ALPHA


def test_a_stop_that_is_only_proposed_waits_for_a_person_and_is_fired_in_his_name() -> None:
    room = at_high(Response((Step(Rung.RESTORE, Policy.AUTO), Step(Rung.STOP, Policy.PROPOSE)), tries=1))
    room.finish(Run(next_run(room)), 5.5, ok=False)
    actions = room.cycles(200, alpha())
    assert of(actions, StopRequest) == []
    (proposed,) = [view for view in room.desk.views() if view.state is MitigationState.PROPOSED]
    assert (proposed.rung, proposed.reductions) == (Rung.STOP, ())
    (request,) = of(room.desk.approve(proposed.mitigation_id, "ann"), StopRequest)
    assert (request.scope, request.by) == (ALPHA, "ann")
    (changed,) = of(room.desk.stop_fired(ALPHA), Changed)
    assert (changed.after.state, changed.after.verified) == (MitigationState.DONE, True)


def test_without_a_further_rung_a_person_has_to_decide() -> None:
    room = at_high(climbing(Rung.RESTORE, tries=1))
    told = room.finish(Run(next_run(room)), 5.5, ok=False)
    assert "the policy has no further rung, a person has to decide" in notes(told)
    assert of(room.cycles(300, alpha()), Run) == []
    assert room.desk.views()[0].state is MitigationState.PROPOSED


def test_what_nothing_can_be_done_about_on_one_rung_climbs_to_the_next() -> None:
    room = at_high(climbing(Rung.RESTORE, Rung.REDUCE_ONLY, tries=2))
    room.positions[ALPHA] = []
    actions = room.cycles(200, alpha())
    assert "nothing can be reduced" in notes(actions)
    assert "restore did not help: the next rung is reduce-only (auto)" in notes(actions)
    assert of(actions, Run)[0].mitigation.rung is Rung.REDUCE_ONLY


def test_a_rung_that_can_never_work_is_not_tried_again() -> None:
    room = at_high(climbing(Rung.BLOCK, Rung.RESTORE, tries=5))
    block = next_run(room)
    told = room.mark(room.desk.carried_out(RungReport(block.mitigation_id, False, "no source", final=True)))
    assert "the next rung is restore" in notes(told)
    assert next_run(room, 400).rung is Rung.RESTORE


def test_a_graver_severity_begins_its_own_ladder() -> None:
    room = Room(
        {Severity.HIGH: climbing(Rung.BLOCK, Rung.CANCEL), Severity.CRITICAL: climbing(Rung.REDUCE_ONLY, Rung.RESTORE)},
        ARMED,
    )
    block = next_run(room)
    room.mark(room.desk.carried_out(RungReport(block.mitigation_id, True, "paused")))
    runs = of(room.cycles(10, alpha(Severity.CRITICAL)), Run)
    assert runs[0].mitigation.rung is Rung.REDUCE_ONLY


def test_a_reduce_only_stop_of_a_policy_lets_the_next_rung_reduce() -> None:
    room = at_high(climbing(Rung.REDUCE_ONLY, Rung.RESTORE))
    latched = next_run(room)
    room.desk.stop_fired(ALPHA, ("alpha",), lets_reduce=True)
    room.mark(room.desk.carried_out(RungReport(latched.mitigation_id, True, "latched")))
    assert next_run(room).rung is Rung.RESTORE


def test_a_stop_of_a_person_ceases_what_a_rung_is_doing() -> None:
    room = at_high(climbing(Rung.CANCEL))
    run = next_run(room)
    assert of(room.desk.stop_fired(PORTFOLIO), Cease)[0].mitigation_id == run.mitigation_id


def test_flatten_is_not_carried_out_where_it_is_not_allowed() -> None:
    room = at_high(climbing(Rung.FLATTEN, Rung.REDUCE_ONLY))
    actions = room.cycles(20, alpha())
    assert "flatten is not allowed by [mitigation]" in notes(actions)
    assert of(actions, Run)[0].mitigation.rung is Rung.REDUCE_ONLY
    allowed = at_high(climbing(Rung.FLATTEN), replace(ARMED, flatten=True))
    run = next_run(allowed)
    assert (run.rung, run.share) == (Rung.FLATTEN, 1.0)
    assert run.reductions[0].quantity == pytest.approx(10.0)


def test_scale_leaves_the_factor_of_every_position_and_is_done_once() -> None:
    room = at_high(climbing(Rung.SCALE, factor=0.25))
    run = next_run(room)
    assert run.reductions[0].quantity == pytest.approx(7.5)
    room.finish(Run(run), 5.5, ok=False)  # the figure is not inside, and it was scaled as it was to be
    assert room.desk.views()[0].state is MitigationState.DONE
    assert of(room.cycles(200, alpha()), Run) == []


# One plan for several breaches


def margin(**others: object) -> StandInCheck:
    return breached(Severity.HIGH, 0.9, scope=ALPHA, metric="margin_use", threshold=0.8, clear_level=0.7, **others)


def test_two_limits_of_one_account_are_answered_by_one_plan_that_names_both_events() -> None:
    room = Room(Policy.AUTO)
    runs = of(room.cycles(10, alpha(), margin()), Run)
    assert len(runs) == 1
    plan = runs[0].mitigation
    assert plan.events == ("e1", "e2")
    assert {row.metric for row in plan.answers} == {"leverage", "margin_use"}
    assert [event.state.value for event in room.events.open_events()] == ["mitigating", "mitigating"]


def test_a_breach_of_a_parent_joins_the_plan_of_its_members() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha(), beta())
    assert len(room.desk.views()) == 2
    room.cycle(alpha(), beta(), breached(Severity.HIGH, 6.0), after_s=1.1)
    live = [view for view in room.desk.views() if view.state is MitigationState.PROPOSED]
    assert len(live) == 1
    assert set(live[0].events) == {"e1", "e2", "e3"}
    assert live[0].scope == PORTFOLIO
    gone = [view for view in room.desk.views() if view.state is MitigationState.WITHDRAWN]
    assert "answered by one plan together with account:alpha" in gone[0].note


def test_a_breach_that_goes_away_leaves_the_plan_to_the_others() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha(), margin())
    room.cycle(cleared(scope=ALPHA), margin())
    view = room.only()
    assert (view.events, view.metric, view.state) == (("e2",), "margin_use", MitigationState.PROPOSED)
    assert of(room.cycle(cleared(scope=ALPHA), cleared(0.1, scope=ALPHA, metric="margin_use")), Changed)
    assert room.only().state is MitigationState.WITHDRAWN


def test_what_one_policy_only_proposes_is_not_carried_out_with_what_another_runs() -> None:
    room = Room({Severity.HIGH: Policy.PROPOSE, Severity.CRITICAL: Policy.AUTO})
    (run,) = of(room.cycles(8, alpha(Severity.CRITICAL), margin()), Run)
    assert {row.metric for row in run.mitigation.answers} == {"leverage"}


def test_a_plan_that_waits_is_not_approved_on_positions_that_another_has_cut() -> None:
    room = Room({Severity.HIGH: Policy.PROPOSE, Severity.CRITICAL: Policy.AUTO})
    checks = (alpha(Severity.CRITICAL), margin())
    (run,) = of(room.cycles(6, *checks), Run)
    (waits,) = [view for view in room.desk.views() if view.state is MitigationState.PROPOSED]
    room.finish(run)
    (refused,) = of(room.desk.approve(waits.mitigation_id, "ann"), Refused)
    assert refused.sentence == "something else has acted in its accounts since it was made: it is planned anew first"
    room.positions[ALPHA] = []
    room.cycle(margin())
    assert of(room.desk.approve(waits.mitigation_id, "ann"), Run) == []


def test_scopes_that_share_no_account_have_plans_of_their_own() -> None:
    room = Room(Policy.AUTO)
    runs = of(room.cycles(8, alpha(), beta()), Run)
    assert {run.mitigation.scope for run in runs} == {ALPHA, BETA}


def test_a_milder_one_that_runs_by_itself_makes_room_for_a_graver_breach_in_its_accounts() -> None:
    room = at_high(climbing(Rung.RESTORE, tries=1))
    first = next_run(room)
    checks = (alpha(), breached(Severity.CRITICAL, 0.95, scope=ALPHA, metric="margin_use", clear_level=0.7))
    actions = room.cycles(3, *checks)
    (cease,) = of(actions, Cease)
    assert cease.mitigation_id == first.mitigation_id
    assert "a graver breach needs its accounts: margin_use of account:alpha, critical" in cease.reason
    assert of(actions, Run) == []
    room.mark(room.desk.executed(first.mitigation_id, report(first, ceased=cease.reason)))
    assert of(room.cycle(*checks), Run) == [], "what it has done is read back first"
    told = room.mark(room.desk.verified(first.mitigation_id, 5.5, False))
    assert of(told, Changed)[0].after.state is MitigationState.WITHDRAWN
    (run,) = of(room.cycles(2, *checks), Run)
    assert {row.metric for row in run.mitigation.answers} == {"leverage", "margin_use"}
    assert run.mitigation.attempt == 1, "it counts as no try"


def test_nothing_that_a_person_approved_makes_room_nor_anything_for_a_breach_as_grave() -> None:
    room = at_high(climbing(Rung.RESTORE))
    next_run(room)
    assert of(room.cycles(6, alpha(), margin()), Cease) == []
    room = Room({Severity.HIGH: Policy.PROPOSE, Severity.CRITICAL: Policy.AUTO})
    room.cycle(alpha())
    room.mark(room.desk.approve("m1", "ann"))
    graver = breached(Severity.CRITICAL, 0.95, scope=ALPHA, metric="margin_use", clear_level=0.7)
    assert of(room.cycles(6, alpha(), graver), Cease) == []
