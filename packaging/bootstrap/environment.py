"""The environment in .venv: made from a hash-pinned lock, by uv where it is installed and by pip where it is not.

A stamp inside says what it was made from. It is written last and removed first, so an interrupted set-up is never taken
for a finished one, and the next start begins anew.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from bootstrap import debian, qt_libraries
from bootstrap.console import Problem, run_logged, say
from bootstrap.pip_settings import UvSettings, pip_settings, uv_settings

_FORMAT = 1
_SERVES = {"run": ("run",), "dev": ("run", "dev"), "build": ("run", "build")}
"""What an environment made from a lock is good for."""
# A plain path entry: setuptools' import hook hides data folders without code, like resources, from importlib.resources.
_PROJECT_OPTIONS = ("--no-deps", "--no-build-isolation", "--config-settings", "editable_mode=compat", "--editable")


class State(Enum):
    """What has to be done before a command can start."""

    READY = "ready"
    PROJECT_CHANGED = "the project's own metadata changed"
    TOOLS_WANTED = "the development tools are wanted too"
    REBUILD = "there is no finished environment from this lock"


@dataclass(frozen=True)
class Environment:
    """Where everything of one checkout is."""

    root: Path
    name: str = ".venv"
    """The folder of the virtual environment, within `root`."""
    editable: bool = True
    """Whether Scram itself is installed in it too, from the checkout."""

    @property
    def folder(self) -> Path:
        """The virtual environment."""
        return self.root / self.name

    @property
    def stamp(self) -> Path:
        """What the environment was made from."""
        return self.folder / "scram-stamp.json"

    @property
    def log(self) -> Path:
        """Everything that the installers wrote."""
        return self.folder / "setup.log"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.program("python")

    @property
    def site_packages(self) -> Path:
        """Where packages are installed."""
        if sys.platform == "win32":
            return self.folder / "Lib" / "site-packages"
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def program(self, name: str) -> Path:
        """A program installed in the environment."""
        if sys.platform == "win32":
            return self.folder / "Scripts" / f"{name}.exe"
        return self.folder / "bin" / name

    def lock(self, name: str) -> Path:
        """The lock called "run", "dev" or "build"."""
        return self.root / "packaging" / f"{name}.lock"


def fingerprint(environment: Environment, lock: str) -> dict[str, str]:
    """What an environment made now from `lock` would be stamped with."""
    project = tomllib.loads((environment.root / "pyproject.toml").read_text("utf-8"))
    installed = {
        "build-system": project.get("build-system"),
        "project": project.get("project"),
        "setuptools": project.get("tool", {}).get("setuptools"),
        "options": _PROJECT_OPTIONS,
    }
    return {
        "format": str(_FORMAT),
        "root": str(environment.root),
        "python": f"{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]}",
        "lock": lock,
        "lock_hash": hashlib.sha256(environment.lock(lock).read_bytes()).hexdigest(),
        "project_hash": hashlib.sha256(json.dumps(installed, sort_keys=True).encode()).hexdigest(),
    }


def state(environment: Environment, wanted: str) -> State:
    """What is missing for a command that wants the lock `wanted`."""
    stamp = _read_stamp(environment)
    made_from = stamp.get("lock")
    if made_from not in _SERVES or not environment.python.exists():
        return State.REBUILD
    now = fingerprint(environment, made_from)
    if any(stamp.get(name) != now[name] for name in ("format", "root", "python", "lock_hash")):
        return State.REBUILD
    if wanted not in _SERVES[made_from]:
        return State.TOOLS_WANTED
    same = stamp.get("project_hash") == now["project_hash"] or not environment.editable
    return State.READY if same else State.PROJECT_CHANGED


def ensure(environment: Environment, wanted: str, platforms: Sequence[str] = ()) -> None:
    """Have an environment with everything of the lock `wanted`, and Qt's system libraries for `platforms`."""
    if state(environment, wanted) is not State.READY:
        with _alone(environment), _plain_file_errors():
            _make(environment, wanted)
    stamp = _read_stamp(environment)
    checked = stamp.get("qt", [])
    if any(platform not in checked for platform in platforms):
        with _plain_file_errors():
            qt_libraries.ensure(environment.site_packages, platforms, log=environment.log)
        with suppress(OSError):  # somebody else's environment: looked at again next time
            _write_stamp(environment, {**stamp, "qt": sorted({*checked, *platforms})})


def _make(environment: Environment, wanted: str) -> None:
    todo = state(environment, wanted)  # asked again: whoever held the door may have done it
    if todo is State.READY:
        return
    started = time.monotonic()
    previous = _read_stamp(environment)
    environment.stamp.unlink(missing_ok=True)
    if todo is State.PROJECT_CHANGED:
        wanted = previous["lock"]
    if todo is State.REBUILD:
        _clear(environment)
    uv = shutil.which("uv")
    if todo is State.REBUILD:
        installer = _create(environment, uv)
    else:
        installer = _installer(environment, uv)
    if todo is not State.PROJECT_CHANGED:
        _install_lock(environment, wanted, installer)
    if environment.editable:
        _install_project(environment, installer)
    _write_stamp(environment, {**fingerprint(environment, wanted), "qt": previous.get("qt", [])})
    say(f"the environment is ready, after {time.monotonic() - started:.1f} s")


@dataclass(frozen=True)
class _Installer:
    """How packages get into the environment."""

    name: str
    command: tuple[str, ...]
    settings: UvSettings

    def install(self, *arguments: str | Path) -> list[str]:
        return [*self.command, *map(str, arguments), *self.settings.options]


def _create(environment: Environment, uv: str | None) -> _Installer:
    """Make an empty environment with this Python and say how to fill it."""
    version = ".".join(map(str, sys.version_info[:3]))
    if uv:
        settings = uv_settings(pip_settings())
        run_logged(
            [
                uv,
                "venv",
                "--quiet",
                "--allow-existing",
                "--no-python-downloads",
                "--python",
                _base_python(),
                environment.folder,
            ],
            title=f"making {environment.name} with uv and Python {version}",
            log=environment.log,
            environment={**settings.environment, "UV_PYTHON_DOWNLOADS": "never"},
            failure="uv could not make the environment",
        )
        return _installer(environment, uv)
    _need_ensurepip(environment)
    run_logged(
        [_base_python(), "-m", "venv", environment.folder],
        title=f"making {environment.name} with Python {version}",
        log=environment.log,
        failure="Python's venv could not make the environment",
    )
    return _installer(environment, None)


def _installer(environment: Environment, uv: str | None) -> _Installer:
    if uv:
        settings = uv_settings(pip_settings())
        settings = UvSettings({**settings.environment, "UV_PYTHON_DOWNLOADS": "never"}, settings.options)
        return _Installer("uv", (uv, "pip", "install", "--python", str(environment.python)), settings)
    if not (environment.site_packages / "pip").is_dir():  # uv made it and is gone
        _need_ensurepip(environment)
        run_logged(
            [environment.python, "-m", "ensurepip"],
            title="adding pip",
            log=environment.log,
            failure="pip could not be added to the environment",
        )
    settings = UvSettings({"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"})
    return _Installer("pip", (str(environment.python), "-m", "pip", "install", "--no-input"), settings)


def _install_lock(environment: Environment, lock: str, installer: _Installer) -> None:
    compile_option = ["--compile-bytecode"] if installer.name == "uv" else []
    # Wheels only: a source build would fetch build tools that no lock pins.
    run_logged(
        installer.install("--require-hashes", "--only-binary", ":all:", *compile_option, "-r", environment.lock(lock)),
        title=f"installing packages from packaging/{lock}.lock with {installer.name}",
        log=environment.log,
        environment=installer.settings.environment,
        progress=_package_counter(environment),
        failure=f"the packages of packaging/{lock}.lock could not be installed",
    )


def _install_project(environment: Environment, installer: _Installer) -> None:
    run_logged(
        installer.install(*_PROJECT_OPTIONS, environment.root),
        title="installing Scram itself",
        log=environment.log,
        environment=installer.settings.environment,
        failure="Scram itself could not be installed",
    )


def _package_counter(environment: Environment) -> Callable[[str], str]:
    before = _installed(environment)

    def note(log: str) -> str:
        total = re.search(r"^Installing collected packages: (.*)$", log, re.MULTILINE)
        resolved = re.search(r"^Resolved (\d+) package", log, re.MULTILINE)
        if total or resolved:
            number = len(total[1].split(",")) if total else int(resolved[1]) if resolved else 0
            return f"{min(_installed(environment) - before, number)} of {number}"
        fetched = len(re.findall(r"^Collecting ", log, re.MULTILINE))
        return f"({fetched} fetched)" if fetched else ""

    return note


def _installed(environment: Environment) -> int:
    return sum(1 for _ in environment.site_packages.glob("*.dist-info"))


def _need_ensurepip(environment: Environment) -> None:
    """Debian splits venv's other half off into its own package: get it, or say how."""
    if _has_ensurepip():
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    why = "this Python cannot make environments (ensurepip is missing)"
    if not debian.is_debian() or not _base_python().startswith("/usr/bin/"):
        raise Problem(f"{why}: install uv, or a Python that has ensurepip; {_base_python()} has none.")
    debian.install([package], why=why, log=environment.log)
    importlib.invalidate_caches()
    if not _has_ensurepip():
        raise Problem(f"{package} is installed, and {_base_python()} still has no ensurepip; install uv instead.")


def _has_ensurepip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def _base_python() -> str:
    """This interpreter, or the one behind it where it runs in an environment itself."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _clear(environment: Environment) -> None:
    if environment.folder.is_symlink():
        raise Problem(f"{environment.folder} is a link; remove it, its place is needed for the environment.")
    if sys.platform == "win32" and Path(sys.prefix).resolve() == environment.folder.resolve():
        raise Problem(f"the environment has to be made anew: start this with {_base_python()}, not from inside .venv.")
    if environment.folder.exists():
        say(f"removing {environment.name}: it is unfinished or made from another lock or Python")
        shutil.rmtree(environment.folder)


def _read_stamp(environment: Environment) -> dict[str, Any]:
    try:
        stamp = json.loads(environment.stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(environment: Environment, stamp: dict[str, Any]) -> None:
    draft = environment.stamp.with_suffix(".draft")
    draft.write_text(json.dumps(stamp, indent=1), "utf-8")
    draft.replace(environment.stamp)


@contextmanager
def _plain_file_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Problem(f"the environment could not be made: {error.strerror or error} ({error.filename}).") from error


@contextmanager
def _alone(environment: Environment) -> Iterator[None]:
    """One set-up at a time in one checkout; a second one waits."""
    if sys.platform == "win32":  # a file in use cannot be replaced there: a second set-up stops by itself
        yield
        return
    import fcntl

    with _plain_file_errors():
        environment.folder.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(environment.folder.with_name(f"{environment.folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is at work in this folder; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def run(command: Sequence[str | Path], root: Path) -> int:
    """Run a program of the environment in the checkout and return its exit code."""
    return subprocess.run([str(part) for part in command], cwd=root, check=False).returncode
