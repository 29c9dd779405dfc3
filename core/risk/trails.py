"""Where every scope has been, for plots: points that lie further apart the older they are, within a stated budget."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from core.risk.model import Floats, Ints, ScopeHistory

Points = npt.NDArray[np.float32]

SERIES = ("equity", "unit", "drawdown", "gross_exposure", "net_exposure")
"""What is kept of a scope, in this order; leverage follows from it."""
POINT_BYTES = 4 * len(SERIES)
LEAST_POINTS = 12
GAP_STEPS = 2.5
GAP_S = 15.0
"""Nothing recorded for so long, and for more than so many steps, is a gap: nobody was there, or the machine slept."""
RECENT = 1
"""Of the levels, the one of the last hours."""


@dataclass(frozen=True, slots=True)
class Level:
    span_s: float
    every_s: float
    saved: bool
    """Over a restart."""

    @property
    def points(self) -> int:
        return math.ceil(self.span_s / self.every_s)


LEVELS = (
    Level(300.0, 1.0, saved=False),
    Level(3 * 3_600.0, 10.0, saved=False),
    Level(3 * 86_400.0, 300.0, saved=True),
    Level(30 * 86_400.0, 3_600.0, saved=True),
)
"""The last five minutes by the second, three hours by 10 s, three days by 5 min, thirty days by the hour: 2,964 points
or 59 kB a scope."""


@dataclass(frozen=True, slots=True)
class ScopeCourse(ScopeHistory):
    """All that is kept of one scope; arrays of shape (points,), read-only. Spacing grows with age."""

    unit: Floats
    leverage: Floats


def scaled(rows: int, budget_bytes: float) -> tuple[Level, ...]:
    """The levels with the same spans and fewer points, so that `rows` scopes keep to the budget; twelve at least."""
    full = sum(level.points - LEAST_POINTS for level in LEVELS)
    afforded = budget_bytes / (POINT_BYTES * max(1, rows)) - LEAST_POINTS * len(LEVELS)
    share = min(1.0, max(0.0, afforded / full))
    return tuple(
        Level(
            level.span_s,
            level.span_s / (LEAST_POINTS + math.floor(share * (level.points - LEAST_POINTS))),
            level.saved,
        )
        for level in LEVELS
    )


class Trail:
    """The course of some scopes. Each point is a column of its own that is never written to again."""

    def __init__(self, rows: Ints, budget_bytes: float) -> None:
        """`rows` are the scopes kept here, as rows of the matrix."""
        self.rows = rows
        self.levels = scaled(len(rows), budget_bytes)
        self.points: tuple[deque[tuple[float, Points]], ...] = tuple(deque() for _ in self.levels)
        """Per level: time and columns, shape (series, rows), oldest first."""

    def due(self, at_s: float) -> bool:
        newest = self.points[0]
        return not newest or at_s - newest[-1][0] >= self.levels[0].every_s

    def record(self, at_s: float, series: Iterable[Floats]) -> None:
        """Take a point of `SERIES`, each of shape (scopes,)."""
        columns = np.stack([column[self.rows] for column in series]).astype(np.float32)
        anew = not self.points[0]  # the first of a run: what lies before it, an earlier run has left
        for level, points in zip(self.levels, self.points, strict=True):
            if points and at_s - points[-1][0] < level.every_s * (1.0 - 1e-9):
                continue
            if anew:
                _mark_gap(points, at_s, level.every_s, columns)
            points.append((at_s, columns))
            while at_s - points[0][0] > level.span_s:
                points.popleft()

    def backfill(self, depth: int, older: Sequence[tuple[float, Points]]) -> None:
        """Put what an earlier run left before what this one has; `older` oldest first, shape (series, rows) each."""
        points, every_s = self.points[depth], self.levels[depth].every_s
        first_s = points[0][0] if points else math.inf
        before = [(at_s, columns) for at_s, columns in older if at_s < first_s]
        if len(before) < len(older) and older[len(before)][0] - first_s < every_s:
            # Its time began before this run did, and ended within it.
            before.append((max(first_s - 0.5, before[-1][0] if before else 0.0), older[len(before)][1]))
        kept: list[tuple[float, Points]] = []
        for at_s, columns in reversed(before):
            if not kept or kept[-1][0] - at_s >= every_s * (1.0 - 1e-9):
                kept.append((at_s, columns))
        before = kept[::-1]
        apart_s = np.diff([at_s for at_s, _ in before])
        every_s = max(every_s, float(np.median(apart_s)) if len(apart_s) else 0.0)
        own, anew = list(points), deque[tuple[float, Points]]()
        for at_s, columns in (*before, *own):
            _mark_gap(anew, at_s, every_s, columns)
            anew.append((at_s, columns))
        points.clear()
        points.extend(anew)

    def course(self, place: int, shift_s: float = 0.0) -> ScopeCourse:
        """Of the scope at `rows[place]`, its times moved by `shift_s`; a copy."""
        at_s: list[float] = []
        found: list[Points] = []
        newer_s = math.inf
        for points in self.points:
            older = [(moment, columns[:, place]) for moment, columns in points if moment < newer_s]
            at_s = [moment for moment, _ in older] + at_s
            found = [values for _, values in older] + found
            newer_s = min(newer_s, points[0][0]) if points else newer_s
        table = np.array(found, dtype=np.float64).reshape(len(found), len(SERIES)).T
        equity, unit, drawdown, gross, net = table
        with np.errstate(invalid="ignore", divide="ignore"):
            leverage = np.where(equity > 0.0, gross / equity, np.where(gross > 0.0, np.inf, 0.0))
        leverage[np.isnan(equity) | np.isnan(gross)] = np.nan
        course = ScopeCourse(np.array(at_s) + shift_s, drawdown, gross, net, equity, unit, leverage)
        for field in fields(course):
            getattr(course, field.name).flags.writeable = False
        return course


def _mark_gap(points: deque[tuple[float, Points]], at_s: float, every_s: float, like: Points) -> None:
    """Where nothing was recorded for a while, a point that says so: no line is to be drawn over it."""
    if points and at_s - points[-1][0] > max(GAP_STEPS * every_s, GAP_S):
        points.append((points[-1][0] + every_s, np.full_like(like, np.nan)))


class Sparks:
    """The last two minutes of every scope's unit value, for the small lines beside its name."""

    def __init__(self, rows: int, points: int, every_s: float) -> None:
        self._points: deque[Floats] = deque(maxlen=points)
        self._rows = rows
        self._length = points
        self._every_s = every_s
        self._at_s = -math.inf
        self._frozen: Floats | None = None

    def record(self, at_s: float, unit: Floats) -> None:
        if at_s - self._at_s >= self._every_s * (1.0 - 1e-9):
            self._at_s = at_s
            self._points.append(unit)
            self._frozen = None

    def backfill(self, held_at: Callable[[float], Floats]) -> None:
        """Ask for the unit values, shape (scopes,), of every moment before the first that was recorded."""
        first_s = self._at_s - self._every_s * (len(self._points) - 1)
        for number in range(1, self._length - len(self._points) + 1 if self._points else 0):
            self._points.appendleft(held_at(first_s - number * self._every_s))
        self._frozen = None

    def read(self) -> Floats:
        """Shape (scopes, points), oldest first, NaN where nothing was recorded yet; read-only, the same until the next
        point."""
        if self._frozen is None:
            lines = np.full((self._rows, self._length), np.nan)
            for place, column in enumerate(self._points, start=self._length - len(self._points)):
                lines[:, place] = column
            lines.flags.writeable = False
            self._frozen = lines
        return self._frozen
