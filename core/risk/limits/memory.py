"""What a limit has to remember of its figure from cycle to cycle: confirmations, past levels, drift. All in arrays."""

from __future__ import annotations

from typing import Self

import numpy as np

from core.risk.limits.compiling import Bools, CompiledLimits
from core.risk.limits.model import Confirm
from core.risk.model import Bytes, Floats, Ints

CHANGE_POINTS = 30
"""A change over a span is read off at steps of this part of it."""
DRIFT_POINTS = 6
DRIFT_SPAN_S = 60.0
"""The present drift of a figure is its slope over the last so many seconds."""


class Confirmations:
    """How many of the last readings of a cell reached each severity; only of limits that ask for more than one."""

    def __init__(self, limits: CompiledLimits) -> None:
        rules = [limit.confirm for limit in limits.limits] + [Confirm()]
        needed = np.array([rule.needed for rule in rules], dtype=np.int64)[limits.limit]
        cycles = np.array([rule.cycles for rule in rules], dtype=np.int64)[limits.limit]
        self.cells: Ints = np.flatnonzero(cycles > 1)
        self._needed, self._cycles = needed[self.cells], cycles[self.cells]
        longest = int(self._cycles.max(initial=1))
        self._ring: Bytes = np.zeros((len(self.cells), longest), dtype=np.int8)
        self._place = np.zeros(len(self.cells), dtype=np.int64)
        self._counts = np.zeros((len(self.cells), 4), dtype=np.int32)
        """How many readings in the ring reach each severity."""

    def carry(self, old: Confirmations, moved: Ints) -> Self:
        """Take over what `old` remembers; `moved` has for each of its cells the number that it has here, or -1."""
        mine, before = _meet(self.cells, old.cells, moved)
        same = (self._needed[mine] == old._needed[before]) & (self._cycles[mine] == old._cycles[before])
        mine, before = mine[same], before[same]
        width = min(self._ring.shape[1], old._ring.shape[1])
        self._ring[mine, :width] = old._ring[before, :width]
        self._place[mine], self._counts[mine] = old._place[before], old._counts[before]
        return self

    def step(self, severity: Bytes, *, count: bool) -> Bools:
        """Lower what is not confirmed, in place; which cells were lowered. Unknown readings are not counted."""
        lowered = np.zeros(len(severity), dtype=np.bool_)
        if not len(self.cells):
            return lowered
        shown = severity[self.cells]
        if count:
            self._push(shown)
        beyond = np.flatnonzero(shown > 0)
        enough = self._counts[beyond] >= self._needed[beyond, None]
        confirmed = enough.sum(axis=1).astype(np.int8)  # a graver reading counts for every milder severity
        kept = np.minimum(shown[beyond], confirmed)
        severity[self.cells[beyond]] = kept
        lowered[self.cells[beyond]] = kept != shown[beyond]
        return lowered

    def _push(self, shown: Bytes) -> None:
        # A ring of nothing but inside stays as it is when one more is inside, and most of them are that.
        at = np.flatnonzero((shown > 0) | ((shown == 0) & (self._counts[:, 0] > 0)))
        place, new = self._place[at], shown[at]
        grades = np.arange(1, 5)
        self._counts[at] += (new[:, None] >= grades).astype(np.int32) - (self._ring[at, place][:, None] >= grades)
        self._ring[at, place] = new
        self._place[at] = (place + 1) % self._cycles[at]


class Changes:
    """Past levels of the cells whose change is limited."""

    def __init__(self, limits: CompiledLimits) -> None:
        self.cells: Ints = np.flatnonzero(limits.span_s > 0.0)
        self._span_s = limits.span_s[self.cells]
        shape = (len(self.cells), CHANGE_POINTS + 2)
        self._at_s: Floats = np.full(shape, -np.inf)
        self._level: Floats = np.full(shape, np.nan)
        self._newest = np.full(len(self.cells), -1, dtype=np.int64)
        self._oldest = np.zeros(len(self.cells), dtype=np.int64)

    def carry(self, old: Changes, moved: Ints) -> Self:
        # A cell's span is part of what it is, so both remember alike.
        mine, before = _meet(self.cells, old.cells, moved)
        for name in ("_at_s", "_level", "_newest", "_oldest"):
            getattr(self, name)[mine] = getattr(old, name)[before]
        return self

    def arrays(self) -> tuple[Floats, Floats, Ints, Ints]:
        """Times (monotonic) and levels, shape (cells, points), and which of them are the oldest and the newest."""
        return self._at_s, self._level, self._oldest, self._newest

    def step(self, level: Floats, known: Bools, now_s: float) -> Floats:
        """The change of each cell since the oldest level within its span; NaN while there is none or it is unknown.

        `level` and `known` have the shape of `cells`. In the first span after a start the change is that since the
        first known level.
        """
        here = np.where(known, level, np.nan)
        each = np.arange(len(self.cells))
        length = self._level.shape[1]
        newest_s = np.where(self._newest >= 0, self._at_s[each, self._newest], -np.inf)
        due = np.flatnonzero(~np.isnan(here) & (now_s - newest_s >= self._span_s / CHANGE_POINTS))
        self._newest[due] = (self._newest[due] + 1) % length
        self._at_s[due, self._newest[due]] = now_s
        self._level[due, self._newest[due]] = here[due]
        while True:
            late = (
                (self._newest >= 0)
                & (self._oldest != self._newest)
                & (now_s - self._at_s[each, self._oldest] > self._span_s)
            )
            if not late.any():
                break
            self._oldest[late] = (self._oldest[late] + 1) % length
        reference = self._level[each, self._oldest]
        stale = now_s - self._at_s[each, self._oldest] > self._span_s
        with np.errstate(invalid="ignore"):
            change = np.where(here == reference, 0.0, here - reference)  # infinite before and now is no change
        return np.where(stale, np.nan, change)


class Drift:
    """The robust slope of every cell's measure: the median over three pairs of points that lie half the span apart.

    Source: Theil, "A rank-invariant method of linear and polynomial regression analysis" (1950), incomplete method:
    one wild point spoils one of the three pairs, and the median leaves it out.
    """

    def __init__(self, cells: int) -> None:
        self._points: Floats = np.full((DRIFT_POINTS, cells), np.nan)
        self._at_s = np.full(DRIFT_POINTS, np.nan)
        self._newest = 0
        self.slope: Floats = np.full(cells, np.nan)
        """Per second; NaN until the whole span was seen."""
        self._pace = _pace(self.slope)

    def carry(self, old: Drift, moved: Ints, alike: Bools) -> Self:
        """`alike` says of every old cell whether its measure is still the same figure."""
        before = np.flatnonzero((moved >= 0) & alike)
        self._points[:, moved[before]] = old._points[:, before]
        self.slope[moved[before]] = old.slope[before]
        self._at_s, self._newest = old._at_s.copy(), old._newest
        self._pace = _pace(self.slope)
        return self

    def step(self, measure: Floats, now_s: float) -> None:
        if now_s - self._at_s[self._newest] < DRIFT_SPAN_S / (DRIFT_POINTS - 1):
            return
        self._newest = (self._newest + 1) % DRIFT_POINTS
        self._points[self._newest], self._at_s[self._newest] = measure, now_s
        order = [(self._newest + 1 + step) % DRIFT_POINTS for step in range(DRIFT_POINTS)]
        half = DRIFT_POINTS // 2
        with np.errstate(invalid="ignore"):
            a, b, c = (
                (self._points[late] - self._points[early]) / (self._at_s[late] - self._at_s[early])
                for early, late in zip(order[:half], order[half:], strict=True)
            )
            self.slope = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
        self._pace = _pace(self.slope)

    def breach_in_s(self, ahead: Floats, measure: Floats) -> Floats:
        """Seconds until `ahead` (a threshold of the measure); infinite when moving away, 0 beyond it, NaN unknown."""
        left = ahead - measure
        with np.errstate(invalid="ignore"):
            seconds: Floats = left * self._pace
            there = np.flatnonzero(~(left > 0.0))
        seconds[there] = np.where(np.isnan(left[there]) | np.isnan(self._pace[there]), np.nan, 0.0)
        return seconds


def _pace(slope: Floats) -> Floats:
    """Seconds per unit of the measure: infinite where it moves away or stands."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pace = np.where(slope > 0.0, 1.0 / slope, np.inf)
    pace[np.isnan(slope)] = np.nan
    return pace


def _meet(cells: Ints, old_cells: Ints, moved: Ints) -> tuple[Ints, Ints]:
    """Places in `cells` and in `old_cells` of what is in both."""
    target = moved[old_cells]
    place = np.searchsorted(cells, target)
    found = (target >= 0) & (place < len(cells))
    found[found] = cells[place[found]] == target[found]
    return place[found], np.flatnonzero(found)
