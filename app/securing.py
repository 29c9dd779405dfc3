"""What a lock does to the desk: a screen over each window, parts that take nothing, and the stop left as it is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from app.arranging import Arranging
from app.hands import Hands
from app.locking import Locking
from app.settings import DeskSettings
from widgets import nav
from widgets.desk import Desk
from widgets.lock_screen import LockScreen
from widgets.pin_form import PinForm
from widgets.settings import LOCK_HIDES, Group
from widgets.tray import Tray


class Securing(QObject):
    def __init__(
        self, desk: Desk, hands: Hands, arranging: Arranging, locking: Locking, settings: DeskSettings
    ) -> None:
        super().__init__(desk)
        self._desk, self._hands, self._arranging = desk, hands, arranging
        self._locking, self._settings = locking, settings
        self._tray: Tray | None = None
        self.screen = LockScreen(desk, desk.header.stop)
        self.form = PinForm(desk)
        """For the page of the settings, which takes it in."""
        self.screen.pin_given.connect(locking.try_pin)
        self.form.set_asked.connect(locking.set_pin)
        self.form.remove_asked.connect(locking.remove_pin)
        self.form.lock_asked.connect(self.lock_by_hand)
        hands.lock_asked.connect(self.lock_by_hand)
        locking.turned.connect(self._turn)
        locking.told.connect(self.screen.say)
        locking.told.connect(self.form.say)
        locking.pin_turned.connect(self.form.show_pin)
        self.form.show_pin(locking.has_pin)

    def follow(self, tray: Tray) -> None:
        """The tray locks the desk too, and tells no more than a locked desk does."""
        self._tray = tray
        tray.lock_asked.connect(self.lock_by_hand)
        self._locking.pin_turned.connect(self._show_in_tray)
        self._show_in_tray()

    def _show_in_tray(self) -> None:
        if self._tray is not None:
            self._tray.show_lock(self._locking.locked, can=self._locking.has_pin, discreet=self.hides)

    @property
    def hides(self) -> bool:
        return self._settings.value(LOCK_HIDES) == "figures"

    def lock_by_hand(self) -> None:
        if self._locking.has_pin:
            self._locking.lock("by hand")
        else:
            self._desk.show_page(nav.SETTINGS)
            self._desk.settings.show_group(Group.LOCK)
            self.form.new.setFocus()
            self._desk.status.tell("There is no PIN yet: set one here")

    def _turn(self, locked: bool) -> None:
        self._hands.lock_up(locked)
        self._show_in_tray()
        if locked:
            self._close_what_is_in_front()
            # It lies over all of the page, and would come before the lock when the window changes its size.
            self._desk.details.hide()
            self.screen.lock(self._beneath(), hides=self.hides)
            self._arranging.windows.lock(hides=self.hides)
        else:
            self.screen.unlock()
            self._arranging.windows.unlock()
        for dock in self._arranging.docks.docks:
            if dock.isFloating():
                dock.lock(locked, hides=self.hides)

    def _beneath(self) -> list[QWidget]:
        """Everything of the desk but what has the stop."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        spared = (self._desk.header, self.screen)
        return [part for part in self._desk.findChildren(QWidget, options=direct) if part not in spared]

    def _close_what_is_in_front(self) -> None:
        """Menus and dialogs of the desk: they would take acts in front of its lock."""
        for front in QApplication.topLevelWidgets():
            if front.isVisible() and isinstance(front, QDialog | QMenu):
                front.close()
