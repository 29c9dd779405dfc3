"""Who could be stopped now: the one number, every account with its reason, and the drills."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from core.halt.deadman.switch import OFF
from core.halt.readiness.headline import ReadyHeadline
from core.halt.readiness.judgement import Guardianship
from core.snapshot import Snapshot
from widgets import figures
from widgets.bar import ShareBar
from widgets.deadman_panel import DeadmanPanel
from widgets.drill_panel import DrillPanel
from widgets.fonts import figure_font, text_font
from widgets.guardian_panel import GuardianPanel
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.panel import Panel, SnapshotWidget
from widgets.readiness_model import DEADMAN, GUARDIAN, REASON, VENUE, ReadinessModel
from widgets.tab_bar import TabBar
from widgets.table import Table
from widgets.theme import Tone

TABS = ("Accounts and drill", "Guardian", "Dead-man's switches")
ACCOUNTS, THE_GUARDIAN, DEADMEN = range(len(TABS))
_GUARDIAN = {
    Guardianship.ALIVE: ("guardian alive", Tone.FAINT),
    Guardianship.SILENT: ("▲ the guardian does not answer", Tone.CRITICAL),
    Guardianship.NONE: ("■ no guardian: nothing stops it when this desk is gone", Tone.MEDIUM),
}


def headline_tone(head: ReadyHeadline) -> Tone:
    """Green only where everything could be stopped."""
    if not head.able:
        return Tone.UNKNOWN
    return Tone.OK if head.percent == "100 %" else Tone.HIGH


class ReadinessHeadline(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("readiness_headline", "Can it be stopped", parent)
        self.share = Line("", Tone.STRONG, font=figure_font(34, QFont.Weight.Bold), elide=RIGHT)
        self.words = Line("nothing was judged yet", Tone.UNKNOWN, font=text_font(15, QFont.Weight.DemiBold))
        self.proven = Line("", Tone.FAINT, font=text_font(12))
        self.counts = Line("", Tone.NORMAL, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self.shares = ShareBar()
        self.unmeasured = Line("", Tone.UNKNOWN, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        said, right = QVBoxLayout(), QVBoxLayout()
        said.addStretch(1)
        for line in (self.words, self.proven):
            said.addWidget(line)
        said.addStretch(1)
        for part in (self.counts, self.shares, self.unmeasured):
            right.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.share)
        row.addLayout(said, 4)
        row.addLayout(right, 5)
        self.body.addLayout(row)

    def show_headline(self, head: ReadyHeadline) -> None:
        tone = headline_tone(head)
        self.share.say(head.percent, tone)
        self.words.say(f"of {'exposure' if head.exposed else 'accounts'} can be stopped", tone)
        self.proven.say(f"{head.proven}, the oldest proof counted" if head.able else head.proven)
        self.counts.say(
            f"{figures.number(head.armed)} ARMED · {figures.number(head.degraded)} DEGRADED"
            f" · {figures.number(head.unknown)} UNKNOWN"
        )
        self.shares.show_parts(
            ((head.armed, Tone.OK), (head.degraded, Tone.MEDIUM), (head.unknown, Tone.UNKNOWN)),
        )
        missing = figures.count(head.unmeasured, "account")
        self.unmeasured.say(f"exposure of {missing} unknown: counted as not stoppable" if head.unmeasured else "")
        self.setAccessibleDescription(head.words)


class ReadinessPage(SnapshotWidget):
    drill_requested = Signal(object, object)
    """A DrillKind, and the names or patterns of accounts; none: all of them."""
    preview_requested = Signal(object)
    call_off_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("readiness_page", "Readiness", parent)
        self.headline = ReadinessHeadline(self)
        self.board = Panel("readiness_rows_panel", "Readiness", self)
        self.model = ReadinessModel()
        self.table = Table(self.model, "readiness_rows", "Readiness per account", self)
        self.table.empty_words = "No account was judged yet"
        self.table.size_columns(stretched=REASON)
        self.table.spare(VENUE, below_px=1_250)
        self.table.spare(DEADMAN, below_px=1_250)
        self.table.spare(GUARDIAN, below_px=1_250)  # it is the same for all, and stands above the table too
        self.table.elide_right(REASON)
        self.table.make_sortable()
        self.only_open = QToolButton(self)
        self.only_open.setObjectName("only_not_armed")
        self.only_open.setText("not armed only")
        self.only_open.setCheckable(True)
        self.only_open.setProperty("role", "flat")
        self.only_open.toggled.connect(lambda on: self.model.set_filter("not armed" if on else ""))
        self.drill = DrillPanel(self)
        self.drill.drill_requested.connect(self.drill_requested)
        self.drill.preview_requested.connect(self.preview_requested)
        self.drill.call_off_requested.connect(self.call_off_requested)
        self.board.top.addWidget(self.only_open)
        self.board.body.addWidget(self.table)
        self.guardian = GuardianPanel(self)
        self.deadmen = DeadmanPanel(self)
        self._lay_out()

    def _lay_out(self) -> None:
        accounts = QWidget(self)
        column = QVBoxLayout(accounts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.board, 5)
        column.addWidget(self.drill, 3)
        self.tabs = TabBar("readiness", TABS, self)
        self.pages = QStackedWidget(self)
        for page in (accounts, self.guardian, self.deadmen):
            self.pages.addWidget(page)
        self.tabs.turned.connect(self.pages.setCurrentIndex)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(self.headline)
        whole.addWidget(self.tabs)
        whole.addWidget(self.pages, 1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        for part in (self.guardian, self.deadmen):
            part.show_snapshot(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        view = snapshot.readiness
        self.drill.show_view(view)
        if view is None:
            return
        self.headline.show_headline(view.headline)
        guardian = view.rows[0].guardian if view.rows else Guardianship.NONE
        self.headline.note.say(*_GUARDIAN[guardian])
        switches = {row.account: row.deadman for row in snapshot.connections}
        self.model.show(view.rows, tuple(switches.get(row.account, OFF) for row in view.rows), snapshot.at_s)
        self.table.flush()
        rows = len(view.rows)
        self.board.note.say(f"worst first · {figures.count(rows, 'account')}" if rows else "")
