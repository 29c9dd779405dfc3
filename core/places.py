"""Where Scram keeps what: the configuration, the journal, the latches, the logs, and what lives only while it runs."""

from __future__ import annotations

import contextlib
import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

HOME_VARIABLE = "SCRAM_HOME"
_APP = "scram"
_OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class Places:
    config: Path
    """The configuration file; it need not exist."""
    database: Path
    """The journal's file, where no database is configured."""
    latches: Path
    logs: Path
    runtime: Path
    """Locks and sockets; may be emptied by the system when the user logs out."""
    problems: tuple[str, ...] = ()
    """Folders that could not be made. Not an error here: the stop works without any of them."""

    @property
    def guardian_latches(self) -> Path:
        """Where the guardian keeps the latches that it writes itself, beside the others."""
        return self.latches.with_name(f"guardian-{self.latches.name}")

    @property
    def drills(self) -> Path:
        """Where the reports of drills are kept, beside the latches; made with the first of them."""
        return self.latches.with_name("drills")

    @property
    def desk_settings(self) -> Path:
        """What the desk remembers of its user (columns); beside the configuration, and never needed."""
        return self.config.parent / "desk.ini"

    @property
    def sealed_keys(self) -> Path:
        """Keys of accounts where there is no keyring, encrypted; beside the configuration, made with the first."""
        return self.config.parent / "keys.sealed"

    @property
    def crashes(self) -> Path:
        """Reports of unexpected errors; made with the first."""
        return self.logs / "crashes"

    @property
    def folders(self) -> tuple[Path, ...]:
        return (
            self.config.parent, self.database.parent, self.latches, self.guardian_latches, self.logs, self.runtime,
        )  # fmt: skip


def find_places(home: Path | None, environ: Mapping[str, str]) -> Places:
    """All under `home`, or under SCRAM_HOME, or where this system keeps such things; missing folders are made.

    They are readable by their owner only. Never raises for a folder that cannot be made: see `problems`.
    """
    chosen = home or (Path(environ[HOME_VARIABLE]) if environ.get(HOME_VARIABLE) else None)
    places = _under(_absolute(chosen)) if chosen else _usual()
    problems = [problem for folder in dict.fromkeys(places.folders) if (problem := _make(folder))]
    return Places(places.config, places.database, places.latches, places.logs, places.runtime, tuple(problems))


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace the file whole and durably: after a crash it holds the old content or the new one. Raises OSError.

    A link is followed, so that a configuration linked from elsewhere stays linked.
    """
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    # The rename itself is durable only when the folder is; Windows has no such call and needs none.
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _under(home: Path) -> Places:
    return Places(home / "scram.toml", home / "scram.sqlite", home / "latches", home / "logs", home / "run")


def _usual() -> Places:
    dirs = platformdirs.PlatformDirs(_APP, appauthor=False)
    state = dirs.user_state_path
    return Places(
        dirs.user_config_path / "scram.toml",
        dirs.user_data_path / "scram.sqlite",
        state / "latches",
        dirs.user_log_path,
        _runtime(dirs, state),
    )


def _runtime(dirs: platformdirs.PlatformDirs, state: Path) -> Path:
    # Without a login session the system offers a folder in /tmp, which another user may have made first.
    with warnings.catch_warnings():
        # It warns where it falls back, which is no news to anybody: such a folder is not taken.
        warnings.simplefilter("ignore")
        runtime = dirs.user_runtime_path
    parent = runtime.parent
    if os.name == "posix":
        try:
            owned = parent.stat().st_uid == os.getuid() and not parent.stat().st_mode & 0o077
        except OSError:
            owned = False
        if not owned:
            return state / "run"
    return runtime


def _absolute(path: Path) -> Path:
    # A desk and a command line started in different folders must find the same latches.
    return path.expanduser().absolute()


def _make(folder: Path) -> str:
    try:
        # mkdir gives its mode to the last folder only, and the one above is most often ours too.
        folder.parent.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        folder.mkdir(exist_ok=True, mode=_OWNER_ONLY)
    except OSError as error:
        return f"the folder {folder} cannot be made: {error.strerror}"
    return ""
