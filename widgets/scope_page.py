"""One scope in full: how it stands, how it came there, what it holds, what guards it, what it is made of."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.domain import PORTFOLIO, Scope, Trust
from core.snapshot import Snapshot
from widgets import figures
from widgets.course_board import CourseBoard
from widgets.fonts import text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.marks import TRUST_TONES, TRUST_WORDS, scope_words, severity_mark, severity_tone
from widgets.metric_model import LIMIT, MetricDelegate, MetricModel
from widgets.panel import Panel, SnapshotWidget
from widgets.reasons import unknown_metrics
from widgets.scope_controls import ScopeControls
from widgets.scope_tabs import ScopeTabs
from widgets.standing import worst_of
from widgets.table import Table
from widgets.theme import Tone

COLUMNS = (50, 50)
ROWS = (52, 48)


class MetricPanel(Panel):
    help_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("page_metrics", "Metrics", parent)
        self.model = MetricModel()
        self.table = Table(self.model, "page_metric_rows", "All metrics of the scope", self)
        self.table.setItemDelegate(MetricDelegate(self.model, self.table))
        self.table.size_columns(stretched=LIMIT)
        self.table.empty_words = "Nothing is known of this scope"
        self.table.opened.connect(self._help)
        self.body.addWidget(self.table, 1)

    def draw(self, snapshot: Snapshot) -> None:
        """Its page hands it the scope by `show_scope`."""

    def show_scope(self, scope: Scope, snapshot: Snapshot) -> None:
        if self.model.show(snapshot, snapshot.matrix.rows.get(scope)):
            self.table.clearSpans()
            for row in self.model.headings():
                self.table.setSpan(row, 0, 1, self.model.columnCount())
        self.table.flush()
        told = unknown_metrics(snapshot, scope)
        self.note.say(told or "F1 explains a metric", Tone.UNKNOWN if told else Tone.FAINT)

    def help_key(self) -> str:
        """The metric of the current row (`help_entries.Explained`)."""
        index = self.table.currentIndex()
        info = self.model.metric(self.model.source(index.row())) if index.isValid() else None
        return info.name if info is not None else ""

    def _help(self, _: object = None) -> None:
        if key := self.help_key():
            self.help_requested.emit(key)


class ScopePageView(SnapshotWidget):
    """Shows the scope that it was opened with; what the engine paints of it comes with the snapshots."""

    scope_selected = Signal(object)
    event_selected = Signal(str)
    help_requested = Signal(str)
    back_requested = Signal()
    past_wished = Signal(object)
    """The HistoryWish for what became of the scope's events."""
    plan_requested = Signal(object)
    """The Scope for which somebody wants to make a plan by hand."""
    limit_selected = Signal(str, str)
    """Where a limit comes from, and what it limits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("scope_page", "Scope", parent)
        self.scope: Scope = PORTFOLIO
        self.back = QToolButton(self)
        self.back.setObjectName("page_back")
        self.back.setText("◂ Back")
        self.back.setToolTip("Back to where this page was opened from (Alt+Left)")
        self.back.setShortcut("Alt+Left")
        self.back.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.back.clicked.connect(self.back_requested)
        self.plan = QToolButton(self)
        self.plan.setObjectName("page_draft_plan")
        self.plan.setText("Draft a plan")
        self.plan.setToolTip("Choose positions of this scope to cut, and see what that does to every limit (Alt+P)")
        self.plan.setShortcut("Alt+P")
        self.plan.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plan.clicked.connect(self._draft)
        self.heading = Line("", Tone.STRONG, font=text_font(16, QFont.Weight.DemiBold))
        self.state = Line("", font=text_font(13, QFont.Weight.DemiBold))
        self.trust = Line("", font=text_font(13))
        self.reason = Line("", Tone.UNKNOWN, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self.courses = CourseBoard(self)
        self.tabs = ScopeTabs(self)
        self.metrics = MetricPanel(self)
        self.controls = ScopeControls(self)
        self.controls.asked.connect(self.asked)
        self.tabs.past.wished.connect(self.past_wished)
        self.tabs.scope_selected.connect(self.scope_selected)
        self.tabs.event_selected.connect(self.event_selected)
        self.tabs.limit_selected.connect(self.limit_selected)
        self.metrics.help_requested.connect(self.help_requested)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.back_requested)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(2, 0, 4, 0)
        head.setSpacing(14)
        for part in (self.back, self.heading, self.state, self.trust):
            head.addWidget(part)
        head.addWidget(self.reason, 1)
        head.addWidget(self.plan)
        grid = QGridLayout()
        grid.setSpacing(8)
        for panel in (self.courses, self.tabs, self.metrics):
            # Shares of the page are fixed: a panel must not grow because its figures did.
            panel.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        grid.addWidget(self.courses, 0, 0)
        grid.addWidget(self.tabs, 1, 0)
        grid.addWidget(self.metrics, 0, 1, 2, 1)
        for place, share in enumerate(COLUMNS):
            grid.setColumnStretch(place, share)
        for place, share in enumerate(ROWS):
            grid.setRowStretch(place, share)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addLayout(head)
        whole.addLayout(grid, 1)
        whole.addWidget(self.controls)

    def _draft(self) -> None:
        self.plan_requested.emit(self.scope)

    def open(self, scope: Scope) -> None:
        self.scope = scope
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        self._draw_heading(snapshot)
        self.metrics.show_scope(self.scope, snapshot)
        self.courses.show_scope(self.scope, snapshot)
        self.tabs.show_scope(self.scope, snapshot)
        self.controls.show_scope(self.scope, snapshot)

    def _draw_heading(self, snapshot: Snapshot) -> None:
        matrix, scope = snapshot.matrix, self.scope
        self.heading.say(scope_words(scope))
        self.setAccessibleName(f"Page of {scope_words(scope)}")
        row = matrix.rows.get(scope)
        if row is None:
            self.state.say(figures.UNKNOWN, Tone.UNKNOWN)
            self.trust.say("")
            self.reason.say("the engine knows no such scope")
            return
        worst = int(worst_of(matrix, slice(row, row + 1))[0])
        self.state.say(severity_mark(worst), severity_tone(worst))
        trust = Trust(int(matrix.trust[row]))
        self.trust.say(f"{TRUST_WORDS[trust]} · age {figures.seconds(float(matrix.age_s[row]))}", TRUST_TONES[trust])
        page = snapshot.page
        why = page.why_unknown if page is not None and page.scope == scope else ()
        self.reason.say(f"◆ {' · '.join(why)}" if why else "")
