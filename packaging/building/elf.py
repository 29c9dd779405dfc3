"""Which packages of Debian's bring the shared libraries that the application takes from the system."""

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from bootstrap.console import Problem
from bootstrap.qt_libraries import PACKAGES

from building import tree

_MAGIC = b"\x7fELF"


def programs_of(folder: Path) -> list[Path]:
    """Every program, library and module of machine code in it."""
    found = []
    for path in tree.files_of(folder):
        if not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == _MAGIC:
                    found.append(path)
    return found


def depends(folder: Path) -> list[str]:
    """The `Depends` of a package of this folder, as Debian writes them."""
    files = programs_of(folder)
    read = subprocess.run(
        ["objdump", "-p", *map(str, files)], capture_output=True, text=True, check=True, errors="replace"
    ).stdout
    inside = {path.name for path in tree.files_of(folder)}
    known = known_packages(needed_in(read) - inside, _loader_knows())
    libc = newest_libc(read)
    return sorted(f"libc6 (>= {libc})" if package == "libc6" else package for package in known)


def needed_in(read: str) -> set[str]:
    """The sonames that `objdump -p` says are needed."""
    return set(re.findall(r"^\s+NEEDED\s+(\S+)$", read, re.MULTILINE))


def newest_libc(read: str) -> str:
    """The newest version of the C library whose symbols are wanted."""
    versions = re.findall(r"\bGLIBC_(2\.\d+)(?:\.\d+)?\b", read)
    return max(versions, key=lambda version: int(version.split(".")[1]), default="2.28")


def known_packages(sonames: Iterable[str], places: Mapping[str, str]) -> set[str]:
    """The packages that bring them; a Problem names what nobody brings."""
    packages: set[str] = set()
    unknown = []
    for soname in sorted(sonames):
        package = _package_of(soname, places.get(soname))
        if package is None:
            unknown.append(soname)
        else:
            packages.add(package)
    if unknown:
        raise Problem(f"the application needs {', '.join(unknown)}, and no package is known that brings it.")
    return packages


def _package_of(soname: str, place: str | None) -> str | None:
    if soname in PACKAGES:
        return PACKAGES[soname]
    if place is None:
        return None
    real = Path(place).resolve()
    for path in dict.fromkeys((real, Path(place), Path("/", *real.parts[2:]) if real.parts[1] == "usr" else real)):
        done = subprocess.run(["dpkg-query", "-S", str(path)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    return None


def _loader_knows() -> dict[str, str]:
    """Where this system's loader finds a soname."""
    done = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True)
    return {
        match[1]: match[2]
        for match in re.finditer(r"^\s+(\S+) \([^)]*x86-64[^)]*\) => (\S+)$", done.stdout, re.MULTILINE)
    } or {match[1]: match[2] for match in re.finditer(r"^\s+(\S+) \([^)]*\) => (\S+)$", done.stdout, re.MULTILINE)}
