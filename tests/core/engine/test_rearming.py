"""A limit that fired a stop fires again only after it was seen cleared, re-based or given room: over restarts too."""

from __future__ import annotations

import pytest

from core.domain import Scope, Severity, Trust
from core.events.checks import BREACHED
from core.events.model import Cause, Event, EventState
from core.halt.model import HaltView
from core.intents import GiveRoom, RebasePeak, ResetStop
from core.mitigation.asked import AskedStops
from core.risk.limits import INSIDE, UNKNOWN, Limit, LimitCheck
from tests.core.engine.ground import Ground, Running, until
from tests.core.engine.test_stopping import fall

ALPHA = Scope.parse("account:alpha-1")
LIMIT = {"critical": 0.01, "policy": {"critical": "stop"}}


def halt_of(it: Running) -> HaltView:
    (halt,) = it.latest.halts
    return halt


async def fired_and_reset(ground: Ground, it: Running) -> str:
    await it.watched("account:alpha-1")
    fall(ground)
    await until(lambda: bool(it.latest.halts) and halt_of(it).proven)
    halt_id = halt_of(it).halt_id
    it.engine.submit(ResetStop(halt_id, "ada", "the bot is off"))
    await until(lambda: not it.latest.halts)
    return halt_id


async def stays_quiet(it: Running) -> None:
    """The breach stands and is told, and nothing is stopped for it."""
    await it.watched("account:alpha-1")
    await until(lambda: it.value("account:alpha-1", "drawdown") > 0.01)
    await until(lambda: it.parts.events.find(ALPHA, "drawdown") is not None)
    await it.cycles(15)
    assert not it.latest.halts


async def test_a_breach_that_outlives_a_restart_is_told_and_does_not_fire_again(ground: Ground) -> None:
    ground.limit("account:alpha-1", "drawdown", **LIMIT)
    async with ground.engine() as it:
        await fired_and_reset(ground, it)
    async with ground.engine() as it:
        await stays_quiet(it)
        it.engine.submit(RebasePeak(ALPHA, "ada", "the loss is taken"))
        await until(lambda: it.value("account:alpha-1", "drawdown") < 0.005)
        await it.cycles(5)
        fall(ground)
        await until(lambda: bool(it.latest.halts))
    assert ground.kinds().count("stop.fired") == 2


async def test_what_was_stopped_and_reset_without_a_desk_does_not_fire_anew_either(ground: Ground) -> None:
    """The desk ended with the stop standing, and the command line took it off."""
    ground.limit("account:alpha-1", "drawdown", **LIMIT)
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        fall(ground)
        await until(lambda: bool(it.latest.halts) and halt_of(it).proven)
        folder = it.parts.halts._folder
    for latch in folder.load():
        folder.reset(latch, "ada", "from the command line", latch.fired_at_s + 5.0)
    async with ground.engine() as it:
        await stays_quiet(it)


async def test_room_lets_a_stop_be_reset_and_what_goes_beyond_it_fires_anew(ground: Ground) -> None:
    ground.limit("account:alpha-1", "drawdown", **LIMIT)
    async with ground.engine() as it:
        await it.watched("account:alpha-1")
        fall(ground)
        await until(lambda: bool(it.latest.halts) and halt_of(it).proven)
        offer = it.latest.returns[0].room
        assert offer is not None
        fallen = it.value("account:alpha-1", "drawdown")
        assert fallen < offer.threshold < 1.5 * fallen
        soon_s = it.parts.clock.now() + 3_600.0
        for refused in (
            GiveRoom(ALPHA, "drawdown", offer.threshold, soon_s, "ada", " "),
            GiveRoom(ALPHA, "drawdown", 0.005, soon_s, "ada", "tighter is no room"),
            GiveRoom(ALPHA, "drawdown", offer.threshold, 0.0, "ada", "long over"),
        ):
            it.engine.submit(refused)
        await until(lambda: sum("no room was given" in notice for notice in it.latest.notices) == 3)
        # So little room that the figure stays within the deadband: the event stands, and what comes is a fresh breach.
        it.engine.submit(GiveRoom(ALPHA, "drawdown", fallen * 1.02, soon_s, "ada", "a day to mend it"))
        await until(lambda: _checked(it, "drawdown is back inside") is True)
        assert any("has room to" in notice and "a day to mend it" in notice for notice in it.latest.notices)
        it.engine.submit(ResetStop(halt_of(it).halt_id, "ada", "with room"))
        await until(lambda: not it.latest.halts)
        await it.cycles(10)
        assert not it.latest.halts
        fall(ground)
        await until(lambda: bool(it.latest.halts))
    assert ground.kinds().count("limits.changed") == 2


def _checked(it: Running, words: str) -> bool | None:
    return next(row.met for view in it.latest.returns for row in view.rows if words in row.words)


# -- the rule itself --------------------------------------------------------------------------------------------------

KEY = (ALPHA, "drawdown")


def an_event(event_id: str, state: EventState = EventState.RAISED) -> Event:
    return Event(
        event_id, ALPHA, "drawdown", Cause.BREACH, Severity.CRITICAL, state, 0.1, 0.05, 0.0, 0.0, Trust.TRUSTED
    )  # fmt: skip


def a_check(outcome: str, *, cleared: bool = False, trust: Trust = Trust.TRUSTED) -> LimitCheck:
    severity = Severity.CRITICAL if outcome == BREACHED else None
    limit = Limit(ALPHA, "drawdown", (None, None, None, 0.05))
    return LimitCheck(ALPHA, "drawdown", outcome, severity, 0.1, 0.05, 0.04, cleared, trust, 0.0, limit)


def after_a_restart() -> AskedStops:
    asked = AskedStops()
    asked.put(KEY, "e-1", Severity.HIGH)
    again = AskedStops()
    again.restore(asked.state())
    return again


def test_the_same_breach_after_a_restart_was_asked_for_and_a_worse_one_was_not() -> None:
    asked = after_a_restart()
    assert asked.from_before == {KEY}
    assert asked.stands(KEY, "e-2", Severity.HIGH)
    assert not asked.stands(KEY, "e-2", Severity.CRITICAL)
    assert asked.from_before == frozenset(), "from now on it is this event's"
    asked.step((), lambda *_: an_event("e-2", EventState.CLEARED))
    assert not asked.stands(KEY, "e-3", Severity.HIGH)


@pytest.mark.parametrize(
    ("check", "forgotten"),
    [
        (a_check(INSIDE, cleared=True), True),
        (a_check(INSIDE, cleared=False), False),
        (a_check(INSIDE, cleared=True, trust=Trust.UNSETTLED), False),
        (a_check(UNKNOWN), False),
        (a_check(BREACHED), False),
    ],
)
def test_only_a_trusted_reading_beyond_the_deadband_clears_what_is_known_from_before(
    check: LimitCheck, forgotten: bool
) -> None:
    asked = after_a_restart()
    asked.step((), lambda *_: None)
    assert asked.from_before == {KEY}, "that nothing was raised yet says nothing"
    asked.step((check,), lambda *_: None)
    assert (asked.from_before == frozenset()) is forgotten
    assert asked.stands(KEY, "e-2", Severity.HIGH) is not forgotten


def test_what_a_person_changed_is_forgotten() -> None:
    asked = after_a_restart()
    asked.forget(KEY)
    assert not asked.stands(KEY, "e-2", Severity.LOW)


@pytest.mark.parametrize(
    "kept", [[["nowhere", "drawdown", 4]], [["portfolio", "drawdown"]], [["portfolio", "x", 9]], [3]]
)
def test_a_state_that_is_none_is_refused(kept: list[list[object]]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        AskedStops().restore(kept)
