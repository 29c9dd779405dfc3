from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from widgets.theme import DARK, apply_theme


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform has no window manager and says so whenever a window's smallest size changes."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture(autouse=True)
def dark_desk_without_leaks(qapp: QApplication) -> Iterator[None]:
    """Every test starts dark, and ends with no window of its own left."""
    if not gc.get_freeze_count():
        # What has been imported so far stays: without it a collection takes a tenth of the time.
        gc.collect()
        gc.freeze()
    apply_theme(qapp, DARK)
    before = set(map(id, QApplication.topLevelWidgets()))
    yield
    for _ in range(2):
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [widget for widget in QApplication.topLevelWidgets() if id(widget) not in before and widget.isVisible()]
    assert not left, f"left open: {left}"
