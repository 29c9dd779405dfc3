"""What can be told of another process of this machine by its number."""

from __future__ import annotations

import os


def is_there(pid: int) -> bool | None:
    """Whether a process of this number runs, whoever it belongs to; None where the system does not tell."""
    if os.name == "nt":  # there, signal 0 ends the process that is asked for
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
