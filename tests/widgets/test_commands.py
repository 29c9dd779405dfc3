"""The one table of commands and keys."""

from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from widgets.commands import COMMANDS, Command, offered, possible, runnable, with_keys
from widgets.desk import Desk


class Hands:
    """Of a desk that stands alone: what only the window can do is not asked for here."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __getattr__(self, name: str) -> object:
        return self._nothing

    def _nothing(self) -> None: ...


def _keys(command: Command) -> list[str]:
    return [QKeySequence(keys).toString() for keys in (command.keys, command.also) if keys]


def test_no_keys_mean_two_things_in_one_place() -> None:
    taken = Counter((keys, command.place) for command in COMMANDS for keys in _keys(command))
    assert {place: count for place, count in taken.items() if count > 1} == {}


def test_keys_of_the_whole_window_mean_nothing_else_anywhere() -> None:
    everywhere = {keys for command in COMMANDS if not command.place for keys in _keys(command)}
    elsewhere = {keys for command in COMMANDS if command.place for keys in _keys(command)}
    assert everywhere & elsewhere == set()


def test_all_keys_are_keys_and_all_words_are_there() -> None:
    names = Counter(command.words for command in COMMANDS)
    assert max(names.values()) == 1
    for command in COMMANDS:
        assert command.words
        assert command.does.endswith(".")
        assert command.find is not None or command.keys, command.words
        for keys in (command.keys, command.also):
            assert bool(keys) == (not QKeySequence(keys).isEmpty()), command.words


def test_every_command_is_found_on_the_desk_and_knows_whether_it_is_possible(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    for command in runnable():
        assert command.find is not None
        act = command.find(Hands(desk))  # type: ignore[arg-type]
        assert possible(act) in {True, False}, command.words
        assert offered(act) in {True, False}, command.words


def test_the_table_says_the_keys_that_buttons_and_actions_really_have(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    for command in runnable():
        act = command.find(Hands(desk)) if command.find is not None else None  # type: ignore[arg-type]
        if isinstance(act, QAction | QAbstractButton) and not act.shortcut().isEmpty():
            assert act.shortcut().toString() == QKeySequence(command.keys).toString(), command.words


def test_no_part_of_the_desk_takes_keys_that_the_table_does_not_name(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    named = {keys for command in COMMANDS for keys in _keys(command)}
    taken = [keys for shortcut in desk.findChildren(QShortcut) for keys in QShortcut.keys(shortcut)]
    taken += [button.shortcut() for button in desk.findChildren(QAbstractButton)]
    taken += [action.shortcut() for part in desk.findChildren(QWidget) for action in part.actions()]
    assert {keys.toString() for keys in taken if not keys.isEmpty()} <= named


def test_the_list_of_keys_has_every_command_that_has_some() -> None:
    listed = [command for rows in with_keys().values() for command in rows]
    assert sorted(command.words for command in listed) == sorted(one.words for one in COMMANDS if one.keys)
