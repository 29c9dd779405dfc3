"""The engine beside a guardian: shown, told of every stop, missed when it is gone, and needed for nothing."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator

import pytest

from app.demo.configuration import demo_credentials
from core.clock import SystemClock
from core.domain import PORTFOLIO
from core.engine import guarding
from core.engine.arming import GuardianArms, guardian_desk
from core.halt.guardian.guardian import Guardian
from core.halt.guardian.holding import Holding
from core.halt.target import HaltTarget
from core.intents import FireStop, ResetStop
from core.places import find_places
from tests.core.engine.ground import Ground, Running, until


@contextlib.asynccontextmanager
async def guardian_of(ground: Ground) -> AsyncIterator[Guardian]:
    places, clock = find_places(ground.home, {}), SystemClock()
    arms = GuardianArms(places.config, demo_credentials(ground.site.describe()), clock, random.Random(3))
    await arms.load()
    holding = Holding()
    halts = guardian_desk(arms, holding, places, clock)
    made = Guardian(halts, holding, arms, clock, places.runtime, child=False)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


def _targets(guardian: Guardian) -> tuple[HaltTarget, ...]:
    """As a stop that the guardian began now would find them."""
    arms = guardian._arms
    assert isinstance(arms, GuardianArms)
    return arms.targets(PORTFOLIO)


def _events(it: Running) -> dict[str, str]:
    return {event.metric: event.state.value for event in it.latest.events}


@pytest.mark.allowed_logs("is stopped by", "are taken over", "is reset by", "said goodbye")
async def test_a_desk_without_its_guardian_says_so_and_stops_and_proves_alone_and_with_one_is_latched_twice(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "FIRST_WITHIN_S", 0.3)
    ground.tables["guardian"] = {"enabled": True}
    async with ground.engine() as it:
        await it.watched()
        await until(lambda: guarding.GONE in _events(it))
        view = it.latest.guardian
        assert view is not None
        assert (view.alive, view.reason) == (False, "no guardian runs here")
        assert any("this desk stops and proves alone" in notice for notice in it.latest.notices)
        it.engine.submit(FireStop(PORTFOLIO, "ada", "a test"))
        await until(lambda: bool(it.latest.halts) and it.latest.halts[0].proven)
        assert not it.latest.halts[0].latched_by_guardian
        async with guardian_of(ground) as guardian:
            await until(lambda: it.latest.guardian is not None and it.latest.guardian.ready == 2)
            assert _events(it)[guarding.GONE] == "cleared"
            await until(lambda: it.latest.halts[0].latched_by_guardian)
            await until(lambda: all(row.known_symbols and row.exposure for row in _targets(guardian)))
            assert not any("no guardian" in notice for notice in it.latest.notices)
            assert guardian.duty.due(float("inf")) == (), "everything is reported"
            it.engine.submit(ResetStop(it.latest.halts[0].halt_id, "ada", "it was a test"))
            await until(lambda: not it.latest.halts and not guardian.halts.latched())
    kinds = ground.kinds()
    assert "guardian.gone" in kinds


@pytest.mark.allowed_logs("is stopped by", "are taken over", "ended without a goodbye")
async def test_what_the_guardian_took_over_and_saw_is_on_the_boards_and_in_the_journal(ground: Ground) -> None:
    ground.tables["guardian"] = {"enabled": True, "on_crash": "stop"}
    ground.write()
    async with guardian_of(ground) as guardian:
        guardian.watch.linked("somebody")
        guardian._pids["somebody"] = 4_711
        guardian.watch.unlinked("somebody")
        await until(lambda: bool(guardian.halts.latched()))
        async with ground.engine() as it:
            await until(lambda: it.engine.latest is not None and bool(it.latest.halts))
            await until(lambda: all(row.guardian.startswith("VERIFIED") for row in it.latest.halts[0].rows))
            assert it.latest.halts[0].fired_by == "guardian"
            await until(lambda: _events(it).get(guarding.ALARM) == "cleared")
            await until(lambda: not guardian.alarms)
            assert any("the guardian stops alpha-1, alpha-2 too" in notice for notice in it.latest.notices)
            assert it.engine.guarding.sweeps_on is not None
    kinds = ground.kinds()
    assert {"guardian.alarm", "guardian.took-over"} <= set(kinds)


@pytest.mark.allowed_logs("is stopped by", "are taken over", "keeps to the configuration", "uses the desk's")
async def test_a_guardian_goes_on_with_the_accounts_and_the_policy_of_a_configuration_that_changes(
    ground: Ground,
) -> None:
    ground.tables["guardian"] = {"enabled": True}
    path = ground.write()
    async with guardian_of(ground) as guardian:
        halts = guardian.halts
        runner = halts.fire(PORTFOLIO, "ada", "a test")
        await until(lambda: runner.view().proven, 30.0)
        ground.tables["guardian"] |= {"missed_after_s": 77.0}
        ground.write()
        await until(lambda: guardian.watch.policy.missed_after_s == 77.0)
        assert halts.runners == (runner,), "another policy is no reason to begin anew"
        path.write_text(path.read_text() + "\n[[accounts]]\nname = ")
        await until(lambda: any("keeps to the configuration" in text for text in _problems(guardian)))
        assert len(_targets(guardian)) == 2
        for row in ground.tables["accounts"]:
            row["guardian_credentials"] = "env:NOBODY"
        ground.write()
        await until(lambda: halts.runners != (runner,) and halts.runners[0].view().proven, 30.0)
        assert [latch.halt_id for latch in halts.latched()] == [runner.latch.halt_id]


def _problems(guardian: Guardian) -> tuple[str, ...]:
    return guardian._state(whole=False).problems
