"""The filter of the scope table as it is written: words on offer, errors, and what the table shows meanwhile."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.domain import Scope
from core.filtering.completing import Option
from core.snapshot import Snapshot
from tests.core.filtering.trees import roster_of
from tests.widgets.snapshots import build
from widgets.columns import EXPLAINED_ALOUD, READ_ALOUD
from widgets.offers import OfferModel
from widgets.scope_table import ScopeTable

OKX_2 = Scope.parse("account:okx-sub-0002")


def snapshot(seed: int = 1) -> Snapshot:
    made = build(30, 0, seed)
    return dataclasses.replace(made, roster=roster_of(made))


@pytest.fixture
def table(qtbot: QtBot) -> Iterator[ScopeTable]:
    window = QWidget()
    qtbot.addWidget(window)
    made = ScopeTable()
    QVBoxLayout(window).addWidget(made)
    window.resize(1100, 640)
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    made.show_snapshot(snapshot())
    made.filter.setFocus()
    yield made
    window.close()


def shown(table: ScopeTable) -> list[str]:
    return [str(table.model.key(table.model.index(row, 0))) for row in range(table.model.rowCount())]


def test_plain_text_is_part_of_a_name_as_ever(table: ScopeTable, qtbot: QtBot) -> None:
    qtbot.keyClicks(table.filter, "OKX-sub")
    assert shown(table)
    assert all("okx-sub" in name for name in shown(table))
    assert table.bar.told.isHidden()


def test_a_filter_is_asked_again_of_each_snapshot_and_the_order_stands_meanwhile(table: ScopeTable) -> None:
    table.filter.setText("drawdown > 2.5% and kind = account")
    table.table.sort_by(table.model.column_named("leverage"))
    for seed in (1, 2, 3):
        made = snapshot(seed)
        table.show_snapshot(made)
        value = made.matrix.value[:, made.matrix.column("drawdown")]
        wanted = {str(scope) for scope, is_in in zip(made.matrix.scopes, value > 0.025, strict=True)
                  if is_in and scope.kind.value == "account"}  # fmt: skip
        assert set(shown(table)) == wanted
        assert str(len(wanted)) in table.note.text()
    # The same second: whoever stays does not change places.
    made = snapshot(1)
    order = [name for name in shown(table) if name in {str(scope) for scope in made.matrix.scopes}]
    table.show_snapshot(dataclasses.replace(made, at_s=made.at_s + 0.2))
    stayed = set(order) & set(shown(table))
    assert [name for name in shown(table) if name in stayed] == [name for name in order if name in stayed]


def test_a_filter_that_cannot_be_understood_says_why_and_hides_nothing(table: ScopeTable) -> None:
    table.filter.setText("venue = okx")
    few = len(shown(table))
    table.filter.setText("venue = okx and drawdwn > 5%")
    assert len(shown(table)) == len(table.model.scopes) > few
    assert table.bar.told.isVisible()
    assert 'column 17: "drawdwn" is no field; did you mean drawdown' in table.bar.told.text()
    assert "Everything is shown" in table.filter.accessibleDescription()
    table.filter.setText("venue = okx")
    assert len(shown(table)) == few
    assert table.bar.told.isHidden()


def test_what_is_only_begun_neither_hides_nor_shows_anything_until_it_is_left(table: ScopeTable, qtbot: QtBot) -> None:
    qtbot.keyClicks(table.filter, "venue = okx")
    okx = shown(table)
    for letter in " and dr":
        qtbot.keyClick(table.filter, letter)
        assert shown(table) == okx
        assert table.bar.told.isHidden()
    table.filter.offers.hide()
    table.table.setFocus()
    assert shown(table) == []
    table.filter.setFocus()
    qtbot.keyClicks(table.filter, "awdown")
    assert shown(table) == okx
    table.table.setFocus()
    assert '"drawdown" is compared with nothing' in table.bar.told.text()
    assert len(shown(table)) == len(table.model.scopes)


def test_an_empty_result_says_that_the_filter_is_why(table: ScopeTable) -> None:
    table.filter.setText("leverage > 900x")
    assert shown(table) == []
    assert table.table.empty_words == "No scope passes the filter"


def test_words_are_taken_by_keyboard_until_a_filter_stands_there(table: ScopeTable, qtbot: QtBot) -> None:
    edit = table.filter
    qtbot.keyClicks(edit, "draw")
    assert edit.offers.isVisible()
    qtbot.keyClick(edit, Qt.Key.Key_Tab)
    assert edit.text() == "drawdown "
    assert edit.hasFocus()
    qtbot.keyClicks(edit, "> 5")
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "drawdown > 5% "
    qtbot.keyClicks(edit, "a")
    qtbot.keyClick(edit, Qt.Key.Key_Tab)
    qtbot.keyClicks(edit, "venue = ok")
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    qtbot.keyClick(edit, Qt.Key.Key_Enter)
    assert edit.text().strip() == "drawdown > 5% and venue = okx"
    assert table.model.sieve.words == "drawdown > 5% and venue = okx"


def test_enter_takes_nothing_that_was_not_chosen_and_leads_to_the_table(table: ScopeTable, qtbot: QtBot) -> None:
    qtbot.keyClicks(table.filter, "drawdown > 5%")
    assert table.filter.offers.isVisible()
    qtbot.keyClick(table.filter, Qt.Key.Key_Return)
    assert table.filter.text() == "drawdown > 5%"
    assert table.table.hasFocus()
    assert table.filter.offers.isHidden()


def test_escape_puts_the_words_away_and_then_the_filter(table: ScopeTable, qtbot: QtBot) -> None:
    qtbot.keyClicks(table.filter, "venue = o")
    assert table.filter.offers.isVisible()
    qtbot.keyClick(table.filter, Qt.Key.Key_Escape)
    assert table.filter.offers.isHidden()
    assert table.filter.text() == "venue = o"
    qtbot.keyClick(table.filter, Qt.Key.Key_Escape)
    assert table.filter.text() == ""
    qtbot.keyClick(table.filter, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert table.filter.offers.isVisible()


def test_a_word_in_the_middle_is_replaced_and_what_follows_stays(table: ScopeTable, qtbot: QtBot) -> None:
    table.filter.setText("lev > 3 and okx")
    table.filter.setCursorPosition(3)
    qtbot.keyClick(table.filter, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(table.filter, Qt.Key.Key_Tab)
    assert table.filter.text() == "leverage > 3 and okx"
    assert table.filter.cursorPosition() == len("leverage")


def test_a_word_is_taken_by_mouse(table: ScopeTable, qtbot: QtBot) -> None:
    qtbot.keyClicks(table.filter, "venue = ok")
    offers = table.filter.offers
    at = offers.visualRect(offers.offers.index(0)).center()
    qtbot.mouseClick(offers.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert table.filter.text() == "venue = okx "


def test_the_words_stand_in_the_window_and_go_when_somebody_goes_elsewhere(table: ScopeTable, qtbot: QtBot) -> None:
    qtbot.keyClicks(table.filter, "dra")
    offers = table.filter.offers
    assert not offers.isWindow()
    assert offers.window() is table.window()
    assert table.window().rect().contains(offers.geometry())
    table.table.setFocus()
    assert offers.isHidden()


def test_the_model_of_words_keeps_its_contract_and_says_what_they_mean(qapp: object) -> None:
    model = OfferModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    for options in ((Option("a "), Option("b ", "the second")), (), (Option("c "),), (Option("b ", "the second"),)):
        model.show(options)
        assert model.rowCount() == len(options)
    assert model.data(model.index(0), READ_ALOUD) == "b: the second"
    assert model.data(model.index(0), EXPLAINED_ALOUD) == "the second"


def test_many_chosen_rows_hold_their_order_until_they_are_let_go(
    table: ScopeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widgets.scope_table.MANY", 5)
    table.filter.setText("drawdown > 1%")
    table.table.sort_by(table.model.column_named("leverage"))
    table.table.selectAll()
    before = shown(table)
    later = snapshot(7)
    table.show_snapshot(dataclasses.replace(later, at_s=later.at_s + 60))
    assert shown(table) == before
    assert "order held" in table.note.text()
    table.table.clearSelection()
    table.show_snapshot(dataclasses.replace(later, at_s=later.at_s + 60.2))
    values = later.matrix.value[:, later.matrix.column("leverage")]
    found = [values[later.matrix.rows[Scope.parse(name)]] for name in shown(table)]
    assert shown(table) != before
    assert found == sorted(np.array(found).tolist(), reverse=True)
