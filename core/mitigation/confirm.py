"""Whether a breach has been seen often enough to act on it without a person."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain import Severity
from core.events.checks import LimitKey


@dataclass(slots=True)
class _Streak:
    """Readings in which `needed` of any `cycles` in a row showed the breach."""

    first_s: float
    last_s: float
    count: int = 0
    recent: deque[bool] = field(default_factory=deque)
    """Whether each of the last readings, of `cycles` at most, showed it; the newest is the last."""


class Confirmations:
    """Of every limit and severity: so many of the last so many readings, trusted, at or above the severity."""

    def __init__(self, confirm: tuple[int, int], span_s: float) -> None:
        self._needed, self._cycles = confirm
        self._span_s = span_s
        self._streaks: dict[LimitKey, dict[Severity, _Streak]] = {}
        self._last_s = float("-inf")

    def take(self, confirm: tuple[int, int], span_s: float) -> None:
        """Ask for another number from now on; what was counted stays."""
        (self._needed, self._cycles), self._span_s = confirm, span_s

    def step(self, seen: Mapping[LimitKey, Severity], now_s: float) -> None:
        """One round of readings: those in breach and trusted. Two rounds at the same moment are one reading."""
        again = now_s <= self._last_s
        self._last_s = now_s
        for key in [key for key in self._streaks if key not in seen]:
            self._missed(key, tuple(Severity), again=again)
        for key, severity in seen.items():
            self._missed(key, tuple(level for level in Severity if level > severity), again=again)
            levels = self._streaks.setdefault(key, {})
            for level in Severity:
                if level <= severity:
                    self._saw(levels, level, now_s)

    def _saw(self, levels: dict[Severity, _Streak], level: Severity, now_s: float) -> None:
        streak = levels.get(level)
        if streak is None:
            streak = levels[level] = _Streak(now_s, float("-inf"))
        if now_s > streak.last_s:
            streak.last_s = now_s
            streak.count += 1
            self._note(streak, shows=True)

    def _missed(self, key: LimitKey, which: tuple[Severity, ...], *, again: bool) -> None:
        """A reading that does not show it: too many of these among the last ones, and the count starts anew."""
        levels = self._streaks.get(key)
        if levels is None:
            return
        for level in which:
            streak = levels.get(level)
            if streak is None:
                continue
            if again and streak.recent:
                streak.count -= int(streak.recent.pop())
            self._note(streak, shows=False)
            if streak.recent.count(False) > self._cycles - self._needed:
                del levels[level]
        if not levels:
            del self._streaks[key]

    def _note(self, streak: _Streak, *, shows: bool) -> None:
        streak.recent.append(shows)
        while len(streak.recent) > self._cycles:
            streak.recent.popleft()

    def forget(self, key: LimitKey) -> None:
        self._streaks.pop(key, None)

    def since_s(self, key: LimitKey, level: Severity) -> float | None:
        """When the confirmed streak began; None while it is not confirmed, or the newest reading does not show it."""
        streak = self._streaks.get(key, {}).get(level)
        if streak is None or not streak.recent[-1] or streak.count < self._needed:
            return None
        return streak.first_s if streak.last_s - streak.first_s >= self._span_s else None
