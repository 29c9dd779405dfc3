"""What risk says: the matrix, its columns, exposures, recent history, threshold lines. Arrays are read-only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Scope

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
class UnderlyingExposure:
    """Exposure of the whole portfolio in one underlying, base currency."""

    underlying: str
    net: float
    gross: float


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
