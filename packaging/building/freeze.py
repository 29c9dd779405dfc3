"""From a checkout to the one-folder application, the same to the byte wherever and whenever it is done."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from pathlib import Path

from bootstrap import debian
from bootstrap import environment as env
from bootstrap.console import Problem, run_logged, say

from building import tree

FIRST_RELEASE_S = 1_735_689_600
"""The time of all files where neither git nor SOURCE_DATE_EPOCH tells one: the beginning of 2025, UTC."""
PLATFORMS = ("offscreen", "xcb", "wayland")
"""The Qt platforms that are shipped for Linux: their libraries must be here, for PyInstaller to look at."""


@dataclass(frozen=True)
class Build:
    """Where one build of one checkout happens."""

    root: Path

    @property
    def environment(self) -> env.Environment:
        return env.Environment(self.root, "build/venv", editable=False)

    @property
    def made(self) -> Path:
        """What is written for the application before it is put together."""
        return self.root / "build/made/contents"

    @property
    def dist(self) -> Path:
        return self.root / "dist"

    @property
    def application(self) -> Path:
        return self.dist / "scram"

    @property
    def log(self) -> Path:
        return self.root / "build/build.log"

    @property
    def version(self) -> str:
        return str(tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))["project"]["version"])

    @property
    def name(self) -> str:
        """What everything made here is called: release, system, processor."""
        system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
        machine = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "x86_64")
        return f"scram-{self.version}-{system}-{machine.lower().replace('amd64', 'x86_64')}"

    def epoch_s(self) -> int:
        """SOURCE_DATE_EPOCH (https://reproducible-builds.org/docs/source-date-epoch/), or the last commit's time."""
        told = os.environ.get("SOURCE_DATE_EPOCH", "")
        if told:
            if not told.isdigit():
                raise Problem(f"SOURCE_DATE_EPOCH is {told!r}; allowed are seconds since 1970, in digits.")
            return int(told)
        git = shutil.which("git")
        if git is not None:
            done = subprocess.run(
                [git, "log", "-1", "--format=%ct"], cwd=self.root, capture_output=True, text=True, check=False
            )
            if done.returncode == 0 and done.stdout.strip().isdigit():
                return int(done.stdout)
        return FIRST_RELEASE_S


def freeze(build: Build) -> str:
    """Make the folder anew; the digest of all in it. Expected failures are Problems."""
    build.log.parent.mkdir(parents=True, exist_ok=True)
    build.log.unlink(missing_ok=True)
    ensure_tools(build.log)
    env.ensure(build.environment, "build", PLATFORMS if sys.platform.startswith("linux") else ())
    _write_metadata(build)
    if sys.platform in {"win32", "darwin"}:
        _run(
            build, [build.environment.python, "-m", "building.icon", build.root, build.made.parent], "drawing the icon"
        )
    shutil.rmtree(build.application, ignore_errors=True)
    _run(
        build,
        [
            *(build.environment.python, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"),
            *("--distpath", build.dist, "--workpath", build.root / "build/work", build.root / "packaging/scram.spec"),
        ],
        "putting the application together (a minute or two)",
    )
    notices = build.application / "_internal/resources/NOTICES.txt"
    sources = build.made.parent / "binaries.json"
    _run(build, [build.environment.python, "-m", "building.notices", build.root, sources, notices], "gathering notices")
    tree.even_out(build.application, build.epoch_s())
    listed = tree.listing(build.application)
    digest = tree.digest_of(listed)
    (build.dist / f"{build.name}.files.txt").write_text(listed, "utf-8", newline="\n")
    (build.dist / f"{build.name}.sha256").write_text(f"{digest}  scram\n", "utf-8", newline="\n")
    return digest


def _write_metadata(build: Build) -> None:
    """So little that `importlib.metadata.version` answers: what an installer writes names folders of this machine."""
    shutil.rmtree(build.made, ignore_errors=True)
    folder = build.made / f"scram-{build.version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: scram\nVersion: {build.version}\n", "utf-8")


def _run(build: Build, command: list[str | Path], title: str) -> None:
    run_logged(
        command,
        title=title,
        log=build.log,
        environment={
            # Sets are walked in the same order, and every file is compiled from its source: what was compiled before,
            # by whichever installer, differs in which constants it shares.
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPYCACHEPREFIX": str(build.root / "build/no-cache"),
            "SOURCE_DATE_EPOCH": str(build.epoch_s()),
            "PYINSTALLER_CONFIG_DIR": str(build.root / "build/pyinstaller"),
            "SCRAM_BUILD_MADE": str(build.made),
            "PYTHONPATH": str(build.root / "packaging"),
            "PYTHONNOUSERSITE": "1",
            "QT_QPA_PLATFORM": "offscreen",
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8" if sys.platform.startswith("linux") else "",
        },
        failure="the application could not be put together",
    )


# What has to be there


def ensure_tools(log: Path) -> None:
    """PyInstaller puts Python's own library into the application, and reads other libraries with objdump."""
    if not sys.platform.startswith("linux"):
        return
    library = missing_libpython()
    if library is not None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        why = f"the application needs Python as a shared library, and {library} is not there"
        if not _is_debians_python() or not debian.is_debian():
            raise Problem(
                f"{why}: start this with a Python that was built with --enable-shared "
                f"(Debian's /usr/bin/python3 with the package libpython{version}, or pyenv with "
                f"PYTHON_CONFIGURE_OPTS=--enable-shared); {sys.executable} was not."
            )
        debian.install([f"libpython{version}"], why=why, log=log)
    missing = [tool for tool in ("objdump", "objcopy") if shutil.which(tool) is None]
    if missing:
        why = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not there, which read and write programs"
        if not debian.is_debian():
            raise Problem(f"{why}: install binutils.")
        debian.install(["binutils"], why=why, log=log)


def missing_libpython() -> str | None:
    """The name of Python's shared library where it is not to be found; None where it is."""
    name = sysconfig.get_config_var("INSTSONAME") or f"libpython{sysconfig.get_python_version()}.so.1.0"
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        return f"libpython{sysconfig.get_python_version()}.so.1.0"
    folders = [sysconfig.get_config_var("LIBDIR"), Path(sys.base_prefix) / "lib"]
    multiarch = sysconfig.get_config_var("MULTIARCH")
    if multiarch:
        folders += [f"/usr/lib/{multiarch}", f"/lib/{multiarch}"]
    return None if any(Path(folder, name).exists() for folder in folders if folder) else name


def _is_debians_python() -> bool:
    return (getattr(sys, "_base_executable", None) or sys.executable).startswith("/usr/bin/")


def say_sizes(build: Build) -> None:
    """Where the megabytes are."""
    parts = tree.sizes(build.application)
    whole = sum(size for _, size in parts)
    say(f"{whole / 1e6:.0f} MB in all; the largest parts:")
    for name, size in parts[:12]:
        print(f"    {size / 1e6:7.1f} MB  {name}", file=sys.stderr)
