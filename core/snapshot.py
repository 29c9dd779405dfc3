"""The one frozen picture of everything that the engine publishes per cycle; all that a screen ever reads.

Its arrays are read-only views: whoever draws must not change them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.domain import AccountMode, LinkState, Scope
from core.events.model import Event
from core.halt.model import HaltView
from core.mitigation.model import Mitigation

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """One column of the risk matrix, as help and headers show it."""

    name: str
    """The word used in limits, for instance `drawdown_day`."""
    title: str
    unit: str
    """`money` (base currency), `ratio` (shown in per cent), `multiple` (shown with x), `seconds`."""
    formula: str
    source: str
    """Where the formula is published."""
    worse_is: int
    """+1 where larger is worse, -1 where smaller is worse, 0 where neither."""


@dataclass(frozen=True, slots=True)
class RiskMatrix:
    """Rows are scopes, columns are metrics; all arrays have the shape (scopes, metrics)."""

    scopes: tuple[Scope, ...]
    metrics: tuple[MetricInfo, ...]
    value: Floats
    """NaN is unknown."""
    age_s: Floats
    trust: Bytes
    """`Trust` values."""
    severity: Bytes
    """Severity now: 0 inside, 1 to 4 breached, -1 a limit is set and cannot be evaluated."""
    threshold: Floats
    """The next threshold above the value (the highest one once beyond it); NaN without a limit."""
    headroom: Floats
    """1 - value / next threshold for limits of larger-is-worse metrics; NaN without a limit. Negative when beyond."""

    def row(self, scope: Scope) -> int:
        return self.scopes.index(scope)

    def column(self, metric: str) -> int:
        for index, info in enumerate(self.metrics):
            if info.name == metric:
                return index
        raise KeyError(metric)


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
class UnderlyingExposure:
    """Exposure of the whole portfolio in one underlying, base currency."""

    underlying: str
    net: float
    gross: float


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
class ScopeHistory:
    """Recent course of a few metrics of one scope, evenly spaced in cycles; oldest first."""

    at_s: Floats
    drawdown: Floats
    gross_exposure: Floats
    net_exposure: Floats
    equity: Floats


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One threshold to draw across a plot."""

    scope: Scope
    metric: str
    severity: int
    threshold: float
    policy: str
    """Policy word, or "" for an event alone."""


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
