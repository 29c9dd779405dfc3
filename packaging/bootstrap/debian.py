"""System packages on Debian and Ubuntu: installed where that is allowed, named exactly where it is not."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bootstrap.console import Problem, run_logged, say


def is_debian(os_release: Path = Path("/etc/os-release")) -> bool:
    """Whether this system takes Debian packages."""
    if shutil.which("apt-get") is None:
        return False
    try:
        lines = os_release.read_text("utf-8").splitlines()
    except OSError:
        return False
    families = {
        word
        for line in lines
        if line.startswith(("ID=", "ID_LIKE="))
        for word in line.partition("=")[2].strip('"').split()
    }
    return bool(families & {"debian", "ubuntu"})


def apt_command(packages: Sequence[str]) -> str:
    """What a person types to get the packages."""
    return f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(packages)}"


def install(packages: Sequence[str], *, why: str, log: Path) -> None:
    """Install system packages as root or by passwordless sudo; otherwise a Problem with the command to type."""
    prefix = _privilege()
    if prefix is None:
        raise Problem(f"{why}, and this account may not install system packages. Type:", [apt_command(packages)])
    say(f"{why}: installing {', '.join(packages)} with apt-get")
    try:
        _install(prefix, packages, log)
    except Problem as problem:
        hint = f"Where the packages cannot be installed from here, type: {apt_command(packages)}"
        raise Problem(problem.sentence, [*problem.details, hint]) from problem


def _install(prefix: list[str], packages: Sequence[str], log: Path) -> None:
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    failure = "apt-get could not install what is missing"
    updated = not _has_lists()
    if updated:
        run_logged([*command, "update"], title="reading Debian's package lists", log=log, failure=failure)
    install_command = [*command, "install", "-y", "--no-install-recommends", *packages]
    title = f"installing {len(packages)} system package{'s' if len(packages) > 1 else ''}"
    try:
        run_logged(install_command, title=title, log=log, failure=failure)
    except Problem:
        if updated:
            raise
        # Lists that are too old name files that the mirror has replaced since.
        run_logged([*command, "update"], title="reading Debian's package lists anew", log=log, failure=failure)
        run_logged(install_command, title=title, log=log, failure=failure)


def _privilege() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ["sudo", "-n"] if allowed.returncode == 0 else None


def _has_lists(folder: Path = Path("/var/lib/apt/lists")) -> bool:
    return any(folder.glob("*_Packages*")) or any(folder.glob("*_InRelease"))
