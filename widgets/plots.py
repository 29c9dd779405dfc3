"""What pyqtgraph draws for the desk: labelled times, thin pens, fixed ranges, no mouse zoom.

Loaded with the first figures (`time_plot.TimePlot`): nothing that the first window needs may import this.
"""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from widgets import figures, theme
from widgets.fonts import figure_font, text_font
from widgets.theme import Tone

AXIS_PX = 58
FILL_ALPHA = 36
LABEL_ALPHA = 205


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


def plot_widget(name: str, words: Callable[[float], str], parent: QWidget) -> pg.PlotWidget:
    plot = pg.PlotWidget(parent, axisItems={"left": FigureAxis(words), "bottom": TimeAxis()}, enableMenu=False)
    plot.setObjectName(name)
    plot.setMouseEnabled(False, False)
    # Nothing in it can be done by a key: the Tab key goes on to what can.
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.hideButtons()
    plot.disableAutoRange()
    plot.setMinimumSize(80, 40)
    plot.getAxis("left").setWidth(AXIS_PX)
    return plot


def curve(plot: pg.PlotWidget) -> pg.PlotDataItem:
    made = pg.PlotDataItem(clipToView=True, autoDownsample=True, downsampleMethod="peak", antialias=False)
    plot.addItem(made)
    return made


def fill(line: pg.PlotDataItem) -> None:
    """Shade what lies between the curve and zero."""
    shade = QColor(theme.current().accent)
    shade.setAlpha(FILL_ALPHA)
    line.setFillLevel(0.0)
    line.setFillBrush(shade)


def dress(plot: pg.PlotWidget) -> None:
    colors = theme.current()
    plot.setBackground(QColor(colors.panel))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(colors.line))
        axis.setTextPen(pg.mkPen(colors.faint))
        axis.setTickFont(figure_font(11))


def level_line(plot: pg.PlotWidget, level: float, tone: Tone) -> pg.InfiniteLine:
    line = pg.InfiniteLine(level, angle=0, pen=pen(tone, dashed=True))
    plot.addItem(line, ignoreBounds=True)
    return line


def level_label(plot: pg.PlotWidget, words: str, tone: Tone) -> pg.TextItem:
    """Its upper left corner is where it is put; what it covers shows through a little."""
    ground = QColor(theme.current().panel)
    ground.setAlpha(LABEL_ALPHA)
    label = pg.TextItem(words, color=theme.current().hex(tone), anchor=(0, 0), fill=ground)
    label.textItem.document().setDocumentMargin(0)
    label.setFont(text_font(11))
    label.setZValue(10)
    plot.addItem(label, ignoreBounds=True)
    return label
