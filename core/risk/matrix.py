"""The risk matrix: every metric of every scope, and every limit in one comparison."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from core.book.view import BookView
from core.domain import Scope
from core.risk.frame import Series, frame_of
from core.risk.limits import CompiledLimits, Judged, Limit, LimitCheck, LimitWatch, compile_limits, limit_checks
from core.risk.limits.judging import table_of
from core.risk.metrics import METRIC_INFOS, METRIC_NAMES, METRICS
from core.risk.model import RiskMatrix

_COLUMNS = {name: column for column, name in enumerate(METRIC_NAMES)}


class RiskModel:
    """Holds the limits; everything else comes in with the view."""

    def __init__(self, scopes: Sequence[Scope], limits: Sequence[Limit]) -> None:
        self.scopes = tuple(scopes)
        self._rows = {scope: row for row, scope in enumerate(self.scopes)}
        self._watch = LimitWatch(compile_limits(scopes, limits, METRIC_INFOS))
        self._judged: Judged | None = None

    @property
    def limits(self) -> CompiledLimits:
        """In force now."""
        return self._watch.limits

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on limits that contradict themselves or guard nothing."""
        return self.limits.problems

    def set_limits(self, limits: CompiledLimits) -> None:
        """Put other limits in force, compiled for the same scopes and metrics; what cells remember stays."""
        self._watch.take(limits)
        self._judged = None

    def evaluate(self, view: BookView, now_s: float, series: Series | None = None) -> RiskMatrix:
        """All metrics of all scopes at `now_s` (monotonic), shape (scopes, metrics), and how they stand to limits."""
        frame = frame_of(view, series)
        shape = (len(self.scopes), len(METRIC_INFOS))
        value = np.full(shape[::-1], np.nan).T
        for column, metric in enumerate(METRICS):
            value[:, column] = metric.compute(frame)
        later_s = max(0.0, now_s - view.now_s)
        value[:, METRIC_NAMES.index("data_age")] += later_s
        age_s = view.age_s + later_s
        self._judged = self._watch.step(value, view.trust, now_s, view.at_s)
        table = table_of(self._judged, self.limits)
        for array in (value, age_s, table.severity, table.threshold, table.headroom, table.breach_in_s):
            array.flags.writeable = False
        return RiskMatrix(
            scopes=self.scopes,
            metrics=METRIC_INFOS,
            value=value,
            age_s=age_s,
            trust=view.trust,
            costly_age_s=np.inf,
            severity=table.severity,
            limited=table.limited,
            threshold=table.threshold,
            headroom=table.headroom,
            breach_in_s=table.breach_in_s,
            rows=self._rows,
            columns=_COLUMNS,
        )

    def checks(self, matrix: RiskMatrix, keep: Collection[tuple[Scope, str]] = ()) -> list[LimitCheck]:
        """The limits that are breached, near or unknown, and those in `keep` (scope, subject) whatever they are."""
        assert self._judged is not None, "the checks are those of the newest evaluation"
        return limit_checks(self.limits, self._judged, matrix.age_s, keep)

    def reading(self, scope: Scope, subject: str) -> tuple[float, int]:
        """Value and severity of a limited subject as the newest evaluation has them; NaN and 0 without a limit."""
        cell = self.limits.cell(scope, subject)
        if cell is None or self._judged is None:
            return float("nan"), 0
        return float(self._judged.quantity[cell]), int(self._judged.severity[cell])
