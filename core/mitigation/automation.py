"""What mitigations came to: how much ran by itself, how often it helped, and how long it took."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.mitigation.turnover import NO_CAPS, Caps


@dataclass(frozen=True, slots=True)
class AutomationFigures:
    """Of one day (UTC), or of the whole run and those before it that are remembered."""

    day: str = ""
    """`2026-05-01`; "" for the whole."""
    proposed: int = 0
    """Plans that waited for a person: proposals and approvals."""
    approved: int = 0
    """Of these, set going by a person."""
    automatic: int = 0
    """Set going by policy, those that nobody answered and that then ran included."""
    held_back: int = 0
    """Would have run by themselves and had to wait for a person."""
    lapsed: int = 0
    rejected: int = 0
    withdrawn: int = 0
    failed: int = 0
    verified: int = 0
    mended: int = 0
    """Breaches that were back inside after a policy's own act, without a person and without an emergency stop."""
    mended_by_person: int = 0
    """Back inside after an act that a person approved."""
    stopped: int = 0
    """Breaches for which an emergency stop was fired: they count as not mended."""
    passed: int = 0
    """Breaches that went away without any act."""
    first_order_p50_s: float = math.nan
    """From the breach to the first order; NaN without any."""
    first_order_p95_s: float = math.nan
    inside_p50_s: float = math.nan
    """From the breach to the reading that showed it back inside."""
    inside_p95_s: float = math.nan

    @property
    def share(self) -> float:
        """Of the breaches that needed an act, those mended without a person; NaN without any."""
        needed = self.mended + self.mended_by_person + self.stopped
        return self.mended / needed if needed else math.nan


@dataclass(frozen=True, slots=True)
class AutomationView:
    armed: bool
    """Whether policies may act by themselves at all."""
    whole: AutomationFigures
    days: tuple[AutomationFigures, ...]
    """The newest first."""
    confirm: tuple[int, int] = (3, 3)
    """So many of the last so many readings have to agree before anything runs by itself."""
    figures_max_age_s: float = 10.0
    cool_down_s: float = 5.0
    caps: Caps = NO_CAPS
    turnover: float = 0.0
    """What ran by itself within the last hour, base currency."""
    last_day: AutomationFigures = AutomationFigures()
    """Of the last 24 hours to the moment: in it only ends of breaches are counted (`mended`, `mended_by_person`,
    `stopped`, `passed`)."""
