"""Closing the window, going on in the tray, and quitting in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.leaving import Leaving
from app.main_window import MainWindow
from core.intents import Intent
from widgets import nav
from widgets.settings import LOCK_PIN, ON_CLOSE
from widgets.tray import Tray

Make = Callable[[bool], "Ends"]
quiet = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "does not support", extend=True)
"""The offscreen platform has neither a tray nor a window manager."""


class Ends:
    def __init__(self, with_tray: bool) -> None:
        self.asked: list[Intent] = []
        self.ended = 0
        self.window = MainWindow(self.asked.append, "ada")
        self.tray = Tray(self.window) if with_tray else None
        self.leaving = Leaving(self.window, self.window.settings, self.tray, self._end)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)

    def _end(self) -> None:
        self.ended += 1

    def close(self) -> None:
        self.leaving.leave()
        if self.tray is not None:
            self.tray.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def make(qapp: QApplication) -> Iterator[Make]:
    made: list[Ends] = []

    def ends(with_tray: bool) -> Ends:
        made.append(Ends(with_tray))
        return made[-1]

    yield ends
    for one in made:
        one.close()


@quiet
def test_without_a_tray_closing_the_window_closes_it(make: Make) -> None:
    desk = make(False)
    assert desk.window.close()
    assert not desk.window.isVisible()


@quiet
def test_with_a_tray_it_is_asked_without_standing_in_the_way_and_goes_on_there(make: Make) -> None:
    desk = make(True)
    assert not desk.window.close()
    question = desk.leaving.question
    assert question is not None
    assert question.isVisible()
    assert not question.isModal()
    assert desk.window.isVisible()
    question.tray.click()
    assert not desk.window.isVisible()
    assert desk.ended == 0
    assert desk.window.settings.value(ON_CLOSE) == "ask"


@quiet
@pytest.mark.parametrize(("button", "kept", "ended"), [("tray", "tray", 0), ("quit", "quit", 1)])
def test_the_answer_may_hold_from_then_on(make: Make, button: str, kept: str, ended: int) -> None:
    desk = make(True)
    desk.window.close()
    question = desk.leaving.question
    assert question is not None
    question.remember.setChecked(True)
    getattr(question, button).click()
    assert desk.window.settings.value(ON_CLOSE) == kept
    assert desk.ended == ended
    assert not desk.window.isVisible()


@quiet
def test_leaving_it_open_asks_again_the_next_time(make: Make) -> None:
    desk = make(True)
    for _ in range(2):
        desk.window.close()
        question = desk.leaving.question
        assert question is not None
        question.stay.click()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        assert desk.leaving.question is None
        assert desk.window.isVisible()


@quiet
def test_quitting_from_the_tray_ends_a_desk_whose_window_is_hidden_and_closes_its_other_windows(make: Make) -> None:
    desk = make(True)
    desk.window.settings.keep(ON_CLOSE, "tray")
    desk.window.arranging.windows.open(nav.EVENTS)
    desk.window.close()
    assert not desk.window.isVisible()
    assert desk.window.arranging.windows.open_places == (nav.EVENTS,), "what is on another monitor stays there"
    assert desk.tray is not None
    desk.tray.quit.trigger()
    assert desk.ended == 1
    assert desk.window.arranging.windows.open_places == ()


@quiet
def test_a_locked_desk_is_neither_closed_nor_quit_by_a_person(make: Make) -> None:
    for with_tray in (False, True):
        desk = make(with_tray)
        desk.window.settings.keep(LOCK_PIN, "any")
        desk.window.locking.lock("by hand")
        assert not desk.window.close()
        assert desk.window.isVisible() != with_tray, "where there is a tray it goes on there"
        desk.leaving.quit()
        assert desk.ended == 0
        assert "locked" in desk.window.securing.screen.card.said.text()
        desk.leaving.leave()
        assert not desk.window.isVisible(), "the end of the session closes it"
