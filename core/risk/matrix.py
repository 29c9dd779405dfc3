"""The risk matrix: every metric of every scope, and every limit in one comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import numpy as np

from core.book.view import BookView
from core.domain import Scope
from core.risk.frame import Frame, Series, frame_of
from core.risk.limits import CompiledLimits, Judged, Limit, LimitCheck, LimitWatch, compile_limits, limit_checks
from core.risk.limits.checks import checks_at
from core.risk.limits.compiling import Bools
from core.risk.limits.feed import CheckFeed
from core.risk.limits.judging import table_of
from core.risk.metrics import METRIC_INFOS, METRICS
from core.risk.model import Floats, MetricInfo, RiskMatrix
from core.risk.settings import RiskSettings
from core.risk.sheets import Sheets

DATA_AGE = next(column for column, metric in enumerate(METRICS) if metric.info.name == "data_age")


class SlowColumns(Protocol):
    """The newest of the costly columns."""

    @property
    def value(self) -> Floats:
        """Shape (scopes, costly metrics)."""

    @property
    def captured_s(self) -> float:
        """Monotonic: the moment that they speak of."""


class RiskModel:
    """Holds the limits; everything else comes in with the view."""

    def __init__(
        self,
        scopes: Sequence[Scope],
        limits: Sequence[Limit],
        infos: tuple[MetricInfo, ...] = METRIC_INFOS,
        *,
        costly_stale_s: float = RiskSettings().costly_stale_s,
    ) -> None:
        """`infos`: all columns in their order, those of every cycle first (`core.risk.metrics.infos_of`)."""
        self.scopes = tuple(scopes)
        self.infos = infos
        self._costly_stale_s = costly_stale_s
        self._rows = {scope: row for row, scope in enumerate(self.scopes)}
        self._columns = {info.name: column for column, info in enumerate(infos)}
        self._sheets = Sheets(len(infos), len(self.scopes))
        self._watch = LimitWatch(compile_limits(scopes, limits, infos))
        self._judged: tuple[CompiledLimits, Judged] | None = None
        self._asking: tuple[CompiledLimits, Bools] | None = None
        """By limit: whether any severity of it has a policy."""
        self.feed = CheckFeed()

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

    def evaluate(
        self, view: BookView, now_s: float, series: Series | None = None, costly: SlowColumns | None = None
    ) -> RiskMatrix:
        """All metrics of all scopes at `now_s` (monotonic), shape (scopes, metrics), and how they stand to limits.

        `costly` older than `RiskSettings.costly_stale_s` say nothing any more: they are unknown.
        """
        frame = frame_of(view, series)
        costly_age_s = np.inf if costly is None else max(0.0, now_s - costly.captured_s)
        value = self._figures(frame, costly if costly_age_s <= self._costly_stale_s else None)
        later_s = max(0.0, now_s - view.now_s)
        value[:, DATA_AGE] += later_s
        age_s = view.age_s + later_s
        judged = self._watch.step(value, view.trust, now_s, view.at_s)
        self._judged = (self.limits, judged)
        table = table_of(judged, self.limits)
        for array in (value, age_s, table.severity, table.threshold, table.headroom, table.breach_in_s):
            array.flags.writeable = False
        return RiskMatrix(
            scopes=self.scopes,
            metrics=self.infos,
            value=value,
            age_s=age_s,
            trust=view.trust,
            costly_age_s=costly_age_s,
            severity=table.severity,
            limited=table.limited,
            threshold=table.threshold,
            headroom=table.headroom,
            breach_in_s=table.breach_in_s,
            rows=self._rows,
            columns=self._columns,
        )

    def _figures(self, frame: Frame, costly: SlowColumns | None) -> Floats:
        """Shape (scopes, metrics), each column contiguous."""
        sheet = self._sheets.take()
        for column, metric in enumerate(METRICS):
            sheet.table[column] = metric.compute(frame)
        slow = sheet.table[len(METRICS) :]
        if sheet.slow is not costly:
            slow[:] = np.nan if costly is None else costly.value.T
            sheet.slow = costly
        return sheet.table.T

    @property
    def judged(self) -> tuple[CompiledLimits, Judged] | None:
        """How the newest evaluation stood to the limits of then; None before the first."""
        return self._judged

    @property
    def costly_stale_s(self) -> float:
        return self._costly_stale_s

    def checks(self, matrix: RiskMatrix, keep: Collection[tuple[Scope, str]] = ()) -> list[LimitCheck]:
        """The limits that are breached, near or unknown, and those in `keep` (scope, subject) whatever they are."""
        assert self._judged is not None, "the checks are those of the newest evaluation"
        return limit_checks(*self._judged, matrix.age_s, keep)

    @property
    def watch(self) -> LimitWatch:
        """The limits at work, with what they remember."""
        return self._watch

    def news(self, matrix: RiskMatrix, needed: Iterable[tuple[Scope, str]] = ()) -> list[LimitCheck]:
        """What has changed since the last call, the gravest first where it is much, and the checks of `needed`."""
        assert self._judged is not None, "the checks are those of the newest evaluation"
        return self.feed.step(*self._judged, matrix.age_s, needed)

    def acting(self, matrix: RiskMatrix, keep: Collection[tuple[Scope, str]] = ()) -> list[LimitCheck]:
        """The breached limits that ask for more than an event, and those in `keep` whatever they are."""
        assert self._judged is not None, "the checks are those of the newest evaluation"
        limits, judged = self._judged
        if self._asking is None or self._asking[0] is not limits:
            self._asking = (limits, np.array([bool(limit.policy) for limit in limits.limits] + [False]))
        wanted = (judged.severity > 0) & self._asking[1][limits.limit]
        kept = limits.cells(keep)
        wanted[kept[limits.limit[kept] >= 0]] = True
        return checks_at(limits, judged, matrix.age_s, np.flatnonzero(wanted))

    def reading(self, scope: Scope, subject: str) -> tuple[float, int]:
        """Value and severity of a limited subject as the newest evaluation has them; NaN and 0 without a limit."""
        if self._judged is None:
            return float("nan"), 0
        limits, judged = self._judged
        cell = limits.cell(scope, subject)
        return (float("nan"), 0) if cell is None else (float(judged.quantity[cell]), int(judged.severity[cell]))
