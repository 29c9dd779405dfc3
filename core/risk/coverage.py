"""Share of time in which a scope had fresh, trusted figures: the honest form of "99.9 % uptime"."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from core.risk.model import Bools, Floats

CREDIT_S = 1.0
"""One cycle vouches for no more than this: while no cycle ran, nobody looked."""
LEAST_S = 60.0
"""A scope that is watched for less has no coverage to speak of: unknown. One whose first trusted figure comes within
this time counts from there, since connecting is no outage."""
WINDOWS = ((3_600.0, 300.0), (86_400.0, 3_600.0), (30 * 86_400.0, 86_400.0))
"""Hour, day and month (30 days), each with its granularity, seconds: a window is at most one bucket longer."""


class CoverWindow:
    """Good seconds by bucket. Closed columns are never written to again."""

    def __init__(self, rows: int, span_s: float, bucket_s: float) -> None:
        self.index = -1
        self.open: Floats = np.zeros(rows)
        self.closed: deque[tuple[int, npt.NDArray[np.float32]]] = deque()
        """Bucket number and good seconds (within 10 ms of a day), oldest first."""
        self._bucket_s = bucket_s
        self._buckets = round(span_s / bucket_s)
        self.sum()

    def sum(self) -> None:
        """Add up what is closed; anew at every turn, so that nothing drifts."""
        self._closed_s = np.zeros_like(self.open)
        for _, column in self.closed:
            self._closed_s += column

    def add(self, at_s: float, credit_s: float, good: Bools) -> None:
        index = int(at_s // self._bucket_s)
        if index > self.index:
            if self.index >= 0:
                self.closed.append((self.index, self.open.astype(np.float32)))
                self.open = np.zeros_like(self.open)
            while self.closed and self.closed[0][0] < index - self._buckets:
                self.closed.popleft()
            self.index = index
            self.sum()
        self.open += credit_s * good

    def share(self, at_s: float, since_s: Floats) -> Floats:
        """Of the window, or of the time since `since_s` where that is shorter; NaN below `LEAST_S`."""
        began_s = (self.index - self._buckets) * self._bucket_s
        elapsed_s = at_s - np.maximum(since_s, began_s)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.minimum((self._closed_s + self.open) / elapsed_s, 1.0)
        return np.where(elapsed_s >= LEAST_S, share, np.nan)


class Coverage:
    """Fed once per cycle on the course's time (`CourseClock`); arrays of shape (scopes,).

    66 columns of 4 bytes: 264 bytes a scope.
    """

    def __init__(self, rows: int) -> None:
        self.since_s: Floats = np.full(rows, np.nan)
        """When the scope began to be watched; NaN before its first cycle."""
        self.seen_s: Floats = np.full(rows, np.nan)
        """When there first was a trusted figure; NaN while there was none."""
        self.windows = tuple(CoverWindow(rows, span_s, bucket_s) for span_s, bucket_s in WINDOWS)
        self._at_s = math.nan
        self._shares_s = -math.inf
        self._shares = tuple(np.full(rows, np.nan) for _ in WINDOWS)

    def step(self, at_s: float, good: Bools) -> tuple[Floats, Floats, Floats]:
        """`good`: whose figures are fresh and trusted now. Shares of the hour, the day and the month."""
        since_s = self.since_s
        since_s[np.isnan(since_s)] = at_s
        first = good & np.isnan(self.seen_s)
        if first.any():
            self.seen_s[first] = at_s
            since_s[first & (at_s - since_s < LEAST_S)] = at_s
        credit_s = 0.0 if math.isnan(self._at_s) else min(CREDIT_S, at_s - self._at_s)
        self._at_s = at_s
        for window in self.windows:
            window.add(at_s, credit_s, good)
        if at_s - self._shares_s >= CREDIT_S:
            self._shares_s = at_s
            self._shares = tuple(window.share(at_s, since_s) for window in self.windows)
        hour, day, month = self._shares
        return hour, day, month
