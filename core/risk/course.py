"""What every scope's figures did over time: rolling peaks, velocity, losing hours, coverage, returns, plots.

Bounded, and cheap in a cycle: comparisons of whole columns, and a new column where a bucket or sample is due.
Memory per scope: rolling peaks 480 bytes, velocity 136, coverage 264, returns 320 to 8,064, plots as `PLOT_BYTES`
allows; with 100,000 accounts about 270 MB in all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.book.layout import Layout
from core.book.view import BookView
from core.domain import Scope, Trust
from core.risk.coverage import Coverage
from core.risk.frame import Series
from core.risk.model import Bools, Floats, RiskMatrix, ScopeHistory
from core.risk.returns import HeldReturns, ReturnRing
from core.risk.settings import RiskSettings
from core.risk.trails import RECENT, SERIES, ScopeCourse, Sparks, Trail
from core.risk.windows import CourseClock, LookBack, LossRun, PeakWindow

DAY_S = 86_400.0
WEEK = (7 * DAY_S, DAY_S / 4)
MONTH = (30 * DAY_S, DAY_S)
"""Span and granularity of the rolling peaks, seconds: a peak of the week counts for seven days and up to six hours
more, one of the month for thirty days and up to one more."""
FEW_BYTES = 64e6
"""For plots of portfolio, venues and strategies; some 1,000 of them have every point."""
PLOT_BYTES = 96e6
"""For plots of the accounts; 1,600 of them have every point, 100,000 some 48 each."""
SHOWN_S = 3_600.0
"""Of the portfolio, on the screen that is always there."""
SPARK_SPAN_S = 120.0
SPARK_BYTES = 16e6
SPARK_POINTS = (20, 60)
HELD_S = 60.0
Recent = Sequence[tuple[float, npt.NDArray[np.float32]]]
"""Times and columns of shape (series, rows of a trail), oldest first."""


class Course:
    """Fed twice per cycle: `step` before the metrics are computed, `record` after."""

    def __init__(self, layout: Layout, settings: RiskSettings, base_currency: str = "USD") -> None:
        self.layout = layout
        self.base_currency = base_currency
        count = len(layout.scopes)
        self.clock = CourseClock()
        self.week = PeakWindow(count, *WEEK)
        self.month = PeakWindow(count, *MONTH)
        self.before = LookBack(count, settings.velocity_s)
        self.losses = LossRun(count)
        self.returns = ReturnRing(count, settings.sample_s)
        self.coverage = Coverage(count)
        self.peak: Floats = np.full(count, np.nan)
        """The book's highest unit values as last seen: one that falls says that its series began anew."""
        accounts = np.arange(layout.first_account, layout.first_strategy)
        self.trails = (
            Trail(np.setdiff1d(np.arange(count), accounts), FEW_BYTES),
            Trail(accounts, PLOT_BYTES),
        )
        points = int(np.clip(SPARK_BYTES // (8 * count), *SPARK_POINTS))
        self._sparks = Sparks(count, points, SPARK_SPAN_S / points)
        self._shift_s = 0.0
        self._portfolio: tuple[float, ScopeHistory] | None = None

    # What the metrics need

    def step(self, view: BookView) -> Series:
        """Take one cycle of the book."""
        at_s = self.clock.step(view.now_s, view.at_s)
        self._shift_s = view.at_s - at_s
        unit = np.where(np.isfinite(view.unit), view.unit, np.nan)
        self._notice_new_beginnings(view.peak)
        before, before_s = self.before.step(at_s, unit)
        self.returns.step(at_s, unit)
        hour, day, month = self.coverage.step(at_s, view.trust == Trust.TRUSTED)
        self._sparks.record(at_s, unit)
        # As with the book's own peaks: what is half blind reaches no height.
        height = np.where(view.trust != Trust.UNKNOWN, unit, np.nan)
        return Series(
            peak_7d=self.week.step(at_s, height),
            peak_30d=self.month.step(at_s, height),
            unit_before=before,
            before_s=before_s,
            loss_run=self.losses.step(at_s, unit),
            coverage_hour=hour,
            coverage_day=day,
            coverage_month=month,
        )

    def _notice_new_beginnings(self, peak: Floats) -> None:
        """A highest value never falls but where the book began a series anew (nothing was left and money came, or its
        memory was lost): what was before then compares with nothing."""
        anew: Bools = peak < self.peak * (1.0 - 1e-12)
        if anew.any():
            for part in (self.week, self.month, self.before, self.losses, self.returns):
                part.forget(anew)
        self.peak = np.where(np.isnan(peak), self.peak, peak)

    def rebase_peak(self, scope: Scope) -> None:
        """Measure the scope's rolling falls from where it stands now on; its returns and everything else go on."""
        rows: Bools = np.zeros(len(self.layout.scopes), dtype=np.bool_)
        rows[self.layout.scopes.index(scope)] = True
        self.week.forget(rows)
        self.month.forget(rows)
        self.peak = np.where(rows, np.nan, self.peak)  # that the book's peak falls is no new beginning this time

    # What the desk shows

    def record(self, view: BookView, matrix: RiskMatrix) -> None:
        """Take what the metrics of this cycle came to; `step` comes first."""
        at_s = self.clock.at_s
        if not any(trail.due(at_s) for trail in self.trails):
            return
        shown = {name: matrix.value[:, matrix.column(name)] for name in SERIES if name != "unit"} | {"unit": view.unit}
        for trail in self.trails:
            if trail.due(at_s):
                with np.errstate(over="ignore"):
                    trail.record(at_s, [shown[name] for name in SERIES])

    @property
    def began(self) -> bool:
        """Whether there is a point of this run."""
        return bool(self.trails[0].points[0])

    def history(self, row: int) -> ScopeCourse:
        """The course of the scope in this row of the matrix, in wall time; read-only."""
        for trail in self.trails:
            place = int(np.searchsorted(trail.rows, row))
            if place < len(trail.rows) and trail.rows[place] == row:
                return trail.course(place, self._shift_s)
        raise IndexError(f"there is no scope {row}; allowed are 0 to {len(self.layout.scopes) - 1}")

    def portfolio(self) -> ScopeHistory:
        """The portfolio's last hour; the same arrays until there is a new point."""
        newest = self.trails[0].points[0]
        key = newest[-1][0] if newest else np.nan
        if self._portfolio is None or self._portfolio[0] != key:
            whole = self.history(0)
            since = int(np.searchsorted(whole.at_s, whole.at_s[-1] - SHOWN_S)) if newest else 0
            columns = (whole.at_s, whole.drawdown, whole.gross_exposure, whole.net_exposure, whole.equity)
            self._portfolio = key, ScopeHistory(*(column[since:] for column in columns))
        return self._portfolio[1]

    def sparklines(self) -> Floats:
        """Shape (scopes, points): unit values of the last two minutes, oldest first, NaN where unknown; read-only."""
        return self._sparks.read()

    def backfill(self, found: Sequence[tuple[Trail, Recent]]) -> None:
        """Take what earlier runs left of the last hours of each trail's scopes, in wall time; gaps stay gaps."""
        moved = [(trail, [(at_s - self._shift_s, columns) for at_s, columns in points]) for trail, points in found]
        for trail, points in moved:
            trail.backfill(RECENT, points)
        self._portfolio = None
        unit, count = SERIES.index("unit"), len(self.layout.scopes)

        def held_at(moment_s: float) -> Floats:
            """A point stands for the time since the one before it, and for no longer than `HELD_S`."""
            column = np.full(count, np.nan)
            for trail, points in moved:
                after = next((row for row in points if row[0] >= moment_s), None)
                if after is not None and after[0] - moment_s <= HELD_S:
                    column[trail.rows] = after[1][unit]
            return column

        self._sparks.backfill(held_at)

    # What estimates need

    def scope_returns(self) -> HeldReturns:
        """Of every scope's unit value, per `RiskSettings.sample_s`. Costs nothing; `build()` it in a thread."""
        return self.returns.held()
