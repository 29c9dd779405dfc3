from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.crash.hard import RUNNING, RunningMark, take_up
from core.crash.report import CrashFolder

DESK = """
import sys, faulthandler, os
from pathlib import Path
from core.clock import SystemClock
from core.crash.hard import RunningMark
mark = RunningMark(Path(sys.argv[1]), SystemClock())
mark.set()
if sys.argv[2] == "crash":
    def deep_inside():
        faulthandler._sigsegv()
    deep_inside()
elif sys.argv[2] == "kill":
    os.kill(os.getpid(), 9)
mark.clear()
"""


def _run(folder: Path, how: str, repository: Path) -> int:
    return subprocess.run(
        [sys.executable, "-c", DESK, str(folder), how], cwd=repository, check=False, stderr=subprocess.DEVNULL
    ).returncode


@pytest.mark.skipif(os.name != "posix", reason="ends its processes by signals")
@pytest.mark.parametrize(("how", "number"), [("crash", signal.SIGSEGV), ("kill", signal.SIGKILL)])
def test_a_desk_that_could_say_nothing_any_more_is_told_of_by_the_next(
    tmp_path: Path, repository: Path, how: str, number: int
) -> None:
    assert _run(tmp_path, how, repository) == -number
    (end,) = take_up(CrashFolder(tmp_path))
    assert end.crashed == (how == "crash")
    assert abs(end.at_s - time.time()) < 60
    assert end.report is not None
    text = end.report.read_text()
    assert ("deep_inside" in text) == (how == "crash")
    assert str(Path.home()) + "/" not in text
    assert "at 20" in end.words
    assert take_up(CrashFolder(tmp_path)) == (), "each is told once"


def test_an_orderly_end_leaves_nothing(tmp_path: Path, repository: Path) -> None:
    assert _run(tmp_path, "end", repository) == 0
    assert list(tmp_path.iterdir()) == []
    assert take_up(CrashFolder(tmp_path)) == ()


def test_a_desk_that_runs_is_left_alone(tmp_path: Path) -> None:
    mark = tmp_path / f"12345{RUNNING}"
    mark.write_text("")
    assert take_up(CrashFolder(tmp_path), lambda pid: pid == 12345) == ()
    assert mark.exists()
    (end,) = take_up(CrashFolder(tmp_path), lambda _: False)
    assert not end.crashed
    assert "without an orderly end" in end.words


def test_a_mark_says_since_when_nothing_was_heard(tmp_path: Path) -> None:
    clock = ManualClock()
    mark = RunningMark(tmp_path, clock, pid=77)
    mark.set()
    clock.advance(3_600)
    mark.still_here()
    assert (tmp_path / f"77{RUNNING}").stat().st_mtime == pytest.approx(clock.now())
    mark.clear()
    mark.clear()
    mark.still_here()
    assert list(tmp_path.iterdir()) == []


def test_where_no_mark_can_be_written_nothing_else_is_lost(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    mark = RunningMark(tmp_path / "file" / "deep", ManualClock())
    mark.set()
    mark.still_here()
    mark.clear()
    assert take_up(CrashFolder(tmp_path / "file" / "deep")) == ()
