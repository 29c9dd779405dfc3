"""Who has no mouse comes to everything: by Tab and by the arrows, sees where the keyboard is, and is kept nowhere."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.app.walked import window
from tests.widgets.keyboard import out_of_reach, walk
from tests.widgets.visits import busy, visits
from widgets import nav
from widgets.stop_button import StopButton
from widgets.theme import DARK, apply_theme


def test_every_control_on_every_page_is_reached_seen_and_left_and_the_stop_comes_last(qtbot: QtBot) -> None:
    main = window(qtbot)
    desk = main.desk
    stops = 0
    for place, _ in visits(desk, busy()):
        begin = next(button for button in desk.nav.buttons if button.isChecked())
        walked = walk(main, begin)
        assert walked.back, f"{place}: Tab does not come back from {walked.stops[-1].objectName()}"
        assert out_of_reach(main, walked) == set(), place
        assert [part.objectName() for part in walked.unseen] == [], place
        assert isinstance(walked.stops[-1], StopButton), place
        stops += len(walked.stops)
    assert stops > 120, "hardly anything was walked: this has shown nothing"


def test_every_page_has_a_key_of_its_own_while_there_are_any(qtbot: QtBot) -> None:
    main = window(qtbot)
    keys = [button.shortcut().toString() for button in main.desk.nav.buttons]
    assert len({key for key in keys if key}) == min(10, len(nav.PAGES))
    for place, key in enumerate(keys):
        if key:
            QTest.keySequence(main, QKeySequence(key))
            qtbot.waitUntil(lambda place=place: main.desk.pages.currentIndex() == place)


class _Kept(QWidget):
    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.first = QPushButton("first", self)
        self.text = QPlainTextEdit(self)
        self.blind = QPushButton("blind", self)
        self.blind.setStyleSheet("QPushButton, QPushButton:focus { border: 1px solid #777777; outline: 0; }")
        for part in (self.first, self.text, self.blind):
            column.addWidget(part)


@pytest.fixture
def kept(qtbot: QtBot, qapp: QApplication) -> _Kept:
    apply_theme(qapp, DARK)
    made = _Kept()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    return made


def test_a_part_that_keeps_the_keyboard_is_found(kept: _Kept) -> None:
    assert not walk(kept, kept.first).back
    kept.text.setTabChangesFocus(True)
    assert walk(kept, kept.first).back


def test_a_part_that_does_not_show_that_it_has_the_keyboard_is_found(kept: _Kept) -> None:
    kept.text.setTabChangesFocus(True)
    assert walk(kept, kept.first).unseen == (kept.blind,)


def test_a_part_that_no_key_comes_to_is_found(kept: _Kept) -> None:
    kept.text.setTabChangesFocus(True)
    kept.blind.setFocusPolicy(kept.blind.focusPolicy().NoFocus)
    assert [told.split()[0] for told in out_of_reach(kept, walk(kept, kept.first))] == ["QPushButton"]
    QApplication.sendPostedEvents()
