"""Every scope with the metrics that its user has chosen, flat or as a tree; the table one looks things up in."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.domain import Scope
from core.sheet.writing import lines_of
from core.snapshot import Snapshot
from widgets import figures
from widgets.choice import ColumnChoice
from widgets.column_chooser import ColumnChooser
from widgets.column_menu import ColumnMenu
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.panel import Panel
from widgets.saved_view import SavedView
from widgets.scope_bar import ScopeBar
from widgets.scope_model import SCOPE, ScopeModel
from widgets.scope_sheet import sheet_of, shown_lines
from widgets.scope_view import MANY, ScopeView
from widgets.theme import Tone
from widgets.undo import Step

RESORT_EVERY_S = 1.0
"""Rows that change places ten times a second cannot be read."""
MOST_COPIED = 2_000
"""Rows that are put on the clipboard; more are a file's business."""
HINT = "Enter opens a scope · S sorts by the current column · F1 explains it · Ctrl+C copies"
TREE_HINT = "Enter opens a scope · → and ← open and shut a row, * opens all · F1 explains a column"


class ScopeTable(Panel):
    scope_selected = Signal(object)
    columns_changed = Signal(object)
    """The ColumnChoice that a person has made."""
    help_requested = Signal(str)
    """The name of a metric."""
    export_wished = Signal(object, object, str)
    """The Sheet that is shown, the SheetForm and the path of the file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("scope_table", "Scopes", parent)
        self.model = ScopeModel()
        self.table = ScopeView(self.model, self)
        self.bar = ScopeBar(self.model.sieve.complete, self.shown_view, self)
        self.filter, self.choose, self.views = self.bar.filter, self.bar.choose, self.bar.views
        self.chooser = ColumnChooser(self)
        self.chooser.hide()
        self.story = Line(HINT, Tone.FAINT, font=text_font(12), elide=RIGHT)
        self.story.setObjectName("cell_story")
        self.menu = ColumnMenu(self)
        self._sorted_at_s = -math.inf
        self._lay_out()
        self._wire()
        self.views.say()

    def _lay_out(self) -> None:
        for part in self.bar.buttons:
            self.top.addWidget(part)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.table, 1)
        middle.addWidget(self.chooser)
        self.body.addWidget(self.bar)
        self.body.addLayout(middle, 1)
        self.body.addWidget(self.bar.export_bar)
        self.body.addWidget(self.story)

    def _wire(self) -> None:
        self.filter.textChanged.connect(self._filter)
        self.filter.editingFinished.connect(self._filter)
        self.filter.left_down.connect(self._to_table)
        self.choose.toggled.connect(self._open_chooser)
        self.bar.tree.toggled.connect(self._turn)
        self.bar.export.chosen.connect(self._export)
        self.views.picked.connect(self._pick)
        self.views.undoable.connect(self.undoable)
        self.chooser.changed.connect(self._chosen)
        self.chooser.closed.connect(self._shut_chooser)
        self.table.chosen.connect(self._choose)
        self.table.copy_wanted.connect(self.copy)
        self.table.selectionModel().currentChanged.connect(self._tell)
        self.table.horizontalHeader().sortIndicatorChanged.connect(self._sorted)
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
        self.model.is_held = self.table.chosen_count > MANY
        due = not 0 <= snapshot.at_s - self._sorted_at_s < RESORT_EVERY_S and not self.model.is_held
        if due:
            self._sorted_at_s = snapshot.at_s
        known = self.model.metrics
        if self.model.show(snapshot, resort=due):
            self.table.take_columns()
        if known is not self.model.metrics:
            self.chooser.show_choice(self.model.metrics, self.model.choice)
            self.bar.tell(self.model.sieve)
        self.table.flush()
        self._count()
        self._tell()

    def _count(self) -> None:
        shown, known = self.model.matching, len(self.model.scopes)
        scopes = f"{figures.part(shown, known)} scopes" if shown != known else figures.count(known, "scope")
        across = len(self.model.choice.columns(self.model.metrics))
        held = "order held while many rows are chosen · " if self.model.is_held else ""
        self.note.say(f"{held}{scopes} · {figures.part(across, len(self.model.metrics))} metrics")
        self.table.empty_words = "No scope passes the filter" if known else "No scope is known yet"

    # Filter, order, tree

    def _filter(self, *_: object) -> None:
        """While somebody writes, what is only begun counts for nothing: rows would go and come with every word."""
        text = self.filter.text()
        self.model.set_filter(self.model.sieve.finished(text) if self.filter.hasFocus() else text)
        self.bar.tell(self.model.sieve)
        self._count()
        self.views.say()

    def _to_table(self) -> None:
        self.table.setFocus()
        if not self.table.currentIndex().isValid() and self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(0, SCOPE))

    def _turn(self, is_tree: bool) -> None:
        key = next(iter(self.table.chosen_keys()), None) if self.table.chosen_count == 1 else None
        self.model.set_tree(is_tree)
        self.table.size_names()
        if isinstance(key, Scope):
            self.select(key)
        self._tell()
        self.views.say()

    def _sorted(self, *_: object) -> None:
        self.views.say()

    def _choose(self, key: object) -> None:
        if isinstance(key, Scope):
            self.scope_selected.emit(key)

    def select(self, scope: Scope) -> None:
        self.model.reveal(scope)
        self.table.choose_key(scope)
        self.table.scrollTo(self.model.index(self.table.currentIndex().row(), SCOPE))

    # Views

    def shown_view(self) -> SavedView:
        """What the table shows now."""
        column, way = self.model.sorted_by
        name = self.model.column_name(column)
        choice = self.model.choice
        return SavedView(
            "",
            self.filter.text().strip(),
            "" if choice == ColumnChoice() else str(choice),
            name,
            way == Qt.SortOrder.DescendingOrder if name else True,
            self.model.is_tree,
        )

    def _pick(self, view: SavedView) -> None:
        before = self.shown_view()
        self.show_view(view)
        if not before.shows(view):
            words = f"going to view {view.name}"
            self.undoable.emit(Step(words, partial(self.show_view, before), partial(self.show_view, view)))

    def show_view(self, view: SavedView) -> None:
        self.bar.tree.setChecked(view.tree)
        if view.choice != self.model.choice:
            self._take(view.choice)
        way = Qt.SortOrder.DescendingOrder if view.descending else Qt.SortOrder.AscendingOrder
        self.table.horizontalHeader().setSortIndicator(self.model.column_named(view.sorted_by), way)
        self.filter.setText(view.filter)
        self.table.scrollToTop()

    # What leaves the desk

    def copy(self, as_shown: bool) -> None:
        """The chosen rows with their heads; one row that is current where none is chosen."""
        if self.table.chosen_count > MOST_COPIED:
            self.story.say(
                f"▲ {figures.count(self.table.chosen_count, 'row')} are too many for the clipboard, which takes "
                f"{figures.number(MOST_COPIED)}: export them instead",
                Tone.HIGH,
            )
            return
        places = self.table.chosen_places
        if places:
            lines = shown_lines(self.model, places) if as_shown else lines_of(sheet_of(self.model, np.array(places)))
            QGuiApplication.clipboard().setText("\n".join(lines))
            kind = "as shown" if as_shown else "as numbers"
            self.story.say(f"{figures.count(len(places), 'row')} copied {kind}", Tone.NORMAL)

    def _export(self, _: str, form: object, path: str) -> None:
        self.export_wished.emit(sheet_of(self.model), form, path)

    # Columns

    def set_columns(self, choice: ColumnChoice) -> None:
        """Show these, without telling anybody."""
        key = next(iter(self.table.chosen_keys()), None) if self.table.chosen_count == 1 else None
        column = self.table.currentIndex().column()
        if self.model.choose(choice):
            self.table.take_columns()
            if key is not None:
                self.table.choose_key(key, max(0, min(column, self.model.columnCount() - 1)))
        self.chooser.show_choice(self.model.metrics, choice)
        self._count()
        self.views.say()

    def _chosen(self, choice: ColumnChoice) -> None:
        before = self.model.choice
        self._take(choice)
        if choice != before:
            words = "the columns of the scope table"
            self.undoable.emit(Step(words, partial(self._take, before), partial(self._take, choice)))

    def _take(self, choice: ColumnChoice) -> None:
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
        hint = TREE_HINT if self.model.is_tree else HINT
        index = self.table.currentIndex()
        if not index.isValid():
            self.story.say(hint, Tone.FAINT)
            return
        line = self.model.line(self.model.source(index.row()), index.column())
        self.story.say(f"{line} · {hint}" if index.column() == SCOPE else line, Tone.NORMAL)

    def help_key(self) -> str:
        """The metric under the cursor (`help_entries.Explained`)."""
        index = self.table.currentIndex()
        info = self.model.metric(index.column()) if index.isValid() else None
        return info.name if info is not None else ""

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
