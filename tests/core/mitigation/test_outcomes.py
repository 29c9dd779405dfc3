from __future__ import annotations

import math
from dataclasses import replace

import orjson
import pytest

from core.domain import Policy, Severity
from core.events.transitions import Transition
from core.journal.canonical import canonical
from core.ladder import Response, Rung
from core.mitigation.actions import Run
from core.mitigation.outcomes import Outcomes
from core.mitigation.report import RungReport
from tests.core.events.stand_ins import StandInCheck, cleared
from tests.core.mitigation.test_ladder import UNARMED, at_high, climbing, next_run
from tests.core.mitigation.test_mitigation_desk import ALPHA, ARMED, Room, alpha, of


class Counted(Room):
    """A room whose events are told to the one who counts, as the cycle does."""

    def cycle(self, *checks: StandInCheck, after_s: float = 0.16) -> tuple[object, ...]:  # type: ignore[override]
        step = self.events.step

        def told(*args: object) -> tuple[Transition, ...]:
            changes = step(*args)  # type: ignore[arg-type]
            self.desk.outcomes.told(changes)
            return changes

        self.events.step = told  # type: ignore[method-assign]
        try:
            return super().cycle(*checks, after_s=after_s)
        finally:
            self.events.step = step  # type: ignore[method-assign]

    def back_inside(self) -> None:
        self.cycle(cleared(scope=ALPHA), after_s=1.0)


def counted(response: Policy | Response, settings: object = ARMED) -> Counted:
    return Counted({Severity.HIGH: response}, settings)  # type: ignore[arg-type]


def test_a_breach_that_a_policy_mended_counts_as_mended_without_a_person_and_is_timed() -> None:
    room = counted(Policy.AUTO)
    run = next_run(room)
    room.clock.advance(2.0)
    room.desk.outcomes.ordered(run.mitigation_id, room.clock.now())
    room.desk.outcomes.ordered(run.mitigation_id, room.clock.now() + 50.0)  # only the first counts
    room.finish(Run(run))
    room.clock.advance(10.0)
    room.back_inside()
    whole = room.desk.automation().whole
    assert (whole.automatic, whole.verified, whole.mended, whole.mended_by_person) == (1, 1, 1, 0)
    assert whole.share == 1.0
    assert whole.first_order_p50_s == pytest.approx(2.32, abs=0.1)
    assert whole.inside_p95_s == pytest.approx(13.3, abs=0.2)
    (day,) = room.desk.automation().days
    assert replace(day, day="") == whole


def test_a_breach_that_a_person_had_mended_counts_against_the_share() -> None:
    room = counted(Policy.AUTO, UNARMED)
    room.cycle(alpha())
    (run,) = of(room.mark(room.desk.approve("m1", "ann")), Run)
    room.finish(run)
    room.back_inside()
    whole = room.desk.automation().whole
    assert (whole.proposed, whole.held_back, whole.approved, whole.automatic) == (1, 1, 1, 0)
    assert (whole.mended, whole.mended_by_person, whole.share) == (0, 1, 0.0)


def test_a_stop_counts_as_not_mended_and_what_goes_away_by_itself_counts_in_no_share() -> None:
    room = counted(Policy.STOP)
    room.cycles(5, alpha())
    room.back_inside()
    other = counted(Policy.PROPOSE)
    other.cycle(alpha())
    other.back_inside()
    assert (room.desk.automation().whole.stopped, room.desk.automation().whole.share) == (1, 0.0)
    whole = other.desk.automation().whole
    assert (whole.passed, whole.withdrawn) == (1, 1)
    assert math.isnan(whole.share)


def test_every_way_to_end_is_counted_once() -> None:
    room = counted(Policy.PROPOSE)
    room.cycle(alpha())
    room.desk.reject("m1", "ann")
    assert room.desk.automation().whole.rejected == 1
    room = counted(Policy.APPROVE)
    room.cycle(alpha())
    room.cycle(alpha(), after_s=61.0)
    assert room.desk.automation().whole.lapsed == 1
    room = counted(Policy.AUTO)
    room.finish(Run(next_run(room)), ok=False)
    assert (room.desk.automation().whole.failed, room.desk.automation().whole.verified) == (1, 0)


def test_a_rung_that_sends_no_order_counts_from_when_it_began() -> None:
    room = counted(climbing(Rung.BLOCK))
    block = next_run(room)
    room.desk.carried_out(RungReport(block.mitigation_id, True, "paused"))
    room.back_inside()
    whole = room.desk.automation().whole
    assert whole.first_order_p50_s == pytest.approx(0.32, abs=0.01)
    assert whole.mended == 1


def test_the_view_says_what_holds_automation_back() -> None:
    view = at_high(Response.of(Policy.AUTO), UNARMED).desk.automation()
    assert (view.armed, view.confirm, view.figures_max_age_s, view.turnover) == (False, (3, 3), 10.0, 0.0)


def test_the_last_day_is_24_hours_to_the_moment_and_not_since_midnight_also_over_a_restart() -> None:
    room = counted(Policy.AUTO)
    room.finish(Run(next_run(room)))
    room.back_inside()
    began_s = room.clock.now()
    for later_s, mended in ((0.0, 1), (86_399.0, 1), (86_401.0, 0)):
        again = Outcomes()
        again.restore(orjson.loads(canonical(room.desk.outcomes.state())))
        for outcomes in (room.desk.outcomes, again):
            day = outcomes.last_day(began_s + later_s)
            assert day.mended == mended
            assert (day.share == 1.0) if mended else math.isnan(day.share)
    assert room.desk.automation().whole.mended == 1


def test_figures_and_open_breaches_survive_a_restart_and_a_month_of_days_is_kept() -> None:
    room = counted(Policy.AUTO)
    run = next_run(room)
    room.finish(Run(run))
    kept = orjson.loads(canonical(room.desk.outcomes.state()))
    room.desk.outcomes.restore(kept)
    room.back_inside()
    assert room.desk.automation().whole.mended == 1
    for _ in range(40):
        room.clock.advance(86_400.0)
        room.cycle(alpha())
        room.back_inside()
    days = [figures.day for figures in room.desk.automation().days]
    assert len(days) == 31
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("kept", [{"days": []}, {"open": {"e1": []}}, {"whole": {"counts": {"mended": "x"}}}])
def test_figures_that_cannot_be_read_are_refused_and_nothing_is_taken_up(kept: dict[str, object]) -> None:
    outcomes = Outcomes()
    with pytest.raises((ValueError, TypeError, AttributeError, IndexError)):
        outcomes.restore(kept)
    assert outcomes.days() == ()
