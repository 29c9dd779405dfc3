"""What a process leaves that could say nothing any more: a crash in native code, a kill, a loss of power.

While a desk runs there is a file with its process's number. The interpreter writes every thread's place into it where
native code crashes; an orderly end takes it away. Who starts next and finds one left behind makes a report of it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.clock import Clock, utc_text
from core.crash.report import CrashFolder, Surroundings
from core.crash.scrub import scrubbed
from core.processes import is_there

RUNNING = ".running.txt"
ALIVE_EVERY_S = 30.0
"""How often a running desk says that it runs: so exactly is known when one ended that said nothing."""
LONGEST_TRACE = 200_000


@dataclass(frozen=True, slots=True)
class UnexpectedEnd:
    at_s: float
    """Wall time, when it was last known to run."""
    report: Path | None
    """None where no report could be kept."""
    crashed: bool
    """Whether native code crashed; else it was killed, or the machine went down."""

    @property
    def words(self) -> str:
        kept = f"the report is saved as {self.report.name}" if self.report else "no report of it could be kept"
        how = "by a crash" if self.crashed else "without an orderly end"
        return f"Scram ended {how} at {utc_text(self.at_s)}: {kept}. Stops that were latched are taken up again."


class RunningMark:
    """Set when a desk begins, taken away when it ends in order. A file that cannot be written costs itself."""

    def __init__(self, folder: Path, clock: Clock, pid: int | None = None) -> None:
        self._folder = folder
        self._clock = clock
        self._pid = pid or os.getpid()
        self._path = folder / f"{self._pid}{RUNNING}"
        self._file: IO[bytes] | None = None
        self._was_on = False

    def set(self) -> None:
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = self._path.open("wb")
            self._was_on = faulthandler.is_enabled()
            faulthandler.enable(self._file, all_threads=True)

    def still_here(self) -> None:
        """To be called every `ALIVE_EVERY_S`; a crash's own writing keeps its time otherwise."""
        if self._file is not None:
            now_s = self._clock.now()
            with contextlib.suppress(OSError):
                os.utime(self._path, (now_s, now_s))

    def clear(self) -> None:
        if self._file is None:
            return
        faulthandler.disable()
        if self._was_on and sys.stderr is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError):
                faulthandler.enable()
        self._file.close()
        self._file = None
        with contextlib.suppress(OSError):
            self._path.unlink()


def take_up(folder: CrashFolder, is_alive: Callable[[int], bool] | None = None) -> tuple[UnexpectedEnd, ...]:
    """Turn what dead desks left into reports, each once; before this process sets a mark of its own. Never raises."""
    found = []
    for path in _left_behind(folder.folder):
        pid = path.name.removesuffix(RUNNING)
        if not pid.isdecimal() or (is_alive or _is_alive)(int(pid)):
            continue
        try:
            at_s = path.stat().st_mtime
            trace = path.read_bytes()[:LONGEST_TRACE].decode("utf-8", "replace")
            path.unlink()
        except OSError:
            continue
        crashed = bool(trace.strip())
        report = folder.path_of(at_s, int(pid), "end")
        kept = folder.write(report, scrubbed(_text(at_s, trace)))
        found.append(UnexpectedEnd(at_s, report if kept else None, crashed))
    return tuple(sorted(found, key=lambda end: end.at_s))


def _text(at_s: float, trace: str) -> str:
    head = ["Scram: report of an unexpected end", f"last known to run {utc_text(at_s)}", *Surroundings.here().lines]
    said = trace.rstrip() or (
        "The process left no trace: it was killed, or the machine went down or ran out of memory or power."
    )
    return "\n".join([*head, "", said]) + "\n"


def _left_behind(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(RUNNING))
    except OSError:
        return []


def _is_alive(pid: int) -> bool:
    # A mark of our own number is of a process before us. Where nothing is told (Windows) the file of one that is alive
    # cannot be taken away, and so it is left alone.
    return pid != os.getpid() and bool(is_there(pid))
