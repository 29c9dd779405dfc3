"""How far below its peak the portfolio is, and where its limits are."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from core.domain import Severity
from core.snapshot import LimitLine, Snapshot
from widgets import figures, theme
from widgets.fonts import text_font
from widgets.marks import severity_tone
from widgets.panel import Panel
from widgets.plots import curve, dress, pen, time_plot, time_range
from widgets.reading import DRAWDOWN, portfolio_reading
from widgets.theme import Tone

LEAST_SPAN = 0.02


def drawdown_lines(lines: tuple[LimitLine, ...]) -> tuple[LimitLine, ...]:
    """The thresholds of the one drawdown metric that is plotted."""
    names = {line.metric for line in lines}
    chosen = next((name for name in DRAWDOWN if name in names), None)
    return tuple(line for line in lines if line.metric == chosen)


def line_words(line: LimitLine) -> str:
    """`high 8 % approve`."""
    words = Severity(line.severity).word if line.severity in range(1, 5) else "limit"
    return f"{words} {figures.percent(line.threshold, trim=True)} {line.policy}".strip()


class DrawdownPlot(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("drawdown_plot", "Portfolio drawdown", parent)
        self.plot = time_plot("drawdown", "Portfolio drawdown over time", figures.percent, self)
        self.curve = curve(self.plot)
        self._drawn: tuple[LimitLine, ...] = ()
        self._marks: list[pg.InfiniteLine] = []
        self.body.addWidget(self.plot)
        self.restyle()

    def restyle(self) -> None:
        if not hasattr(self, "curve"):
            return
        dress(self.plot)
        self.curve.setPen(pen(Tone.STRONG))
        shade = QColor(theme.current().accent)
        shade.setAlpha(36)
        self.curve.setFillLevel(0.0)
        self.curve.setFillBrush(shade)
        self._draw_limits(())
        if self._snapshot is not None:
            self._draw_limits(drawdown_lines(self._snapshot.limit_lines))

    def draw(self, snapshot: Snapshot) -> None:
        history = snapshot.history
        below = -np.abs(history.drawdown)
        self.curve.setData(history.at_s, below, connect="finite")
        time_range(self.plot, history.at_s)
        lines = drawdown_lines(snapshot.limit_lines)
        if lines != self._drawn:
            self._draw_limits(lines)
        known = below[np.isfinite(below)]
        deepest = max(float(-known.min()) if len(known) else 0.0, *(line.threshold for line in lines), LEAST_SPAN)
        # Before anything is known there is nothing to measure: an axis would invent a scale and a time.
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setStyle(showValues=bool(len(known)))
        self.plot.setYRange(-deepest * 1.1, deepest * 0.06, padding=0)
        self.plot.getAxis("left").setTicks(
            [[(-line.threshold, figures.percent(-line.threshold, trim=True)) for line in lines] + [(0.0, "0")]]
            if lines
            else None
        )
        found = portfolio_reading(snapshot.matrix, DRAWDOWN)
        now = f"now {found.text(snapshot.base_currency)} · " if found else ""
        state = "unknown so far" if not len(known) else f"flow-adjusted · from peak · {figures.zone_words()}"
        self.note.say(f"{now}{state}", found.tone if found and found.severity else Tone.FAINT)

    def _draw_limits(self, lines: tuple[LimitLine, ...]) -> None:
        for mark in self._marks:
            self.plot.removeItem(mark)
        self._marks = [self._mark(line) for line in lines]
        self._drawn = lines

    def _mark(self, line: LimitLine) -> pg.InfiniteLine:
        tone = severity_tone(line.severity)
        options: dict[str, object] = {"position": 0.02, "color": theme.current().hex(tone), "anchors": [(0, 1), (0, 1)]}
        mark = pg.InfiniteLine(
            -line.threshold, angle=0, pen=pen(tone, dashed=True), label=line_words(line), labelOpts=options
        )
        mark.label.setFont(text_font(12))
        self.plot.addItem(mark)
        return mark
