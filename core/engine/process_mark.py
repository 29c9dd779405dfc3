"""What tells one process of this machine from every other, so that another can know for certain that it has ended."""

from __future__ import annotations

import os
from pathlib import Path

_STATE = 0
_STARTED = 19
"""Fields of /proc/PID/stat after the name: proc(5) counts them from 3."""


def own_mark() -> str:
    """ "" where this system tells no such thing."""
    space, started = _space(), _field(os.getpid(), _STARTED)
    return f"{space}/{os.getpid()}/{started}" if space and started else ""


def has_ended(mark: str) -> bool:
    """Only where that is certain: of a process of another machine, or of an earlier start of this one, it never is."""
    space, _, rest = mark.partition("/")
    pid, _, started = rest.partition("/")
    if not space or space != _space() or not pid.isdecimal():
        return False
    return _field(int(pid), _STARTED) != started or _field(int(pid), _STATE) in {"Z", "X"}


def is_there(pid: int) -> bool:
    """Whether a process of this number runs here; where /proc is missing it never seems to."""
    return _field(pid, _STATE) not in {"", "Z", "X"}


def _space() -> str:
    """Within which process numbers mean one and the same: this start of this machine, and this container of it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _field(pid: int, number: int) -> str:
    """ "" where there is no such process."""
    try:
        # The name, in brackets, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return fields[number] if len(fields) > number else ""
