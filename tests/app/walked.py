"""A window with something on each of its pages, for tests that go through all of them."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from core.intents import Intent
from widgets.theme import DARK, apply_theme


def _nowhere(intent: Intent) -> None: ...


def window(qtbot: QtBot) -> MainWindow:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, DARK)
    made = MainWindow(_nowhere, "ada")
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    assert QTest.qWaitForWindowActive(made)
    return made
