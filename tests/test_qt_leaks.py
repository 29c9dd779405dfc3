from __future__ import annotations

import os
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.qt_leaks import nothing_left


def _window() -> QWidget:
    made = QWidget()
    made.setObjectName("forgotten")
    made.show()
    return made


def _timer() -> QTimer:
    made = QTimer()
    made.setObjectName("forgotten")
    made.start(60_000)
    return made


def _thread() -> QThread:
    made = QThread()
    made.setObjectName("forgotten")
    made.start()
    return made


@pytest.mark.qt_log_ignore("propagateSizeHints")
@pytest.mark.parametrize("make", [_window, _timer, _thread])
def test_what_is_left_at_work_is_found_and_named(qapp: QApplication, make: Callable[[], QObject]) -> None:
    kept: list[QObject] = []
    try:
        with pytest.raises(pytest.fail.Exception, match="forgotten"), nothing_left():
            kept.append(make())
    finally:
        for one in kept:
            if isinstance(one, QThread):
                one.quit()
                one.wait(5_000)
            elif isinstance(one, QTimer):
                one.stop()
            elif isinstance(one, QWidget):
                one.close()


def test_what_was_ended_and_what_was_there_before_is_let_be(qapp: QApplication) -> None:
    before = _timer()
    with nothing_left():
        within = _timer()
        within.stop()
    before.stop()
