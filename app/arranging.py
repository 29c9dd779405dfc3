"""How the desk is arranged: panels, pages in windows of their own, named workspaces; all of it can be taken back."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from app.workspaces import DEFAULT, OwnWindow, Workspace, Workspaces
from widgets import nav
from widgets.desk import Desk
from widgets.docks import Dock
from widgets.on_screen import brought_back, fitting, screens
from widgets.own_windows import OwnWindows
from widgets.undo import Step


class Arranging(QObject):
    undoable = Signal(object)
    told = Signal(str)

    def __init__(self, window: QMainWindow, desk: Desk, workspaces: Workspaces) -> None:
        super().__init__(window)
        self._window, self._desk = window, desk
        self.workspaces = workspaces
        self.windows = OwnWindows(desk)
        self.docks = desk.overview.docks
        self.docks.changed.connect(self._panels_changed)

    # The whole

    def now(self) -> Workspace:
        where = self._window.normalGeometry() if self._window.isMaximized() else self._window.geometry()
        own = (self.windows.window(place) for place in self.windows.open_places)
        frames = (window.geometry().getRect() for window in own if window is not None)
        pages = (nav.PAGES[place] for place in self.windows.open_places)
        place = self._desk.pages.currentIndex()
        return Workspace(
            panels=self.docks.state(),
            page=nav.PAGES[place] if place < len(nav.PAGES) else "",
            windows=tuple(OwnWindow(page, frame) for page, frame in zip(pages, frames, strict=True)),  # type: ignore[arg-type]
            geometry=where.getRect(),  # type: ignore[arg-type]
            maximized=self._window.isMaximized(),
        )

    def apply(self, workspace: Workspace) -> None:
        """A page that there is no more has no window, and what would be off the screen comes back on it."""
        if workspace.geometry is not None:
            self._window.setGeometry(brought_back(QRect(*workspace.geometry), screens()))
        else:
            # A screen that is smaller than the desk would have the stop beyond its edge.
            self._window.resize(fitting(self._window.size(), screens()))
        if workspace.maximized and not self._window.isMaximized():
            self._window.setWindowState(Qt.WindowState.WindowMaximized)
        self.windows.close_all()
        self.docks.restore(workspace.panels)
        for own in workspace.windows:
            if own.page in nav.PAGES:
                self.windows.open(nav.PAGES.index(own.page), QRect(*own.geometry))
        if workspace.page in nav.PAGES:
            self._desk.show_page(nav.PAGES.index(workspace.page))
        if workspace.windows:
            self._window.activateWindow()

    def restore(self) -> None:
        """As the desk was when it ended."""
        self.apply(self.workspaces.last)
        if self.workspaces.problem:
            self.told.emit(self.workspaces.problem)

    def remember(self) -> None:
        self.workspaces.keep_last(self.now())

    # Named ones

    def go_to(self, name: str) -> None:
        wanted = self.workspaces.named(name)
        if wanted is not None:
            self._change(f"workspace {name}", wanted)

    def save(self, name: str) -> None:
        before = self.workspaces.named(name) if name != DEFAULT else None
        now = self.now()
        if not self.workspaces.keep(name, now):
            self.told.emit(f"{DEFAULT} is built in: save under another name")
            return
        self.told.emit(f"Workspace {name} saved")
        back = partial(self._keep, name, before) if before is not None else partial(self._drop, name)
        self.undoable.emit(Step(f"saving workspace {name}", back, partial(self._keep, name, now)))

    def delete(self, name: str) -> None:
        gone = self.workspaces.delete(name)
        if gone is not None:
            self.told.emit(f"Workspace {name} deleted")
            self.undoable.emit(
                Step(f"deleting workspace {name}", partial(self._keep, name, gone), partial(self._drop, name))
            )

    def _keep(self, name: str, workspace: Workspace) -> None:
        self.workspaces.keep(name, workspace)

    def _drop(self, name: str) -> None:
        self.workspaces.delete(name)

    def _change(self, words: str, wanted: Workspace) -> None:
        before = self.now()
        self.apply(wanted)
        self.told.emit(words[:1].upper() + words[1:])
        self.undoable.emit(Step(words, partial(self.apply, before), partial(self.apply, wanted)))

    # Panels

    def reset_layout(self) -> None:
        """The panels and the windows as the desk came; it stays where it is, on the page that it shows."""
        now = self.now()
        self._change("layout reset", Workspace(page=now.page, geometry=now.geometry, maximized=now.maximized))

    def arrange_panels(self) -> None:
        self._desk.show_page(nav.OVERVIEW)
        self.docks.arrange(not self.docks.arranging)
        self.told.emit("Panels can be moved by their titles" if self.docks.arranging else "Panels stand still")

    def turn_panel(self, dock: Dock) -> None:
        """Close it, or bring it back."""
        if not dock.isHidden():
            dock.close()
        else:
            dock.show()

    def float_panel(self) -> None:
        """The panel that has the keyboard goes into a window of its own, or back into the page."""
        dock = self._current()
        focus = QApplication.focusWidget()
        if dock is not None and focus is not None:
            dock.setFloating(not dock.isFloating())
            # The keyboard stays where it was, in whichever window that is now.
            dock.activateWindow()
            focus.setFocus()

    def close_panel(self) -> None:
        dock = self._current()
        if dock is not None:
            dock.close()

    def tab_panel(self) -> None:
        """The panel that has the keyboard goes behind its neighbour, as a tab; or out of its tabs again."""
        dock = self._current()
        if dock is None:
            return
        docked = [other for other in self.docks.docks if not other.isFloating() and not other.isHidden()]
        if dock in docked and len(docked) > 1:
            neighbour = docked[(docked.index(dock) + 1) % len(docked)]
            self.docks.inner.tabifyDockWidget(neighbour, dock)
            dock.raise_()

    def _current(self) -> Dock | None:
        focus = QApplication.focusWidget()
        found = self.docks.dock_of(focus) if focus is not None else None
        if found is None:
            self.told.emit("Put the keyboard into a panel of the overview first (Tab)")
        return found

    def _panels_changed(self, before: str, after: str) -> None:
        self.undoable.emit(
            Step("moving panels", partial(self._restore_panels, before), partial(self._restore_panels, after))
        )

    def _restore_panels(self, state: str) -> None:
        self.docks.restore(state)

    # Windows

    def own_window(self) -> None:
        """The page that is shown goes into a window of its own; or comes back from there."""
        place = self._desk.pages.currentIndex()
        if place >= len(nav.PAGES):
            self.told.emit("The page of a scope stays in the main window")
        elif place in self.windows.open_places:
            self.windows.close(place)
        else:
            self.windows.open(place)
