"""The page of the limits: all of them above, one being changed beneath, with its scopes or the effect of the change."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from core.limit_intents import ChangeLimits, CloseLimits, ConfirmLimits, OpenLimits, TryLimits, WithdrawLimits
from core.limit_page import Draft, LimitLine, LimitsPage, LineId, PastChange
from core.snapshot import Snapshot
from widgets import figures
from widgets.limit_drafts import Kind
from widgets.limit_editor import LimitEditor
from widgets.limit_filter import LimitFilterBar
from widgets.limit_models import METRIC, THEN, LimitLineModel
from widgets.limit_past import LimitPast
from widgets.limit_pending import LimitPending
from widgets.limit_sides import LimitSides
from widgets.panel import Panel, SnapshotWidget
from widgets.tab_bar import TabBar
from widgets.table import Table
from widgets.theme import Tone
from widgets.wrapped import Wrapped

TABS = ("In force", "History")
IN_FORCE, HISTORY = range(len(TABS))
SHARES = (46, 54)
SIDES = (53, 47)


class LimitList(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("limit_list", "Limits", parent)
        self.model = LimitLineModel()
        self.filter = LimitFilterBar(self)
        self.table = Table(self.model, "limits", "Limits, where they are written, and how the scopes stand", self)
        self.table.size_columns(stretched=THEN)
        self.table.elide_right(THEN)
        self.table.spare(THEN, below_px=1_020, instead=METRIC)
        self.table.make_sortable()
        self.new = self._button("limit_new", "New limit", "Set a limit on a scope, a group or a pattern (Ctrl+N)")
        self.assign = self._button(
            "limit_assign", "Assign profile", "Give scopes a profile or a template (Ctrl+Shift+N)"
        )
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self.new)
        bar.addWidget(self.assign)
        self.body.addLayout(bar)
        self.body.addWidget(self.table, 1)
        self.filter.searched.connect(self.model.set_filter)
        self.filter.changed.connect(self.model.choose)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        return button

    def draw(self, snapshot: Snapshot) -> None:
        """Its page hands it what the engine painted by `show_page`."""

    def show_page(self, page: LimitsPage, snapshot: Snapshot) -> None:
        self.filter.show_sources(tuple(sorted({line.source for line in page.lines if line.source})))
        self.model.show_page(page, snapshot.base_currency, snapshot.at_s)
        self.table.empty_words = "No limit is set" if not page.lines else "No limit matches"
        self.table.flush()
        shown = figures.part(self.model.rowCount(), len(page.lines))
        told = f"{shown} limits · {page.file}" if page.file else f"{shown} limits"
        if page.problems:
            told = f"■ {page.problems[0]}" + (f" (and {len(page.problems) - 1} more)" if page.problems[1:] else "")
        self.note.say(told, Tone.MEDIUM if page.problems else Tone.FAINT)
        self.note.setToolTip("\n".join(page.problems))


class LimitsPageView(SnapshotWidget):
    scope_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("limits_page", "Limits", parent)
        self.tabs = TabBar("limits_page", TABS, self)
        self.locked = Wrapped(2, Tone.MEDIUM)
        self.pending = LimitPending(self)
        self.list, self.editor, self.sides, self.past = (
            LimitList(self), LimitEditor(self), LimitSides(self), LimitPast(self),
        )  # fmt: skip
        self.pages = QStackedWidget(self)
        self._chosen: LineId | None = None
        self._wanted: tuple[str, str] | None = None
        """Origin and subject of a limit that is to be chosen as soon as it is there."""
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        beneath = QWidget(self)
        row = QHBoxLayout(beneath)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        in_force = QWidget(self)
        column = QVBoxLayout(in_force)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for side, share in zip((self.editor, self.sides), SIDES, strict=True):
            side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            row.addWidget(side, share)
        for half, share in zip((self.list, beneath), SHARES, strict=True):
            half.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            column.addWidget(half, share)
        self.pages.addWidget(in_force)
        self.pages.addWidget(self.past)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(5)
        for line in (self.tabs, self.locked, self.pending):
            whole.addWidget(line)
        whole.addWidget(self.pages, 1)

    def _wire(self) -> None:
        self.tabs.turned.connect(self.pages.setCurrentIndex)
        self.list.table.chosen.connect(self._choose)
        self.list.table.opened.connect(self._edit)
        self.list.new.clicked.connect(self._begin_new)
        self.list.assign.clicked.connect(self._begin_assignment)
        self.editor.tried.connect(self._try)
        self.editor.applied.connect(self._apply)
        self.sides.scope_selected.connect(self.scope_requested)
        self.past.undo_requested.connect(self._undo)
        self.pending.confirmed.connect(self._confirm)
        self.pending.withdrawn.connect(self._withdraw)
        for key, act in (("Ctrl+N", self.list.new.click), ("Ctrl+Shift+N", self.list.assign.click)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    # -- what the engine paints -----------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.asked.emit(OpenLimits(self._chosen))
        if not self.editor.draft.empty:
            self.asked.emit(TryLimits(self.editor.draft))

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks any more: the engine need not paint it."""
        super().hideEvent(event)
        self.asked.emit(CloseLimits())

    def draw(self, snapshot: Snapshot) -> None:
        page = snapshot.limits_page
        if page is None:
            return
        self.locked.say(f"■ View only: {page.locked}" if page.locked else "")
        self.pending.show_pending(page.pending, snapshot.at_s)
        for button in (self.list.new, self.list.assign):
            button.setEnabled(not page.locked)
        self.list.show_page(page, snapshot)
        self.editor.show_snapshot(snapshot)
        self.editor.show_page(page, snapshot)
        self.sides.show_page(page, snapshot, changing=not self.editor.draft.empty)
        self.past.show_page(page, snapshot)
        words = f"{TABS[HISTORY]} {figures.number(len(page.past))}"
        if self.tabs.buttons[HISTORY].text() != words:
            self.tabs.buttons[HISTORY].setText(words)
        self._choose_wanted(page)

    # -- what is chosen -------------------------------------------------------------------------------------------

    def show_limit(self, origin: str, subject: str) -> None:
        """Choose the limit that is written like this (`LimitInForce.origin`); from a scope's own page."""
        self.tabs.choose(IN_FORCE)
        self.list.filter.clear_all()
        self._wanted = (origin, subject)
        if self._snapshot is not None and self._snapshot.limits_page is not None:
            self._choose_wanted(self._snapshot.limits_page)

    def _choose_wanted(self, page: LimitsPage) -> None:
        if self._wanted is None:
            return
        origin, subject = self._wanted
        same = (one for one in page.lines if one.subject == subject)
        # A limit that is held back says so behind its origin.
        found = next((one for one in same if origin.partition(",")[0] == one.origin), None)
        if found is not None:
            self._wanted = None
            self.list.table.choose_key(found.identity)

    def _line(self, key: object) -> LimitLine | None:
        return next((line for line in self.list.model.lines if line.identity == key), None)

    def _choose(self, key: object) -> None:
        line = self._line(key)
        if line is not None and line.identity != self._chosen:
            self._chosen = line.identity
            self.editor.begin_change(line)
            self.asked.emit(OpenLimits(self._chosen))
        elif line is not None and self.editor.task.kind is not Kind.CHANGE:
            self.editor.begin_change(line)

    def _edit(self, key: object) -> None:
        self._choose(key)
        first = next((self.editor.fields.fields[name] for name in ("low", "medium", "high", "critical")
                      if self.editor.fields.text(name)), self.editor.fields.fields["high"])  # fmt: skip
        first.setFocus()

    def _begin_new(self) -> None:
        self._choose_none()
        self.editor.begin_new()

    def _begin_assignment(self) -> None:
        self._choose_none()
        self.editor.begin_assignment()

    def _undo(self, change: PastChange) -> None:
        self.tabs.choose(IN_FORCE)
        self._choose_none()
        self.editor.begin_undo(change)

    def _choose_none(self) -> None:
        """What is begun is of no limit in the table; a click on one leads back to it."""
        self.list.table.selectionModel().clear()
        if self._chosen is not None:
            self._chosen = None
            self.asked.emit(OpenLimits(None))

    # -- what is asked --------------------------------------------------------------------------------------------

    def _try(self, draft: Draft) -> None:
        if self.isVisible():
            self.asked.emit(TryLimits(draft))

    def _apply(self, draft: Draft, reason: str) -> None:
        self.asked.emit(ChangeLimits(draft, "", reason))

    def _confirm(self, pending_id: str, name: str) -> None:
        self.asked.emit(ConfirmLimits(pending_id, name))

    def _withdraw(self, pending_id: str) -> None:
        self.asked.emit(WithdrawLimits(pending_id, ""))
