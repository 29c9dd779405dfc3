"""Whether the limit that a plan answers was moved by so much while it is carried out that it needs a new plan."""

from __future__ import annotations

from collections.abc import Callable

from core.mitigation.model import Mitigation
from core.risk.limits import Limit
from core.risk.limits.compiling import CompiledLimits

MOST = 0.05
"""Share by which a threshold may move."""


class MovedLimits:
    def __init__(self, limits: Callable[[], CompiledLimits]) -> None:
        """`limits` are those in force now."""
        self._limits = limits
        self._first: dict[str, Limit | None] = {}
        """By mitigation, the limit as it was when first asked."""

    def moved(self, mitigation: Mitigation) -> str:
        """A sentence, or "" where the limit is what it was, or there is none to go by."""
        if mitigation.drafted:
            return ""
        scope, metric = mitigation.scope, mitigation.metric
        now = self._limits().limit_of(scope, metric)
        first = self._first.setdefault(mitigation.mitigation_id, now)
        if now is first or first is None:
            return ""
        if now is None:
            return f"no limit on {metric} of {scope} is in force any more"
        return f"the limit on {metric} of {scope} was changed" if _differs(first, now) else ""

    def forget(self, mitigation_id: str) -> None:
        self._first.pop(mitigation_id, None)


def _differs(one: Limit, other: Limit) -> bool:
    if one.of != other.of:
        return True
    return any(
        (was is None) != (now is None) or (was is not None and now is not None and abs(now - was) > MOST * abs(was))
        for was, now in zip(one.thresholds, other.thresholds, strict=True)
    )
