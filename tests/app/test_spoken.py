"""Who does not see the screen, or not its colours, is told the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QTableView, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.app import openings
from tests.app.walked import window
from tests.widgets.painted import hard_to_read, texts_of
from tests.widgets.spoken import mute_cells, named_alike, unnamed
from tests.widgets.visits import busy, choose_rows, visits
from widgets.columns import ColumnModel
from widgets.marks import marked, says_itself
from widgets.theme import DARK, LIGHT, Theme, Tone, apply_theme

STATES = {Tone.OK, Tone.LOW, Tone.MEDIUM, Tone.HIGH, Tone.CRITICAL, Tone.UNKNOWN}
NAMED_BY_ITS_HEAD = {"LOW", "MEDIUM", "HIGH", "CRITICAL"}
"""Thresholds stand in columns that are called by their severity."""


@pytest.fixture(autouse=True)
def read_aloud() -> Iterator[None]:
    """Views tell their changes only while somebody listens."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def test_every_control_on_every_page_has_a_name_of_its_own_and_every_cell_is_read(qtbot: QtBot) -> None:
    main = window(qtbot)
    for place, page in visits(main.desk, busy()):
        choose_rows(page)
        assert unnamed(main) == set(), place
        assert named_alike(main) == set(), place
        assert mute_cells(main) == set(), place


KINDS = sorted(openings.OPENERS, key=lambda kind: kind.__name__)
WAYS = [*((kind.__name__, openings.OPENERS[kind]) for kind in KINDS), ("a tip", openings.tip)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_every_menu_and_dialog_says_what_it_is_and_what_is_in_it(qtbot: QtBot, kind: type[QWidget]) -> None:
    main = window(qtbot)
    main.show_snapshot(busy())
    openings.OPENERS[kind](main)
    QTest.qWait(5)
    fronts = openings.on_screen()
    try:
        assert fronts
        for front in fronts:
            if isinstance(front, QMenu):
                assert all(action.text() or action.isSeparator() for action in front.actions())
            assert front.accessibleName() or front.windowTitle(), type(front).__name__
            if type(front).__module__.startswith(("app.", "widgets.")) and not isinstance(
                front, openings.FOREIGN_INSIDE
            ):
                assert unnamed(front) == set()
                assert named_alike(front) == set()
    finally:
        for front in openings.on_screen():
            front.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_no_cell_says_by_its_colour_alone_how_it_stands(qtbot: QtBot) -> None:
    main = window(qtbot)
    found, judged = set(), 0
    for place, _ in visits(main.desk, busy()):
        for view in main.findChildren(QTableView):
            model = view.model()
            if view.isVisible() and isinstance(model, ColumnModel):
                judged += model.rowCount()
                found |= {f"{place}: {told}" for told in _by_colour_alone(view.objectName(), model)}
    assert found == set()
    assert judged > 300


def _by_colour_alone(name: str, model: ColumnModel) -> Iterator[str]:
    for row in range(min(model.rowCount(), 60)):
        source = model.source(row)
        cells = [(str(model.index(row, c).data() or ""), model.tone(source, c)) for c in range(len(model.columns))]
        said = {tone for text, tone in cells if says_itself(text)}
        for place, (text, tone) in enumerate(cells):
            head = model.columns[place].title
            told = tone not in STATES or not text.strip() or tone in said or head in NAMED_BY_ITS_HEAD
            if not told:
                yield f"{name} {head}: {text!r} is {tone}"


def test_a_figure_gets_the_shape_of_what_its_colour_says() -> None:
    assert marked("85.9\N{NO-BREAK SPACE}%", Tone.CRITICAL) == "▲▲\N{NO-BREAK SPACE}85.9\N{NO-BREAK SPACE}%"
    assert marked("17 s", Tone.UNKNOWN) == "◆\N{NO-BREAK SPACE}17 s"
    assert marked("2.0 %", Tone.NORMAL) == "2.0 %"
    assert marked("unknown", Tone.UNKNOWN) == "unknown"
    assert marked("▲ HIGH", Tone.HIGH) == "▲ HIGH"
    assert marked("", Tone.HIGH) == ""


def test_a_control_without_a_name_and_two_of_one_name_are_found(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    column = QVBoxLayout(whole)
    parts = [QToolButton(whole), QPushButton("Go", whole), QPushButton("Go", whole)]
    for part in parts:
        column.addWidget(part)
    whole.show()
    assert len(unnamed(whole)) == 1
    assert len(named_alike(whole)) == 1
    parts[0].setAccessibleName("Open")
    parts[2].setAccessibleName("Go on")
    assert unnamed(whole) == named_alike(whole) == set()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_what_comes_before_the_window_can_be_read(qtbot: QtBot, qapp: QApplication, theme: Theme) -> None:
    main = window(qtbot)
    apply_theme(qapp, theme)
    main.show_snapshot(busy())
    painted = 0
    for name, opener in WAYS:
        opener(main)
        QTest.qWait(5)
        for front in openings.on_screen():
            painted += len(texts_of(front))
            assert hard_to_read(front, 4.5) == set(), name
            front.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert painted > 20
