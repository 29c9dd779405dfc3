"""A report of faults as text, and the folder in which the newest few are kept."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from core.clock import utc_text
from core.crash.groups import FaultGroup
from core.crash.scrub import scrubbed

SUFFIX = ".report.txt"
REPORTS_KEPT = 20
_OWN = ("PySide6-Essentials", "qasync", "ccxt", "aiohttp", "numpy")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What ran, for whoever reads the report; nothing that tells whose it is."""

    lines: tuple[str, ...]

    @classmethod
    def here(cls) -> Surroundings:
        versions = [f"{name} {_version(name)}" for name in ("scram", *_OWN)]
        frozen = ", packaged" if getattr(sys, "frozen", False) else ""
        system = f"{platform.system()} {platform.release()} ({platform.machine()})"
        return cls((f"Python {platform.python_version()}{frozen} on {system}", ", ".join(versions)))


def report_text(groups: Sequence[FaultGroup], began_at_s: float, surroundings: Surroundings) -> str:
    """Everything that is known, scrubbed, for a person: each fault once, the newest kind last."""
    total = sum(group.count for group in groups)
    head = [
        "Scram: report of internal faults",
        f"session began {utc_text(began_at_s)}",
        *surroundings.lines,
        f"{total} in {len(groups)} {'place' if len(groups) == 1 else 'places'}",
    ]
    return scrubbed("\n".join([*head, *(_part(number, group) for number, group in enumerate(groups, start=1))]) + "\n")


def _part(number: int, group: FaultGroup) -> str:
    when = utc_text(group.first_at_s)
    if group.count > 1:
        when = f"{group.count} times, {when} to {utc_text(group.last_at_s)}"
    return f"\n{number}. {group.line} ({group.door}; {when})\n{group.text}"


class CrashFolder:
    """Blocking file work, of a few kilobytes. Nothing here raises: a report that cannot be kept costs itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trouble = ""
        """Why the last report is not on disk, "" where it is."""

    def path_of(self, at_s: float, pid: int, kind: str = "faults") -> Path:
        moment = utc_text(at_s).replace(":", "").replace("-", "")
        return self.folder / f"{moment}-{pid}-{kind}{SUFFIX}"

    def write(self, path: Path, text: str) -> bool:
        """In the place of what was written of the same session before; the oldest reports beyond the number go."""
        beside = path.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Not made durable: that takes a disk its time, and this runs where the desk is drawn.
            with open(beside, "w", encoding="utf-8", opener=_owners_alone) as file:
                file.write(text)
            beside.replace(path)
        except OSError as error:
            self.trouble = f"the report cannot be kept in {self.folder}: {error.strerror or error}"
            return False
        self.trouble = ""
        self._let_go(path)
        return True

    def newest(self) -> tuple[Path, ...]:
        """Newest first."""
        return tuple(sorted(self._reports(), reverse=True))

    def _reports(self) -> Iterable[Path]:
        try:
            return [path for path in self.folder.iterdir() if path.name.endswith(SUFFIX)]
        except OSError:
            return []

    def _let_go(self, kept: Path) -> None:
        for path in self.newest()[REPORTS_KEPT:]:
            if path != kept:
                with contextlib.suppress(OSError):
                    path.unlink()


def _owners_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"
