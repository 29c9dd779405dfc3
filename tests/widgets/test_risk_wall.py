"""The risk wall under mouse, wheel and keyboard."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.domain import ScopeKind
from tests.widgets.snapshots import build, empty, matrix
from widgets.risk_wall import RiskWall
from widgets.scope_rows import rows_of
from widgets.wall_order import HEAD_STEPS, wall_rows

URGENT = [0, 1, 2, -1, 3, 4]


@pytest.fixture
def wall(qtbot: QtBot) -> RiskWall:
    wall = RiskWall()
    qtbot.addWidget(wall)
    wall.resize(620, 190)
    wall.show()
    wall.show_snapshot(build(3_000, 0))
    return wall


def turn(wall: RiskWall, notches: int, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
    delta = QPoint(0, 120 * notches)
    event = QWheelEvent(
        QPointF(at), QPointF(wall.wall.viewport().mapToGlobal(at)), QPoint(), delta, Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(wall.wall.viewport(), event)


@given(st.integers(0, 2**31))
def test_the_wall_stands_by_severity_and_then_by_headroom_and_what_ties_keeps_its_order(seed: int) -> None:
    made = matrix(60, seed, unknown=0.05)
    rows, severity, head = wall_rows(made, rows_of(made.scopes, ScopeKind.ACCOUNT))
    assert sorted(rows.tolist()) == rows_of(made.scopes, ScopeKind.ACCOUNT).tolist()
    step = 2.0 / HEAD_STEPS
    for place in range(1, len(rows)):
        before, after = URGENT.index(severity[place - 1]), URGENT.index(severity[place])
        assert before >= after
        if before == after and np.isfinite(head[place]):
            assert max(head[place - 1], -1.0) <= max(head[place], -1.0) + step


def test_plus_minus_and_nought_zoom_and_names_appear_where_there_is_room(wall: RiskWall, qtbot: QtBot) -> None:
    view = wall.wall
    fitted = view.cells
    assert view.cells.tall <= view.viewport().height()
    assert not wall.all.isEnabled()
    widths = [fitted.width]
    while not view.cells.named:
        qtbot.keyClick(view, Qt.Key.Key_Plus)
        widths.append(view.cells.width)
    assert widths == sorted(set(widths))
    assert wall.all.isEnabled()
    assert not wall.grab().isNull()
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.cells.width == widths[-2]
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.cells == fitted
    wall.nearer.click()
    assert view.cells.width == widths[1]
    wall.farther.click()
    assert view.cells == fitted
    assert not wall.all.isEnabled()


def test_the_wheel_zooms_about_the_cell_under_it_and_scrolls_with_shift(wall: RiskWall) -> None:
    view = wall.wall
    at = view.cells.area(1_500).center()
    turn(wall, 4, at, Qt.KeyboardModifier.NoModifier)
    top = view.verticalScrollBar().value()
    assert top > 0
    area = view.cells.area(1_500).translated(0, -top)
    assert 0 <= area.top() <= area.bottom() < view.viewport().height()
    turn(wall, -1, at, Qt.KeyboardModifier.ShiftModifier)
    assert view.verticalScrollBar().value() == top + view.cells.height
    turn(wall, -9, at, Qt.KeyboardModifier.NoModifier)
    assert not wall.all.isEnabled()


def test_dragging_scrolls_and_opens_nothing_and_a_click_opens_the_account(wall: RiskWall, qtbot: QtBot) -> None:
    view, opened = wall.wall, []
    wall.scope_selected.connect(opened.append)
    view.zoom(5)
    for point, act in ((QPoint(60, 80), qtbot.mousePress), (QPoint(60, 20), qtbot.mouseMove)):
        act(view.viewport(), *(() if act == qtbot.mouseMove else (Qt.MouseButton.LeftButton,)), pos=point)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 20))
    assert view.verticalScrollBar().value() == 60
    assert opened == []
    place = view.place_at(QPoint(40, 40))
    assert place is not None
    assert place >= view.cells.across
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert opened == [view.scope(place)]


def test_the_keyboard_goes_everywhere_keeps_the_cell_in_sight_and_opens_it(wall: RiskWall, qtbot: QtBot) -> None:
    view = wall.wall
    view.zoom(6)
    for key, place in (
        (Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 1 + view.cells.across), (Qt.Key.Key_Left, view.cells.across),
        (Qt.Key.Key_End, 2_999), (Qt.Key.Key_Right, 2_999), (Qt.Key.Key_Up, 2_999 - view.cells.across),
        (Qt.Key.Key_Home, 0), (Qt.Key.Key_Up, 0),
    ):  # fmt: skip
        qtbot.keyClick(view, key)
        assert view.current == place
        area = view.cells.area(place).translated(0, -view.verticalScrollBar().value())
        assert 0 <= area.top() <= area.bottom() < view.viewport().height()
        assert view.scope(place).name in view.accessibleDescription()
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert view.current > view.cells.across
    with qtbot.waitSignal(wall.scope_selected) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told.args == [view.scope(view.current)]


def test_the_keyboard_stays_with_its_account_when_that_moves_on_the_wall(wall: RiskWall, qtbot: QtBot) -> None:
    view = wall.wall
    for _ in range(9):
        qtbot.keyClick(view, Qt.Key.Key_Right)
    account, place = view.scope(view.current), view.current
    wall.show_snapshot(build(3_000, 0, seed=5))
    assert view.scope(view.current).name == account.name
    made = build(3_000, 0, seed=5)
    turned = dataclasses.replace(made.matrix, severity=made.matrix.severity[::-1].copy())
    wall.show_snapshot(dataclasses.replace(made, matrix=turned))
    assert view.scope(view.current).name == account.name
    assert account.name in view.accessibleDescription()
    assert place == 9


@pytest.mark.parametrize("accounts", [0, 1, 3, 3_000, 100_000])
def test_any_number_of_accounts_is_painted_and_no_more_than_is_in_sight(qtbot: QtBot, accounts: int) -> None:
    wall = RiskWall()
    qtbot.addWidget(wall)
    wall.resize(620, 190)
    wall.show()
    view = wall.wall
    if accounts:
        view.show_matrix(matrix(accounts, 1), "USD")
    else:
        wall.show_snapshot(empty())
    assert not wall.grab().isNull()
    if not accounts:
        assert "No account" in view.accessibleDescription()
        qtbot.keyClick(view, Qt.Key.Key_Plus)
        return
    assert view.verticalScrollBar().maximum() == max(0, view.cells.tall - view.viewport().height())
    seen = view.cells.seen(view.verticalScrollBar().value(), view.viewport().height())
    assert len(seen) == min(accounts, seen.stop)
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.current == accounts - 1
