"""The page of the journal: what is searched for, its records page by page, one in full, and whether it is intact."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.journal.intents import ReadJournal
from core.journal.views import JournalPage, JournalWish
from core.snapshot import Snapshot
from widgets import figures
from widgets.journal_check import JournalCheckPanel
from widgets.journal_file import JournalFileRow
from widgets.journal_filter import JournalFilterBar
from widgets.journal_model import ABOUT, SAYS, JournalModel
from widgets.pager import Pager
from widgets.panel import Panel, SnapshotWidget
from widgets.record_pane import RecordPane
from widgets.table import Table
from widgets.theme import Tone

PANE_PX = 520


class JournalPageView(SnapshotWidget):
    event_selected = Signal(str)
    plan_selected = Signal(str)
    stop_selected = Signal(str)
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("journal_page", "Journal", parent)
        self.check = JournalCheckPanel(self)
        self.board = Panel("journal_panel", "Records", self)
        self.filter = JournalFilterBar(self)
        self.model = JournalModel()
        self.table = Table(self.model, "journal_rows", "Records of the journal", self)
        self.table.size_columns(stretched=SAYS)
        self.table.elide_right(SAYS)
        self.table.spare(ABOUT, below_px=1_200)
        self.table.make_sortable()
        self.pager = Pager("journal", self)
        self.file = JournalFileRow(self)
        self.pane = RecordPane(self)
        self._wish = JournalWish()
        self._page: JournalPage | None = None
        self._asked = False
        low = QHBoxLayout()
        low.setSpacing(8)
        low.addWidget(self.file, 1)
        low.addWidget(self.pager)
        self.board.body.addWidget(self.filter)
        self.board.body.addWidget(self.table, 1)
        self.board.body.addLayout(low)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self.check)
        whole.addWidget(self.board, 1)
        self._wire()

    def _wire(self) -> None:
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.pane.close_pane)
        self.filter.changed.connect(self.pager.newest)
        self.pager.turned.connect(self._turn)
        self.table.opened.connect(self._open)
        self.table.chosen.connect(self._follow)
        self.check.record_selected.connect(self._open)
        self.pane.closed.connect(self._closed)
        self.pane.about_wanted.connect(self.filter.show_about)
        for part in (self.check, self.pane, self.file):
            part.asked.connect(self.asked)
        self.pane.event_selected.connect(self.event_selected)
        self.pane.plan_selected.connect(self.plan_selected)
        self.pane.stop_selected.connect(self.stop_selected)
        self.pane.scope_selected.connect(self.scope_selected)

    # -- what is asked for ----------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Whoever comes here wants what happened lately; whoever comes back has left a page open.
        if not self._asked or self._wish.before is None:
            self._asked = True
            self.pager.newest()

    def _turn(self, before: int | None) -> None:
        if before is None and (trouble := self.filter.trouble):
            self.board.note.say(trouble, Tone.CRITICAL)
            return
        now_s = self._snapshot.at_s if self._snapshot is not None else 0.0
        # A span counts back from the moment at which the newest was asked for, also on the pages behind it.
        wanted = self.filter.wanted(now_s) if before is None else self._wish.wanted
        self._wish = JournalWish(wanted, before)
        self.file.wanted = wanted
        self.board.note.say("reading", Tone.ACCENT)
        self.asked.emit(ReadJournal(self._wish))

    def show_about(self, subject: str) -> None:
        """Everything about one event, plan or stop."""
        self._asked = True
        self.filter.show_about(subject)

    # -- what is shown --------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        self.check.show_snapshot(snapshot)
        self.pane.show_snapshot(snapshot)
        self.file.show_file(snapshot.journal_desk.file)
        self.filter.show_moment(snapshot.at_s)
        page = snapshot.journal_desk.page
        if page is None or page.wish != self._wish:
            return
        if page is not self._page:
            self._page = page
            self._show_page(page, snapshot)
        self._say(page, snapshot)

    def _show_page(self, page: JournalPage, snapshot: Snapshot) -> None:
        self.filter.show_kinds(page.kinds)
        nothing = "Nothing is written down yet" if self.filter.is_open else "Nothing fits what is searched for"
        self.table.empty_words = page.error or ("Being searched for" if page.searching else nothing)
        first = not self.model.lines or not page.lines or self.model.lines[0] != page.lines[0]
        self.model.show(page.lines, snapshot.base_currency, snapshot.at_s)
        if first:
            self.table.scrollToTop()
        self.table.flush()
        last = page.lines[-1].seq if page.lines else None
        self.pager.arrived(last, more=page.more and not page.searching)

    def _say(self, page: JournalPage, snapshot: Snapshot) -> None:
        if page.error:
            self.board.note.say(page.error, Tone.CRITICAL)
            return
        found = figures.count(len(page.lines), "record")
        if page.searching:
            back = figures.number(page.looked_back_to)
            self.board.note.say(f"{found}, searched back to record {back}", Tone.ACCENT)
            return
        which = "the newest" if page.wish.before is None else f"page {figures.number(self.pager.page)}:"
        words = f"{which} {found}" + ("" if page.more else ", there are no older ones")
        newer = snapshot.journal.records - page.lines[0].seq if page.lines and page.wish.before is None else 0
        if newer > 0 and self.filter.is_open:
            words += f" · {figures.number(newer)} newer"
        self.board.note.say(words, Tone.FAINT)

    # -- one record -----------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_pane()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.pane.close_pane()

    def _place_pane(self) -> None:
        """Over the right side of the records: opening it must not move what is being read."""
        width = min(self.width(), max(PANE_PX, self.width() * 45 // 100))
        self.pane.setGeometry(self.width() - width, 0, width, self.height())
        self.pane.raise_()

    def _open(self, key: object) -> None:
        if isinstance(key, int):
            self._place_pane()
            self.pane.open_record(key)

    def _follow(self, key: object) -> None:
        """While it is open it shows the chosen record."""
        if self.pane.isVisible():
            self._open(key)

    def _closed(self) -> None:
        if self.isVisible():
            self.table.setFocus()
