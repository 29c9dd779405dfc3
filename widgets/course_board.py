"""The courses of one scope side by side, over one span of time."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from core.domain import Scope
from core.snapshot import ScopeHistory, ScopePage, Snapshot
from widgets import figures
from widgets.course_plot import COURSES, CoursePlot, thresholds_of
from widgets.course_window import window_of
from widgets.fonts import text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.panel import SnapshotWidget
from widgets.span_bar import SpanBar
from widgets.theme import Tone

_NOTHING = np.empty(0)
NO_HISTORY = ScopeHistory(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING)


class CourseBoard(SnapshotWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("course_board", "Course of the scope", parent)
        self.plots = tuple(CoursePlot(course, self) for course in COURSES)
        self.note = Line("", Tone.FAINT, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self.span = SpanBar("scope", self)
        self.span.turned.connect(self._turn)
        self.span.row.addWidget(self.note, 1)
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, plot in enumerate(self.plots):
            plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            grid.setColumnStretch(place % 2, 1)
            grid.setRowStretch(place // 2, 1)
            grid.addWidget(plot, place // 2, place % 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addWidget(self.span)
        whole.addLayout(grid, 1)
        self._page: ScopePage | None = None

    def _turn(self) -> None:
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def show_scope(self, scope: Scope, snapshot: Snapshot) -> None:
        page = snapshot.page
        self._page = page if page is not None and page.scope == scope else None
        self.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        page = self._page
        window = window_of(NO_HISTORY if page is None else page.history, self.span.span_s, snapshot.at_s)
        for plot in self.plots:
            # Until its page is painted a scope has no course here: least of all that of the scope before.
            limits = () if page is None else page.limits
            plot.draw_course(window, thresholds_of(limits, plot.course.metric), snapshot.base_currency)
            if page is None:
                plot.note.say("being read", Tone.UNKNOWN)
        known = "all that is known · " if window.cut else ""
        self.note.say(f"{known}gaps: nothing was known · {figures.zone_words()}")
