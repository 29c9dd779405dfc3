"""Plays a short sound with whatever this system has for it, and without waiting for it.

QtMultimedia is no part of PySide6-Essentials. Every desktop has a program that plays a WAV file (Windows a function);
where there is none, the system's own beep stands in.
"""

from __future__ import annotations

import shutil
import sys
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QObject, QProcess
from PySide6.QtWidgets import QApplication

from core.domain import Severity

PLAYERS = ("pw-play", "paplay", "aplay -q", "afplay")
"""Programs with their arguments; the first that is there is taken."""
NAMES = {Severity.HIGH: "high.wav", Severity.CRITICAL: "critical.wav"}


class SoundPlayer(QObject):
    def __init__(self, parent: QObject | None = None, *, command: tuple[str, ...] | None = None) -> None:
        """`command` plays the file that is appended to it; None: what this system has, () where it has nothing."""
        super().__init__(parent)
        self._command = find_player() if command is None else command
        self._process: QProcess | None = None
        self.beeps = 0
        """How often nothing better could be had."""

    def play(self, severity: Severity) -> None:
        """Returns at once, never raises; a sound that still plays is not played over."""
        file = sound_file(severity)
        if file is None:
            self._beep()
        elif sys.platform == "win32":
            self._play_on_windows(file)
        elif self._command:
            self._run(file)
        else:
            self._beep()

    def _run(self, file: Path) -> None:
        if self._process is not None and self._process.state() is not QProcess.ProcessState.NotRunning:
            return
        process = self._process = QProcess(self)
        process.setStandardOutputFile(QProcess.nullDevice())
        process.setStandardErrorFile(QProcess.nullDevice())
        process.errorOccurred.connect(self._failed)
        process.finished.connect(self._ended)
        process.start(self._command[0], [*self._command[1:], str(file)])

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._command = ()
            self._beep()

    def _ended(self, code: int, status: QProcess.ExitStatus) -> None:
        if code != 0 and status is QProcess.ExitStatus.NormalExit:
            self._beep()  # no sound card, no sound server

    def _beep(self) -> None:
        self.beeps += 1
        QApplication.beep()

    def _play_on_windows(self, file: Path) -> None:
        if sys.platform == "win32":
            import winsound

            try:
                winsound.PlaySound(str(file), winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
            except RuntimeError:
                self._beep()

    def close(self) -> None:
        if self._process is not None and self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.finished.disconnect(self._ended)
            self._process.errorOccurred.disconnect(self._failed)
            self._process.kill()
            self._process.waitForFinished(1_000)


def find_player() -> tuple[str, ...]:
    for line in PLAYERS:
        program, *arguments = line.split()
        found = shutil.which(program)
        if found:
            return (found, *arguments)
    return ()


def sound_file(severity: Severity) -> Path | None:
    try:
        path = Path(str(resources.files("resources").joinpath("sounds").joinpath(NAMES[severity])))
    except (ModuleNotFoundError, KeyError):
        return None
    return path if path.is_file() else None
