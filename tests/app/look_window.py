"""What only the whole window has, as pictures: palette, lock, menu, panels on the move, a page in its own window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.main_window import MainWindow
from core.intents import Intent
from core.snapshot import Snapshot
from widgets import nav
from widgets.close_question import CloseQuestion
from widgets.settings import LOCK_HIDES, LOCK_PIN, Group


def _nowhere(intent: Intent) -> None: ...


def _shoot(part: QWidget, file: Path) -> None:
    QTest.qWait(60)
    part.grab().save(str(file))


def shoot_window(snapshot: Snapshot, size: tuple[int, int], out: Path, place: str) -> None:
    window = MainWindow(_nowhere, "ada")
    window.resize(*size)
    window.show()
    window.activateWindow()
    window.show_snapshot(snapshot)
    hands = window.hands
    for name, words in (("rest", ""), ("scope", "sub 01"), ("command", "event")):
        hands.open_palette()
        QTest.qWait(60)
        hands.palette.line.setText(words)
        _shoot(window, out / f"palette-{name}-{place}.png")
    hands.palette.close_it()
    hands.open_menu()
    _shoot(hands.menu, out / f"menu-{place}.png")
    hands.menu.close()
    hands.arrange_panels()
    panels = window.arranging.docks
    panels.inner.tabifyDockWidget(panels.docks[1], panels.docks[3])
    _shoot(window, out / f"arranging-{place}.png")
    hands.arrange_panels()
    window.arranging.reset_layout()
    window.arranging.windows.open(nav.EVENTS)
    window.show_snapshot(snapshot)
    own = window.arranging.windows.window(nav.EVENTS)
    if own is not None:
        _shoot(own, out / f"own-window-{place}.png")
    window.desk.show_page(nav.EVENTS)
    _shoot(window, out / f"elsewhere-{place}.png")
    question = CloseQuestion(window)
    question.show()
    _shoot(question, out / f"close-{place}.png")
    question.close()
    window.settings.keep(LOCK_PIN, "any")
    window.locking.pin_turned.emit(True)
    window.desk.show_page(nav.SETTINGS)
    window.desk.settings.show_group(Group.LOCK)
    _shoot(window, out / f"lock-settings-{place}.png")
    for hides in ("figures", "nothing"):
        window.settings.keep(LOCK_HIDES, hides)
        window.desk.show_page(nav.OVERVIEW)
        window.locking.lock("by hand")
        _shoot(window, out / f"locked-{hides}-{place}.png")
        if own is not None:
            _shoot(own, out / f"locked-{hides}-own-window-{place}.png")
        window.settings.keep(LOCK_PIN, "")
        window.locking.look()
        window.settings.keep(LOCK_PIN, "any")
    window.close()
    window.deleteLater()
    QTest.qWait(20)
