"""The page of the connections: what it shows of accounts and venues, whom it connects anew, one account in full."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from core.domain import LinkState
from core.snapshot import LinkView, Snapshot
from core.venues.link_intents import CloseLink, OpenLink, Reconnect
from tests.widgets.links import story
from tests.widgets.snapshots import build, empty
from widgets import figures
from widgets.connection_model import AGAIN, BUDGET, CLOCK, FEED, LINK, P50, P99, ConnectionModel
from widgets.connections_page import ConnectionsPage
from widgets.lane_table import NAME, UP, USED, WEIGHT, WORDS, LaneModel, lines_of
from widgets.theme import Tone

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


@pytest.fixture
def page(qtbot: QtBot) -> ConnectionsPage:
    made = ConnectionsPage()
    qtbot.addWidget(made)
    made.resize(1_600, 700)
    made.show()
    made.show_snapshot(build(40))
    return made


def intents(page: ConnectionsPage) -> list[object]:
    told: list[object] = []
    page.asked.connect(told.append)
    return told


def test_rows_keep_their_identity_while_connections_come_go_are_sorted_and_filtered(qapp: object) -> None:
    model, lanes = ConnectionModel(), LaneModel()
    testers = [QAbstractItemModelTester(one, FATAL) for one in (model, lanes)]
    first = build(40, seed=1)
    model.show(first.connections, first.lanes)
    held = {model.key(model.index(row, 0)): QPersistentModelIndex(model.index(row, 3)) for row in range(40)}
    for turn, accounts in enumerate((40, 25, 60, 9, 40)):
        snapshot = build(accounts, seed=turn)
        model.show(snapshot.connections, snapshot.lanes)
        lanes.show(lines_of(snapshot.lanes, snapshot.connections), "USD", snapshot.at_s)
        for column in range(model.columnCount()):
            model.sort(column, Qt.SortOrder.DescendingOrder if turn % 2 else Qt.SortOrder.AscendingOrder)
        model.set_filter("okx" if turn % 2 else "")
        for key, index in held.items():
            assert not index.isValid() or model.key(index) == key
    assert model.rowCount() == 40
    assert all(tester.failureReportingMode() is FATAL for tester in testers)


def test_what_was_not_measured_is_unknown_and_never_nought(qapp: object) -> None:
    snapshot = build(3)
    bare = tuple(dataclasses.replace(view, measured=LinkView()) for view in snapshot.connections)
    model = ConnectionModel()
    model.show(bare, ())
    for column in (FEED, P50, P99, BUDGET, CLOCK, AGAIN):
        assert model.text(0, column) == figures.UNKNOWN
        assert model.tone(0, column) is Tone.UNKNOWN


def test_a_venue_says_its_budget_its_trouble_and_how_many_of_its_accounts_are_up(qapp: object) -> None:
    snapshot = build(40)
    lines = lines_of(snapshot.lanes, snapshot.connections)
    assert sum(line.accounts for line in lines) == 40
    assert sum(line.up for line in lines) == sum(view.link is LinkState.UP for view in snapshot.connections)
    model = LaneModel()
    model.show(lines, "USD", snapshot.at_s)
    told = {model.text(row, NAME): row for row in range(len(lines))}
    assert model.text(told["okx"], UP).endswith(f"of {lines[told['okx']].accounts}")
    assert model.tone(told["okx"], UP) is Tone.CRITICAL
    assert "asked to rest for 38" in model.text(told["krakenfutures"], WORDS)
    assert model.tone(told["krakenfutures"], WEIGHT) is Tone.CRITICAL
    assert "a stop waits" in model.text(told["deribit"], WORDS)
    assert model.text(told["hyperliquid"], WEIGHT) == "0 of no count"
    assert model.text(told["hyperliquid"], USED) == figures.UNKNOWN


def test_those_that_are_down_stand_first_and_the_filter_leaves_them_alone(page: ConnectionsPage, qtbot: QtBot) -> None:
    model = page.model
    assert model.text(model.source(0), LINK) == "▲ down"
    down = sum(view.link is not LinkState.UP for view in model.views)
    qtbot.mouseClick(page.only, Qt.MouseButton.LeftButton)
    assert model.rowCount() == down
    page.search.setText("no such account")
    qtbot.waitUntil(lambda: model.rowCount() == 0)
    page.search.setText("OKX")
    qtbot.mouseClick(page.only, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: model.rowCount() == sum("okx" in view.venue for view in model.views))


def test_the_chosen_ones_are_connected_anew_and_nobody_else(page: ConnectionsPage, qtbot: QtBot) -> None:
    told = intents(page)
    assert not page.again.isEnabled()
    page.table.selectRow(1)
    first = page.table.chosen_keys()[0]
    qtbot.mouseClick(page.again, Qt.MouseButton.LeftButton)
    assert told == [Reconnect((str(first),), "")]
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert page.again.text() == "Reconnect 2"
    qtbot.mouseClick(page.again, Qt.MouseButton.LeftButton)
    assert told[-1] == Reconnect(tuple(map(str, page.table.chosen_keys())), "")


def test_one_account_is_opened_by_the_keyboard_followed_and_left_again(page: ConnectionsPage, qtbot: QtBot) -> None:
    told = intents(page)
    page.table.setFocus()
    page.table.selectRow(0)
    name = str(page.table.chosen_keys()[0])
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.pane.isVisible()
    page.show_snapshot(_with_story(build(40), name))
    assert "no answer for 14 s" in page.pane.facts.told()
    assert page.pane.model.rowCount() == 5
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    second = str(page.table.chosen_keys()[0])
    assert page.pane.heading.text() == second
    assert page.pane.model.rowCount() == 0
    qtbot.mouseClick(page.pane.again, Qt.MouseButton.LeftButton)
    qtbot.keyClick(page.pane.table, Qt.Key.Key_Escape)
    assert not page.pane.isVisible()
    assert told == [OpenLink(name), OpenLink(second), Reconnect((second,), ""), CloseLink()]


def test_a_page_that_is_left_looks_at_nobodys_story_any_more(page: ConnectionsPage) -> None:
    told = intents(page)
    page.table.selectRow(0)
    page.details.click()
    page.hide()
    assert isinstance(told[-1], CloseLink)


def test_a_desk_without_accounts_says_so(page: ConnectionsPage) -> None:
    page.show_snapshot(empty())
    assert page.model.rowCount() == page.lanes.rowCount() == 0
    assert not page.again.isEnabled()


def _with_story(snapshot: Snapshot, account: str) -> Snapshot:
    return dataclasses.replace(snapshot, link=story(account))
