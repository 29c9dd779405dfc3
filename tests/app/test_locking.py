"""The lock: its PIN, what it lets through, what it does to the desk, and how it opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.cli.commands import run
from app.main_window import MainWindow
from app.settings import DeskSettings
from core.domain import PORTFOLIO
from core.intents import AcknowledgeEvent, FireStop, Intent, LockDesk, UnlockDesk
from core.lock import FREE_TRIES, wait_after
from tests.widgets.snapshots import build
from widgets import nav
from widgets.settings import LOCK_AFTER, LOCK_HIDES, LOCK_PIN, LOCKED

PIN = "2468"


class Desk:
    def __init__(self, qtbot: QtBot, file: Path | None) -> None:
        self.qtbot, self.now_s = qtbot, 1000.0
        self.asked: list[Intent] = []
        settings = DeskSettings(file) if file is not None else None
        self.window = MainWindow(self.asked.append, "ada", settings, monotonic=lambda: self.now_s)
        self.window.resize(1280, 800)
        self.window.take_up()
        self.window.show()
        self.window.show_snapshot(build(20, 12))
        self.window.activateWindow()
        QTest.qWaitForWindowActive(self.window)
        self.locking, self.screen = self.window.locking, self.window.securing.screen

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.locking._worker.busy, timeout=20_000)

    def set_pin(self) -> None:
        self.locking.set_pin("", PIN)
        self.settle()

    def give(self, pin: str) -> None:
        self.screen.card.pin.setText(pin)
        QTest.keyClick(self.screen.card.pin, Qt.Key.Key_Return)
        self.settle()

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot, None)
    yield made
    made.close()


def test_without_a_pin_the_desk_is_not_locked_and_says_why(desk: Desk) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert not desk.locking.locked
    assert "no PIN" in desk.window.desk.status.done.text()


def test_a_locked_desk_takes_no_act_but_the_stop_and_opens_by_its_pin(desk: Desk) -> None:
    desk.set_pin()
    desk.window.desk.show_page(nav.EVENTS)
    table = desk.window.desk.events.list.table
    table.setFocus()
    table.selectRow(0)
    QTest.keyClick(desk.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert desk.asked == [LockDesk("ada", "by hand")]
    assert desk.screen.card.pin.hasFocus()
    QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(table, Qt.Key.Key_A)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_A, both)
    assert not desk.window.arranging.docks.arranging
    desk.window.desk.acknowledge_requested.emit("e-1")
    assert desk.window.desk.pages.currentIndex() == nav.EVENTS
    assert not desk.window.hands.palette.isVisible()
    assert desk.asked == [LockDesk("ada", "by hand")]
    desk.window.desk.header.stop.click()
    assert desk.asked[1:] == [FireStop(PORTFOLIO, "ada", "the stop button")]
    desk.give("1111")
    assert desk.locking.locked
    assert "Wrong PIN" in desk.screen.card.said.text()
    desk.give(PIN)
    assert not desk.locking.locked
    assert not desk.screen.isVisible()
    assert desk.asked[2:] == [UnlockDesk("ada", "by its PIN", 1)]
    desk.window.desk.acknowledge_requested.emit("e-1")
    assert desk.asked[-1] == AcknowledgeEvent("e-1", "ada")


@pytest.mark.parametrize("hides", ["figures", "nothing"])
def test_a_locked_desk_hides_its_figures_or_shows_them_as_chosen(desk: Desk, hides: str) -> None:
    desk.window.settings.keep(LOCK_HIDES, hides)
    desk.set_pin()
    desk.window.desk.show_page(nav.OVERVIEW)
    before = desk.window.grab().toImage()
    desk.locking.lock("by hand")
    image = desk.window.grab().toImage()
    ground = image.pixelColor(4, 4)
    equity = desk.window.desk.header.equity
    place = equity.mapTo(desk.window, equity.rect().topLeft())
    inside = [(place.x() + x, place.y() + y) for x in range(0, 90, 2) for y in range(0, 60, 2)]
    seen = [image.pixelColor(*at) for at in inside]
    assert (all(color == ground for color in seen)) == (hides == "figures")
    if hides == "nothing":
        assert seen == [before.pixelColor(*at) for at in inside]


def test_after_some_wrong_pins_the_right_one_has_to_wait_also_over_a_restart(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    desk = Desk(qtbot, tmp_path / "desk.ini")
    desk.set_pin()
    desk.locking.lock("by hand")
    for _ in range(FREE_TRIES):
        desk.give("0000")
    desk.give(PIN)
    assert desk.locking.locked
    assert "next try" in desk.screen.card.said.text()
    desk.close()
    again = Desk(qtbot, tmp_path / "desk.ini")
    assert again.locking.locked, "it was locked when it ended"
    again.give(PIN)
    assert again.locking.locked
    again.now_s += wait_after(FREE_TRIES)
    again.give(PIN)
    assert not again.locking.locked
    again.close()
    third = Desk(qtbot, tmp_path / "desk.ini")
    assert not third.locking.locked
    third.close()


def test_a_pin_that_is_removed_on_the_machine_opens_the_desk(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(qtbot, tmp_path / "desk.ini")
    desk.set_pin()
    desk.locking.lock("by hand")
    desk.locking.look()
    assert desk.locking.locked
    assert run(["pin", "remove", "--home", str(tmp_path)]) == 0
    assert "removed" in capsys.readouterr().out
    desk.locking.look()
    assert not desk.locking.locked
    assert desk.asked[-1] == UnlockDesk("ada", "its PIN was removed on this machine")
    assert not DeskSettings(tmp_path / "desk.ini").value(LOCK_PIN)
    assert run(["pin", "remove", "--home", str(tmp_path)]) == 0
    assert "there is no PIN" in capsys.readouterr().out
    desk.close()


def test_nobody_touching_it_locks_it_after_the_minutes_that_were_chosen(desk: Desk) -> None:
    desk.set_pin()
    desk.now_s += 3600.0
    desk.window.idle.look()
    assert not desk.locking.locked, "never, unless it is chosen"
    desk.window.settings.keep(LOCK_AFTER, 10)
    QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_Shift)
    desk.now_s += 599.0
    desk.window.idle.look()
    assert not desk.locking.locked
    desk.now_s += 1.0
    desk.window.idle.look()
    assert desk.locking.locked
    assert desk.asked == [LockDesk("ada", "nobody touched it for 10 min")]
    assert desk.window.settings.value(LOCKED)


def test_the_form_sets_changes_and_removes_the_pin(desk: Desk) -> None:
    form = desk.window.securing.form
    form.show()
    assert not form.set.isEnabled()
    form.new.setText("12")
    form.again.setText("12")
    form.set.click()
    assert "4 to 32" in form.said.text()
    form.new.setText(PIN)
    form.again.setText("2469")
    assert not form.set.isEnabled()
    assert "not the same" in form.said.text()
    form.again.setText(PIN)
    form.set.click()
    desk.settle()
    desk.settle()
    assert desk.locking.has_pin
    assert form.set.text() == "Change PIN"
    form.current.setText("9999")
    form.remove.click()
    desk.settle()
    assert desk.locking.has_pin
    assert "Wrong PIN" in form.said.text()
    form.current.setText(PIN)
    form.new.setText("13579")
    form.again.setText("13579")
    form.set.click()
    desk.settle()
    assert not any(field.text() for field in (form.current, form.new, form.again)), "no PIN is left standing"
    form.current.setText("13579")
    form.remove.click()
    desk.settle()
    assert not desk.locking.has_pin
    form.hide()


def test_a_locked_desk_stays_covered_and_the_keyboard_finds_pin_and_stop_only(desk: Desk) -> None:
    desk.set_pin()
    desk.window.desk.show_page(nav.EVENTS)
    desk.window.desk.open_event(build(20, 12).events[0].event_id)
    desk.locking.lock("by hand")
    desk.window.resize(1300, 820)
    QTest.qWait(20)
    seen = {desk.window.childAt(x, y) for x in range(5, 1300, 90) for y in range(130, 820, 90)}
    assert seen <= {desk.screen, desk.screen.card, *desk.screen.card.findChildren(QWidget)}
    reached = set()
    for _ in range(8):
        QTest.keyClick(desk.window.windowHandle(), Qt.Key.Key_Tab)
        focus = desk.window.focusWidget()
        reached.add(focus.objectName() if focus is not None else "")
    assert reached == {"lock_pin", "unlock", "stop_button"}
