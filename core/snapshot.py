"""The one frozen picture of everything that the engine publishes per cycle; all that a screen ever reads.

Its arrays are read-only views: whoever draws must not change them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain import AccountMode, LinkState
from core.events.model import Event
from core.halt.model import HaltView
from core.mitigation.model import Mitigation
from core.risk.model import Bytes, Floats, LimitLine, MetricInfo, RiskMatrix, ScopeHistory, UnderlyingExposure

__all__ = [
    "Bytes",
    "ConnectionView",
    "Floats",
    "JournalView",
    "LatencyView",
    "LimitLine",
    "MetricInfo",
    "RiskMatrix",
    "ScopeHistory",
    "Snapshot",
    "StopOutlook",
    "UnderlyingExposure",
]


@dataclass(frozen=True, slots=True)
class ConnectionView:
    account: str
    venue: str
    exchange: str
    mode: AccountMode
    link: LinkState
    reason: str
    age_s: float
    """Since this account's state was last confirmed; infinite if never."""
    resting_orders: int | None
    protective_orders: int | None
    positions: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalView:
    records: int
    pending: int
    """Accepted but not yet on disk."""
    intact: bool
    error: str


@dataclass(frozen=True, slots=True)
class LatencyView:
    """Milliseconds; NaN until measured."""

    update_to_event_p50: float
    update_to_event_p99: float
    cycle_p99: float
    loop_stall_max: float


@dataclass(frozen=True, slots=True)
class StopOutlook:
    """What the stop would do if it were fired now."""

    accounts: int
    """Accounts it would fire at."""
    able: int
    """Accounts whose acting side is prepared."""
    orders: int | None
    """Known resting orders; None when no account could be read."""
    protective: int | None
    """Of these, orders that only reduce a position."""
    expected_ms: float | None
    """Expected time to full proof."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    cycle: int
    at_s: float
    """Wall time of the cycle."""
    base_currency: str
    matrix: RiskMatrix
    events: tuple[Event, ...]
    """By severity, then age."""
    mitigations: tuple[Mitigation, ...]
    """Newest first."""
    halts: tuple[HaltView, ...]
    """Latched stops, newest first."""
    connections: tuple[ConnectionView, ...]
    exposures: tuple[UnderlyingExposure, ...]
    history: ScopeHistory
    """Of the portfolio."""
    sparklines: Floats
    """Shape (scopes, points): recent flow-adjusted unit value of every scope, NaN where unknown, oldest first."""
    limit_lines: tuple[LimitLine, ...]
    """Of the portfolio."""
    outlook: StopOutlook
    journal: JournalView
    latency: LatencyView
    updates: int
    """Updates applied since the start."""
    operator: str
    notices: tuple[str, ...] = field(default=())
    """Sentences about Scram itself that the operator should know (a failed write, a broken rule)."""
