"""Two processes over one folder of latches: what either does in the very moment in which the other looks."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO
from core.halt.desk import HaltDesk
from core.halt.latch import Latch, LatchFolder
from core.halt.target import StopSettings
from core.tasks import spawn
from tests.core.halt.scripted import ScriptedVenue, pass_time, quiet


class ResetMeanwhile(LatchFolder):
    """Another process takes the latches off just after they were loaded."""

    meanwhile = False

    def load(self) -> tuple[Latch, ...]:
        found = super().load()
        for latch in found if self.meanwhile else ():
            self.reset(latch, "ada", "the bot is off", 1_700_000_000.0)
        return found


@pytest.mark.parametrize("rounds", [1, 3])
async def test_a_reset_just_after_the_folder_was_read_is_no_file_that_vanished(
    clock: ManualClock, tmp_path: Path, rounds: int
) -> None:
    venue, folder = ScriptedVenue(clock), ResetMeanwhile(tmp_path)
    desk = HaltDesk(folder, lambda *_, **__: (venue.target(),), clock, StopSettings(), lambda: "h-1")
    try:
        desk.fire(PORTFOLIO, "ada", "a test")
        desk.follow()
        await pass_time(clock, 2.0)
        assert [latch.halt_id for latch in desk.latched()] == ["h-1"]
        folder.meanwhile = True
        await pass_time(clock, 0.6 * rounds)
        assert desk.latched() == ()
        assert list(tmp_path.glob("*.latch.json")) == []
    finally:
        await desk.close()


async def test_a_stop_is_latched_although_its_desk_ends_before_the_disk_took_it(
    clock: ManualClock, tmp_path: Path
) -> None:
    venue = ScriptedVenue(clock)
    desk = HaltDesk(LatchFolder(tmp_path), lambda *_, **__: (venue.target(),), clock, StopSettings(), lambda: "h-1")
    busy = threading.Event()
    desk._disk.submit(busy.wait)
    try:
        runner = desk.fire(PORTFOLIO, "ada", "a test")
        await quiet()
        assert not runner.on_disk
    finally:
        ending = spawn(desk.close(), name="end of the desk")
        await quiet()
        busy.set()
        await ending
    assert [latch.halt_id for latch in LatchFolder(tmp_path).load()] == ["h-1"]
