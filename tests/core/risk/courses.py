"""A course fed by hand: views that say no more than unit values, without a book behind them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import numpy as np

from core.book.view import BookView
from core.domain import Trust
from core.risk.course import Course
from core.risk.frame import Series
from core.risk.saving import load_course, save_course
from core.risk.settings import RiskSettings
from tests.core.book.desk import Desk

START_S = 1_700_006_400.0
"""A full UTC day."""
SETTINGS = RiskSettings(velocity_s=900.0, sample_s=300.0)


class Feed:
    """Scopes of a small desk, all told the same value unless said otherwise; monotonic time goes with the wall's."""

    def __init__(self, at_s: float = START_S, desk: Desk | None = None) -> None:
        self.view: BookView = (desk or Desk()).view()
        self.layout = self.view.layout
        self.course = Course(self.layout, SETTINGS)
        self.at_s = at_s
        self.now_s = 50.0
        self.peak = np.full(len(self.layout.scopes), np.nan)

    def wait(self, seconds: float) -> None:
        self.at_s += seconds
        self.now_s += seconds

    def step(
        self, unit: float | Sequence[float], trust: Trust = Trust.TRUSTED, peak: Sequence[float] | None = None
    ) -> Series:
        count = len(self.layout.scopes)
        column = np.broadcast_to(np.asarray(unit, dtype=np.float64), count).copy()
        finite = np.where(np.isfinite(column), column, np.nan)
        self.peak = np.fmax(self.peak, finite) if peak is None else np.asarray(peak, dtype=np.float64)
        view = dataclasses.replace(
            self.view, now_s=self.now_s, at_s=self.at_s, unit=column, peak=self.peak,
            trust=np.full(count, trust, dtype=np.int8),
        )  # fmt: skip
        return self.course.step(view)

    def restart(self, desk: Desk | None = None) -> None:
        """Another process: what was saved as JSON, a monotonic clock that begins anywhere."""
        state = json.loads(json.dumps(save_course(self.course).encode(), allow_nan=False))
        before = {scope: row for row, scope in enumerate(self.layout.scopes)}
        if desk is not None:
            self.view = desk.view()
            self.layout = self.view.layout
        kept = [before.get(scope, -1) for scope in self.layout.scopes]
        self.peak = np.array([self.peak[row] if row >= 0 else np.nan for row in kept])
        self.course = Course(self.layout, SETTINGS)
        load_course(self.course, state)
        self.now_s = 3.0
