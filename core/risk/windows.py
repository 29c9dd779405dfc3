"""Windows over the course of unit values: rolling peaks, a look back, losing hours in a row; and the time they run on.

Columns that are closed are never written to again, so that a copy of the whole for saving is a list of references.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from core.risk.model import Bools, Floats

JUMP_S = 5.0
"""A wall clock that is further ahead than this has jumped, or the machine has slept."""
CONFIRM_S = 60.0
"""How long it must stay there before it is followed."""
HOUR_S = 3_600.0
SAME = 1e-12
"""Relative: a smaller change of a unit value is what binary fractions leave over."""


class CourseClock:
    """Wall time that never runs backwards and believes no jump at once.

    It goes on with the monotonic clock. A wall clock set back is not followed; one set ahead is after `CONFIRM_S`, for
    that is also what it looks like when a machine wakes up. Over a restart it takes the later of the wall's time and
    its own last one.
    """

    def __init__(self) -> None:
        self.at_s = math.nan
        self._now_s = math.nan
        self._ahead_since_s = math.nan

    def step(self, now_s: float, at_s: float) -> float:
        """The course's time at `now_s` (monotonic) and `at_s` (wall), in seconds since the epoch."""
        if math.isnan(self._now_s):
            self.at_s = at_s if math.isnan(self.at_s) else max(at_s, self.at_s)
            self._now_s = now_s
            return self.at_s
        self.at_s += max(0.0, now_s - self._now_s)
        self._now_s = max(now_s, self._now_s)
        if at_s - self.at_s <= JUMP_S:
            self._ahead_since_s = math.nan
        elif math.isnan(self._ahead_since_s):
            self._ahead_since_s = now_s
        elif now_s - self._ahead_since_s >= CONFIRM_S:
            self.at_s, self._ahead_since_s = at_s, math.nan
        return self.at_s


class PeakWindow:
    """The highest value of the last `span_s`, by buckets of `bucket_s`: a peak counts for at least the span and at most
    one bucket longer. Every closed bucket holds the highest value since it began, so the oldest one tells it all."""

    def __init__(self, rows: int, span_s: float, bucket_s: float) -> None:
        self.open: Floats = np.full(rows, np.nan)
        self.index = -1
        """Number of the open bucket since the epoch; -1 before the first value."""
        self.closed: deque[tuple[int, Floats]] = deque()
        """Bucket number and column, oldest first."""
        self._bucket_s = bucket_s
        self._buckets = math.ceil(span_s / bucket_s)

    def step(self, at_s: float, value: Floats) -> Floats:
        """Take the present values (NaN unknown); the peaks including them."""
        index = int(at_s // self._bucket_s)
        if index > self.index:
            self._turn(index)
        np.fmax(self.open, value, out=self.open)
        return np.fmax(self.open, self.closed[0][1]) if self.closed else self.open.copy()

    def _turn(self, index: int) -> None:
        if self.index >= 0:
            ended = self.open
            self.open = np.full_like(ended, np.nan)
            self.closed = deque((number, np.fmax(column, ended)) for number, column in self.closed)
            self.closed.append((self.index, ended))
        while self.closed and self.closed[0][0] < index - self._buckets:
            self.closed.popleft()
        self.index = index

    def forget(self, rows: Bools) -> None:
        """These series begin anew."""
        self.open[rows] = np.nan
        self.closed = deque((number, _without(column, rows)) for number, column in self.closed)


class LookBack:
    """The value of `span_s` ago, by samples of `span_s` / `samples`: between one span and a sample more.

    Where nothing is known of that moment, it is the first one known since; the span then still counts as whole, as if
    the value had stood still before. That understates a change and never invents one. What is older than two spans
    tells nothing of the present and is dropped.
    """

    def __init__(self, rows: int, span_s: float, samples: int = 15) -> None:
        self.samples: deque[tuple[float, Floats]] = deque()
        self._rows = rows
        self._span_s = span_s
        self._every_s = span_s / samples
        self._key = (math.nan, math.nan)
        """When the oldest and the newest sample were taken."""
        self._value: Floats = np.full(rows, np.nan)
        self._at_s: Floats = np.full(rows, np.nan)

    def step(self, at_s: float, value: Floats) -> tuple[Floats, Floats]:
        """The value before, and how many seconds ago that was; NaN where nothing was ever known."""
        kept = self.samples
        while kept and at_s - kept[0][0] > 2.0 * self._span_s:
            kept.popleft()
        if not kept or at_s - kept[-1][0] >= self._every_s:
            kept.append((at_s, value.copy()))
        while len(kept) > 1 and at_s - kept[1][0] >= self._span_s:
            kept.popleft()
        key = (kept[0][0], kept[-1][0])
        if key != self._key:
            self._key = key
            self._find()
        fresh = np.isnan(self._value) & ~np.isnan(value)
        if fresh.any():
            kept[-1] = (kept[-1][0], np.where(fresh, value, kept[-1][1]))
            self._find()
        return self._value, np.maximum(self._span_s, at_s - self._at_s)

    def _find(self) -> None:
        self._value = np.full(self._rows, np.nan)
        self._at_s = np.full(self._rows, np.nan)
        for at_s, column in self.samples:
            missing = np.isnan(self._value) & ~np.isnan(column)
            if missing.any():
                self._value[missing] = column[missing]
                self._at_s[missing] = at_s
            if not np.isnan(self._value).any():
                return

    def forget(self, rows: Bools) -> None:
        self.samples = deque((at_s, _without(column, rows)) for at_s, column in self.samples)
        self._find()


class LossRun:
    """How many hours (UTC) in a row until now ended lower than the one before; the hour that runs does not count.

    An hour ends at its last known value. One in which nothing was known is left out, and what happened meanwhile counts
    to the hour in which it is seen. An hour without a loss ends the run.
    """

    def __init__(self, rows: int) -> None:
        self.hour = -1
        self.run: Floats = np.full(rows, np.nan)
        """NaN before a value was ever known."""
        self.opening: Floats = np.full(rows, np.nan)
        """The last value of the hour before, or the first one ever."""
        self.last: Floats = np.full(rows, np.nan)
        """The newest value of the hour that runs; NaN for none."""

    def step(self, at_s: float, value: Floats) -> Floats:
        hour = int(at_s // HOUR_S)
        if hour > self.hour:
            self._turn()
            self.hour = hour
        known = np.isfinite(value)
        first = known & np.isnan(self.opening)
        if first.any():
            self.opening[first] = value[first]
            self.run[first] = 0.0
        np.copyto(self.last, value, where=known)
        return self.run

    def _turn(self) -> None:
        known = ~np.isnan(self.last)
        lost = self.last < self.opening - SAME * np.abs(self.opening)
        # A new array: the old one is in somebody's hands.
        self.run = np.where(known, np.where(lost, self.run + 1.0, 0.0), self.run)
        self.opening = np.where(known, self.last, self.opening)
        self.last = np.full_like(self.last, np.nan)

    def forget(self, rows: Bools) -> None:
        self.run = np.where(rows, np.nan, self.run)
        self.opening[rows] = np.nan
        self.last[rows] = np.nan


def _without(column: Floats, rows: Bools) -> Floats:
    return np.where(rows, np.nan, column)
