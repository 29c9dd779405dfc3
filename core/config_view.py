"""What a screen tells of the configuration in force: which file and version, what waits for a restart, what is kept.

Apart from `core.config`, so that a window can be drawn before that is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigView:
    file: str
    """Its path; "" where the configuration was not read from a file."""
    version: str
    """Its fingerprint; "" before it was taken in force."""
    limits_version: int
    read_at_s: float
    """Wall time at which it was last taken over."""
    restart: tuple[str, ...] = ()
    """Sentences on what the file says and only a restart can give."""
    held: tuple[str, ...] = ()
    """Changes of limits that wait for a reason."""
    problem: str = ""
    """Why the file as it is now was not taken over; "" where it was."""
    keys: tuple[tuple[str, int], ...] = ()
    """Where the accounts' keys are kept, in words, and of how many."""
    kept: tuple[tuple[str, str], ...] = ()
    """What is kept for how long: a name, and words."""
