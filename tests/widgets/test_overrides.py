"""A built-in error in a method that Qt calls: reported, and the process goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from widgets.overrides import raised_again
from widgets.table import Table

PROGRAM = """
import sys
import widgets
from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView, QVBoxLayout, QWidget

app = QApplication([])
fails, told = sys.argv[1], []
sys.excepthook = lambda kind, error, trace: told.append(kind)

def fail(name):
    if name == fails:
        [][1]

class Part(QWidget):
    def showEvent(self, event): fail("showEvent")
    def paintEvent(self, event): fail("paintEvent")
    def keyPressEvent(self, event): fail("keyPressEvent")
    def sizeHint(self):
        fail("sizeHint")
        return QSize(10, 10)

class Rows(QAbstractListModel):
    def rowCount(self, parent=QModelIndex()): return 3
    def data(self, index, role=0):
        fail("data")
        return "x" if role == 0 else None

try:
    part, rows, view = Part(), Rows(), QListView()
    view.setModel(rows)
    QVBoxLayout(part).addWidget(view)
    part.show()
    part.adjustSize()
    QTest.keyClick(part, Qt.Key.Key_A)
    part.grab()
    QTest.qWait(10)
except IndexError as error:
    told.append(type(error))
print("alive", sorted({kind.__name__ for kind in told}))
"""


@pytest.mark.parametrize("method", ["showEvent", "paintEvent", "keyPressEvent", "sizeHint", "data"])
def test_the_process_outlives_a_built_in_error_in_a_method_that_qt_calls(repository: Path, method: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, method], cwd=repository, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("alive")


def test_what_is_derived_here_is_made_safe_and_keeps_its_name(qtbot: QtBot) -> None:
    assert Table.paintEvent.__wrapped__ is not None  # type: ignore[attr-defined]
    assert Table.paintEvent.__name__ == "paintEvent"
    assert not hasattr(Table.flush, "__wrapped__")
    assert not hasattr(QWidget.paintEvent, "__wrapped__")


def test_an_error_comes_through_as_it_is() -> None:
    with pytest.raises(IndexError, match="pop from empty list"):
        raised_again([].pop)()
    assert raised_again(lambda value: value + 1)(1) == 2
