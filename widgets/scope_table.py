"""Every scope with the metrics that its user has chosen; the table one looks things up in."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from core.domain import Scope
from core.snapshot import Snapshot
from widgets import figures
from widgets.choice import ColumnChoice
from widgets.column_chooser import ColumnChooser
from widgets.column_menu import ColumnMenu
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.panel import Panel
from widgets.scope_delegate import ScopeDelegate
from widgets.scope_model import SCOPE, ScopeModel
from widgets.scope_view import ScopeView
from widgets.theme import Tone

RESORT_EVERY_S = 1.0
"""Rows that change places ten times a second cannot be read."""
HINT = "Enter opens a scope · S sorts by the current column · F1 explains it"


class ScopeTable(Panel):
    scope_selected = Signal(object)
    columns_changed = Signal(object)
    """The ColumnChoice that a person has made."""
    help_requested = Signal(str)
    """The name of a metric."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("scope_table", "Scopes", parent)
        self.model = ScopeModel()
        self.table = ScopeView(self.model, self)
        self.table.setItemDelegate(ScopeDelegate(self.model, self.table))
        self.filter = QLineEdit(self)
        self.filter.setObjectName("scope_filter")
        self.filter.setAccessibleName("Filter scopes")
        self.filter.setPlaceholderText("Filter: part of a name")
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(220)
        self.filter.textChanged.connect(self._filter)
        self.choose = QToolButton(self)
        self.choose.setObjectName("choose_columns")
        self.choose.setText("Columns")
        self.choose.setCheckable(True)
        self.choose.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.choose.setShortcut(QKeySequence("Alt+C"))
        self.choose.setToolTip("Choose which metrics are shown (Alt+C)")
        self.choose.toggled.connect(self._open_chooser)
        self.chooser = ColumnChooser(self)
        self.chooser.hide()
        self.chooser.changed.connect(self._chosen)
        self.chooser.closed.connect(self._shut_chooser)
        self.story = Line(HINT, Tone.FAINT, font=text_font(12), elide=RIGHT)
        self.story.setObjectName("cell_story")
        self.menu = ColumnMenu(self)
        self._sorted_at_s = -math.inf
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        self.top.addWidget(self.filter)
        self.top.addWidget(self.choose)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.table, 1)
        middle.addWidget(self.chooser)
        self.body.addLayout(middle, 1)
        self.body.addWidget(self.story)

    def _wire(self) -> None:
        self.table.chosen.connect(self._choose)
        self.table.help_wanted.connect(self._help)
        self.table.selectionModel().currentChanged.connect(self._tell)
        self.menu.help_wanted.connect(self._help)
        self.menu.hide_wanted.connect(self._hide)
        self.menu.sort_wanted.connect(self.table.sort_by)
        self.menu.choose_wanted.connect(self._choose_from)
        heads, frozen = self.table.horizontalHeader(), self.table.frozen.horizontalHeader()
        for part, show in (
            (heads, self._menu_on_heads),
            (frozen, self._menu_on_frozen),
            (self.table, self._menu_on_cell),
        ):
            part.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            part.customContextMenuRequested.connect(show)

    def draw(self, snapshot: Snapshot) -> None:
        due = not 0 <= snapshot.at_s - self._sorted_at_s < RESORT_EVERY_S
        if due:
            self._sorted_at_s = snapshot.at_s
        known = self.model.metrics
        if self.model.show(snapshot, resort=due):
            self.table.take_columns()
        if known is not self.model.metrics:
            self.chooser.show_choice(self.model.metrics, self.model.choice)
        self.table.flush()
        self._count()
        self._tell()

    def _count(self) -> None:
        shown, known = self.model.rowCount(), len(self.model.scopes)
        scopes = f"{figures.part(shown, known)} scopes"
        across = len(self.model.choice.columns(self.model.metrics))
        self.note.say(f"{scopes} · {across} of {len(self.model.metrics)} metrics")

    def _filter(self, text: str) -> None:
        self.model.set_filter(text)
        self._count()

    def _choose(self, key: object) -> None:
        if isinstance(key, Scope):
            self.scope_selected.emit(key)

    def select(self, scope: Scope) -> None:
        self.table.choose_key(scope)
        self.table.scrollTo(self.model.index(self.table.currentIndex().row(), SCOPE))

    # Columns

    def set_columns(self, choice: ColumnChoice) -> None:
        """Show these, without telling anybody."""
        key = next(iter(self.table.chosen_keys()), None)
        column = self.table.currentIndex().column()
        if self.model.choose(choice):
            self.table.take_columns()
            if key is not None:
                self.table.choose_key(key, max(0, min(column, self.model.columnCount() - 1)))
        self.chooser.show_choice(self.model.metrics, choice)
        self._count()

    def _chosen(self, choice: ColumnChoice) -> None:
        self.set_columns(choice)
        self.columns_changed.emit(choice)

    def _open_chooser(self, opened: bool) -> None:
        self.chooser.setVisible(opened)
        if opened:
            self.chooser.show_choice(self.model.metrics, self.model.choice)
            self.chooser.search.setFocus()

    def _shut_chooser(self) -> None:
        self.choose.setChecked(False)
        self.table.setFocus()

    # Words

    def _tell(self, *_: object) -> None:
        """The current cell in words: what a hover says, for whoever has no mouse."""
        index = self.table.currentIndex()
        if not index.isValid():
            self.story.say(HINT, Tone.FAINT)
            return
        row = self.model.source(index.row())
        line = self.model.line(row, index.column())
        self.story.say(f"{line} · {HINT}" if index.column() == SCOPE else line, Tone.NORMAL)

    def _help(self, column: int) -> None:
        info = self.model.metric(column)
        self.help_requested.emit(info.name if info is not None else "")

    def _menu_on_heads(self, at: QPoint) -> None:
        heads = self.table.horizontalHeader()
        self._show_menu(heads.logicalIndexAt(at), heads.mapToGlobal(at))

    def _menu_on_frozen(self, at: QPoint) -> None:
        self._show_menu(SCOPE, self.table.frozen.horizontalHeader().mapToGlobal(at))

    def _menu_on_cell(self, at: QPoint) -> None:
        """By mouse on a cell, or by the menu key on the current one."""
        index = self.table.indexAt(at)
        self._show_menu((index if index.isValid() else self.table.currentIndex()).column(), self.table.mapToGlobal(at))

    def _show_menu(self, column: int, at: QPoint) -> None:
        self.menu.turn_to(column, self.model.metric(column))
        self.menu.popup(at)

    def _hide(self, name: str) -> None:
        self._chosen(self.model.choice.with_metrics([name], self.model.metrics, shown=False))

    def _choose_from(self, name: str) -> None:
        self.choose.setChecked(True)
        self.chooser.go_to(name)
