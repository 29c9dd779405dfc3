"""Faults on the real window: one calm report, kept and scrubbed, and a stop that fires while it shows."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.crashes import CrashDesk
from app.faults import FaultRoom
from app.main_window import MainWindow
from core.clock import ManualClock, SystemClock
from core.crash.hard import UnexpectedEnd
from core.crash.report import CrashFolder
from core.intents import FireStop, Intent
from tests.widgets.snapshots import build

pytestmark = pytest.mark.allowed_logs("ERROR app.faults")
BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Site:
    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.asked: list[Intent] = []
        self.room = FaultRoom()
        self.room.open_doors(self.loop)
        self.window = MainWindow(self.asked.append, "ada")
        self.folder = CrashFolder(folder)
        self.crashes = CrashDesk(self.window, self.room, SystemClock(), self.folder)
        self.window.resize(1280, 800)
        self.window.show()

    @property
    def fired(self) -> int:
        return sum(isinstance(intent, FireStop) for intent in self.asked)

    def raise_through(self, error: BaseException) -> None:
        """As PySide does it for a slot."""
        try:
            raise error
        except BaseException as raised:
            sys.excepthook(type(raised), raised, raised.__traceback__)

    def close(self) -> None:
        self.crashes.close()
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self.room.close_doors()
        self.loop.close()


@pytest.fixture
def site(qapp: QApplication, tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "crashes")
    yield made
    made.close()


class _Ill:
    def __del__(self) -> None:
        raise ArithmeticError("in a destructor")


@pytest.mark.qt_no_exception_capture
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_all_five_doors_lead_into_one_report(site: Site, qtbot: QtBot) -> None:
    site.raise_through(ValueError("in a slot"))
    thread = threading.Thread(target=lambda: 1 / 0, name="worker")
    thread.start()
    thread.join()
    site.loop.call_exception_handler({"message": "nobody awaited it", "exception": KeyError("k")})
    qWarning("QTimer cannot be started from another thread")
    ill = _Ill()
    del ill
    gc.collect()
    qtbot.waitUntil(site.crashes.bar.isVisible, timeout=5_000)
    assert "5 times in 5 places" in site.crashes.bar.line.text()
    QTest.mouseClick(site.crashes.bar.show_report, Qt.MouseButton.LeftButton)
    text = site.crashes.report.text.toPlainText()
    for word in ("in a slot", "ZeroDivisionError", "KeyError", "QTimer cannot", "ArithmeticError", "thread worker"):
        assert word in text
    (report,) = site.folder.newest()
    assert report.read_text() == text


@pytest.mark.qt_no_exception_capture
def test_the_stop_fires_by_click_and_chord_while_the_report_shows_and_faults_keep_coming(
    site: Site, qtbot: QtBot
) -> None:
    timer = QTimer(site.window)
    timer.timeout.connect(_fail)
    timer.start(1)
    qtbot.waitUntil(site.crashes.bar.isVisible, timeout=5_000)
    site.crashes.bar.show_report.click()
    stop, report = site.window.desk.header.stop, site.crashes.report
    assert report.isVisible()
    handle = site.window.windowHandle()
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=stop.mapTo(site.window, stop.rect().center()))
    assert site.fired == 1
    report.open()
    QTest.keyClick(QGuiApplication.focusWindow() or handle, Qt.Key.Key_X, BOTH)
    assert site.fired == 2
    assert site.window.childAt(stop.mapTo(site.window, stop.rect().center())) is stop
    timer.stop()


def _fail() -> None:
    raise RuntimeError("again and again")


@pytest.mark.qt_no_exception_capture
def test_a_flood_of_one_fault_is_one_line_in_the_log_one_file_and_few_drawings(
    site: Site, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[Path] = []
    write = CrashFolder.write
    monkeypatch.setattr(CrashFolder, "write", lambda self, path, text: written.append(path) or write(self, path, text))
    for _ in range(20_000):
        site.room.groups.add("main thread", None, "the same", 0.0)
        site.room.heard()
    for number in range(300):
        site.raise_through(ValueError(f"fault {number}"))
    qtbot.waitUntil(site.crashes.bar.isVisible, timeout=5_000)
    assert len(written) == 1
    assert sum("ValueError" in record.message for record in caplog.records) == 1
    assert "20,300 times in 2 places" in site.crashes.bar.line.text()
    site.crashes.close()
    assert len(written) == 2
    assert "300 times" in written[-1].read_text()


@pytest.mark.qt_no_exception_capture
def test_a_notice_that_was_put_away_comes_back_for_a_new_kind_alone(site: Site, qtbot: QtBot) -> None:
    bar = site.crashes.bar
    site.room._report("Qt", None, "one")
    qtbot.waitUntil(bar.isVisible, timeout=5_000)
    bar.put_away.click()
    site.room._report("Qt", None, "one")
    qtbot.waitUntil(lambda: "2 times" in bar.line.text(), timeout=5_000)
    assert not bar.isVisible()
    site.room._report("Qt", None, "quite another")
    qtbot.waitUntil(bar.isVisible, timeout=5_000)


@pytest.mark.qt_no_exception_capture
def test_what_is_copied_holds_no_secret_and_no_name_unless_it_is_asked_for(site: Site, qtbot: QtBot) -> None:
    snapshot = build(3, 4)
    site.window.show_snapshot(snapshot)
    site.crashes.show_snapshot(snapshot)
    name = snapshot.connections[0].account
    site.raise_through(ValueError(f"{name}: GET https://venue.example/x?apiKey=SEKRETSEKRET in {Path.home()}/bot"))
    qtbot.waitUntil(site.crashes.bar.isVisible, timeout=5_000)
    report = site.crashes.report
    site.crashes.bar.show_report.click()
    report.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "SEKRET" not in copied
    assert "~/bot" in copied
    assert name not in copied
    assert "account 1" in copied
    report.nameless.click()
    report.copy.click()
    assert name in QGuiApplication.clipboard().text()
    assert "SEKRET" not in QGuiApplication.clipboard().text()
    assert "SEKRET" not in site.folder.newest()[0].read_text()


def test_it_says_whether_watching_goes_on(site: Site, qtbot: QtBot) -> None:
    from widgets.crash_report import standing_words

    assert "No figures have come yet" in standing_words(None)
    assert standing_words(0.2).startswith("Watching goes on")
    assert "Watching stands still" in standing_words(60.0)
    for silent in (None, 0.2, 60.0):
        assert "The stop works as before" in standing_words(silent)


def test_a_desk_that_ended_unexpectedly_is_told_of_calmly_with_its_report(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "old.report.txt"
    file.write_text("Fatal Python error")
    site.crashes.show_ended((UnexpectedEnd(ManualClock().now(), file, crashed=True),))
    assert site.crashes.bar.isVisible()
    assert "Scram ended by a crash at 2023-11-14" in site.crashes.bar.line.text()
    assert not site.crashes.bar.calm.isVisible()
    site.crashes.bar.show_report.click()
    assert site.crashes.report.text.toPlainText() == "Fatal Python error"


def test_the_tab_key_stays_in_the_report_with_the_stop_as_its_last_place(site: Site, qtbot: QtBot) -> None:
    site.window.activateWindow()
    QTest.qWaitForWindowActive(site.window)
    site.crashes.report.open()
    seen = []
    for _ in range(12):
        QTest.keyClick(site.window.focusWidget(), Qt.Key.Key_Tab)
        seen.append(site.window.focusWidget().objectName())
    assert set(seen) == {
        "fault_text", "fault_nameless", "copy_fault_report", "open_fault_folder", "close_fault_report", "stop_button",
    }  # fmt: skip
    QTest.keyClick(site.window.focusWidget(), Qt.Key.Key_Backtab)
    site.crashes.report.close_report.setFocus()
    QTest.keyClick(site.crashes.report.close_report, Qt.Key.Key_Escape)
    assert not site.crashes.report.isVisible()
