"""Starts the desk in a process of its own and says when its first window stood: painted, its stop pressable.

`first_window_ms()` for whoever only wants the figure. As a program it is that process: the desk as `python -m app` runs
it, watched from the moment its window is shown, and ended with the first frame or a while later.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGAN = "SCRAM_BENCH_BEGAN_S"
STAY = "SCRAM_BENCH_STAY_S"
TOLD = "first window: "
BEAT_MS = 5
ENDS_WITHIN_S = 60.0
DEMO = ("demo", "--accounts", "2", "--venues", "1", "--scenario", "calm")
ACCOUNTS = 3


@dataclass(frozen=True, slots=True)
class FirstWindow:
    ms: float
    """From the start of the process to the first frame of the stop button."""
    cpu_ms: float
    """Processor time that this took: what others do on the machine changes it little."""
    live: bool
    """Whether the stop could be pressed in that frame."""
    frozen: int
    """Objects that no collection of garbage looks at any more."""
    modules: tuple[str, ...]
    """All that was loaded by then."""
    stall_ms: float
    """The longest that the window did not answer afterwards; NaN where nobody stayed."""
    imports: str
    """What `-X importtime` said, where it was asked."""

    @property
    def packages(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self.modules)


def first_window_ms(starts: int = 5) -> float:
    """Median over fresh processes of `scram run`."""
    return statistics.median(start("run").ms for _ in range(starts))


def start(command: str, *, stay_s: float = 0.0, importtime: bool = False) -> FirstWindow:
    """`run` on a configuration of its own, or `demo`; on the offscreen platform where no other is named."""
    with tempfile.TemporaryDirectory(prefix="scram-start-") as home:
        arguments = (*(DEMO if command == "demo" else (command,)), "--home", home)
        if command == "run":
            _configure(Path(home))
        environ = {"QT_QPA_PLATFORM": "offscreen", **os.environ, STAY: str(stay_s)}
        environ[BEGAN] = repr(time.monotonic())  # the same clock in every process of the machine
        done = subprocess.run(
            [sys.executable, *(("-X", "importtime") if importtime else ()), "-m", __name__, *arguments],
            capture_output=True, text=True, env=environ, timeout=ENDS_WITHIN_S, check=False,
        )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith(TOLD)]
    if not lines:
        raise RuntimeError(f"no window came up: {done.stderr[-2_000:]}")
    told = json.loads(lines[0].removeprefix(TOLD))
    return FirstWindow(**{**told, "modules": tuple(told["modules"])}, imports=done.stderr if importtime else "")


def _configure(home: Path) -> None:
    from core.config.write import to_toml
    from core.places import find_places, write_atomically

    accounts = [
        {"name": f"account-{place}", "exchange": "binanceusdm", "credentials": f"env:SCRAM_NO_SUCH_KEY_{place}"}
        for place in range(ACCOUNTS)
    ]
    limits = [{"scope": "account:*", "metric": "leverage", "high": 4.8, "critical": 5.6}]
    write_atomically(find_places(home, {}).config, to_toml({"accounts": accounts, "limits": limits}))


def _watch_for_the_window() -> None:
    """From now on whatever main window is shown is watched until its stop button has been painted."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QMainWindow, QWidget

    shown, kept = QMainWindow.show, []

    class Watcher(QObject):
        def __init__(self, button: QWidget) -> None:
            super().__init__(button)
            self.found: dict[str, Any] = {}
            self.last_s = self.stall_s = 0.0
            self.timer = QTimer(self)
            self.timer.timeout.connect(self.beat)

        def eventFilter(self, button: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's own name)
            if event.type() is QEvent.Type.Paint and not self.found and isinstance(button, QWidget):
                self.last_s = time.monotonic()
                self.found = {
                    "ms": (self.last_s - float(os.environ[BEGAN])) * 1000.0,
                    "cpu_ms": time.process_time() * 1000.0,
                    "live": button.isVisible() and button.isEnabled(),
                    "frozen": gc.get_freeze_count(),
                    "modules": sorted(sys.modules),
                }
                self.ends_s = self.last_s + float(os.environ[STAY])
                self.timer.start(BEAT_MS)
            return False

        def beat(self) -> None:
            now_s = time.monotonic()
            if now_s < self.ends_s or not self.stall_s:
                self.stall_s = max(self.stall_s, now_s - self.last_s - BEAT_MS / 1000.0)
            self.last_s = now_s
            if now_s >= self.ends_s:
                stayed = self.stall_s * 1000.0 if float(os.environ[STAY]) else float("nan")
                sys.stdout.write(f"{TOLD}{json.dumps({**self.found, 'stall_ms': stayed})}\n")
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)  # what it takes to end in order is not asked here

    def show(window: QMainWindow) -> None:
        button = window.findChild(QWidget, "stop_button")
        watcher = Watcher(button)
        button.installEventFilter(watcher)
        kept.append(watcher)
        shown(window)

    QMainWindow.show = show  # type: ignore[method-assign]


if __name__ == "__main__":
    _watch_for_the_window()
    from app.__main__ import main

    main()
