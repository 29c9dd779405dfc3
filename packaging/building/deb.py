"""The Debian package: the application in /usr/lib/scram, the command on the path, and what a desktop wants to know.

No script runs on installing or removing: desktop, icon and MIME caches are looked after by the packages they belong to.
The guardian's unit is shipped and not enabled: who wants it says `scram guardian install` or `systemctl --user enable`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bootstrap.console import Problem, run_logged

from building import elf, tree
from building.freeze import Build

PLACE = "usr/lib/scram"


def make(build: Build) -> Path:
    """Write dist/scram_VERSION_ARCHITECTURE.deb, the same to the byte for the same application."""
    if shutil.which("dpkg-deb") is None:
        raise Problem("dpkg-deb is not there, which makes Debian packages: install dpkg.")
    architecture = _said(["dpkg", "--print-architecture"])
    stage = build.root / "build/deb"
    shutil.rmtree(stage, ignore_errors=True)
    shutil.copytree(build.application, stage / PLACE, symlinks=True)
    (stage / "usr/bin").mkdir(parents=True)
    (stage / "usr/bin/scram").symlink_to("../lib/scram/scram")
    for place, text in texts(build).items():
        _write(stage / place, text)
    installed_kb = sum(size for _, size in tree.sizes(stage / PLACE)) // 1024
    _write(stage / "DEBIAN/md5sums", _sums(stage))
    _write(stage / "DEBIAN/control", control(build.version, architecture, elf.depends(build.application), installed_kb))
    tree.even_out(stage, build.epoch_s())
    package = build.dist / f"scram_{build.version}_{architecture}.deb"
    run_logged(
        ["dpkg-deb", "--root-owner-group", "--uniform-compression", "-Zxz", "--build", stage, package],
        title=f"packing {package.name}",
        log=build.log,
        # One thread: more of them cut the data into blocks of their own.
        environment={"SOURCE_DATE_EPOCH": str(build.epoch_s()), "DPKG_DEB_THREADS_MAX": "1"},
        failure="the Debian package could not be made",
    )
    return package


def texts(build: Build) -> dict[str, str]:
    """Every file besides the application, by its place."""
    sys.path.insert(0, str(build.root))
    try:
        from app.service.texts import UNIT, systemd_unit
    finally:
        sys.path.remove(str(build.root))
    linux = build.root / "packaging/linux"
    return {
        "usr/share/applications/scram.desktop": (linux / "scram.desktop").read_text("utf-8"),
        "usr/share/mime/packages/scram.xml": (linux / "scram-mime.xml").read_text("utf-8"),
        "usr/share/icons/hicolor/scalable/apps/scram.svg": (build.root / "resources/icons/scram.svg").read_text(
            "utf-8"
        ),
        f"usr/lib/systemd/user/{UNIT}": systemd_unit(("/usr/bin/scram", "guardian")),
        "usr/share/doc/scram/copyright": (build.application / "_internal/resources/NOTICES.txt").read_text("utf-8"),
    }


def control(version: str, architecture: str, depends: list[str], installed_kb: int) -> str:
    """Debian's description of the package: https://www.debian.org/doc/debian-policy/ch-controlfields.html"""
    return f"""Package: scram
Version: {version}
Section: misc
Priority: optional
Architecture: {architecture}
Installed-Size: {installed_kb}
Depends: {", ".join(depends)}
Recommends: shared-mime-info, desktop-file-utils, gnome-keyring | kwalletmanager
Maintainer: Scram contributors <scram@localhost>
Description: risk control room for desks that run many crypto accounts
 One screen says how the whole book stands, down to one account or one
 strategy; what can be mended by rule is mended by rule; and one red button
 stops everything on every venue and proves that it stopped.
"""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")


def _sums(stage: Path) -> str:
    lines = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(stage).as_posix()}\n"
        for path in tree.files_of(stage)
        if not path.is_symlink()
    ]
    return "".join(lines)


def _said(command: list[str]) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}
    ).stdout.strip()
