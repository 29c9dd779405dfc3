from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from tests.qt_leaks import nothing_left


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform has no window manager and says so whenever a window's smallest size changes."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture(scope="module", autouse=True)
def nothing_of_qt_is_left_to_other_threads() -> Iterator[None]:
    """What a file leaves behind ends here: a collection that begins in a thread would end its timers there."""
    gc.collect()
    gc.freeze()
    yield
    if QCoreApplication.instance() is not None:
        for _ in range(2):
            gc.collect()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(autouse=True)
def no_leaked_windows_timers_or_threads() -> Iterator[None]:
    if QCoreApplication.instance() is None:
        yield
        return
    with nothing_left():
        yield
