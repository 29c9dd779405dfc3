"""What tells one state of the configuration's files from another, so that a change is seen without reading them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

Stamp = tuple[tuple[int, int, int], ...]


def stamp_of(config: Path | None, others: Iterable[Path | None] = ()) -> Stamp:
    """Empty while the configuration is not there: editors replace it, and for a moment there is none."""
    found = []
    for path in (config, *others):
        if path is None:
            continue
        try:
            status = path.stat()
        except OSError:
            if path == config:
                return ()
            continue
        found.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)
