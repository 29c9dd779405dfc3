"""The field that lists are searched by."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from widgets.search_field import SearchField


def test_what_is_typed_counts_once_after_a_pause(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    field, told = SearchField("field", "Search", "Search", parent), list[str]()
    field.settled.connect(told.append)
    QTest.keyClicks(field, "okx")
    assert told == []
    qtbot.waitUntil(lambda: told == ["okx"])


def test_what_is_asked_for_at_once_is_not_told_again_after_the_pause(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    field, told = SearchField("field", "Search", "Search", parent), list[str]()
    field.settled.connect(told.append)
    QTest.keyClicks(field, "okx")
    field.clear()
    field.settle()
    assert told == [""]
    qtbot.wait(300)
    assert told == [""]
