"""A limit set, breached, taken back and cleared: at the real window, over a real engine and paper exchanges."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.loop import run_with_qt
from app.screen import Screen
from core.domain import Scope
from core.events.model import EventState
from core.places import find_places
from tests.core.engine.ground import Ground, ground_at, until
from widgets import nav
from widgets.limits_page import HISTORY, IN_FORCE

ALPHA = Scope.parse("account:alpha-1")


@pytest.mark.allowed_logs("CLOSE frame received")
def test_a_limit_is_set_breached_undone_and_cleared_from_the_keyboard(qapp: QApplication, tmp_path: Path) -> None:
    async def main(_: asyncio.Event) -> int:
        async with ground_at(tmp_path / "home") as ground:
            ground.limit("account:*", "leverage", high=50.0)
            ground.tables["engine"] = {"cycle_hz": 4.0}
            await _walk(ground)
        return 0

    run_with_qt(qapp, main)


async def _walk(ground: Ground) -> None:
    async with ground.engine() as it:
        screen = Screen(it.engine.submit, "ada", asyncio.get_running_loop())
        leave = it.engine.snapshot_ready.connect(screen.show)
        try:
            await it.watched("portfolio", "account:alpha-1", "account:alpha-2")
            before = find_places(ground.home, {}).config.read_text()
            desk, page = screen.window.desk, screen.window.desk.limits

            def standing() -> list[EventState]:
                return [row.state for row in it.latest.events if row.scope == ALPHA and row.metric == "leverage"]

            desk.show_page(nav.LIMITS)
            await until(lambda: page.list.model.rowCount() == 1)
            page.list.table.setFocus()
            page.list.table.setCurrentIndex(page.list.model.index(0, 0))
            QTest.keyClick(page.list.table, Qt.Key.Key_Return)
            high = page.editor.fields.fields["high"]
            assert isinstance(high, QLineEdit)
            assert high.text() == "50x"
            high.selectAll()
            QTest.keyClicks(high, "0.01x")
            await until(page.editor.apply.isEnabled)
            assert page.sides.headline.text() == "2 raised"
            _apply(high)
            await until(lambda: standing() == [EventState.RAISED])
            await until(lambda: page.editor.message.text().startswith("✓ done"))
            page.tabs.choose(HISTORY)
            await until(lambda: page.past.model.rowCount() == 2)
            page.past.table.setCurrentIndex(page.past.model.index(0, 0))
            assert page.past.rows.text() == "the limit on leverage of account:*: High 50x → 0.01x"
            QTest.keyClick(page.past.table, Qt.Key.Key_U)
            assert page.pages.currentIndex() == IN_FORCE
            await until(_says(lambda: page.editor.reason.placeholderText(), "Reason (required: it leaves more room)"))
            assert page.sides.headline.text() == "2 cleared"
            assert not page.editor.apply.isEnabled()
            QTest.keyClicks(page.editor.reason, "it was a try")
            _apply(page.editor.reason)
            await until(lambda: standing() in ([EventState.CLEARED], []))
            await until(lambda: page.past.model.rowCount() == 3)
            after = find_places(ground.home, {}).config.read_text()
            assert after.startswith(before.rstrip("\n"))
            assert 'reason = "it was a try"\nby = "ada"' in after.removeprefix(before)
        finally:
            leave()
            screen.close()
    kinds = ground.kinds()
    assert kinds.count("operator.ChangeLimits") == 2
    assert kinds.count("limits.changed") == 3


def _says(text: Callable[[], str], words: str) -> Callable[[], bool]:
    return lambda: text() == words


def _apply(field: QLineEdit) -> None:
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
