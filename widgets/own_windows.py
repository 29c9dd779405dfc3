"""Which pages have a window of their own, and where they go when they come back."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtWidgets import QApplication

from core.snapshot import Snapshot
from widgets import nav
from widgets.desk import Desk
from widgets.docks import Dock
from widgets.on_screen import brought_back, screens
from widgets.page_window import Elsewhere, PageWindow


class OwnWindows(QObject):
    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._windows: dict[int, PageWindow] = {}
        self._snapshot: Snapshot | None = None
        self._locked = False
        self._hides = True
        desk.page_shown.connect(self._bring_up)
        desk.page_opened.connect(self._bring_desk_up)
        desk.event_opened.connect(self._bring_desk_up)

    @property
    def open_places(self) -> tuple[int, ...]:
        """Pages that have one, as places in `nav.PAGES`."""
        return tuple(sorted(self._windows))

    def window(self, place: int) -> PageWindow | None:
        return self._windows.get(place)

    def open(self, place: int, geometry: QRect | None = None) -> None:
        """Give the page a window, or bring up the one that it has."""
        if place in self._windows:
            self._bring_up(place)
            return
        pages, page = self._desk.pages, self._desk.all_pages[place]
        title, current = nav.PAGES[place], pages.currentIndex()
        stand_in = Elsewhere(place, title)
        stand_in.back_asked.connect(self.close)
        stand_in.shown_asked.connect(self._bring_up)
        pages.blockSignals(True)
        pages.removeWidget(page)
        pages.insertWidget(place, stand_in)
        pages.setCurrentIndex(current)
        pages.blockSignals(False)
        window = PageWindow(place, page, title)
        window.stop.fired.connect(self._desk.header.fired)
        window.closed.connect(self._back)
        self._windows[place] = window
        if geometry is not None:
            window.setGeometry(brought_back(geometry, screens()))
        window.show()
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)
        if self._locked:
            window.lock_screen.lock([window.page], hides=self._hides)
        self.changed.emit()

    def close(self, place: int) -> None:
        if place in self._windows:
            self._windows[place].close()

    def close_all(self) -> None:
        for place in self.open_places:
            self.close(place)

    def _back(self, place: int) -> None:
        window = self._windows.pop(place, None)
        if window is None:
            return
        window.lock_screen.unlock()
        pages = self._desk.pages
        stand_in, current = pages.widget(place), pages.currentIndex()
        pages.blockSignals(True)
        if stand_in is not None:
            pages.removeWidget(stand_in)
            stand_in.deleteLater()
        pages.insertWidget(place, window.page)
        pages.setCurrentIndex(current)
        pages.blockSignals(False)
        window.deleteLater()
        self.changed.emit()

    def _bring_up(self, place: int) -> None:
        window = self._windows.get(place)
        if window is None:
            self._bring_desk_up()
        else:
            window.showNormal() if window.isMinimized() else window.show()
            window.raise_()
            window.activateWindow()

    def _bring_desk_up(self, *_: object) -> None:
        """What was asked for in another window is shown in the desk's: there it must be seen."""
        active, main = QApplication.activeWindow(), self._desk.window()
        if isinstance(active, PageWindow | Dock):  # never over a dialog: that belongs to the desk's own window
            main.showNormal() if main.isMinimized() else main.show()
            main.raise_()
            main.activateWindow()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        state = self._desk.header.state
        for window in self._windows.values():
            window.show_snapshot(snapshot, state.text(), state.tone)

    def lock(self, *, hides: bool) -> None:
        self._locked, self._hides = True, hides
        for window in self._windows.values():
            window.lock_screen.lock([window.page], hides=hides)

    def unlock(self) -> None:
        self._locked = False
        for window in self._windows.values():
            window.lock_screen.unlock()
