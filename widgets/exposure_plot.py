"""Where the book is exposed, net and gross: by underlying, venue and strategy now, or in all over time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.domain import Scope, ScopeKind
from core.snapshot import RiskMatrix, Snapshot
from widgets import figures, reading
from widgets.course_plot import COURSES, CoursePlot
from widgets.course_window import window_of
from widgets.exposure_bars import ExposureBars, ExposureRow, underlying_rows
from widgets.panel import Panel
from widgets.reading import find_column, portfolio_row
from widgets.scope_rows import ScopeRows
from widgets.span_bar import SPANS
from widgets.tab_bar import TabBar
from widgets.theme import Tone

BY = ("underlying", "venue", "strategy", "time")
UNDERLYING, VENUE, STRATEGY, OVER_TIME = range(len(BY))
_KINDS = {VENUE: ScopeKind.VENUE, STRATEGY: ScopeKind.STRATEGY}


def scope_exposures(matrix: RiskMatrix, rows: list[int]) -> tuple[ExposureRow, ...]:
    """Net and gross exposure of these rows, as the matrix has them; those that hold nothing are left out."""
    net, gross = find_column(matrix, reading.NET), find_column(matrix, reading.GROSS)
    if net is None or gross is None:
        return ()
    found = (
        ExposureRow(_name(matrix.scopes[row]), float(matrix.value[row, net]), float(matrix.value[row, gross]),
                    matrix.scopes[row])
        for row in rows
    )  # fmt: skip
    return tuple(row for row in found if row.gross != 0.0 or row.net != 0.0)


def _name(scope: Scope) -> str:
    return scope.name or scope.kind.value


class ExposurePlot(Panel):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("exposure_plot", "Exposure", parent)
        self.bars = ExposureBars(self)
        self.bars.scope_selected.connect(self.scope_selected)
        course = next(course for course in COURSES if course.name == "exposure")
        self.course = CoursePlot(course, self, framed=False)
        self.course.setObjectName("portfolio_exposure")
        self.course.caption.hide()
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.bars)
        self.pages.addWidget(self.course)
        self.tabs = TabBar("exposure", BY, self)
        self.tabs.turned.connect(self._turn)
        self.tabs.buttons[OVER_TIME].setAccessibleName("over time")
        self.top.addWidget(self.tabs)
        self.caption.setMinimumWidth(self.caption.sizeHint().width())
        self.body.addWidget(self.pages)
        self._by = UNDERLYING
        self._scopes = ScopeRows()

    def _turn(self, by: int) -> None:
        self._by = by
        self.pages.setCurrentWidget(self.course if by == OVER_TIME else self.bars)
        self.bars.setAccessibleName(f"Exposure by {BY[by]}")
        if self._snapshot is not None:
            self.draw(self._snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        if self._by == OVER_TIME:
            window = window_of(snapshot.history, SPANS[1][1], snapshot.at_s)
            lines = tuple(
                (line.severity, line.threshold, line.policy)
                for line in snapshot.limit_lines
                if line.metric == self.course.course.metric
            )
            self.course.draw_course(window, lines, snapshot.base_currency)
            self.note.say("last day · gross grey, net blue", Tone.FAINT)
            return
        if self._by == UNDERLYING:
            rows = underlying_rows(snapshot.exposures)
        else:
            kind = _KINDS[self._by]
            rows = scope_exposures(snapshot.matrix, self._scopes.of(snapshot.matrix, kind).tolist())
        known = portfolio_row(snapshot.matrix) is not None
        self.bars.empty_words = "No position is open" if known else "Nothing is known yet"
        self.bars.show_rows(rows, snapshot.base_currency)
        unknown = int(np.isnan([row.gross for row in rows]).sum())
        self.note.say(f"◆ {figures.number(unknown)} unknown" if unknown else "", Tone.UNKNOWN)
