"""Commands by name and by key in the real window, and what the palette finds there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from core.intents import AcknowledgeEvent, FireStop, Intent, OpenPage
from tests.widgets.snapshots import build
from widgets import nav
from widgets.commands import COMMANDS
from widgets.settings import LOCK_PIN

CTRL = Qt.KeyboardModifier.ControlModifier


class Desk:
    def __init__(self) -> None:
        self.asked: list[Intent] = []
        self.window = MainWindow(self.asked.append, "ada")
        self.window.resize(1280, 800)
        self.window.show()
        self.snapshot = build(30, 20)
        self.window.show_snapshot(self.snapshot)
        self.window.activateWindow()
        QTest.qWaitForWindowActive(self.window)
        self.palette = self.window.hands.palette

    def type(self, words: str, *, then: Qt.Key | None = Qt.Key.Key_Return) -> None:
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_K, CTRL)
        assert self.palette.line.hasFocus()
        while self.palette._slices.isActive():
            QApplication.processEvents()
        QTest.keyClicks(self.palette.line, words)
        if then is not None:
            QTest.keyClick(self.palette.line, then)

    def found(self) -> list[tuple[str, str]]:
        model = self.palette.model
        return [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())]


@pytest.fixture
def desk(qapp: QApplication) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.window.close()
    made.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_a_page_is_gone_to_by_a_few_letters(desk: Desk) -> None:
    desk.type("gevents")
    assert desk.window.desk.pages.currentIndex() == nav.EVENTS
    assert not desk.palette.isVisible()


def test_a_scope_an_event_and_a_plan_are_found_by_their_names(desk: Desk) -> None:
    account = next(scope for scope in desk.snapshot.matrix.scopes if scope.name.endswith("0017"))
    desk.type(account.name)
    assert desk.window.desk.page.scope == account
    assert OpenPage(account) in desk.asked
    desk.type("cut", then=None)
    kinds = {kind.split(",")[0] for _, kind in desk.found()}
    assert "plan" in kinds
    row = next(row for row, (_, kind) in enumerate(desk.found()) if kind.startswith("plan"))
    desk.palette.table.setCurrentIndex(desk.palette.model.index(row, 0))
    desk.palette.run()
    assert desk.window.desk.pages.currentIndex() == nav.MITIGATIONS


def test_an_act_of_the_page_is_done_to_what_is_chosen_there_and_offered_only_there(desk: Desk) -> None:
    desk.window.desk.show_page(nav.EVENTS)
    events = desk.window.desk.events.list
    waiting = next(event for event in desk.snapshot.events if event.asks)
    events.table.choose_key(waiting.event_id)
    events.table.setFocus()
    desk.type("acknowledge")
    assert desk.asked == [AcknowledgeEvent(waiting.event_id, "ada")]
    desk.window.desk.show_page(nav.SCOPES)
    desk.type("acknowledge", then=None)
    assert ("Acknowledge event", "Events") not in desk.found()


def test_the_stop_fires_by_its_name_as_the_button_does_and_never_by_less(desk: Desk) -> None:
    desk.type("", then=None)
    assert desk.palette.model.index(0, 0).data() != "Stop all"
    QTest.keyClick(desk.palette.line, Qt.Key.Key_Escape)
    for letters in ("s", "stop", "sa", "all", "stop al", "stopall", "stop all s"):
        desk.type(letters)
        assert not any(isinstance(intent, FireStop) for intent in desk.asked), letters
        desk.palette.close_it()
        desk.window.desk.show_page(nav.OVERVIEW)
    desk.type("stop all")
    assert sum(isinstance(intent, FireStop) for intent in desk.asked) == 1
    assert desk.window.desk.pages.currentIndex() == nav.PROOF


def test_what_was_used_last_comes_first(desk: Desk) -> None:
    desk.type("gscopes")
    desk.type("", then=None)
    assert desk.found()[0] == ("Go to Scopes", "Pages")


def test_the_palette_lies_below_the_header_and_never_over_the_stop(desk: Desk) -> None:
    desk.type("a", then=None)
    stop = desk.window.desk.header.stop
    area = stop.rect().translated(stop.mapTo(desk.window.desk, stop.rect().topLeft()))
    assert not desk.palette.geometry().intersects(area)


def test_every_key_of_the_table_that_holds_in_the_whole_window_is_listened_to(desk: Desk) -> None:
    made = {shortcut.key().toString() for shortcut in desk.window.hands.shortcuts}
    wanted = {
        QKeySequence(keys).toString()
        for command in COMMANDS
        if not command.bound and command.find is not None
        for keys in (command.keys, command.also)
        if keys
    }
    assert made == wanted
    assert len(made) == len(desk.window.hands.shortcuts)


def test_f1_opens_the_help_from_anywhere(desk: Desk) -> None:
    desk.window.desk.show_page(nav.EVENTS)
    QTest.keyClick(desk.window.desk.events.list.table, Qt.Key.Key_F1)
    assert desk.window.desk.pages.currentIndex() == nav.HELP


def test_workspaces_are_saved_and_gone_to_by_keyboard(desk: Desk) -> None:
    both = CTRL | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_S, both)
    QTest.keyClicks(desk.palette.line, "Night")
    QTest.keyClick(desk.palette.line, Qt.Key.Key_Return)
    assert desk.window.arranging.workspaces.names == ("Default", "Night")
    assert "Night saved" in desk.window.desk.status.done.text()
    QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_O, both)
    while desk.palette._slices.isActive():
        QApplication.processEvents()
    assert [words for words, _ in desk.found()] == ["Workspace Default", "Workspace Night"]


def test_the_keyboard_never_comes_to_rest_on_the_stop_when_something_goes_away(desk: Desk) -> None:
    main = desk.window
    for goes in (None, main.desk.nav.buttons[0], main.desk.overview.events.table):
        main.desk.show_page(nav.OVERVIEW)
        if goes is None:
            focus = main.focusWidget()
            if focus is not None:
                focus.clearFocus()
        else:
            goes.setFocus()
        desk.type("go to events")
        assert main.focusWidget() is not main.desk.header.stop
        QTest.keyClick(main.windowHandle(), Qt.Key.Key_Space)
        main.settings.keep(LOCK_PIN, "any")
        main.locking.lock("by hand")
        main.settings.keep(LOCK_PIN, "")
        main.locking.look()
        assert main.focusWidget() is not main.desk.header.stop
        QTest.keyClick(main.windowHandle(), Qt.Key.Key_Space)
    assert not any(isinstance(intent, FireStop) for intent in desk.asked)
