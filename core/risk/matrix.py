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

_RATIOS = np.array([info.unit in ("ratio", "multiple") for info in METRIC_INFOS])
_MAGNITUDE = np.array([info.by_magnitude for info in METRIC_INFOS])
_OWN_TRUST = np.array([info.own_trust for info in METRIC_INFOS])
_COLUMNS = {name: column for column, name in enumerate(METRIC_NAMES)}
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
        self._rows = {scope: row for row, scope in enumerate(self.scopes)}
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
        shape = (len(self.scopes), len(METRIC_INFOS))
        value = np.full(shape[::-1], np.nan).T
        for column, metric in enumerate(METRICS):
            value[:, column] = metric.compute(frame)
        later_s = max(0.0, now_s - view.now_s)
        value[:, METRIC_NAMES.index("data_age")] += later_s
        age_s = view.age_s + later_s
        severity = np.zeros(shape[::-1], dtype=np.int8).T
        limits = self.limits
        limited, place = np.unique(limits.column, return_inverse=True)
        threshold, headroom, breach_in_s = (np.full((len(limited), shape[0]), np.nan).T for _ in range(3))
        trust = np.where(_OWN_TRUST[limits.column], view.trust[limits.row], np.int8(Trust.TRUSTED)).astype(np.int8)
        judged = judge(value[limits.row, limits.column], trust, limits)
        severity[limits.row, limits.column] = judged.severity
        threshold[limits.row, place], headroom[limits.row, place] = judged.threshold, judged.headroom
        for array in (value, age_s, severity, threshold, headroom, breach_in_s):
            array.flags.writeable = False
        return RiskMatrix(
            scopes=self.scopes,
            metrics=METRIC_INFOS,
            value=value,
            age_s=age_s,
            trust=view.trust,
            costly_age_s=np.inf,
            severity=severity,
            limited=limited,
            threshold=threshold,
            headroom=headroom,
            breach_in_s=breach_in_s,
            rows=self._rows,
            columns=_COLUMNS,
        )

    def checks(self, matrix: RiskMatrix, keep: Collection[tuple[Scope, str]] = ()) -> list[LimitCheck]:
        """The limits that are breached, near or unknown, and those in `keep` (scope, metric) whatever they are."""
        limits = self.limits
        severity = matrix.severity[limits.row, limits.column]
        place = np.searchsorted(matrix.limited, limits.column)
        near = matrix.headroom[limits.row, place] < NEAR_HEADROOM
        wanted = set(np.flatnonzero((severity != 0) | near).tolist())
        wanted.update(limits.cells[key] for key in keep if key in limits.cells)
        return [self._check(matrix, cell) for cell in sorted(wanted)]

    def _check(self, matrix: RiskMatrix, cell: int) -> LimitCheck:
        limits = self.limits
        shown = matrix.cell(int(limits.row[cell]), int(limits.column[cell]))
        limit = limits.limits[int(limits.limit[cell])]
        value, rank, threshold = shown.value, shown.severity, shown.threshold
        sign = float(limits.sign[cell])
        levels = limits.thresholds[cell]
        if rank > 0:
            # +inf is critical whatever the limit names: then the gravest threshold that there is.
            reached = levels[: max(1, rank)]
            threshold = float(sign * reached[~np.isnan(reached)][-1]) if (~np.isnan(reached)).any() else threshold
            outcome = BREACHED
        elif rank < 0:
            outcome = UNKNOWN
        else:
            outcome = NEAR if shown.headroom < NEAR_HEADROOM else INSIDE
        lowest = float(levels[~np.isnan(levels)][0])
        lowest_clear = lowest - limit.clear * abs(lowest)
        clear_level = threshold - sign * limit.clear * abs(threshold) if rank > 0 else sign * lowest_clear
        turned = sign * (abs(value) if shown.info.by_magnitude else value)
        return LimitCheck(
            scope=shown.scope,
            metric=shown.info.name,
            outcome=outcome,
            severity=Severity(rank) if rank > 0 else None,
            value=value,
            threshold=threshold,
            clear_level=clear_level,
            cleared=rank == 0 and turned <= lowest_clear,
            trust=Trust(shown.trust),
            age_s=shown.age_s,
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
