"""What a test of windows must not leave behind: windows, timers that run, threads of Qt's."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import Shiboken


@contextmanager
def nothing_left() -> Iterator[None]:
    """Fails where something of the kind was made in the block, still lives after a collection, and is at work."""
    windows = set(map(id, QApplication.topLevelWidgets()))
    others = set(map(id, _at_work()))
    yield
    for _ in range(2):
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    open_ = [one for one in QApplication.topLevelWidgets() if id(one) not in windows and one.isVisible()]
    running = [one for one in _at_work() if id(one) not in others]
    left = [*(f"window {_named(one)}" for one in open_), *(_told(one) for one in running)]
    if left:
        pytest.fail(f"left behind: {', '.join(left)}", pytrace=False)


def _at_work() -> list[QTimer | QThread]:
    """Timers and threads that Python knows of; what is frozen was there before the file's tests."""
    return [one for one in gc.get_objects() if isinstance(one, QTimer | QThread) and _is_at_work(one)]


def _is_at_work(one: QTimer | QThread) -> bool:
    if not Shiboken.isValid(one):
        return False
    return one.isActive() if isinstance(one, QTimer) else one.isRunning()


def _told(one: QTimer | QThread) -> str:
    kind = "timer" if isinstance(one, QTimer) else "thread"
    return f"{kind} {_named(one)} of {_named(one.parent())}"


def _named(one: QObject | None) -> str:
    return f"{type(one).__name__} {one.objectName()}".strip() if one is not None else "nobody"
