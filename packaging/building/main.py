"""The commands of build.py."""

import hashlib
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bootstrap.console import Problem, run_logged, say

from building import archive, deb, freeze

ROOT = Path(__file__).resolve().parents[2]

USAGE = """usage: python3 packaging/build.py [--folder | --deb]

  without an option  the application and every package of it that can be made on this system
  --folder           the application's folder alone, dist/scram
  --deb              the folder and the Debian package
"""


def main(arguments: Sequence[str]) -> int:
    """Build; expected failures become one sentence and exit code 1."""
    if any(argument not in {"--folder", "--deb"} for argument in arguments) or len(arguments) > 1:
        print(USAGE, end="", file=sys.stdout if set(arguments) & {"-h", "--help"} else sys.stderr)
        return 0 if set(arguments) & {"-h", "--help"} else 2
    try:
        _build(freeze.Build(ROOT), arguments[0] if arguments else "")
    except Problem as problem:
        say(problem.sentence)
        for line in problem.details:
            print(f"    {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next build begins anew.")
        return 130
    return 0


def _build(build: freeze.Build, only: str) -> None:
    started = time.monotonic()
    digest = freeze.freeze(build)
    freeze.say_sizes(build)
    made = [] if only == "--folder" else _packages(build, only)
    say(f"done after {time.monotonic() - started:.0f} s: {build.application}")
    print(f"{digest}  dist/scram (over sorted paths, modes and contents)")
    for file in made:
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(build.root).as_posix()}")


def _packages(build: freeze.Build, only: str) -> list[Path]:
    if sys.platform == "win32":
        return [_zip(build), *_inno_setup(build)]
    if sys.platform == "darwin":
        return [_dmg(build)]
    made = []
    if shutil.which("dpkg-deb") or only == "--deb":
        made.append(deb.make(build))
    else:
        say("dpkg-deb is not there: no Debian package is made")
    if only != "--deb":
        target = build.dist / f"{build.name}.tar.xz"
        say(f"packing {target.name}")
        made.append(archive.tar_xz(build.application, target, build.name, build.epoch_s()))
    return made


def _zip(build: freeze.Build) -> Path:
    return archive.zipped(build.application, build.dist / f"{build.name}.zip", build.name, build.epoch_s())


def _inno_setup(build: freeze.Build) -> list[Path]:
    """The installer, where the compiler for it is on the path."""
    compiler = shutil.which("iscc")
    if compiler is None:
        say("Inno Setup's compiler (iscc) is not on the path: no installer is made")
        return []
    run_logged(
        [compiler, f"/DVersion={build.version}", f"/O{build.dist}", build.root / "packaging/windows/scram.iss"],
        title="making the installer",
        log=build.log,
        failure="the installer could not be made",
    )
    return [build.dist / f"scram-{build.version}-setup.exe"]


def _dmg(build: freeze.Build) -> Path:
    target = build.dist / f"{build.name}.dmg"
    run_logged(
        ["/bin/sh", build.root / "packaging/macos/make_dmg.sh", build.dist / "Scram.app", target],
        title=f"making {target.name}",
        log=build.log,
        failure="the disk image could not be made",
    )
    return target
