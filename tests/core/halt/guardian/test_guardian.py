"""The guardian beside desks and commands that report, fall silent, crash, lose their disk or say goodbye."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from pathlib import Path
from typing import Any

import pytest

from core.domain import PORTFOLIO, GuardianAct, Scope
from core.errors import LatchError, VenueUnreachable
from core.halt.guardian import doorplate
from core.halt.guardian.channel import ADDRESS_FILE, read_address
from core.halt.guardian.link import ask_guardian
from core.halt.guardian.messages import KnownAccount
from core.halt.guardian.watch import GuardPolicy
from core.halt.latch import Latch, LatchFolder
from tests.core.halt.guardian.conftest import Making, until

ALL = {"alpha-1", "alpha-2", "alpha-3"}
STOPS = GuardPolicy(GuardianAct.STOP, GuardianAct.STOP, missed_after_s=2.5, takeover_s=0.5)

pytestmark = pytest.mark.allowed_logs("is stopped by", "are taken over", "is reset by")


async def test_a_stop_that_its_desk_reports_is_left_to_the_desk_and_latched_by_both(post: Making) -> None:
    async with post() as it, it.desk() as desk:
        desk.halts.fire(PORTFOLIO, "ada", "a test")
        await until(lambda: bool(it.guardian.halts.latched()))
        await asyncio.sleep(1.2)
        assert it.acted() == set()
        assert all(not venue.resting for venue in it.desks.values())
        assert [latch.halt_id for latch in LatchFolder(it.home / "guardian").load()] == ["h-1"]
        assert [latch.halt_id for latch in LatchFolder(it.home / "desk").load()] == ["h-1"]


async def test_exactly_the_accounts_that_are_not_reported_in_time_are_taken_over(post: Making) -> None:
    async with post() as it, it.desk() as desk:
        it.desks["alpha-2"].trouble["acquire"] = VenueUnreachable("no route", account="alpha-2")
        desk.halts.fire(PORTFOLIO, "ada", "a test")
        await until(lambda: it.proven() == {"alpha-2"})
        await asyncio.sleep(0.5)
        assert it.acted() == {"alpha-2"}
        await until(lambda: bool(desk.link.state and desk.link.state.stops and desk.link.state.stops[0].taken == 1))
        assert desk.link.state is not None
        (stop,) = desk.link.state.stops
        assert [row.account for row in stop.rows] == ["alpha-2"]


@pytest.mark.allowed_logs("ended without a goodbye")
async def test_a_desk_that_crashes_in_the_middle_of_its_stop_leaves_all_of_it_to_the_guardian(post: Making) -> None:
    async with post() as it, it.desk() as desk:
        desk.halts.fire(PORTFOLIO, "ada", "a test")
        await asyncio.sleep(1.0)
        assert it.acted() == set()
        await desk.crash()
        await until(lambda: it.proven() == ALL)
        assert [latch.fired_by for latch in it.guardian.halts.latched()] == ["ada"]


@pytest.mark.expected_logs("ended without a goodbye")
async def test_a_crash_without_a_stop_is_an_alarm_and_a_stop_only_where_that_was_asked_for(post: Making) -> None:
    async with post() as it, it.desk() as desk:
        await desk.crash()
        await until(lambda: bool(it.guardian.alarms))
        await asyncio.sleep(0.3)
        assert it.guardian.halts.latched() == ()
        state = await ask_guardian(it.home)
        assert state is not None
        assert "ended without a goodbye" in state.alarms[0].words
    async with post(STOPS) as it, it.desk() as desk:
        await desk.crash()
        await until(lambda: it.proven() == ALL)
        (latch,) = it.guardian.halts.latched()
        assert (latch.scope, latch.fired_by) == (PORTFOLIO, "guardian")
        assert "ended without a goodbye" in latch.reason


@pytest.mark.expected_logs("misses its heartbeats for 2.5 s: everything is stopped")
async def test_a_frozen_desk_is_stopped_past_where_that_was_asked_for(post: Making) -> None:
    async with post(STOPS) as it, it.desk() as desk:
        desk.freeze()
        await until(lambda: it.proven() == ALL)


async def test_a_machine_that_slept_wakes_up_to_no_alarm(post: Making) -> None:
    suspended_s = 0.0
    async with post(STOPS, sleepless=lambda: time.monotonic() + suspended_s) as it, it.desk() as desk:
        desk.freeze()
        await asyncio.sleep(1.5)
        suspended_s = 3_600.0
        await asyncio.sleep(STOPS.missed_after_s)
        assert it.guardian.alarms == []
        assert it.guardian.halts.latched() == ()


async def test_a_frozen_desk_is_not_relied_upon_in_a_stop_that_is_under_way(post: Making) -> None:
    async with post(GuardPolicy(missed_after_s=600.0, takeover_s=0.5)) as it, it.desk() as desk:
        desk.halts.fire(PORTFOLIO, "ada", "a test")
        await asyncio.sleep(1.0)
        assert it.acted() == set()
        desk.freeze()
        await until(lambda: it.proven() == ALL)
        assert it.guardian.alarms == []


async def test_a_goodbye_is_no_alarm_and_what_is_latched_is_swept_on(post: Making) -> None:
    async with post(STOPS) as it:
        async with it.desk() as desk:
            desk.halts.fire(Scope.parse("account:alpha-1"), "ada", "a test")
            await asyncio.sleep(0.8)
        await until(lambda: it.proven() == {"alpha-1"})
        await asyncio.sleep(1.5)
        assert it.guardian.alarms == []
        assert it.acted() == {"alpha-1"}


async def test_a_command_that_ends_leaves_its_stop_to_the_guardian(post: Making) -> None:
    async with post() as it:
        async with it.desk("command line") as command:
            command.halts.fire(PORTFOLIO, "command line", "a test")
            await asyncio.sleep(0.8)
            assert it.acted() == set()
        await until(lambda: it.proven() == ALL)


async def test_a_latch_that_the_desk_cannot_write_is_told_and_held_by_the_guardian(
    post: Making, monkeypatch: pytest.MonkeyPatch, expected_logs: Any
) -> None:
    expected_logs("the desk .* says: .*No space left on device; this latch is held here")
    async with post() as it, it.desk() as desk:
        full = it.home / "desk"
        _fill(full, monkeypatch)
        runner = desk.halts.fire(PORTFOLIO, "ada", "a test")
        await until(lambda: bool(runner.view().latch_error))
        desk.trouble = runner.view().latch_error
        await until(lambda: bool(LatchFolder(it.home / "guardian").load()))
        assert LatchFolder(full).load() == ()
        await until(lambda: "No space left" in "".join(it.guardian._troubles.values()))
    # A desk that starts anew finds the stop in the guardian's folder.
    again = it.halts("desk", "guardian", it.desks, it.guardian._holding)
    assert [latch.halt_id for latch in again.resume_latched()] == ["h-1"]
    await again.close()


async def test_a_latch_that_the_guardian_cannot_write_is_held_by_the_desk_and_told(
    post: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with post() as it, it.desk() as desk:
        _fill(it.home / "guardian", monkeypatch)
        desk.halts.fire(PORTFOLIO, "ada", "a test")
        await until(lambda: bool(LatchFolder(it.home / "desk").load()))
        await until(lambda: bool(desk.link.state and desk.link.state.stops and desk.link.state.stops[0].latch_error))
        assert desk.link.state is not None
        assert not desk.link.state.stops[0].on_disk


def _fill(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """No byte more goes into this folder."""
    real = LatchFolder.write

    def write(self: LatchFolder, latch: Latch) -> None:
        if self.folder == folder:
            raise LatchError(f"the latch cannot be written to {folder}: {os.strerror(errno.ENOSPC)}")
        real(self, latch)

    patch.setattr(LatchFolder, "write", write)


@pytest.mark.parametrize("side", ["desk", "guardian"])
async def test_a_reset_from_either_side_ends_both_and_resumes_nothing(post: Making, side: str) -> None:
    async with post() as it, it.desk() as desk:
        desk.halts.fire(PORTFOLIO, "ada", "a test")
        await until(lambda: bool(it.guardian.halts.latched()))
        halts = desk.halts if side == "desk" else it.guardian.halts
        await halts.reset("h-1", "bob", "all is well")
        await until(lambda: not it.guardian.halts.latched() and not desk.halts.latched())
        await asyncio.sleep(1.2)
        assert it.guardian.halts.latched() == desk.halts.latched() == ()
        assert not list(it.home.glob("*/*.latch.json"))
        assert it.guardian.duty.due(float("inf")) == ()


async def test_orders_of_the_stop_itself_wait_until_the_guardian_spares_them(post: Making) -> None:
    async with post() as it, it.desk() as desk:
        runner = desk.halts.fire(PORTFOLIO, "ada", "a test")
        await until(lambda: bool(it.guardian.halts.latched()))
        await runner.issue(["scr1x1"])
        assert it.guardian.halts.latched()[0].issued == ("scr1x1",)


async def test_a_guardian_that_comes_back_takes_up_its_stops_and_hears_again_who_reports_them(post: Making) -> None:
    async with post() as it, it.desk() as desk:
        desk.halts.fire(PORTFOLIO, "ada", "a test")
        await until(lambda: bool(it.guardian.halts.latched()))
        await it.guardian.close()
        it.guardian = it.new_guardian()
        await it.guardian.start()
        await until(lambda: desk.link.alive)
        await asyncio.sleep(4.0)
        assert [latch.halt_id for latch in it.guardian.halts.latched()] == ["h-1"]
        assert it.acted() == set()
        await desk.crash()
        await until(lambda: it.proven() == ALL)


async def test_a_desks_child_ends_with_the_last_goodbye_unless_something_is_stopped(post: Making) -> None:
    async with post(child=True) as it:
        async with it.desk() as desk:
            desk.halts.fire(PORTFOLIO, "ada", "a test")
            await until(lambda: bool(it.guardian.halts.latched()))
        await until(lambda: it.proven() == ALL)
        assert not it.guardian.ended.is_set()
        await it.guardian.halts.reset("h-1", "bob", "all is well")
        await until(it.guardian.ended.is_set)


async def test_where_orders_rest_is_told_once_and_anew_when_it_changes_or_the_line_does(
    post: Making,
) -> None:
    first, second = KnownAccount("alpha-1", ("BTC/USDT:USDT",), 5e4), KnownAccount("alpha-1", (), None)
    async with post() as it, it.desk() as desk:
        for row in (first, first, second):
            desk.link.tell_known([row])
        await until(lambda: it.arms.known == [first, second])
        await it.guardian.close()
        it.guardian = it.new_guardian()
        await it.guardian.start()
        await until(lambda: desk.link.alive)
        desk.link.tell_known([second])
        await until(lambda: it.arms.known == [second])


async def test_an_address_that_was_cleared_away_is_put_up_again_and_taken_down_at_the_end(
    post: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorplate, "LOOK_S", 0.1)
    async with post() as it:
        address = read_address(it.home)
        assert address is not None
        (it.home / ADDRESS_FILE).unlink()
        await until(lambda: read_address(it.home) == address)
    assert read_address(it.home) is None
