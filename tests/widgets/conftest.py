from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication

from tests.qt_leaks import nothing_left
from widgets.theme import DARK, apply_theme


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform has no window manager and says so whenever a window's smallest size changes."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture(scope="module", autouse=True)
def what_was_there_before_stays() -> None:
    """Modules and caches are looked through once a file, not after each of its tests: that took minutes in all."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def dark_desk_without_leaks(qapp: QApplication) -> Iterator[None]:
    """Every test starts dark, and ends with no window, timer or thread of its own left."""
    apply_theme(qapp, DARK)
    with nothing_left():
        yield
