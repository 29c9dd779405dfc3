"""The stop is one click and one chord away, whatever stands in front of the window or has disabled it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from core.intents import FireStop, Intent, LockDesk
from tests.app import openings
from tests.widgets.snapshots import build
from widgets import nav, stop_button
from widgets.docks import Dock
from widgets.page_window import PageWindow
from widgets.settings import LOCK_HIDES, LOCK_PIN
from widgets.stop_button import StopButton

BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Desk:
    def __init__(self) -> None:
        self.asked: list[Intent] = []
        self.window = MainWindow(self.asked.append, "ada")
        self.window.resize(1280, 800)
        self.window.show()
        self.window.show_snapshot(build(30, 20, stopped=True))
        self.window.activateWindow()
        QTest.qWaitForWindowActive(self.window)

    @property
    def fired(self) -> int:
        return sum(isinstance(intent, FireStop) for intent in self.asked)

    def look(self) -> None:
        """Let the button see what came up."""
        QTest.qWait(2 * LOOK_MS)
        QApplication.processEvents()  # a busy machine sleeps through the moment that it looks in

    def click(self) -> None:
        """As the window system tells it: to the window, which finds out who is under the mouse."""
        stop = self.window.desk.header.stop
        at = stop.mapTo(self.window, stop.rect().center())
        QTest.mousePress(self._handle(), Qt.MouseButton.LeftButton, pos=at)
        # A finger stays down for a while, and in it Qt tells the press again to what a menu that it closed was over.
        QApplication.processEvents()
        QTest.mouseRelease(self._handle(), Qt.MouseButton.LeftButton, pos=at)

    def chord(self) -> None:
        """To whichever window has the keyboard."""
        front = QGuiApplication.focusWindow() or self._handle()
        QTest.keyClick(front, Qt.Key.Key_X, BOTH)

    def _handle(self) -> QWindow:
        handle = self.window.windowHandle()
        assert handle is not None
        return handle

    def close_all(self) -> None:
        for front in openings.on_screen():
            front.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


LOOK_MS = 10


@pytest.fixture
def desk(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(stop_button, "LOOK_MS", LOOK_MS)  # it is waited for more than a hundred times
    made = Desk()
    yield made
    made.close_all()
    made.window.close()
    made.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_each_dialog_and_menu_of_the_application_is_known_here() -> None:
    assert openings.own_classes() == set(openings.OPENERS)
    assert openings.foreign_uses() == {
        "app/securing.py: QDialog",
        "app/securing.py: QMenu",
        "widgets/close_question.py: QDialog",
        "widgets/column_menu.py: QMenu",
        "widgets/desk_menu.py: QMenu",
        "widgets/docks.py: QDockWidget",
        "widgets/event_table.py: QMenu",
        "widgets/export_button.py: QFileDialog",
        "widgets/export_button.py: QMenu",
        "widgets/journal_file.py: QFileDialog",
        "widgets/mute_button.py: QMenu",
        "widgets/tray.py: QMenu",
        "widgets/view_menu.py: QMenu",
    }


@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_it_fires_by_click_and_chord_under_each_menu_and_list_of_the_application(desk: Desk) -> None:
    window = desk.window
    ways = [*((kind.__name__, opener) for kind, opener in openings.OPENERS.items())]
    ways += [*openings.combos(window), *openings.context_menus(window), ("a tip", openings.tip)]
    assert len(ways) > 5
    opened = 0
    for name, opener in ways:
        for act in (desk.click, desk.chord):
            opener(window)
            desk.look()
            opened += bool(openings.on_screen())
            before = desk.fired
            act()
            assert desk.fired == before + 1, f"{act.__name__} under {name}"
            desk.close_all()
    assert opened > len(ways), "hardly anything came up: this has shown nothing"


@pytest.mark.parametrize(("name", "opener"), list(openings.dialogs()))
def test_the_chord_fires_under_any_dialog_that_may_come_and_the_click_under_all_that_are_not_modal(
    desk: Desk, qtbot: QtBot, name: str, opener: openings.Open
) -> None:
    """Qt hands a window under a modal dialog no press at all: so none here is modal, which the source is held to."""
    opener(desk.window)
    (front,) = openings.on_screen()
    qtbot.waitUntil(lambda: QGuiApplication.focusWindow() == front.windowHandle(), timeout=3000)
    desk.chord()
    assert desk.fired == 1
    if "NonModal" in name:
        desk.click()
        assert desk.fired == 2


def test_it_fires_in_a_window_that_is_disabled_as_a_whole(desk: Desk) -> None:
    for part in (desk.window, desk.window.desk, desk.window.desk.header):
        part.setEnabled(False)
        before = desk.fired
        desk.click()
        desk.chord()
        assert desk.fired == before + 2, part.objectName()
        part.setEnabled(True)


def test_it_is_in_sight_and_fires_on_every_page(desk: Desk) -> None:
    stop = desk.window.desk.header.stop
    for page in range(len(nav.PAGES)):
        desk.window.desk.show_page(page)
        assert stop.isVisible()
        at = stop.mapTo(desk.window, QPoint(20, 20))
        assert desk.window.childAt(at) is stop
        before = desk.fired
        desk.click()
        desk.chord()
        assert desk.fired == before + 2


@pytest.mark.parametrize("hides", ["figures", "nothing"])
@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_it_fires_by_click_and_chord_on_a_locked_desk_in_each_of_its_windows(desk: Desk, hides: str) -> None:
    window = desk.window
    openings.OPENERS[PageWindow](window)
    openings.OPENERS[Dock](window)
    desk.look()
    window.settings.keep(LOCK_HIDES, hides)
    window.settings.keep(LOCK_PIN, "any")
    window.locking.lock("by hand")
    assert window.securing.screen.isVisible()
    stop = window.desk.header.stop
    assert window.childAt(stop.mapTo(window, QPoint(20, 20))) is stop
    for front in (window, *openings.on_screen()):
        front.activateWindow()
        QTest.qWaitForWindowActive(front)
        before = desk.fired
        desk.chord()
        assert desk.fired == before + 1, f"the chord in {front.objectName()}"
        desk.click()
        assert desk.fired == before + 2, f"the button, with {front.objectName()} in front"
    own = window.arranging.windows.window(nav.EVENTS)
    assert own is not None
    handle = own.windowHandle()
    at = own.stop.mapTo(own, own.stop.rect().center())
    before = desk.fired
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=at)
    assert desk.fired == before + 1
    assert window.locking.locked
    assert {type(intent) for intent in desk.asked} == {FireStop, LockDesk}


def test_a_locked_desk_takes_no_press_anywhere_but_on_the_stop(desk: Desk) -> None:
    window = desk.window
    for page in range(len(nav.PAGES)):
        window.desk.show_page(page)
        window.settings.keep(LOCK_PIN, "any")
        window.locking.lock("by hand")
        desk.asked.clear()
        for x in range(8, window.width(), 110):
            for y in range(8, window.height(), 90):
                if not isinstance(window.childAt(x, y), StopButton):
                    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=QPoint(x, y))
        assert window.desk.pages.currentIndex() == page
        assert desk.asked == []
        assert openings.on_screen() == []
        window.settings.keep(LOCK_PIN, "")
        window.locking.look()
        assert not window.locking.locked
