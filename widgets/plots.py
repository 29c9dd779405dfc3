"""What every plot of the desk has in common: labelled times, thin pens, fixed ranges, no mouse zoom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from core.snapshot import Floats
from widgets import figures, theme
from widgets.fonts import figure_font
from widgets.theme import Tone


class FigureAxis(pg.AxisItem):
    """Ticks in the words of the desk."""

    def __init__(self, words: Callable[[float], str]) -> None:
        super().__init__(orientation="left")
        self._words = words

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [self._words(value) for value in values]


class TimeAxis(pg.DateAxisItem):
    """In the zone that figures are told in."""

    def __init__(self) -> None:
        super().__init__(utcOffset=0)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        self.utcOffset = -figures.zone_offset_s(high)
        ticks: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
        return ticks


def pen(tone: Tone, *, dashed: bool = False) -> QPen:
    # Width 1 is the fast path: 2 costs ten times as much.
    made: QPen = pg.mkPen(theme.current().hex(tone), width=1, dash=[4, 4] if dashed else None)
    return made


def time_plot(name: str, title: str, words: Callable[[float], str], parent: QWidget | None = None) -> pg.PlotWidget:
    plot = pg.PlotWidget(parent, axisItems={"left": FigureAxis(words), "bottom": TimeAxis()}, enableMenu=False)
    plot.setObjectName(name)
    plot.setAccessibleName(title)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    plot.disableAutoRange()
    plot.setMinimumSize(120, 60)
    return plot


def curve(plot: pg.PlotWidget) -> pg.PlotDataItem:
    made = pg.PlotDataItem(clipToView=True, autoDownsample=True, downsampleMethod="peak", antialias=False)
    plot.addItem(made)
    return made


def dress(plot: pg.PlotWidget) -> None:
    colors = theme.current()
    plot.setBackground(QColor(colors.panel))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(colors.line))
        axis.setTextPen(pg.mkPen(colors.faint))
        axis.setTickFont(figure_font(11))


def time_range(plot: pg.PlotWidget, at_s: Floats) -> None:
    known = at_s[np.isfinite(at_s)]
    if len(known):
        first, last = float(known[0]), float(known[-1])
        plot.setXRange(first, max(last, first + 1.0), padding=0)
