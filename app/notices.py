"""The notices of everything that Scram is shipped with: read from the packaged application, gathered in a checkout.

Standard library only: the packaging gathers with the same code what the application then reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path, PurePosixPath

FILE = "NOTICES.txt"
"""In the packaged application's resources."""
_LICENCE_FILE = re.compile(r"(licen[cs]es?|copying|notice|authors|copyright)([-._].*)?", re.IGNORECASE)
_RULE = "=" * 100


@dataclass(frozen=True, slots=True)
class Notice:
    """One part with everything that its authors ask to be shown."""

    name: str
    version: str
    licence: str
    """In one line, as its authors name it."""
    text: str
    """Empty where it brings none."""


def read_notices() -> str:
    """For reading on the screen; in a checkout of what is installed, without Qt's own texts and the system's parts."""
    file = resources.files("resources") / FILE
    if file.is_file():
        return file.read_text(encoding="utf-8")
    return as_text(gather(names_of(metadata.requires("scram") or ())), "")


def names_of(requirements: Iterable[str]) -> frozenset[str]:
    """Everything installed that these need, and what that needs, and so on; without extras."""
    found: dict[str, None] = {}
    waiting = [requirement for requirement in requirements if "extra ==" not in requirement]
    while waiting:
        match = re.match(r"[A-Za-z0-9][\w.-]*", waiting.pop().strip())
        if match is None or _plain(match[0]) in found:
            continue
        try:
            distribution = metadata.distribution(match[0])
        except metadata.PackageNotFoundError:
            continue  # for another system or another Python
        found[_plain(match[0])] = None
        waiting += [requirement for requirement in distribution.requires or () if "extra ==" not in requirement]
    return frozenset(found)


def gather(names: Iterable[str]) -> list[Notice]:
    """In the order of the names."""
    return [_of(metadata.distribution(name)) for name in sorted(names)]


def as_text(notices: Iterable[Notice], before: str) -> str:
    parts = [before] if before else []
    parts += [
        f"{_RULE}\n{notice.name} {notice.version}\n{notice.licence}\n{_RULE}\n\n{notice.text.strip()}\n"
        for notice in notices
    ]
    return "\n\n".join(parts)


def _of(distribution: metadata.Distribution) -> Notice:
    fields = distribution.metadata
    named = (_first_line(fields, "License-Expression"), _first_line(fields, "License"), _classified(fields))
    licence = next(filter(None, named), "")
    return Notice(_plain(fields["Name"]), distribution.version, licence, "\n\n".join(_texts(distribution)))


def _texts(distribution: metadata.Distribution) -> Iterator[str]:
    for file in sorted(distribution.files or (), key=str):
        place = PurePosixPath(str(file))
        meant = _LICENCE_FILE.fullmatch(place.name) or "licenses" in [part.lower() for part in place.parts[:-1]]
        if meant and place.suffix not in {".py", ".pyc", ".pyi", ".h", ".so", ".json"}:
            told = Path(file.locate()).read_bytes().decode("utf-8", "replace")
            yield told.replace("\r\n", "\n").strip()


def _classified(fields: metadata.PackageMetadata) -> str:
    prefix = "License ::"
    return ", ".join(
        line.rpartition(" :: ")[2] for line in fields.get_all("Classifier") or () if line.startswith(prefix)
    )


def _first_line(fields: metadata.PackageMetadata, name: str) -> str:
    return fields[name].strip().split("\n", 1)[0] if name in fields else ""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
