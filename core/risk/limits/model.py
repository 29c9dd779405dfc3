"""One limit as it is set, and one check of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain import Pattern, Scope, Severity, Trust
from core.ladder import Response
from core.windows import Window, is_active

INSIDE = "inside"
NEAR = "near"
BREACHED = "breached"
UNKNOWN = "unknown"

NEAR_HEADROOM = 0.1
"""Below this share of headroom a value is near its next threshold."""

CAPITAL = "capital"
"""`of` may name it beside metrics: a strategy's configured capital."""

Thresholds = tuple[float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Confirm:
    """A breach is one when `needed` of the last `cycles` readings show it, the newest among them."""

    needed: int = 1
    cycles: int = 1

    def __str__(self) -> str:
        return f"{self.needed} of {self.cycles}"

    def implied_by(self, other: Confirm) -> bool:
        """Whether this is fulfilled by the time that `other` is, whatever the readings were."""
        rounds, rest = divmod(other.cycles, self.cycles)
        # The most breaches that fit into the other's span without ever fulfilling this one.
        unseen = rounds * (self.needed - 1) + min(self.needed - 1, rest)
        return other.needed > unseen


@dataclass(frozen=True, slots=True)
class Limit:
    scope: Pattern
    """May be a pattern (`account:alpha-*`) or a group."""
    metric: str
    thresholds: Thresholds
    """Low, medium, high, critical: in the metric's unit, or shares of `of`; ascending, or descending where smaller is
    worse and the level is looked at."""
    clear: float = 0.05
    """Deadband as a share of the threshold: cleared below threshold x (1 - clear)."""
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    policy: Mapping[Severity, Response] = field(default_factory=dict)
    reduce_share: float = 0.5
    """Share of every position to close where the metric does not say how much."""
    confirm: Confirm = Confirm()
    min_trust: Trust = Trust.STALE
    """A figure of lower trust is unknown to this limit."""
    of: str = ""
    """The metric of the same scope that thresholds are shares of, or `capital`; "" for none."""
    change_over_s: float = 0.0
    """Not the level but its change for the worse over so many seconds; 0 for the level."""
    active: tuple[Window, ...] = ()
    """When it holds; without any, always."""
    enabled: bool = True
    expires_at_s: float = math.inf
    """Wall time."""
    note: str = ""
    profile: str = ""
    """The profile that it is part of; `scope` is then where that is assigned."""
    held: str = ""
    """Why it is not what the configuration says, where a change that loosens it is held back."""

    def __str__(self) -> str:
        return f"{self.subject} {self.origin}"

    @property
    def subject(self) -> str:
        """What is limited: the metric, or its change. Level and change of one metric are limited side by side."""
        return subject_of(self.metric, self.change_over_s)

    @property
    def origin(self) -> str:
        source = f"from profile {self.profile} by {self.scope}" if self.profile else f"from {self.scope}"
        return f"{source}, {self.held}" if self.held else source

    @property
    def timed(self) -> bool:
        return bool(self.active) or math.isfinite(self.expires_at_s)

    def in_force(self, at_s: float) -> bool:
        """Whether it holds at a moment (wall time)."""
        return self.enabled and at_s < self.expires_at_s and is_active(self.active, at_s)


def subject_of(metric: str, change_over_s: float) -> str:
    return metric if not change_over_s else f"{metric}_in_{change_over_s:g}s"


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """One limit of one scope at one moment. Value, threshold and clearing level have the metric's unit."""

    scope: Scope
    metric: str
    """The limit's subject: the metric's name, or for its change `drawdown_in_300s`."""
    outcome: str
    """`inside`, `near`, `breached` or `unknown`."""
    severity: Severity | None
    value: float
    threshold: float
    """Of the severity when breached, else the next one."""
    clear_level: float
    cleared: bool
    """The value is beyond the clearing level of the lowest threshold."""
    trust: Trust
    age_s: float
    limit: Limit
    on_delay_s: float = 0.0
    breach_in_s: float = math.nan
    """Until the next threshold at the present drift; infinite when moving away, NaN unknown."""
