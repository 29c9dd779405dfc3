from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.domain import Policy, Scope, ScopeKind, Side, Trust
from core.mitigation.actions import Cease, Changed, MarkEvent, Refused, Run
from core.mitigation.drafting import Draft
from core.mitigation.model import Mitigation, MitigationState, Reduction
from tests.core.mitigation.test_mitigation_desk import ALPHA, Room, alpha, of, report

BY_HAND = (Reduction("alpha", "BTC", "trend", Side.SELL, 2.0, 200.0),)


def draft(room: Room, mitigation_id: str = "", scope: Scope = ALPHA, **others: object) -> Draft:
    given = Draft(
        mitigation_id, scope, "leverage" if mitigation_id else "gross_exposure", BY_HAND, 1_000.0, 800.0,
        200.0, 1.0, "cut 1 position in 1 account, 200 USD", (), room.clock.monotonic(), 0.1, Trust.TRUSTED,
    )  # fmt: skip
    return replace(given, **others)  # type: ignore[arg-type]


def refusal(actions: tuple[object, ...]) -> str:
    (only,) = actions
    assert isinstance(only, Refused)
    return only.sentence


def test_a_waiting_plan_that_a_person_changed_runs_as_changed_and_the_record_has_both() -> None:
    room = Room(Policy.APPROVE)
    room.cycle(alpha())
    planned = room.only()
    actions = room.desk.approve_draft(draft(room, "m1"), "ann", "half of it will do")
    changed, running = of(actions, Changed)
    assert changed.before == planned
    assert (changed.after.reductions, changed.after.made_by, changed.by) == (BY_HAND, "ann", "ann")
    assert changed.after.state is planned.state
    assert "half of it will do" in running.after.note
    (run,) = of(actions, Run)
    assert run.mitigation.reductions == BY_HAND
    assert (run.mitigation.mitigation_id, run.mitigation.event_id) == ("m1", planned.event_id)
    assert run.mitigation.approved_by == "ann"


def test_a_plan_drafted_by_hand_runs_without_an_event_and_marks_none() -> None:
    room = Room(Policy.PROPOSE)
    actions = room.desk.approve_draft(draft(room), "ann", "less into the night")
    (run,) = of(actions, Run)
    assert run.mitigation.drafted
    assert run.mitigation.reductions == BY_HAND
    assert [row.after.state for row in of(actions, Changed)] == [MitigationState.PROPOSED, MitigationState.RUNNING]
    assert not of(actions, MarkEvent)
    assert not of(room.finish(run), MarkEvent)
    assert room.only().state is MitigationState.DONE


def test_a_draft_is_verified_by_what_the_venue_shows_and_not_by_a_limit() -> None:
    for filled, state in ((None, MitigationState.DONE), (1.0, MitigationState.FAILED)):
        room = Room(Policy.PROPOSE)
        (run,) = of(room.desk.approve_draft(draft(room), "ann"), Run)
        room.desk.executed(run.mitigation.mitigation_id, report(run.mitigation, filled=filled))
        room.desk.verified(run.mitigation.mitigation_id, math.nan, True)
        assert room.only().state is state


def test_a_draft_on_figures_older_than_allowed_is_refused_and_changes_nothing() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    planned = room.only()
    seen = draft(room, "m1")
    room.clock.advance(11.0)
    assert "11 s old, 10 s are allowed" in refusal(room.desk.approve_draft(seen, "ann"))
    assert "old" in refusal(room.desk.approve_draft(draft(room, "m1", age_s=10.5), "ann"))
    assert "old" in refusal(room.desk.approve_draft(draft(room, age_s=10.5), "ann"))
    assert room.desk.views() == (planned,)


def test_a_draft_that_cuts_nothing_is_refused() -> None:
    room = Room(Policy.PROPOSE)
    assert "cuts nothing" in refusal(room.desk.approve_draft(draft(room, reductions=()), "ann"))
    assert room.desk.views() == ()


def test_a_plan_that_waits_no_longer_cannot_be_changed() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    room.desk.approve("m1", "bob")
    assert "waits no longer" in refusal(room.desk.approve_draft(draft(room, "m1"), "ann"))
    assert "waits no longer" in refusal(room.desk.approve_draft(draft(room, "gone"), "ann"))
    assert room.only().reductions != BY_HAND


def test_two_plans_never_act_on_one_account_whoever_made_them() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    (run,) = of(room.desk.approve_draft(draft(room), "ann"), Run)
    assert "acting on account alpha" in refusal(room.desk.approve_draft(draft(room), "ann"))
    (refused,) = room.desk.approve("m1", "bob")
    assert isinstance(refused, Refused)
    assert run.mitigation.mitigation_id != "m1"


def test_a_stop_fired_meanwhile_ceases_a_draft() -> None:
    room = Room(Policy.PROPOSE)
    (run,) = of(room.desk.approve_draft(draft(room), "ann"), Run)
    (cease,) = of(room.desk.stop_fired(Scope(ScopeKind.ACCOUNT, "alpha")), Cease)
    assert cease.mitigation_id == run.mitigation.mitigation_id


def test_an_approval_means_the_plan_as_it_was_shown_and_no_newer_one() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    shown = room.only()
    room.positions[ALPHA] = [replace(row, quantity=8.0, venue_quantity=8.0) for row in room.positions[ALPHA]]
    room.cycle(alpha(), after_s=6.0)
    now: Mitigation = room.only()
    assert now.reductions != shown.reductions
    assert "planned anew" in refusal(room.desk.approve("m1", "ann", shown.revision))
    assert of(room.desk.approve("m1", "ann", now.revision), Run)


@pytest.mark.parametrize("after_s", [0.2, 6.0])
def test_a_plan_that_is_made_anew_and_stays_the_same_can_be_approved_as_it_was_shown(after_s: float) -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    shown = room.only()
    room.cycle(alpha(), after_s=after_s)
    assert of(room.desk.approve("m1", "ann", shown.revision), Run)
