"""How the whole book went: equity and drawdown over one span, each with its limits."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.snapshot import Snapshot
from widgets import figures
from widgets.course_plot import COURSES, FAR, CoursePlot
from widgets.course_window import window_of
from widgets.panel import Panel
from widgets.span_bar import SpanBar
from widgets.theme import Tone

SHARES = {"equity": 43, "drawdown": 57}


class PortfolioCourse(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("portfolio_course", "Equity and drawdown", parent)
        self.span = SpanBar("portfolio", self)
        self.span.turned.connect(self._turn)
        self.top.addWidget(self.span)
        # How far off the limits of the drawdown are is what one looks for: all of them are drawn.
        self.equity, self.drawdown = (
            CoursePlot(course, self, far=math.inf if course.name == "drawdown" else FAR, framed=False)
            for course in COURSES
            if course.name in SHARES
        )
        row = QHBoxLayout()
        row.setSpacing(12)
        for plot in self.plots:
            plot.setObjectName(f"portfolio_{plot.course.name}")
            plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            row.addWidget(plot, SHARES[plot.course.name])
        self.body.addLayout(row)

    @property
    def plots(self) -> tuple[CoursePlot, CoursePlot]:
        return self.equity, self.drawdown

    def _turn(self) -> None:
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        window = window_of(snapshot.history, self.span.span_s, snapshot.at_s)
        for plot in self.plots:
            lines = tuple(
                (line.severity, line.threshold, line.policy)
                for line in snapshot.limit_lines
                if line.metric == plot.course.metric
            )
            plot.draw_course(window, lines, snapshot.base_currency)
        known = "all known · " if window.cut and len(window.history.at_s) else ""
        self.note.say(f"{known}flow-adjusted · {figures.zone_words()}", Tone.FAINT)
