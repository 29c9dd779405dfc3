"""What commands, shortcuts and the palette reach: the desk, and what only the window around it can do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QMainWindow

from app import offer
from app.arranging import Arranging
from app.settings import DeskSettings
from core.domain import Scope
from core.snapshot import Snapshot
from widgets.commands import COMMANDS, Group
from widgets.desk import Desk
from widgets.desk_menu import DeskMenu
from widgets.palette import Palette
from widgets.palette_model import Entry, Section
from widgets.settings import THEME
from widgets.undo import Step, UndoStack

ELSEWHERE = frozenset({"Find and do anything…", "Help", "Float panel, or dock it again", "Close panel",
                       "Put panel behind its neighbour"})  # fmt: skip
"""Not in the menu: what has a place of its own on the screen, and what is done to the panel that has the keyboard."""
RECENT = 8
"""Commands that the palette shows first."""


class Hands(QObject):
    lock_asked = Signal()
    quit_asked = Signal()

    def __init__(self, window: QMainWindow, desk: Desk, arranging: Arranging, settings: DeskSettings) -> None:
        super().__init__(window)
        self._window = window
        self.desk = desk
        self._arranging = arranging
        self.stack = UndoStack(self)
        self._settings = settings
        self.palette = Palette(desk, desk.header)
        self.menu = DeskMenu(desk)
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._snapshot: Snapshot | None = None
        self._locked = False
        self.shortcuts = [
            self._shortcut(keys, act)
            for command in COMMANDS
            if command.find is not None and not command.bound and callable(act := command.find(self))
            for keys in (command.keys, command.also)
            if keys and not isinstance(act, QAction | QAbstractButton)
        ]
        desk.nav.find_asked.connect(self.open_palette)
        desk.nav.menu_asked.connect(self.open_menu)
        desk.undoable.connect(self.stack.push)
        arranging.undoable.connect(self.stack.push)
        arranging.told.connect(desk.status.tell)

    def _shortcut(self, keys: str, act: Callable[[], None]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(keys), self._window)
        # In the windows of pages and panels too.
        shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(act)
        return shortcut

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def lock_up(self, locked: bool) -> None:
        """While the desk is locked none of this is reached, by keys or otherwise."""
        self._locked = locked
        self.palette.close_it()
        for shortcut in self.shortcuts:
            shortcut.setEnabled(not locked)

    # The palette

    def used(self, words: str) -> None:
        if words in self._recent:
            self._recent.remove(words)
        self._recent.appendleft(words)

    def open_palette(self) -> None:
        self._open([offer.command_section(self, self._recent), offer.stop_section(self), *self._places()])

    def find_scope(self) -> None:
        self._open(self._places(), offer.SCOPES, "Account, venue or strategy")

    def _open(
        self, sections: list[Section], only: str = "", hint: str = "", named: Callable[[str], None] | None = None
    ) -> None:
        if not self._locked:
            self._window.activateWindow()
            self.palette.open(sections, only, hint, named)

    def _places(self) -> list[Section]:
        arranging = self._arranging
        found = [
            offer.panel_section(arranging.docks.docks, arranging.turn_panel),
            offer.workspace_section(arranging.workspaces.names, arranging.go_to),
        ]
        if self._snapshot is not None:
            shown = self._snapshot
            found = [
                offer.scope_section(shown, self),
                offer.event_section(shown, self),
                offer.plan_section(shown, self),
                *found,
            ]
        return found

    def go_to_scope(self, scope: Scope) -> None:
        self.desk.open_scope(scope)

    def go_to_event(self, event_id: str) -> None:
        self.desk.open_event(event_id)

    def go_to_plan(self, mitigation_id: str) -> None:
        self.desk.open_plan(mitigation_id)

    # Commands

    def show_help(self) -> None:
        self.desk.explain()

    def open_menu(self) -> None:
        """Of the desk itself: what the mouse finds there, the keyboard finds in the palette."""
        acts: dict[Group, list[Entry]] = {Group.LAYOUT: [], Group.DESK: []}
        for command, entry in offer.commands(self):
            if command.group in acts and command.words not in ELSEWHERE:
                acts[command.group].append(entry)
        arranging = self._arranging
        panels = offer.panel_section(arranging.docks.docks, arranging.turn_panel)
        spaces = offer.workspace_section(arranging.workspaces.names, arranging.go_to)
        parts = [acts[Group.LAYOUT], *([one.entry(row) for row in range(one.count)] for one in (panels, spaces))]
        self.menu.show_entries([*parts, acts[Group.DESK]])
        button = self.desk.nav.menu_button
        self.menu.popup(button.mapToGlobal(QPoint(0, -self.menu.sizeHint().height())))

    def choose_theme(self, name: str) -> None:
        before = self._settings.value(THEME)
        self._settings.keep(THEME, name)
        if before != name:
            words = f"theme {name}"
            back, again = partial(self._settings.keep, THEME, before), partial(self._settings.keep, THEME, name)
            self.stack.push(Step(words, back, again))

    def lock(self) -> None:
        self.lock_asked.emit()

    def quit(self) -> None:
        self.quit_asked.emit()

    def undo(self) -> None:
        words = self.stack.undo()
        self.desk.status.tell(f"Undone: {words}" if words else "Nothing to undo")

    def redo(self) -> None:
        words = self.stack.redo()
        self.desk.status.tell(f"Done again: {words}" if words else "Nothing to do again")

    def arrange_panels(self) -> None:
        self._arranging.arrange_panels()

    def float_panel(self) -> None:
        self._arranging.float_panel()

    def tab_panel(self) -> None:
        self._arranging.tab_panel()

    def close_panel(self) -> None:
        self._arranging.close_panel()

    def own_window(self) -> None:
        self._arranging.own_window()

    def reset_layout(self) -> None:
        self._arranging.reset_layout()

    def save_workspace(self) -> None:
        sections = [offer.workspace_section(self._arranging.workspaces.names, self._arranging.save)]
        self._open(sections, offer.WORKSPACES, "Name of the workspace", self._arranging.save)

    def choose_workspace(self) -> None:
        sections = [offer.workspace_section(self._arranging.workspaces.names, self._arranging.go_to)]
        self._open(sections, offer.WORKSPACES, "Workspace to go to")

    def delete_workspace(self) -> None:
        names = self._arranging.workspaces.names
        sections = [offer.workspace_section(names, self._arranging.go_to, self._arranging.delete)]
        self._open(sections, offer.WORKSPACES, "Workspace to delete")
