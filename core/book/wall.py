"""Wall time that does not follow a clock which is set wrong for a moment: days and windows hang on it."""

from __future__ import annotations

DRIFT_S = 2.0
"""Up to this a change against the monotonic clock is the ordinary correction of a clock."""
INSIST_S = 60.0
"""A clock that was set, rightly or not, is followed when it has stayed so for this long."""


class SteadyWall:
    def __init__(self) -> None:
        self._ahead_s: float | None = None
        """Of the monotonic clock, as believed."""
        self._other_s = 0.0
        self._since_s: float | None = None

    def at(self, wall_s: float, now_s: float) -> float:
        """Wall time to go by, where the clock says `wall_s` and the monotonic one `now_s`."""
        ahead_s = wall_s - now_s
        if self._ahead_s is None or abs(ahead_s - self._ahead_s) <= DRIFT_S:
            self._ahead_s, self._since_s = ahead_s, None
            return wall_s
        if self._since_s is None or abs(ahead_s - self._other_s) > DRIFT_S:
            self._other_s, self._since_s = ahead_s, now_s
        if now_s - self._since_s >= INSIST_S:
            self._ahead_s, self._since_s = ahead_s, None
            return wall_s
        return now_s + self._ahead_s
