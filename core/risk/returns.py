"""Returns of every scope's unit value on a common grid, for estimates: flow-adjusted, bounded, with holes as holes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.risk.costly.inputs import Returns
from core.risk.model import Bools, Floats

Column = npt.NDArray[np.float32]

LATE_SHARE = 0.1
"""Of a period: a sample taken later than this after its moment is none."""
MOST = 2_016
"""Periods kept: a week of five minutes."""
LEAST = 80
BUDGET_BYTES = 32e6


def kept_periods(rows: int) -> int:
    """2,016 up to 4,000 scopes, 80 (6 h 40 min of five minutes) from 100,000 on: about 32 MB."""
    return int(np.clip(BUDGET_BYTES // (4 * max(1, rows)), LEAST, MOST))


@dataclass(frozen=True, slots=True)
class HeldReturns:
    """The ring as it was at one moment, without a copy; `build` may take its time in another thread."""

    period_s: float
    last: int
    """Number of the newest period since the epoch."""
    columns: tuple[Column, ...]
    rows: int

    def build(self) -> Returns:
        count = len(self.columns)
        value = np.array(self.columns, dtype=np.float64).reshape(count, self.rows)
        at_s = (np.arange(count, dtype=np.float64) + (self.last - count + 1)) * self.period_s
        return Returns(at_s, self.period_s, value)


class ReturnRing:
    """A sample at every full `period_s` of the course's time; each return is the change from the sample before, and
    missing where either is."""

    def __init__(self, rows: int, period_s: float) -> None:
        self.columns: deque[Column] = deque(maxlen=kept_periods(rows))
        self.number = -1
        """Number of the newest sample since the epoch."""
        self.sample: Floats = np.full(rows, np.nan)
        self._rows = rows
        self.period_s = period_s

    def step(self, at_s: float, unit: Floats) -> None:
        number = int(at_s // self.period_s)
        if number <= self.number:
            return
        late = at_s - number * self.period_s > LATE_SHARE * self.period_s
        sample = np.full(self._rows, np.nan) if late else unit.copy()
        if self.number >= 0:
            skipped = number - self.number - 1
            for _ in range(min(skipped, self.columns.maxlen or 0)):
                self.columns.append(np.full(self._rows, np.nan, dtype=np.float32))
            before = self.sample if not skipped else np.full(self._rows, np.nan)
            with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
                change = np.where(before > 0.0, sample / before - 1.0, np.nan)
            self.columns.append(change.astype(np.float32))
        self.number, self.sample = number, sample

    def forget(self, rows: Bools) -> None:
        """These series begin anew: the step to their new beginning is no return."""
        self.sample = np.where(rows, np.nan, self.sample)

    def held(self) -> HeldReturns:
        return HeldReturns(self.period_s, self.number, tuple(self.columns), self._rows)
