"""The button with the name of the view in use, and all that happens to one's own views."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from widgets.saved_view import BUILT_IN, SavedView
from widgets.undo import Step
from widgets.view_form import ViewForm
from widgets.view_menu import ViewMenu

KEYS = "Alt+V"
Shown = Callable[[], SavedView]
"""What the table shows now, as a view without a name."""


class ViewPicker(QToolButton):
    picked = Signal(object)
    """The SavedView that is to be shown."""
    changed = Signal(object)
    """All of one's own views, after one was added, renamed, changed or deleted."""
    undoable = Signal(object)
    """A `widgets.undo.Step`."""

    def __init__(self, shown: Shown, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("views")
        self.setToolTip(f"Views of the table: pick one, or keep what it shows now ({KEYS})")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._shown = shown
        self.own: tuple[SavedView, ...] = ()
        self.used: SavedView | None = BUILT_IN[0]
        self._renames = False
        self.menu_of_views = ViewMenu(self)
        self.form = ViewForm(self)
        self.menu_of_views.picked.connect(self.pick)
        self.menu_of_views.save_wanted.connect(self.ask_name)
        self.menu_of_views.renew_wanted.connect(self._renew)
        self.menu_of_views.rename_wanted.connect(self.ask_new_name)
        self.menu_of_views.delete_wanted.connect(self.delete)
        self.form.named.connect(self._named)
        self.clicked.connect(self.open_menu)

    def set_views(self, own: tuple[SavedView, ...]) -> None:
        """One's own, without telling anybody."""
        self.own = own
        if self.used is not None and self.used not in (*BUILT_IN, *own):
            self.used = next((view for view in own if view.name == self.used.name), None)
        self.say()

    @property
    def is_changed(self) -> bool:
        return self.used is None or not self.used.shows(self._shown())

    def say(self) -> None:
        """The name of the view in use, and whether the table shows something else by now."""
        name = self.used.name if self.used is not None else "own"
        text = f"View: {name}{' (changed)' if self.used is not None and self.is_changed else ''}"
        if text != self.accessibleName():
            # An ampersand in a name is no key; and with its text a button gives up the keys that it had.
            self.setText(text.replace("&", "&&"))
            self.setShortcut(KEYS)
            self.setAccessibleName(text)

    def open_menu(self) -> None:
        self.menu_of_views.offer(self.own, self.used, changed=self.is_changed)
        self.menu_of_views.popup(self.mapToGlobal(QPoint(0, self.height())))

    def pick(self, view: SavedView, *_: object) -> None:
        self.used = view
        self.picked.emit(view)
        self.say()

    # One's own

    def ask_name(self) -> None:
        self._renames = False
        self.form.ask("Save as", "", tuple(view.name for view in self.own))

    def ask_new_name(self) -> None:
        if self.used is not None and not self.used.built_in:
            self._renames = True
            others = tuple(view.name for view in self.own if view != self.used)
            self.form.ask(f"Rename {self.used.name} to", self.used.name, others)

    def _named(self, name: str) -> None:
        if not self._renames or self.used is None:
            self._keep((*self.own, self._shown().called(name)), name, f"the view {name}")
            return
        before = self.used.name
        kept = tuple(view.called(name) if view == self.used else view for view in self.own)
        self._keep(kept, name, f"the new name of the view {before}")

    def _renew(self) -> None:
        if self.used is not None and not self.used.built_in:
            name = self.used.name
            kept = tuple(self._shown().called(name) if view == self.used else view for view in self.own)
            self._keep(kept, name, f"the changes of the view {name}")

    def delete(self) -> None:
        if self.used is not None and not self.used.built_in:
            name = self.used.name
            self._keep(tuple(view for view in self.own if view != self.used), "", f"the deletion of the view {name}")

    def _keep(self, own: tuple[SavedView, ...], name: str, words: str) -> None:
        """One's own views from now on, the one of this name in use; can be undone."""
        before, used = self.own, self.used.name if self.used is not None else ""
        self._put(own, name)
        self.undoable.emit(Step(words, partial(self._put, before, used), partial(self._put, own, name)))

    def _put(self, own: tuple[SavedView, ...], name: str) -> None:
        self.own = own
        self.used = next((view for view in (*BUILT_IN, *own) if view.name == name), None)
        self.changed.emit(own)
        self.say()
