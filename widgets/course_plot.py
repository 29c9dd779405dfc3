"""One course of a scope over a chosen span, with its limits and with gaps where nothing was known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtWidgets import QWidget

from core.domain import Severity
from core.snapshot import Floats, LimitInForce, ScopeHistory, Snapshot
from widgets import figures
from widgets.course_window import Window
from widgets.marks import severity_tone
from widgets.panel import Panel
from widgets.theme import Tone
from widgets.time_plot import Level, TimePlot

FAR = 3.0
"""A threshold beyond so many times what was reached is told, not drawn: it would flatten the course."""


@dataclass(frozen=True, slots=True)
class Course:
    name: str
    title: str
    unit: str
    metric: str
    """Whose limits are drawn."""
    values: Callable[[ScopeHistory], tuple[Floats, ...]]
    names: tuple[str, ...] = ()
    """Of the curves, where there are several."""
    from_zero: bool = True
    sign: float = 1.0
    """-1 where thresholds stand below zero."""
    falls: bool = False
    """Whether going down is what leads to a threshold."""

    def is_ahead(self, level: float, value: float) -> bool:
        """Whether a threshold is still to come; False while the value is unknown."""
        return level < value if self.falls else level > value


def _distance(value: float, level: float) -> float:
    return abs(level - value)


def _leverage(history: ScopeHistory) -> tuple[Floats, ...]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return (np.where(history.equity > 0.0, history.gross_exposure / history.equity, np.nan),)


def _equity(history: ScopeHistory) -> tuple[Floats, ...]:
    return (history.equity,)


def _drawdown(history: ScopeHistory) -> tuple[Floats, ...]:
    return (-history.drawdown,)


def _exposure(history: ScopeHistory) -> tuple[Floats, ...]:
    return history.gross_exposure, history.net_exposure


COURSES = (
    Course("equity", "Equity", "money", "equity", _equity, from_zero=False, falls=True),
    Course("drawdown", "Drawdown", "ratio", "drawdown", _drawdown, sign=-1.0, falls=True),
    Course("exposure", "Exposure", "money", "gross_exposure", _exposure, names=("gross", "net")),
    Course("leverage", "Leverage", "multiple", "leverage", _leverage),
)
Threshold = tuple[int, float, str]
"""Severity, threshold in the metric's unit, and policy word or ""."""


def thresholds_of(limits: tuple[LimitInForce, ...], metric: str) -> tuple[Threshold, ...]:
    """Those that a plot of the metric itself can show."""
    limit = next((limit for limit in limits if limit.metric == metric and limit.on_level), None)
    return tuple((int(severity), level, policy) for severity, level, policy in (limit.levels if limit else ()))


def value_range(
    course: Course, values: tuple[Floats, ...], levels: list[float], far: float = FAR
) -> tuple[float, float]:
    """What the axis spans: everything known, zero where it belongs, and the thresholds that are not far off."""
    every = np.concatenate(values)
    known = every[np.isfinite(every)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if course.from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    near = [level for level in levels if abs(level) <= far * max(abs(low), abs(high))]
    low, high = min([low, *near]), max([high, *near])
    room = max(high - low, abs(high) * 1e-3, 1e-9) * 0.08
    return low - room, high + room


class CoursePlot(Panel):
    def __init__(self, course: Course, parent: QWidget | None = None, *, far: float = FAR, framed: bool = True) -> None:
        """`far`: thresholds beyond so many times what was reached are told, not drawn; inf draws all of them."""
        super().__init__(f"course_{course.name}", course.title, parent)
        self.course = course
        self._far = far
        self._base = "USD"
        self.plot = TimePlot(
            f"{course.name}_course",
            f"{course.title} over time",
            self._words,
            curves=max(1, len(course.names)),
            filled=course.sign < 0.0,
            parent=self,
        )
        self.body.addWidget(self.plot, 1)
        if framed:
            self.whole.setContentsMargins(9, 5, 9, 3)
        else:
            self.setProperty("role", "plain")
            self.whole.setContentsMargins(0, 0, 0, 0)
            self.whole.setSpacing(2)

    def _words(self, value: float) -> str:
        return figures.figure(value, self.course.unit, self._base) if value else "0"

    def restyle(self) -> None:
        if hasattr(self, "plot"):
            self.plot.restyle()

    def draw(self, snapshot: Snapshot) -> None:
        """Its page hands it the course of one scope by `draw_course`."""

    def draw_course(self, window: Window, thresholds: tuple[Threshold, ...], base: str) -> None:
        self._base = base
        course = self.course
        values = course.values(window.history)
        levels = [(severity, course.sign * level, policy) for severity, level, policy in thresholds]
        known = any(np.isfinite(line).any() for line in values)
        if known:
            low, high = value_range(course, values, [level for _, level, _ in levels], self._far)
            at_s, shown = window.with_gaps(values)
            # The name of a threshold stands beside its line, and would peep in alone.
            lines = tuple(self._level(*level) for level in levels if low <= level[1] <= high)
            self.plot.show_course(at_s, shown, (window.began_s, window.now_s), (low, high), lines)
        else:
            self.plot.show_nothing()
        self._tell(window.history, known=known, levels=levels)

    def _level(self, severity: int, level: float, policy: str) -> Level:
        limit = figures.limit(abs(level), self.course.unit, self._base)
        words = " ".join(part for part in (Severity(severity).word, limit, policy) if part)
        return Level(level, words, severity_tone(severity), severity)

    def _tell(self, history: ScopeHistory, *, known: bool, levels: list[tuple[int, float, str]]) -> None:
        course = self.course
        if not known:
            self.note.say("no course is known of this span", Tone.UNKNOWN)
            self.plot.setAccessibleDescription(self.note.text())
            return
        newest = [float(line[-1]) for line in course.values(history)]
        words = [figures.figure(value, course.unit, self._base) for value in newest]
        named = [f"{word} {name}" for name, word in zip(course.names, words, strict=True)] if course.names else words
        ahead = [level for _, level, _ in levels if course.is_ahead(level, newest[0])]
        nearest = min(ahead, key=partial(_distance, newest[0]), default=math.nan)
        limit = "" if math.isnan(nearest) else f"next limit {figures.limit(nearest, course.unit, self._base)}"
        self.note.say(" · ".join(part for part in (*named, limit) if part), Tone.FAINT)
        self.plot.setAccessibleDescription(self.note.text())
