"""Whether this process was awake all the time: after a sleep nobody can tell whose silence it was."""

from __future__ import annotations

from dataclasses import dataclass

GAP_S = 2.0
"""A process that ticks several times a second and was not woken for so long did not run itself."""
JUMP_S = 1.0
"""By how much more the sleepless clock may have advanced than the one that stands still in a suspended machine."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """From one tick to the next."""

    awake_s: float
    """Seconds in which whoever was silent could have been heard; 0 where this process slept."""
    slept: bool


class Awake:
    def __init__(self, monotonic_s: float, sleepless_s: float) -> None:
        """`sleepless_s`: see `core.clock.sleepless_s`."""
        self._monotonic_s = monotonic_s
        self._sleepless_s = sleepless_s

    def tick(self, monotonic_s: float, sleepless_s: float) -> Lapse:
        gap_s = monotonic_s - self._monotonic_s
        suspended_s = (sleepless_s - self._sleepless_s) - gap_s
        self._monotonic_s, self._sleepless_s = monotonic_s, sleepless_s
        if gap_s > GAP_S or suspended_s > JUMP_S:
            return Lapse(0.0, True)
        return Lapse(max(0.0, gap_s), False)
