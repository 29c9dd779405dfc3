"""One course of a scope over a chosen span, with its limits and with gaps where nothing was known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from core.domain import Severity
from core.snapshot import Floats, LimitInForce, ScopeHistory, Snapshot
from widgets import figures, theme
from widgets.course_window import Window
from widgets.fonts import text_font
from widgets.marks import severity_tone
from widgets.panel import Panel
from widgets.plots import curve, dress, pen, time_plot
from widgets.theme import Tone

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
_TONES = (Tone.STRONG, Tone.GAIN)


def value_range(course: Course, values: tuple[Floats, ...], levels: list[float]) -> tuple[float, float]:
    """What the axis spans: everything known, zero where it belongs, and the thresholds that are not far off."""
    every = np.concatenate(values)
    known = every[np.isfinite(every)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if course.from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    near = [level for level in levels if abs(level) <= FAR * max(abs(low), abs(high))]
    low, high = min([low, *near]), max([high, *near])
    room = max(high - low, abs(high) * 1e-3, 1e-9) * 0.08
    return low - room, high + room


class CoursePlot(Panel):
    def __init__(self, course: Course, parent: QWidget | None = None) -> None:
        super().__init__(f"course_{course.name}", course.title, parent)
        self.course = course
        self._base = "USD"
        self.plot = time_plot(f"{course.name}_plot", f"{course.title} over time", self._words, self)
        self.plot.getAxis("left").setWidth(58)
        self.plot.setMinimumSize(80, 40)
        self.curves = [curve(self.plot) for _ in range(max(1, len(course.names)))]
        self._marks: list[pg.InfiniteLine] = []
        self._drawn: tuple[tuple[int, float], ...] | None = None
        self.body.addWidget(self.plot)
        self.whole.setContentsMargins(9, 5, 9, 3)
        self.restyle()

    def _words(self, value: float) -> str:
        return figures.figure(value, self.course.unit, self._base) if value else "0"

    def restyle(self) -> None:
        if not hasattr(self, "curves"):
            return
        dress(self.plot)
        for line, tone in zip(self.curves, _TONES, strict=False):
            line.setPen(pen(tone))
        self._drawn = None

    def draw(self, snapshot: Snapshot) -> None:
        """Its page hands it the course of one scope by `draw_course`."""

    def draw_course(self, window: Window, limits: tuple[LimitInForce, ...], base: str) -> None:
        self._base = base
        course = self.course
        values = course.values(window.history)
        at_s, shown_values = window.with_gaps(values)
        for line, shown in zip(self.curves, shown_values, strict=True):
            line.setData(at_s, shown, connect="finite")
        limit = next((limit for limit in limits if limit.metric == course.metric and limit.on_level), None)
        levels = [(int(severity), course.sign * level) for severity, level, _ in (limit.levels if limit else ())]
        known = any(np.isfinite(line).any() for line in values)
        for side in ("left", "bottom"):
            # Before anything is known there is nothing to measure: an axis would invent a scale and a time.
            self.plot.getAxis(side).setStyle(showValues=known)
        self.plot.setXRange(window.began_s, window.now_s, padding=0)
        low, high = value_range(course, values, [level for _, level in levels])
        self.plot.setYRange(low, high, padding=0)
        # The name of a threshold stands above its line, and would peep in alone.
        self._draw_limits(tuple((severity, level) for severity, level in levels if low <= level <= high and known))
        self._tell(window.history, known=known, levels=levels)

    def _tell(self, history: ScopeHistory, *, known: bool, levels: list[tuple[int, float]]) -> None:
        course = self.course
        if not known:
            self.note.say("no course is known of this span", Tone.UNKNOWN)
            return
        newest = [float(line[-1]) for line in course.values(history)]
        words = [figures.figure(value, course.unit, self._base) for value in newest]
        named = [f"{word} {name}" for name, word in zip(course.names, words, strict=True)] if course.names else words
        ahead = [level for _, level in levels if course.is_ahead(level, newest[0])]
        nearest = min(ahead, key=partial(_distance, newest[0]), default=math.nan)
        limit = "" if math.isnan(nearest) else f"next limit {figures.limit(nearest, course.unit, self._base)}"
        self.note.say(" · ".join(part for part in (*named, limit) if part), Tone.FAINT)

    def _draw_limits(self, levels: tuple[tuple[int, float], ...]) -> None:
        if levels == self._drawn:
            return
        for mark in self._marks:
            self.plot.removeItem(mark)
        self._marks = []
        for severity, level in levels:
            tone = severity_tone(severity)
            words = f"{Severity(severity).word} {figures.limit(abs(level), self.course.unit, self._base)}"
            options = {"position": 0.01, "color": theme.current().hex(tone), "anchors": [(0, 1), (0, 1)]}
            mark = pg.InfiniteLine(level, angle=0, pen=pen(tone, dashed=True), label=words, labelOpts=options)
            mark.label.setFont(text_font(11))
            self.plot.addItem(mark)
            self._marks.append(mark)
        self._drawn = levels
        self.plot.setBackground(QColor(theme.current().panel))
