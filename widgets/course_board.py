"""The courses of one scope side by side, over one span of time."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.domain import Scope
from core.snapshot import ScopeHistory, ScopePage, Snapshot
from widgets import figures
from widgets.course_plot import COURSES, CoursePlot
from widgets.course_window import window_of
from widgets.fonts import text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.panel import SnapshotWidget
from widgets.theme import Tone

_NOTHING = np.empty(0)
NO_HISTORY = ScopeHistory(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING)
SPANS = (("hour", 3_600.0), ("day", 86_400.0), ("week", 7 * 86_400.0), ("month", 30 * 86_400.0))


class CourseBoard(SnapshotWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("course_board", "Course of the scope", parent)
        self.plots = tuple(CoursePlot(course, self) for course in COURSES)
        self.note = Line("", Tone.FAINT, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self._span_s = SPANS[1][1]
        self._group = QButtonGroup(self)
        bar = QHBoxLayout()
        bar.setSpacing(4)
        self.spans = {name: self._button(name, seconds) for name, seconds in SPANS}
        for button in self.spans.values():
            bar.addWidget(button)
        bar.addWidget(self.note, 1)
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
        whole.addLayout(bar)
        whole.addLayout(grid, 1)
        self._page: ScopePage | None = None

    def _button(self, name: str, seconds: float) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"span_{name}")
        button.setText(name)
        button.setAccessibleName(f"Show the last {name}")
        button.setCheckable(True)
        button.setChecked(seconds == self._span_s)
        button.setProperty("role", "flat")
        self._group.addButton(button)
        button.clicked.connect(self._choose)
        return button

    def _choose(self) -> None:
        self._span_s = next(seconds for name, seconds in SPANS if self.spans[name].isChecked())
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def show_scope(self, scope: Scope, snapshot: Snapshot) -> None:
        page = snapshot.page
        self._page = page if page is not None and page.scope == scope else None
        self.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        page = self._page
        window = window_of(NO_HISTORY if page is None else page.history, self._span_s, snapshot.at_s)
        for plot in self.plots:
            # Until its page is painted a scope has no course here: least of all that of the scope before.
            plot.draw_course(window, () if page is None else page.limits, snapshot.base_currency)
            if page is None:
                plot.note.say("being read", Tone.UNKNOWN)
        known = "all that is known · " if window.cut else ""
        self.note.say(f"{known}gaps: nothing was known · {figures.zone_words()}")
