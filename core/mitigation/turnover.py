"""How much mitigations may turn over by themselves within an hour: all together, in one account, for one scope."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain import Scope
from core.errors import ConfigError
from core.mitigation.model import Mitigation, Reduction

SPAN_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Caps:
    """Base currency within an hour; None: no cap."""

    whole: float | None = None
    account: float | None = None
    scope: float | None = None


NO_CAPS = Caps()


@dataclass(frozen=True, slots=True)
class _Part:
    at_s: float
    """Wall time: a restart must not forget it."""
    mitigation_id: str
    scope: Scope
    account: str
    notional: float


class Turnover:
    """What was set going by itself within the last hour, by account and scope."""

    def __init__(self) -> None:
        self._parts: deque[_Part] = deque()

    def add(self, mitigation: Mitigation, at_s: float) -> None:
        for account, notional in _by_account(mitigation.reductions).items():
            self._parts.append(_Part(at_s, mitigation.mitigation_id, mitigation.scope, account, notional))

    def take_back(self, mitigation_id: str) -> None:
        """Nothing of it was sent."""
        self._parts = deque(part for part in self._parts if part.mitigation_id != mitigation_id)

    def prune(self, at_s: float) -> None:
        while self._parts and at_s - self._parts[0].at_s >= SPAN_S:
            self._parts.popleft()

    def within_hour(self) -> float:
        """All of it, base currency."""
        return math.fsum(part.notional for part in self._parts)

    def exceeded_by(self, scope: Scope, reductions: Collection[Reduction], caps: Caps, currency: str = "") -> str:
        """Why these reductions may not be made by themselves now; "" where they may."""
        if caps == NO_CAPS:
            return ""
        planned = _by_account(reductions)
        sums = [("all accounts together", self.within_hour(), math.fsum(planned.values()), caps.whole)]
        for account, notional in sorted(planned.items()):
            done = math.fsum(part.notional for part in self._parts if part.account == account)
            sums.append((f"account {account}", done, notional, caps.account))
        done = math.fsum(part.notional for part in self._parts if part.scope == scope)
        sums.append((f"limits of {scope}", done, math.fsum(planned.values()), caps.scope))
        for where, done, more, cap in sums:
            # A notional that is not known is above any cap.
            if cap is not None and not done + more <= cap:
                return (
                    f"the cap on turnover of {where} is {cap:,.0f} {currency}".rstrip()
                    + f" an hour: {done:,.0f} are used and this asks for {more:,.0f}"
                )
        return ""

    # -- over restarts --------------------------------------------------------------------------------------------

    def state(self) -> list[list[Any]]:
        return [[part.at_s, part.mitigation_id, str(part.scope), part.account, part.notional] for part in self._parts]

    def restore(self, kept: Sequence[Sequence[Any]]) -> None:
        """Raises ValueError where it is no such state."""
        try:
            self._parts = deque(
                _Part(float(at_s), str(name), Scope.parse(str(scope)), str(account), float(notional))
                for at_s, name, scope, account, notional in kept
            )
        except (ConfigError, TypeError) as error:
            raise ValueError(str(error)) from None


def _by_account(reductions: Collection[Reduction]) -> Mapping[str, float]:
    sums: dict[str, list[float]] = {}
    for row in reductions:
        sums.setdefault(row.account, []).append(abs(row.notional))
    return {account: math.fsum(notionals) for account, notionals in sums.items()}
