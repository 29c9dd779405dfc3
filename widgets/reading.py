"""One figure of the risk matrix with everything that a reader needs to judge it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import PORTFOLIO, Scope, Trust
from core.snapshot import MetricInfo, RiskMatrix
from widgets import figures
from widgets.marks import BLIND, severity_tone
from widgets.theme import Tone

EQUITY = ("equity",)
DAY_LOSS = ("daily_loss",)
"""A ratio; positive is a loss."""
DRAWDOWN = ("drawdown", "drawdown_day")
GROSS = ("gross_exposure",)
NET = ("net_exposure",)
LEVERAGE = ("leverage",)
MARGIN = ("margin_use",)
AGE = ("data_age",)


@dataclass(frozen=True, slots=True)
class Reading:
    scope: Scope
    info: MetricInfo
    value: float
    age_s: float
    trust: int
    severity: int
    threshold: float
    headroom: float
    breach_in_s: float

    def text(self, base: str) -> str:
        return figures.figure(self.value, self.info.unit, base)

    def limit_text(self, base: str) -> str:
        return figures.limit(self.threshold, self.info.unit, base)

    @property
    def used(self) -> float:
        """How much of the way to the next threshold is gone; NaN where there is no limit or no figure."""
        return 1.0 - self.headroom

    @property
    def tone(self) -> Tone:
        if math.isnan(self.value) or self.trust == Trust.UNKNOWN or self.severity == BLIND:
            return Tone.UNKNOWN
        return severity_tone(self.severity) if self.severity > 0 else Tone.STRONG


def reading_at(matrix: RiskMatrix, row: int, column: int) -> Reading:
    cell = matrix.cell(row, column)
    return Reading(
        scope=cell.scope,
        info=cell.info,
        value=cell.value,
        age_s=cell.age_s,
        trust=cell.trust,
        severity=cell.severity,
        threshold=cell.threshold,
        headroom=cell.headroom,
        breach_in_s=cell.breach_in_s,
    )


def find_column(matrix: RiskMatrix, names: Sequence[str]) -> int | None:
    """The first metric that goes by one of these names."""
    return next((matrix.columns[name] for name in names if name in matrix.columns), None)


def portfolio_row(matrix: RiskMatrix) -> int | None:
    return matrix.rows.get(PORTFOLIO)


def portfolio_reading(matrix: RiskMatrix, names: Sequence[str]) -> Reading | None:
    """The portfolio's figure of the first of these metrics that there is; None where none is."""
    row, column = portfolio_row(matrix), find_column(matrix, names)
    return None if row is None or column is None else reading_at(matrix, row, column)
