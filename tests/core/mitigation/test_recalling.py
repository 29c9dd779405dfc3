"""Over a restart no mitigation is forgotten and none is done twice, and what restrained the desk goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import PORTFOLIO, Policy, Severity, Side
from core.journal.canonical import canonical
from core.ladder import OnLapse, Rung
from core.mitigation.actions import Action, Changed, MarkEvent, Recover, Run
from core.mitigation.desk import MitigationDesk
from core.mitigation.keeping import mitigation_from
from core.mitigation.model import Answered, Mitigation, MitigationState, Reduction
from core.mitigation.recalling import slim
from core.mitigation.report import RungReport
from core.mitigation.turnover import Caps
from tests.core.events.stand_ins import numbered
from tests.core.mitigation.test_ladder import at_high, climbing, next_run
from tests.core.mitigation.test_mitigation_desk import ALPHA, ARMED, BETA, Room, alpha, of, report

NUMBERS = st.one_of(st.floats(-1e9, 1e9), st.just(float("nan")))
TEXT = st.text("abcé ", max_size=5)
SCOPES = st.sampled_from([PORTFOLIO, ALPHA, BETA])
MITIGATIONS = st.builds(
    Mitigation,
    mitigation_id=TEXT, event_id=TEXT, scope=SCOPES, metric=TEXT, severity=st.sampled_from(list(Severity)),
    rung=st.sampled_from(list(Rung)), mode=st.sampled_from(list(Policy)), state=st.sampled_from(list(MitigationState)),
    share=NUMBERS,
    reductions=st.lists(
        st.builds(Reduction, TEXT, TEXT, TEXT, st.sampled_from(list(Side)), NUMBERS, NUMBERS, NUMBERS, NUMBERS, TEXT),
        max_size=2,
    ).map(tuple),
    before=NUMBERS, expected=NUMBERS, target=NUMBERS, after=NUMBERS, verified=st.booleans(),
    created_at_s=st.floats(0, 9),
    lapses_at_s=st.none() | st.floats(0, 9), ended_at_s=st.none() | st.floats(0, 9), note=TEXT, summary=TEXT,
    left_out=st.lists(TEXT, max_size=2).map(tuple), approved_by=TEXT,
    answers=st.lists(
        st.builds(Answered, TEXT, SCOPES, TEXT, st.sampled_from(list(Severity)), NUMBERS, NUMBERS, NUMBERS), max_size=2
    ).map(tuple),
    notional=NUMBERS, cost=NUMBERS, countdown_s=st.none() | st.floats(0, 9), on_lapse=st.sampled_from(list(OnLapse)),
    held_back=TEXT, attempt=st.integers(1, 9), follows=TEXT, factor=st.floats(0, 1), made_by=TEXT,
    revision=st.integers(0, 9), began_at_s=st.none() | st.floats(0, 9),
)  # fmt: skip


def stored(room: Room) -> list[dict[str, Any]]:
    """Both states as the journal gives them back."""
    kept = (room.desk.recalling.underway(), slim(room.desk.recalling.waiting()))
    return [orjson.loads(canonical(part)) for part in kept]


def restarted(room: Room, kept: list[dict[str, Any]], told: tuple[Action, ...] = ()) -> tuple[Action, ...]:
    """Another desk in the place of the room's; the events are there again."""
    room.desk = MitigationDesk(room.clock, numbered("n"), room.desk.settings)
    bodies = [orjson.loads(canonical(change)) for change in of(told, Changed)]
    return room.mark(room.desk.recalling.restore(kept, bodies))


@given(MITIGATIONS)
def test_what_the_journal_writes_of_a_mitigation_is_read_back_as_the_same(view: Mitigation) -> None:
    assert canonical(mitigation_from(orjson.loads(canonical(view)))) == canonical(view)


@pytest.mark.parametrize("row", [{}, {"scope": "x"}, {"scope": {"kind": "moon", "name": "x"}}, []])
def test_what_is_no_mitigation_is_refused(row: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        mitigation_from(row)


def test_what_waited_is_withdrawn_and_planned_anew_for_the_same_event() -> None:
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    (changed,) = of(restarted(room, stored(room)), Changed)
    assert (changed.after.mitigation_id, changed.after.state) == ("m1", MitigationState.WITHDRAWN)
    assert "planned anew on fresh figures" in changed.after.note
    (created,) = of(room.cycle(alpha()), Changed)
    assert (created.before, created.after.event_id) == (None, "e1")
    assert [view.state for view in room.desk.views()] == [MitigationState.PROPOSED, MitigationState.WITHDRAWN]


def test_what_was_running_is_looked_for_and_nothing_else_runs_meanwhile() -> None:
    room = Room(Policy.AUTO)
    run = next_run(room)
    actions = restarted(room, stored(room))
    (recover,) = of(actions, Recover)
    assert (recover.mitigation.mitigation_id, recover.mitigation.reductions) == (run.mitigation_id, run.reductions)
    assert of(actions, MarkEvent)[0].mitigating
    assert of(room.cycles(50, alpha()), Run) == []
    assert len([view for view in room.desk.views() if view.state is MitigationState.RUNNING]) == 1


def test_what_was_found_to_be_done_is_verified_like_any_other() -> None:
    room = Room(Policy.AUTO)
    run = next_run(room)
    restarted(room, stored(room))
    room.mark(room.desk.executed(run.mitigation_id, replace(report(run), recovered=True)))
    room.mark(room.desk.verified(run.mitigation_id, 3.0, True))
    assert room.only().state is MitigationState.DONE


def test_of_what_nothing_was_sent_is_withdrawn_and_planned_anew_at_once() -> None:
    room = Room(Policy.AUTO)
    run = next_run(room)
    restarted(room, stored(room))
    told = room.mark(room.desk.executed(run.mitigation_id, replace(report(run, filled=0.0), recovered=True)))
    assert of(told, Changed)[0].after.state is MitigationState.WITHDRAWN
    assert room.desk.turnover.within_hour() == 0.0
    again = next_run(room)
    assert (again.event_id, again.attempt) == (run.event_id, 1)


def test_a_part_that_was_found_counts_as_no_try_of_its_rung() -> None:
    room = at_high(climbing(Rung.RESTORE, Rung.STOP, tries=1))
    run = next_run(room)
    restarted(room, stored(room))
    partly = replace(report(run, filled=1.0, ceased="Scram was ended while it ran"), recovered=True)
    room.mark(room.desk.executed(run.mitigation_id, partly))
    assert room.desk.views()[0].state is MitigationState.FAILED
    assert next_run(room, 400).rung is Rung.RESTORE


def test_what_began_and_ended_after_the_last_saving_is_told_by_the_journal() -> None:
    room = Room(Policy.PROPOSE)
    kept = stored(room)
    told = room.cycle(alpha())
    assert of(restarted(room, kept, told), Changed)[0].after.state is MitigationState.WITHDRAWN
    room = Room(Policy.PROPOSE)
    room.cycle(alpha())
    kept = stored(room)
    told = room.desk.reject("m1", "ann")
    assert restarted(room, kept, told) == ()


def test_a_rung_that_was_not_read_back_is_tried_again() -> None:
    room = at_high(climbing(Rung.BLOCK, Rung.RESTORE))
    next_run(room)
    (changed,) = of(restarted(room, stored(room)), Changed)
    assert changed.after.state is MitigationState.FAILED
    assert next_run(room).rung is Rung.BLOCK


def test_the_place_on_the_ladder_the_turnover_and_a_persons_no_survive() -> None:
    room = at_high(climbing(Rung.BLOCK, Rung.RESTORE), replace(ARMED, caps=Caps(whole=500.0)))
    block = next_run(room)
    room.mark(room.desk.carried_out(RungReport(block.mitigation_id, True, "paused")))
    room.finish(Run(next_run(room)))
    used = room.desk.turnover.within_hour()
    restarted(room, stored(room))
    assert room.desk.turnover.within_hour() == used > 0.0
    room.cycles(100, alpha())
    view = room.desk.views()[0]
    assert (view.rung, view.mode) == (Rung.RESTORE, Policy.APPROVE)
    room.desk.reject(view.mitigation_id, "ann")
    restarted(room, stored(room))
    assert room.cycles(100, alpha()) == ()


def test_a_cool_down_goes_on() -> None:
    room = Room(Policy.AUTO)
    room.finish(Run(next_run(room)))
    room.cycle(alpha(), after_s=1.0)
    restarted(room, stored(room))
    assert of(room.cycles(10, alpha()), Changed) == []
    assert next_run(room)


@pytest.mark.parametrize(
    "kept",
    [[{"live": [{"scope": 1}]}], [{"climbs": [[1]]}], [{"turnover": [[1]]}], [{"holds": [["x"]]}], [{"cool": []}]],
)
def test_a_state_that_cannot_be_read_is_refused_whole(kept: list[Any]) -> None:
    room = Room(Policy.AUTO)
    with pytest.raises(ValueError, match=r"."):
        room.desk.recalling.restore(kept)
    assert room.desk.views() == ()
