"""The pages of a scope, of connections, of what stands by and of the journal: real widgets over a real engine, against
paper exchanges in the same loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.main_window import MainWindow
from core.domain import Scope
from tests.core.engine.ground import Ground, Running, ground_at
from widgets import nav
from widgets.readiness_page import DEADMEN

LEFT = Qt.MouseButton.LeftButton
WITHIN_S = 40.0


class Sitting:
    """Somebody at the window of an engine at work."""

    def __init__(self, it: Running, ground: Ground) -> None:
        self.it = it
        self.ground = ground
        self.window = MainWindow(it.engine.submit, "ada")
        self.desk = self.window.desk
        self.window.resize(1_440, 900)
        self.window.show()

    async def sees(self, condition: Callable[[], bool]) -> None:
        deadline_s = asyncio.get_running_loop().time() + WITHIN_S
        while True:
            self.window.show_snapshot(self.it.latest)
            if condition():
                return
            assert asyncio.get_running_loop().time() < deadline_s, "it was not seen in time"
            await asyncio.sleep(0.05)

    async def finds(self, *kinds: str) -> None:
        """In the journal, which is read again now and then: what happened a moment ago may be on its way there."""
        journal, again_s = self.desk.journal, 0.0

        def found() -> bool:
            nonlocal again_s
            if set(kinds) <= {line.kind for line in journal.model.lines}:
                return True
            now_s = asyncio.get_running_loop().time()
            if now_s >= again_s:
                again_s = now_s + 2.0
                journal.pager.newest()
            return False

        await self.sees(found)

    def click(self, part: QWidget) -> None:
        assert part.isVisible(), part.objectName()
        assert part.isEnabled(), part.objectName()
        QCoreApplication.sendPostedEvents()  # what was just shown has no place of its own before
        assert not part.size().isEmpty(), part.objectName()
        QTest.mouseClick(part, LEFT)

    def leave(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
async def sitting(qapp: QApplication, tmp_path: Path) -> AsyncIterator[Sitting]:
    async with ground_at(tmp_path / "home") as ground:
        for table in ground.tables["accounts"]:
            table["deadman_s"] = 30
        async with ground.engine() as it:
            await it.watched("account:alpha-1", "account:alpha-2")
            made = Sitting(it, ground)
            try:
                yield made
            finally:
                made.leave()


async def test_a_scope_is_blocked_and_reset_another_stopped_and_all_of_it_found_in_the_journal(
    sitting: Sitting,
) -> None:
    desk, ground = sitting.desk, sitting.ground
    controls = desk.page.controls
    desk._open_scope(Scope.parse("account:alpha-1"))
    opening, whole = ground.opening("alpha-1"), ground.resting("alpha-1")
    await sitting.sees(lambda: f"Cancels {opening} order" in controls.block.words.text())
    assert f"{whole - opening} that only reduce stay" in controls.block.words.text() or whole == opening
    sitting.click(controls.block.button)
    await sitting.sees(
        lambda: "stopped by ada" in controls.note.text() and "1 of 1 account proven" in controls.note.text()
    )
    assert ground.opening("alpha-1") == 0
    assert ground.resting("alpha-1") == whole - opening
    elsewhere = ground.resting("alpha-2")
    assert elsewhere

    sitting.click(controls.back)
    assert desk.pages.currentIndex() == nav.PROOF
    await sitting.sees(lambda: desk.proof.halt is not None and not desk.proof.form.isHidden())
    desk.proof.form.reason.setText("the bot is mended")
    sitting.click(desk.proof.form.reset)
    await sitting.sees(lambda: not sitting.it.latest.halts)
    assert ground.resting("alpha-2") == elsewhere

    desk._open_scope(Scope.parse("account:alpha-2"))
    await sitting.sees(lambda: f"all {elsewhere} order" in controls.stop.words.text())
    sitting.click(controls.stop.button)
    assert "waiting for the first word" in controls.note.text()
    await sitting.sees(lambda: "1 of 1 account proven" in controls.note.text())
    assert ground.resting("alpha-2") == 0

    journal = desk.journal
    desk.show_page(nav.JOURNAL)
    await sitting.sees(lambda: journal.model.rowCount() > 5)
    journal.filter.text.setText("THE BOT IS MENDED")
    QTest.keyClick(journal.filter.text, Qt.Key.Key_Return)
    await sitting.finds("operator.ResetStop", "stop.reset")
    reset = next(line.seq for line in journal.model.lines if line.kind == "stop.reset")
    journal.table.choose_key(reset)
    QTest.keyClick(journal.table, Qt.Key.Key_Return)
    await sitting.sees(lambda: journal.pane.model.rowCount() > 3)
    fields = {field.path: field for field in journal.pane.model.lines}
    assert (fields["reset_reason"].before, fields["reset_reason"].value) == ("", "the bot is mended")
    sitting.click(journal.pane.about)  # everything about that stop: from its firing on
    await sitting.finds("stop.fired", "stop.proof", "stop.reset")
    journal.pane.close_pane()
    sitting.click(journal.check.check)
    await sitting.sees(lambda: journal.check.verdict.text().startswith("✓ intact up to record"))


async def test_a_connection_is_made_anew_and_the_switches_of_the_venues_are_seen_armed(sitting: Sitting) -> None:
    desk = sitting.desk
    page = desk.connections
    desk.show_page(nav.CONNECTIONS)
    await sitting.sees(lambda: page.model.rowCount() == 2 and all(view.measured.requests for view in page.model.views))
    assert page.lanes.rowCount() == 2
    page.table.choose_key("alpha-1")
    sitting.click(page.details)
    await sitting.sees(lambda: "half within" in page.pane.facts.told() and page.pane.model.rowCount() > 0)
    sitting.click(page.pane.again)
    await sitting.sees(lambda: "ada asked for a new connection" in [line.words for line in page.pane.model.lines])
    await sitting.sees(lambda: "came up again 1 time" in page.pane.facts.told())

    desk.show_page(nav.READINESS)
    desk.readiness.tabs.buttons[DEADMEN].click()
    switches = desk.readiness.deadmen.model
    await sitting.sees(lambda: {switches.text(row, 0) for row in range(len(switches.views))} == {"● ARMED"})
    assert "asked for in 2 of 2 accounts" in desk.readiness.deadmen.board.note.text()
