"""The risk matrix: every metric of every scope, and every limit in one comparison."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from core.book.view import BookView
from core.domain import Scope, Severity, Trust
from core.risk.frame import frame_of
from core.risk.limits import (
    BREACHED,
    INSIDE,
    NEAR,
    NEAR_HEADROOM,
    UNKNOWN,
    CompiledLimits,
    Limit,
    LimitCheck,
    compile_limits,
)
from core.risk.metrics import METRIC_INFOS, METRIC_NAMES, METRICS
from core.risk.model import Bytes, Floats, RiskMatrix

_RATIOS = np.array([metric.info.unit in ("ratio", "multiple") for metric in METRICS])
_MAGNITUDE = np.array([metric.by_magnitude for metric in METRICS])
_RANKS = np.arange(1, 5, dtype=np.int8)


@dataclass(frozen=True, slots=True)
class Judged:
    """Per limited cell: severity (-1 unknown), next threshold, headroom."""

    severity: Bytes
    threshold: Floats
    headroom: Floats


class RiskModel:
    """Holds the limits; everything else comes in with the view."""

    def __init__(self, scopes: Sequence[Scope], limits: Sequence[Limit]) -> None:
        self.scopes = tuple(scopes)
        self.limits: CompiledLimits = compile_limits(scopes, limits)

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on limits that contradict themselves or guard nothing."""
        return self.limits.problems

    def set_limits(self, limits: Sequence[Limit]) -> tuple[str, ...]:
        """Put other limits in force; returns their problems."""
        self.limits = compile_limits(self.scopes, limits)
        return self.problems

    def evaluate(self, view: BookView, now_s: float) -> RiskMatrix:
        """All metrics of all scopes at `now_s` (monotonic), shape (scopes, metrics), and how they stand to limits."""
        frame = frame_of(view)
        shape = (len(self.scopes), len(METRICS))
        value = np.empty(shape)
        trust = np.empty(shape, dtype=np.int8)
        for column, metric in enumerate(METRICS):
            value[:, column] = metric.compute(frame)
            trust[:, column] = view.trust if metric.own_trust else Trust.TRUSTED
        later_s = max(0.0, now_s - view.now_s)
        value[:, METRIC_NAMES.index("data_age")] += later_s
        age_s = np.repeat((view.age_s + later_s)[:, None], shape[1], axis=1)
        severity = np.zeros(shape, dtype=np.int8)
        threshold, headroom = np.full(shape, np.nan), np.full(shape, np.nan)
        cells = (self.limits.row, self.limits.column)
        judged = judge(value[cells], trust[cells], self.limits)
        severity[cells], threshold[cells], headroom[cells] = judged.severity, judged.threshold, judged.headroom
        for array in (value, trust, age_s, severity, threshold, headroom):
            array.flags.writeable = False
        return RiskMatrix(self.scopes, METRIC_INFOS, value, age_s, trust, severity, threshold, headroom)

    def checks(self, matrix: RiskMatrix, keep: Collection[tuple[Scope, str]] = ()) -> list[LimitCheck]:
        """The limits that are breached, near or unknown, and those in `keep` (scope, metric) whatever they are."""
        limits = self.limits
        severity = matrix.severity[limits.row, limits.column]
        near = matrix.headroom[limits.row, limits.column] < NEAR_HEADROOM
        wanted = set(np.flatnonzero((severity != 0) | near).tolist())
        wanted.update(limits.cells[key] for key in keep if key in limits.cells)
        return [self._check(matrix, cell) for cell in sorted(wanted)]

    def _check(self, matrix: RiskMatrix, cell: int) -> LimitCheck:
        limits = self.limits
        at = (int(limits.row[cell]), int(limits.column[cell]))
        limit = limits.limits[int(limits.limit[cell])]
        value, rank = float(matrix.value[at]), int(matrix.severity[at])
        sign = float(limits.sign[cell])
        levels = limits.thresholds[cell]
        threshold = float(matrix.threshold[at])
        if rank > 0:
            # +inf is critical whatever the limit names: then the gravest threshold that there is.
            reached = levels[: max(1, rank)]
            threshold = float(sign * reached[~np.isnan(reached)][-1]) if (~np.isnan(reached)).any() else threshold
            outcome = BREACHED
        elif rank < 0:
            outcome = UNKNOWN
        else:
            outcome = NEAR if matrix.headroom[at] < NEAR_HEADROOM else INSIDE
        lowest = float(levels[~np.isnan(levels)][0])
        lowest_clear = lowest - limit.clear * abs(lowest)
        clear_level = threshold - sign * limit.clear * abs(threshold) if rank > 0 else sign * lowest_clear
        turned = sign * (abs(value) if _MAGNITUDE[at[1]] else value)
        return LimitCheck(
            scope=self.scopes[at[0]],
            metric=METRIC_NAMES[at[1]],
            outcome=outcome,
            severity=Severity(rank) if rank > 0 else None,
            value=value,
            threshold=threshold,
            clear_level=clear_level,
            cleared=rank == 0 and turned <= lowest_clear,
            trust=Trust(int(matrix.trust[at])),
            age_s=float(matrix.age_s[at]),
            limit=limit,
            on_delay_s=limit.on_delay_s,
        )


def judge(value: Floats, trust: Bytes, limits: CompiledLimits) -> Judged:
    """Compare every limited cell with its four thresholds at once; arrays of shape (cells,).

    Reached is breached (>=). Headroom is 1 - value / next threshold where larger is worse, and
    value / next threshold - 1 where smaller is; both are negative beyond the last one. A ratio of +inf is critical
    whatever thresholds there are.
    """
    turned = limits.sign * np.where(_MAGNITUDE[limits.column], np.abs(value), value)
    with np.errstate(invalid="ignore", divide="ignore"):
        reached = turned[:, None] >= limits.thresholds
        rank = np.where(reached, _RANKS, 0).max(axis=1, initial=0).astype(np.int8)
        ahead = np.where(reached, np.inf, np.nan_to_num(limits.thresholds, nan=np.inf)).min(axis=1, initial=np.inf)
        last = np.fmax.reduce(limits.thresholds, axis=1, initial=-np.inf)
        following = np.where(np.isfinite(ahead), ahead, last)
        headroom = (following - turned) / np.abs(following)
    rank[_RATIOS[limits.column] & np.isposinf(value)] = Severity.CRITICAL
    unknown = np.isnan(value) | (trust == Trust.UNKNOWN)
    rank[unknown] = -1
    headroom[unknown] = np.nan
    return Judged(rank, limits.sign * following, headroom)
