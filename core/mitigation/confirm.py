"""What a breach's severity asks for, and whether it has been seen often enough to act without a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain import Policy, Severity
from core.events.checks import LimitKey

RANK = {Policy.PROPOSE: 0, Policy.APPROVE: 1, Policy.AUTO: 2, Policy.STOP: 3}
"""How much a policy does by itself."""


_FROM_GRAVEST = tuple(sorted(Severity, reverse=True))


def policy_for(policies: Mapping[Severity, Policy], severity: Severity) -> tuple[Severity, Policy] | None:
    """The policy of `severity`, or of the next milder one that has any: a worse breach never gets less done."""
    for level in _FROM_GRAVEST:
        if level <= severity and level in policies:
            return level, policies[level]
    return None


@dataclass(slots=True)
class _Streak:
    first_s: float
    last_s: float
    count: int


class Confirmations:
    """Counts consecutive trusted readings at or above each severity, per limit."""

    def __init__(self, needed: int, span_s: float) -> None:
        self._needed = needed
        self._span_s = span_s
        self._streaks: dict[LimitKey, dict[Severity, _Streak]] = {}

    def take(self, needed: int, span_s: float) -> None:
        """Ask for another number from now on; what was counted stays."""
        self._needed, self._span_s = needed, span_s

    def saw(self, key: LimitKey, severity: Severity, now_s: float) -> None:
        """A trusted reading in breach; two at the same moment are one reading."""
        levels = self._streaks.setdefault(key, {})
        for level in Severity:
            if level > severity:
                levels.pop(level, None)
                continue
            streak = levels.get(level)
            if streak is None:
                levels[level] = _Streak(now_s, now_s, 1)
            elif now_s > streak.last_s:
                streak.last_s = now_s
                streak.count += 1

    def forget(self, key: LimitKey) -> None:
        self._streaks.pop(key, None)

    def keep_only(self, keys: set[LimitKey]) -> None:
        """Every limit not among `keys` was not seen in breach by a trusted reading: its count starts anew."""
        for key in self._streaks.keys() - keys:
            del self._streaks[key]

    def since_s(self, key: LimitKey, level: Severity) -> float | None:
        """When the confirmed streak began; None while it is not confirmed."""
        streak = self._streaks.get(key, {}).get(level)
        if streak is None or streak.count < self._needed or streak.last_s - streak.first_s < self._span_s:
            return None
        return streak.first_s
