"""Panels, windows and workspaces of the real window, and that all of it can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import WORKSPACES, MainWindow
from app.settings import DeskSettings
from app.workspaces import DEFAULT, OwnWindow, Workspace
from core.intents import FireStop, Intent, ShelveEvent, UnshelveEvent
from tests.widgets.snapshots import build
from widgets import docks, nav
from widgets.choice import ALL, ColumnChoice
from widgets.on_screen import screens

Make = Callable[[], MainWindow]
unraised = pytest.mark.qt_log_ignore("does not support", extend=True)


@pytest.fixture
def asked() -> list[Intent]:
    return []


@pytest.fixture
def make(qapp: QApplication, tmp_path: Path, asked: list[Intent], monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(docks, "SETTLED_MS", 50)
    made: list[MainWindow] = []

    def window() -> MainWindow:
        one = MainWindow(asked.append, "ada", DeskSettings(tmp_path / "desk.ini"))
        one.resize(1200, 760)
        one.take_up()
        one.show()
        one.show_snapshot(build(12, 8))
        one.activateWindow()
        QTest.qWaitForWindowActive(one)
        made.append(one)
        return one

    yield window
    for one in made:
        one.close()
        one.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@unraised
def test_the_desk_comes_back_as_it_was_left(make: Make) -> None:
    window = make()
    window.arranging.docks.docks[1].close()
    window.desk.show_page(nav.SCOPES)
    window.arranging.windows.open(nav.EVENTS, QRect(40, 50, 700, 500))
    kept = window.arranging.now()
    window.close()
    again = make()
    assert again.arranging.windows.open_places == (nav.EVENTS,)
    assert again.desk.pages.currentIndex() == nav.SCOPES
    assert again.arranging.now().panels == kept.panels != ""
    assert again.arranging.docks.docks[1].isHidden()


@unraised
def test_a_page_in_a_window_of_its_own_goes_on_there_has_a_stop_and_comes_back(make: Make, asked: list[Intent]) -> None:
    window = make()
    window.desk.show_page(nav.EVENTS)
    QTest.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    own = window.arranging.windows.window(nav.EVENTS)
    assert own is not None
    assert window.desk.events.window() is own
    assert window.desk.pages.count() == len(window.desk.all_pages)
    window.show_snapshot(build(12, 5))
    assert window.desk.events.list.model.rowCount() == 5
    assert own.focusWidget() is not own.stop, "a space bar must not fire it"
    QTest.mouseClick(own.stop, Qt.MouseButton.LeftButton)
    assert [type(intent) for intent in asked] == [FireStop]
    window.desk.show_page(nav.EVENTS)
    stand_in = window.desk.pages.currentWidget()
    stand_in.bring_back.click()  # type: ignore[attr-defined]
    assert window.desk.pages.currentWidget() is window.desk.events
    assert window.arranging.windows.open_places == ()
    assert window.desk.events.isVisible()


@unraised
def test_a_named_workspace_is_gone_to_and_back_from(make: Make) -> None:
    window = make()
    window.desk.show_page(nav.SCOPES)
    window.arranging.windows.open(nav.EVENTS)
    window.arranging.save("Two monitors")
    window.arranging.go_to(DEFAULT)
    assert window.arranging.windows.open_places == ()
    window.arranging.go_to("Two monitors")
    assert window.arranging.windows.open_places == (nav.EVENTS,)
    assert window.hands.stack.undo() == "workspace Two monitors"
    assert window.arranging.windows.open_places == ()
    window.arranging.delete("Two monitors")
    assert window.arranging.workspaces.names == (DEFAULT,)
    window.hands.undo()
    assert window.arranging.workspaces.names == (DEFAULT, "Two monitors")
    assert window.desk.status.done.text() == "Undone: deleting workspace Two monitors"
    window.hands.redo()
    assert window.arranging.workspaces.names == (DEFAULT,)


def test_the_layout_is_reset_and_that_is_undone(make: Make, qtbot: QtBot) -> None:
    window = make()
    panel = window.arranging.docks.docks[2]
    panel.close()
    qtbot.waitUntil(lambda: window.hands.stack.next_undo == "moving panels", timeout=5000)
    window.arranging.reset_layout()
    assert not panel.isHidden()
    window.hands.undo()
    assert panel.isHidden()
    window.hands.undo()
    assert not panel.isHidden()


@unraised
def test_windows_of_a_monitor_that_is_gone_are_brought_back(make: Make) -> None:
    window = make()
    events = OwnWindow("Events", (9000, 9000, 700, 500))
    away = Workspace(page="Scopes", windows=(events,), geometry=(-8000, 40, 1200, 760))
    window.arranging.apply(away)
    own = window.arranging.windows.window(nav.EVENTS)
    assert own is not None
    for one in (window, own):
        assert any(area.intersects(one.geometry()) for area in screens())


def test_a_page_that_there_is_no_more_has_no_window(make: Make) -> None:
    window = make()
    window.arranging.apply(Workspace(page="Tea", windows=(OwnWindow("Coffee", (1, 1, 300, 300)),)))
    assert window.arranging.windows.open_places == ()


def test_a_broken_file_of_workspaces_costs_the_layout_only_and_is_said(make: Make, tmp_path: Path) -> None:
    (tmp_path / WORKSPACES).write_text("{")
    window = make()
    assert not all(dock.isHidden() for dock in window.arranging.docks.docks)
    assert "cannot be read" in window.desk.status.done.text()


@unraised
def test_panels_float_tab_and_close_by_keyboard(make: Make) -> None:
    window = make()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    window.desk.show_page(nav.OVERVIEW)
    window.desk.overview.events.table.setFocus()
    panel = window.arranging.docks.dock_of(window.desk.overview.events)
    assert panel is not None
    QTest.keyClick(window.desk.overview.events.table, Qt.Key.Key_T, both)
    assert window.arranging.docks.inner.tabifiedDockWidgets(panel)
    QTest.keyClick(window.desk.overview.events.table, Qt.Key.Key_F, both)
    assert panel.isFloating()
    panel.setFloating(False)  # the offscreen platform gives the keyboard to no such window
    window.desk.overview.events.table.setFocus()
    QTest.keyClick(window.desk.overview.events.table, Qt.Key.Key_W, both)
    assert panel.isHidden()


def test_what_was_shelved_is_taken_back_and_shelved_again(make: Make, asked: list[Intent]) -> None:
    window = make()
    window.desk.shelve_requested.emit(("e-1", "e-2"), 900.0, "maintenance")
    assert window.hands.stack.undo() == "shelving 2 events"
    assert window.hands.stack.redo() == "shelving 2 events"
    shelved = [ShelveEvent("e-1", 900.0, "ada", "maintenance"), ShelveEvent("e-2", 900.0, "ada", "maintenance")]
    assert asked == [*shelved, UnshelveEvent("e-1", "ada"), UnshelveEvent("e-2", "ada"), *shelved]


def test_columns_and_mutes_are_taken_back(make: Make) -> None:
    window = make()
    muted: list[float] = []
    window.mute_wished.connect(muted.append)
    window.desk.scopes._chosen(ColumnChoice(ALL))
    window.note_mute(900.0)
    window.hands.undo()
    assert muted == [0.0]
    window.hands.undo()
    assert window.desk.scopes.model.choice == ColumnChoice()
    assert window.settings.columns() == ColumnChoice()
    window.hands.redo()
    assert window.settings.columns() == ColumnChoice(ALL)


def test_an_acknowledgement_is_no_step_that_could_be_undone(make: Make) -> None:
    window = make()
    window.desk.acknowledge_requested.emit("e-1")
    window.desk.approve_requested.emit("plan-0")
    window.hands.undo()
    assert window.desk.status.done.text() == "Nothing to undo"


@unraised
def test_what_is_asked_for_in_another_window_is_shown_in_the_desks_and_that_comes_up(make: Make, qtbot: QtBot) -> None:
    window = make()
    window.arranging.windows.open(nav.EVENTS)
    own = window.arranging.windows.window(nav.EVENTS)
    assert own is not None
    events = window.desk.events.list

    def comes_up(act: QAction) -> bool:
        own.activateWindow()
        QTest.qWaitForWindowActive(own)
        QTest.qWait(60)  # a window that still comes up by being shown would come up after this
        events.table.choose_key(events.model.events[0].event_id)
        act.trigger()
        QTest.qWait(60)
        return window.isActiveWindow()

    for act in (events.details, events.scope):
        qtbot.waitUntil(partial(comes_up, act), timeout=20_000)
    assert window.desk.page.isVisible()
