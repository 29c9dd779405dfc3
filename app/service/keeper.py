"""Where each system keeps its services of a user, and the words it is told with; nothing here runs by itself."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.service.texts import LABEL, UNIT, launchd_list, systemd_unit, windows_task
from core.errors import ServiceError
from core.places import write_atomically

PATIENCE_S = 30.0

Run = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


@dataclass(frozen=True, slots=True)
class Keeper:
    """How one system is told. The commands are run one after the other."""

    file: Path
    """What says that there is such a service."""
    encoding: str
    text: Callable[[Sequence[str]], str]
    after_writing: tuple[tuple[str, ...], ...]
    before_removing: tuple[tuple[str, ...], ...]
    after_removing: tuple[tuple[str, ...], ...]
    is_running: tuple[str, ...]
    """Ends with 0 where it runs."""
    running_says: str = ""
    """What has to be in the answer too; empty: the exit code alone tells."""


def keeper_of(platform: str, environ: Mapping[str, str], home: Path) -> Keeper:
    """The one for `platform` (sys.platform); raises ServiceError where there is none."""
    if platform.startswith("linux"):
        return _systemd(environ, home)
    if platform == "darwin":
        return _launchd(home)
    if platform == "win32":
        return _task_scheduler(environ, home)
    raise ServiceError(f"there is no service manager known for {platform}; start `scram guardian` by your own means")


def _systemd(environ: Mapping[str, str], home: Path) -> Keeper:
    folder = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "systemd/user"
    ask = ("systemctl", "--user")
    return Keeper(
        folder / UNIT,
        "utf-8",
        systemd_unit,
        # Restarted, and not only started: of one that is installed again the command may have changed.
        ((*ask, "daemon-reload"), (*ask, "enable", UNIT), (*ask, "restart", UNIT)),
        ((*ask, "disable", "--now", UNIT),),
        ((*ask, "daemon-reload"),),
        (*ask, "is-active", "--quiet", UNIT),
    )


def _launchd(home: Path) -> Keeper:
    file = home / "Library/LaunchAgents" / f"{LABEL}.plist"
    domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
    return Keeper(
        file,
        "utf-8",
        launchd_list,
        (("launchctl", "bootstrap", domain, str(file)),),
        (("launchctl", "bootout", f"{domain}/{LABEL}"),),
        (),
        ("launchctl", "print", f"{domain}/{LABEL}"),
        "state = running",
    )


def _task_scheduler(environ: Mapping[str, str], home: Path) -> Keeper:
    folder = Path(environ.get("LOCALAPPDATA") or home / "AppData/Local") / "scram"
    file = folder / "guardian-task.xml"
    user = f"{environ['USERDOMAIN']}\\{environ['USERNAME']}" if "USERDOMAIN" in environ else getpass.getuser()
    return Keeper(
        file,
        "utf-16",  # schtasks reads no other: https://learn.microsoft.com/windows-server/administration/windows-commands/schtasks-create
        lambda command: windows_task(command, user),
        (
            ("schtasks", "/Create", "/F", "/TN", LABEL, "/XML", str(file)),
            ("schtasks", "/Run", "/TN", LABEL),
        ),
        (("schtasks", "/End", "/TN", LABEL), ("schtasks", "/Delete", "/F", "/TN", LABEL)),
        (),
        ("schtasks", "/Query", "/TN", LABEL, "/FO", "CSV", "/NH"),
        "Running",
    )


class Service:
    """The guardian's, on this system. Every method raises ServiceError in a sentence."""

    def __init__(self, keeper: Keeper, run: Run) -> None:
        self._keeper = keeper
        self._run = run

    @property
    def file(self) -> Path:
        return self._keeper.file

    @property
    def installed(self) -> bool:
        return self.file.exists()

    def install(self, command: Sequence[str]) -> None:
        """Replaces one that is there: the command may have changed."""
        if self.installed:
            self._tell(self._keeper.before_removing, must=False)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.file, self._keeper.text(command).encode(self._keeper.encoding))
        except OSError as error:
            raise ServiceError(f"{self.file} cannot be written: {error.strerror}") from None
        self._tell(self._keeper.after_writing)

    def remove(self) -> bool:
        """False where there was none."""
        if not self.installed:
            return False
        self._tell(self._keeper.before_removing, must=False)
        try:
            self.file.unlink()
        except OSError as error:
            raise ServiceError(f"{self.file} cannot be removed: {error.strerror}") from None
        self._tell(self._keeper.after_removing, must=False)
        return True

    def running(self) -> bool:
        answer = self._ask(self._keeper.is_running)
        return answer.returncode == 0 and self._keeper.running_says in answer.stdout

    def _tell(self, commands: Sequence[Sequence[str]], *, must: bool = True) -> None:
        for words in commands:
            answer = self._ask(words)
            if must and answer.returncode:
                said = (answer.stderr or answer.stdout).strip().splitlines()
                raise ServiceError(
                    f"`{' '.join(words)}` ended with {answer.returncode}{': ' + said[-1] if said else ''}; "
                    f"{self.file} is written, and what is missing can be done by hand"
                )

    def _ask(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        try:
            return self._run(words)
        except FileNotFoundError:
            raise ServiceError(
                f"{words[0]} is not there: this system keeps no services of a user; start `scram guardian` yourself"
            ) from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceError(f"`{' '.join(words)}` did not answer: {error}") from None


def run_for_real(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def service_here() -> Service:
    return Service(keeper_of(sys.platform, os.environ, Path.home()), run_for_real)
