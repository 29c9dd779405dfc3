"""Named arrangements of the desk: where its panels stand, the page that is shown, pages in windows of their own."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.places import write_atomically

log = logging.getLogger(__name__)

DEFAULT = "Default"
"""Built in: the arrangement that the desk comes with."""
VERSION = 1
LONGEST_NAME = 40

Geometry = tuple[int, int, int, int]
"""x, y, width, height on the desktop."""


@dataclass(frozen=True, slots=True)
class OwnWindow:
    page: str
    """Its name in `nav.PAGES`."""
    geometry: Geometry


@dataclass(frozen=True, slots=True)
class Workspace:
    panels: str = ""
    """`DockArea.state`; "" for the default arrangement."""
    page: str = ""
    windows: tuple[OwnWindow, ...] = ()
    geometry: Geometry | None = None
    """Of the main window."""
    maximized: bool = False


class Workspaces:
    """Kept in a file of its own: one that cannot be read costs the arrangements, and nothing else."""

    def __init__(self, file: Path | None) -> None:
        """Without a file they last as long as this object."""
        self.file = file
        self.problem = ""
        """Why what the file says is not taken, in a sentence."""
        self.last = Workspace()
        """How the desk stood when it ended."""
        self._named: dict[str, Workspace] = {}
        if file is not None and file.exists():
            self._read(file)

    @property
    def names(self) -> tuple[str, ...]:
        """The built-in one first."""
        return (DEFAULT, *sorted(self._named, key=str.casefold))

    def named(self, name: str) -> Workspace | None:
        return Workspace() if name == DEFAULT else self._named.get(name)

    def keep(self, name: str, workspace: Workspace) -> bool:
        """Whether it is kept: the built-in one cannot be replaced."""
        if name == DEFAULT or not name.strip():
            return False
        self._named[name.strip()[:LONGEST_NAME]] = workspace
        self._write()
        return True

    def delete(self, name: str) -> Workspace | None:
        """What it was; None where there is none that can be deleted."""
        gone = self._named.pop(name, None)
        if gone is not None:
            self._write()
        return gone

    def keep_last(self, workspace: Workspace) -> None:
        if workspace != self.last:
            self.last = workspace
            self._write()

    def _write(self) -> None:
        if self.file is None:
            return
        told = {
            "version": VERSION,
            "last": asdict(self.last),
            "named": {name: asdict(workspace) for name, workspace in self._named.items()},
        }
        try:
            write_atomically(self.file, json.dumps(told, indent=1))
        except OSError as error:
            self.problem = f"workspaces cannot be kept in {self.file}: {error.strerror or error}"
            log.info("%s", self.problem)

    def _read(self, file: Path) -> None:
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            if told["version"] != VERSION:
                raise ValueError(f"it is of version {told['version']}, this is {VERSION}")
            named = {str(name): _workspace(found) for name, found in dict(told["named"]).items()}
            self.last, self._named = _workspace(told["last"]), named
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            self.problem = f"workspaces in {file} cannot be read ({error}): the desk has its default arrangement"
            log.info("%s", self.problem)


def _workspace(told: Any) -> Workspace:
    """Raises ValueError, TypeError or KeyError for what is none."""
    geometry = told["geometry"]
    plain = Workspace(_text(told["panels"]), _text(told["page"]), maximized=told["maximized"] is True)
    windows = tuple(OwnWindow(_text(window["page"]), _geometry(window["geometry"])) for window in told["windows"])
    return replace(plain, windows=windows, geometry=None if geometry is None else _geometry(geometry))


def _text(told: Any) -> str:
    if not isinstance(told, str):
        raise TypeError(f"{told!r} is no text")
    return told


def _geometry(told: Any) -> Geometry:
    x, y, width, height = told
    if not all(type(number) is int and abs(number) < 100_000 for number in told) or width < 1 or height < 1:
        raise ValueError(f"{told!r} is no place of a window")
    return x, y, width, height
