"""What risk says: the matrix, its columns, exposures, recent history, threshold lines. Arrays are read-only."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain import Scope, Trust

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Beat(enum.StrEnum):
    """How often a column is computed."""

    CYCLE = "cycle"
    """In every cycle, by one sweep over everything held."""
    COSTLY = "costly"
    """On a slower beat of its own, in a thread beside the loop; its age is shown."""


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """One column of the risk matrix, as help and headers show it."""

    name: str
    """The word used in limits, for instance `drawdown_day`."""
    title: str
    unit: str
    """`money` (base currency), `ratio` (shown in per cent), `multiple` (shown with x), `seconds`, `count`, `rate` (per
    minute), `number` (plain)."""
    formula: str
    source: str
    """Where the formula is published."""
    worse_is: int
    """+1 where larger is worse, -1 where smaller is worse, 0 where neither."""
    family: str = ""
    """`exposure`, `drawdown`, `concentration`, `correlation`, `volatility`, `liquidity`, `operations`, `stress`."""
    beat: Beat = Beat.CYCLE
    by_magnitude: bool = False
    """Limits compare |value|."""
    own_trust: bool = True
    """False where the value is known however little the data is to be trusted (its age)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure with all that a reader needs to judge it."""

    scope: Scope
    info: MetricInfo
    value: float
    """NaN is unknown."""
    age_s: float
    trust: int
    """A `Trust` value."""
    severity: int
    """0 inside or without limit, 1 to 4 breached, -1 a limit is set and cannot be evaluated."""
    threshold: float
    """The next threshold above the value (the highest one once beyond it); NaN without a limit."""
    headroom: float
    breach_in_s: float
    """Until the next threshold at the present drift; inf while it drifts away, NaN unknown or without a limit."""


@dataclass(frozen=True, slots=True)
class RiskMatrix:
    """Rows are scopes, columns are metrics. A column is contiguous in memory; what only limits need is kept for the
    columns that have a limit (`limited`), since a desk of 100,000 accounts has few limits and many metrics."""

    scopes: tuple[Scope, ...]
    metrics: tuple[MetricInfo, ...]
    value: Floats
    """Shape (scopes, metrics); NaN is unknown."""
    age_s: Floats
    """Shape (scopes,): the oldest data of any member."""
    trust: Bytes
    """Shape (scopes,): `Trust` values, the lowest of any member."""
    costly_age_s: float
    """How long ago the costly columns were computed; inf before the first time."""
    severity: Bytes
    """Shape (scopes, metrics): 0 inside, 1 to 4 breached, -1 a limit is set and cannot be evaluated."""
    limited: Ints
    """Shape (limited,): the columns that any scope has a limit on."""
    threshold: Floats
    """Shape (scopes, limited); NaN without a limit."""
    headroom: Floats
    """Shape (scopes, limited): 1 - value / next threshold for limits of larger-is-worse metrics; NaN without a limit.
    Negative when beyond."""
    breach_in_s: Floats
    """Shape (scopes, limited)."""
    rows: Mapping[Scope, int]
    columns: Mapping[str, int]

    def row(self, scope: Scope) -> int:
        return self.rows[scope]

    def column(self, metric: str) -> int:
        return self.columns[metric]

    def cell(self, row: int, column: int) -> Cell:
        info = self.metrics[column]
        place = np.flatnonzero(self.limited == column)
        threshold = headroom = breach_in_s = np.nan
        if len(place):
            at = (row, int(place[0]))
            threshold, headroom = float(self.threshold[at]), float(self.headroom[at])
            breach_in_s = float(self.breach_in_s[at])
        age_s = float(self.age_s[row])
        return Cell(
            scope=self.scopes[row],
            info=info,
            value=float(self.value[row, column]),
            age_s=max(age_s, self.costly_age_s) if info.beat is Beat.COSTLY else age_s,
            trust=int(self.trust[row]) if info.own_trust else int(Trust.TRUSTED),
            severity=int(self.severity[row, column]),
            threshold=threshold,
            headroom=headroom,
            breach_in_s=breach_in_s,
        )


@dataclass(frozen=True, slots=True)
class UnderlyingExposure:
    """Exposure of the whole portfolio in one underlying, base currency."""

    underlying: str
    net: float
    gross: float


@dataclass(frozen=True, slots=True)
class ScopeHistory:
    """Course of a few metrics of one scope, oldest first; spacing may grow with age, NaN where unknown."""

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
