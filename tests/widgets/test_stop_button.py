from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.domain import Protective, StopLevel
from core.halt.terms import StopTerms
from core.snapshot import StopOutlook
from tests.widgets.snapshots import build, empty
from widgets.desk import Desk
from widgets.stop_button import StopButton, StopChord, outlook_words


def counted(button: StopButton) -> list[bool]:
    fired: list[bool] = []
    button.fired.connect(lambda: fired.append(True))
    return fired


def test_one_click_fires_once(qtbot: QtBot) -> None:
    button = StopButton()
    qtbot.addWidget(button)
    fired = counted(button)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert fired == [True]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert fired == [True, True]


def test_it_refuses_to_be_disabled(qtbot: QtBot) -> None:
    button = StopButton()
    qtbot.addWidget(button)
    button.setEnabled(False)
    button.setDisabled(True)
    assert button.isEnabled()


def test_it_fires_although_its_parents_are_disabled(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    button = StopButton(window)
    QVBoxLayout(window).addWidget(button)
    fired = counted(button)
    window.setEnabled(False)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert fired == [True]


def test_the_chord_fires_once_wherever_the_focus_is_and_under_a_modal_dialog(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    button = StopButton(window)
    StopChord(window, button)
    fired = counted(button)
    window.show()
    qtbot.waitExposed(window)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_X, both)
    assert fired == [True]
    dialog = QDialog(window)
    dialog.setModal(True)
    dialog.open()
    qtbot.waitExposed(dialog)
    qtbot.keyClick(dialog.windowHandle(), Qt.Key.Key_X, both)
    assert fired == [True, True]
    dialog.close()


def test_what_is_not_known_is_said_in_words() -> None:
    first, second = outlook_words(StopOutlook(3, 3, None, None, None, None))
    assert first == "orders unknown · 3 accounts · time unknown"
    assert second.startswith("stop-losses unknown")


def test_it_says_how_many_stop_losses_go_with_the_orders_and_what_they_guard() -> None:
    outlook = StopOutlook(3, 3, 40, 12, 8.1e6, 3_800.0)
    assert outlook_words(outlook)[1].startswith("removes 12 stop-losses of $8.10M")
    assert outlook_words(dataclasses.replace(outlook, protects=None))[1].startswith("removes 12 stop-losses ·")
    assert outlook_words(dataclasses.replace(outlook, protective=0))[1].startswith("removes no stop-loss ·")
    keeping = dataclasses.replace(outlook, terms=StopTerms(Protective.KEEP))
    assert outlook_words(keeping)[1].startswith("keeps 12 stop-losses of $8.10M")


def test_it_says_what_it_would_stop_and_then_what_is_proven(qtbot: QtBot) -> None:
    button = StopButton()
    qtbot.addWidget(button)
    button.show_snapshot(build(812))
    assert button.words[0] == "STOP ALL"
    assert button.words[1].startswith("1,204 orders · 812 accounts · est. 3.8")
    button.click()
    assert button.words[0] == "STOP FIRED"
    button.show_snapshot(build(812))
    assert button.words[0] == "STOP FIRED"
    button.show_snapshot(build(812, stopped=True))
    assert button.words[0] == "STOPPED · SWEEPING"
    assert button.words[1] == "775 of 812 proven · press to fire again"


def test_a_portfolio_under_reduce_only_is_not_called_stopped_unless_a_stricter_stop_stands_too(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    stopped = build(12, stopped=True)
    looser = dataclasses.replace(stopped.halts[0], halt_id="h-9", terms=StopTerms(level=StopLevel.REDUCE_ONLY))
    desk.show()
    desk.show_snapshot(dataclasses.replace(stopped, halts=(looser,)))
    button = desk.header.stop
    assert button.words[0] == "REDUCE-ONLY · SWEEPING"
    assert button.words[1].endswith("press to stop all")
    assert "REDUCE-ONLY" in desk.header.state.text()
    desk.show_snapshot(dataclasses.replace(stopped, halts=(looser, *stopped.halts), cycle=stopped.cycle + 1))
    assert button.words[0] == "STOPPED · SWEEPING"
    assert "STOPPED" in desk.header.state.text()


def test_the_desk_sends_the_stop_and_turns_to_the_proof(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.show_snapshot(dataclasses.replace(empty()))
    with qtbot.waitSignal(desk.stop_fired):
        desk.header.stop.click()
    assert desk.pages.currentWidget() is desk.proof


def test_the_keyboard_does_not_start_on_the_stop(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.show()
    assert desk.focusWidget() is desk.nav.buttons[0]
