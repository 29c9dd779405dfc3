"""Limits over a few scopes, with figures put in by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.domain import Scope, Trust, parse_pattern
from core.risk.limits import CompiledLimits, Judged, Limit, LimitCheck, LimitWatch, compile_limits, limit_checks
from core.risk.limits.model import Thresholds
from core.risk.metrics import METRIC_INFOS, METRIC_NAMES
from core.risk.model import Floats

AT_S = 1_767_600_000.0
"""Monday, 2026-01-05, 08:00 UTC."""
SCOPES = tuple(
    Scope.parse(text)
    for text in (
        "portfolio", "venue:north", "venue:south", "account:alpha-1", "account:alpha-2", "account:beta-1",
        "strategy:mm", "strategy:unattributed",
    )
)  # fmt: skip


def limit(scope: str, metric: str = "drawdown", levels: Thresholds = (0.1, 0.2, 0.3, 0.4), **terms: Any) -> Limit:
    return Limit(parse_pattern(scope), metric, levels, **terms)


def compiled(*limits: Limit, capital: Sequence[float] | None = None, at_s: float = AT_S) -> CompiledLimits:
    owned = None if capital is None else np.array(capital)
    return compile_limits(SCOPES, limits, METRIC_INFOS, capital=owned, at_s=at_s)


class Stage:
    """One watch, stepped with the figures of one scope; all other figures are zero."""

    def __init__(self, limits: CompiledLimits, scope: str = "account:alpha-1") -> None:
        self.watch = LimitWatch(limits)
        self.row = SCOPES.index(Scope.parse(scope))
        self.now_s = 1_000.0
        self.at_s = AT_S
        self.judged: Judged | None = None

    def step(
        self, value: float | Mapping[str, float], *, metric: str = "drawdown", trust: Trust = Trust.TRUSTED,
        wait_s: float = 1.0,
    ) -> int:  # fmt: skip
        """The severity of the scope's first limit after a cycle with this value."""
        self.now_s += wait_s
        self.at_s += wait_s
        values: Floats = np.zeros((len(METRIC_INFOS), len(SCOPES))).T
        for name, figure in (value if isinstance(value, Mapping) else {metric: value}).items():
            values[self.row, METRIC_NAMES.index(name)] = figure
        trusts = np.full(len(SCOPES), int(Trust.TRUSTED), dtype=np.int8)
        trusts[self.row] = int(trust)
        self.judged = self.watch.step(values, trusts, self.now_s, self.at_s)
        return int(self.judged.severity[self.cell])

    @property
    def cell(self) -> int:
        return self.watch.limits.cells_of(SCOPES[self.row])[0]

    def check(self) -> LimitCheck:
        """The check of the scope's first limit, whatever its outcome."""
        limits = self.watch.limits
        key = (SCOPES[self.row], limits.subject(self.cell))
        assert self.judged is not None
        (found,) = [
            row
            for row in limit_checks(limits, self.judged, np.zeros(len(SCOPES)), {key})
            if (row.scope, row.metric) == key
        ]
        return found
