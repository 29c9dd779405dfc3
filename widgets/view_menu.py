"""The menu of saved views: those that come with the desk, one's own, and what can be done with the one in use."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from widgets.saved_view import BUILT_IN, SavedView


class ViewMenu(QMenu):
    """Opened by `popup`, never by `exec`: a loop within the loop would hold up everything else."""

    picked = Signal(object)
    """A SavedView."""
    save_wanted = Signal()
    renew_wanted = Signal()
    rename_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("view_menu")
        self.setAccessibleName("Views of the table")
        self.save = self._act("Save as a view…", self.save_wanted)
        self.renew = self._act("Keep changes", self.renew_wanted)
        self.rename = self._act("Rename…", self.rename_wanted)
        self.remove = self._act("Delete", self.delete_wanted)

    def _act(self, text: str, wanted: object) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(wanted)
        return action

    def offer(self, own: tuple[SavedView, ...], used: SavedView | None, *, changed: bool) -> None:
        """`used`: the view that was picked last; `changed` where the table shows something else by now."""
        acts = (self.save, self.renew, self.rename, self.remove)
        for action in self.actions():
            self.removeAction(action)
            if action not in acts:
                action.deleteLater()
        for views in (BUILT_IN, own):
            for view in views:
                self._offer_view(view, chosen=view == used and not changed)
            self.addSeparator()
        mine = used is not None and not used.built_in
        name = used.name if used is not None and mine else ""
        self.renew.setEnabled(mine and changed)
        self.renew.setText(f"Keep changes in {name}" if name else "Keep changes")
        self.rename.setEnabled(mine)
        self.rename.setText(f"Rename {name}…" if name else "Rename…")
        self.remove.setEnabled(mine)
        self.remove.setText(f"Delete {name}" if name else "Delete")
        self.addActions(acts)

    def _offer_view(self, view: SavedView, *, chosen: bool) -> None:
        # An ampersand in a name is no key.
        action = self.addAction(view.name.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(chosen)
        action.setToolTip(view.filter)
        action.triggered.connect(partial(self.picked.emit, view))
