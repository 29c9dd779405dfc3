"""What commands, shortcuts and the palette reach: the desk, and what only the window around it can do."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QMainWindow

from app import offer
from app.arranging import Arranging
from core.domain import Scope
from core.snapshot import Snapshot
from widgets.commands import COMMANDS
from widgets.desk import Desk
from widgets.palette import Palette
from widgets.palette_model import Section
from widgets.undo import UndoStack

RECENT = 8
"""Commands that the palette shows first."""


class Hands(QObject):
    lock_asked = Signal()
    quit_asked = Signal()

    def __init__(self, window: QMainWindow, desk: Desk, arranging: Arranging) -> None:
        super().__init__(window)
        self._window = window
        self.desk = desk
        self._arranging = arranging
        self.stack = UndoStack(self)
        self.palette = Palette(desk, desk.header)
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
