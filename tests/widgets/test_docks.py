"""Panels that are moved, floated, closed and brought back, and their arrangement as text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from core.snapshot import Snapshot
from widgets import docks
from widgets.docks import ACROSS, DOWN, DockArea, Split
from widgets.panel import Panel

unraised = pytest.mark.qt_log_ignore("does not support", extend=True)
"""The offscreen platform has no window manager to raise a panel that floats."""
SETTLED_MS = 60


class Plain(Panel):
    def draw(self, snapshot: Snapshot) -> None: ...


class Page:
    def __init__(self, qtbot: QtBot) -> None:
        self.parts = [Plain(f"part-{name}", f"Part {name}") for name in "abcd"]
        above = Split(ACROSS, ((60, self.parts[0]), (40, self.parts[1])))
        below = Split(ACROSS, ((50, self.parts[2]), (50, self.parts[3])))
        self.area = DockArea("page", Split(DOWN, ((30, above), (70, below))))
        self.changes: list[tuple[str, str]] = []
        self.area.changed.connect(self._changed)
        qtbot.addWidget(self.area)
        self.area.resize(1000, 600)
        self.area.show()
        qtbot.wait(SETTLED_MS + 100)

    def _changed(self, before: str, after: str) -> None:
        self.changes.append((before, after))

    def at(self, part: int) -> tuple[int, int]:
        where = self.parts[part].mapTo(self.area, QPoint(0, 0))
        return where.x(), where.y()


@pytest.fixture
def page(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setattr(docks, "SETTLED_MS", SETTLED_MS)
    return Page(qtbot)


def test_shares_of_the_default_hold_at_every_size_and_are_no_persons_doing(page: Page, qtbot: QtBot) -> None:
    for width, height in ((1000, 600), (1900, 1000), (700, 400)):
        page.area.resize(width, height)
        qtbot.wait(20)
        assert page.parts[0].width() / width == pytest.approx(0.6, abs=0.02)
        assert page.parts[2].width() / width == pytest.approx(0.5, abs=0.02)
        assert page.parts[0].height() / height == pytest.approx(0.3, abs=0.03)
    qtbot.wait(SETTLED_MS + 100)
    assert page.changes == []
    assert page.area.state() == ""


def test_what_a_person_moves_is_told_once_and_can_be_taken_back(page: Page, qtbot: QtBot) -> None:
    area = page.area
    area.docks[3].close()
    qtbot.waitUntil(lambda: len(page.changes) == 1, timeout=3000)
    before, after = page.changes[0]
    assert before == ""
    assert after == area.state() != ""
    assert area.restore(before)
    assert page.parts[3].isVisible()
    assert area.restore(after)
    assert not page.parts[3].isVisible()
    qtbot.wait(SETTLED_MS + 100)
    assert len(page.changes) == 1, "what is restored is nobody's change"


def test_a_dragged_border_is_a_change_too(page: Page, qtbot: QtBot) -> None:
    area = page.area
    area.inner.resizeDocks([area.docks[0], area.docks[1]], [300, 700], ACROSS)
    qtbot.waitUntil(lambda: len(page.changes) == 1, timeout=3000)
    page.area.resize(1400, 800)
    qtbot.wait(SETTLED_MS + 100)
    assert len(page.changes) == 1, "another size of the window is none"


@unraised
def test_a_floating_panel_and_tabs_come_back_as_they_were(page: Page, qtbot: QtBot) -> None:
    area = page.area
    area.inner.tabifyDockWidget(area.docks[0], area.docks[1])
    area.docks[2].setFloating(True)
    qtbot.waitUntil(lambda: bool(page.changes), timeout=3000)
    kept = area.state()
    area.reset()
    assert not area.docks[2].isFloating()
    assert area.inner.tabifiedDockWidgets(area.docks[0]) == []
    assert area.restore(kept)
    assert area.docks[2].isFloating()
    assert area.inner.tabifiedDockWidgets(area.docks[0]) == [area.docks[1]]


@pytest.mark.parametrize("broken", ["?", "AAAA", "YWJj", "x" * 500])
def test_what_is_no_arrangement_costs_the_arrangement_only(page: Page, broken: str) -> None:
    page.area.docks[0].close()
    assert not page.area.restore(broken)
    assert all(part.isVisible() for part in page.parts)
    assert page.at(0) == (0, 0)
    assert page.area.state() == ""


@unraised
def test_panels_have_title_bars_only_while_they_are_arranged_or_float(page: Page, qtbot: QtBot) -> None:
    quiet = page.parts[0].height()
    page.area.arrange(True)
    qtbot.waitUntil(lambda: page.parts[0].height() < quiet - 10, timeout=3000)
    page.area.arrange(False)
    qtbot.waitUntil(lambda: page.parts[0].height() == quiet, timeout=3000)
    page.area.docks[0].setFloating(True)
    assert page.area.docks[0].titleBarWidget() is None


def test_a_part_finds_the_panel_that_it_is_in(page: Page) -> None:
    assert page.area.dock_of(page.parts[2].caption) is page.area.docks[2]
    assert page.area.dock_of(page.area) is None
    assert page.area.dock_named("dock_part-b") is page.area.docks[1]
