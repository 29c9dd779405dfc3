"""Views of the scope table: kept under a name, picked, changed, renamed, deleted and brought back."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.errors import SettingError
from core.filtering.fields import Vocabulary
from core.filtering.parsing import parse
from core.risk.costly.run import CostlyModel
from core.risk.settings import RiskSettings
from tests.core.filtering.trees import roster_of
from tests.widgets.snapshots import build
from widgets.choice import ALL, ColumnChoice
from widgets.saved_view import BUILT_IN, LONGEST_NAME, SavedView, checked_name, read_views, written
from widgets.scope_table import ScopeTable
from widgets.undo import UndoStack

REAL = CostlyModel(RiskSettings()).infos
_TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
VIEWS = st.builds(
    SavedView,
    _TEXTS.filter(bool),
    _TEXTS,
    _TEXTS,
    _TEXTS,
    st.booleans(),
    st.booleans(),
)


@pytest.fixture
def table(qtbot: QtBot) -> ScopeTable:
    made = ScopeTable()
    qtbot.addWidget(made)
    made.resize(1100, 640)
    made.show()
    snapshot = build(30)
    made.show_snapshot(dataclasses.replace(snapshot, roster=roster_of(snapshot)))
    return made


def named(name: str) -> SavedView:
    return next(view for view in BUILT_IN if view.name == name)


def save(table: ScopeTable, qtbot: QtBot, name: str) -> None:
    table.views.ask_name()
    table.views.form.name.setText(name)
    qtbot.keyClick(table.views.form.name, Qt.Key.Key_Return)


@given(st.lists(VIEWS, max_size=4).map(tuple))
def test_views_come_back_from_the_settings_as_they_were_kept(views: tuple[SavedView, ...]) -> None:
    assert read_views(written(views)) == views


@pytest.mark.parametrize("text", ["{", "3", '["a"]', '[{"filter": "x"}]', '[{"name": 3}]', "null"])
def test_what_is_no_list_of_views_is_turned_down(text: str) -> None:
    with pytest.raises(SettingError, match="list of views"):
        read_views(text)


@pytest.mark.parametrize("view", BUILT_IN, ids=[view.name for view in BUILT_IN])
def test_each_view_that_comes_with_the_desk_can_be_understood_and_shows_what_it_sorts_by(view: SavedView) -> None:
    parse(view.filter, Vocabulary(REAL))
    shown = {REAL[column].name for column in view.choice.columns(REAL)}
    assert view.sorted_by in {*shown, "", "state", "limit used", "age"}
    assert view.built_in


@pytest.mark.parametrize("view", BUILT_IN, ids=[view.name for view in BUILT_IN])
def test_what_is_picked_is_what_is_shown(table: ScopeTable, view: SavedView) -> None:
    table.views.pick(view)
    assert table.shown_view().shows(view)
    assert not table.views.is_changed
    assert table.views.text() == f"View: {view.name}"
    assert table.model.sieve.error is None
    heads = table.table.horizontalHeader()
    assert table.model.column_name(heads.sortIndicatorSection()) == view.sorted_by


@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_what_the_table_shows_is_kept_under_a_name_and_picked_again(table: ScopeTable, qtbot: QtBot) -> None:
    table.filter.setText("state >= medium")
    table.set_columns(ColumnChoice(ALL))
    table.table.sort_by(table.model.column_named("drawdown"))
    table.bar.tree.setChecked(True)
    with qtbot.waitSignal(table.views.changed) as told:
        save(table, qtbot, " my  view ")
    assert told.args[0] == (SavedView("my view", "state >= medium", "preset All", "drawdown", True, True),)
    table.views.pick(named("All scopes"))
    assert not table.bar.tree.isChecked()
    table.views.open_menu()
    entry = next(action for action in table.views.menu_of_views.actions() if action.text() == "my view")
    entry.trigger()
    table.views.menu_of_views.close()
    assert table.shown_view().shows(told.args[0][0])


def test_a_view_is_changed_renamed_and_deleted_and_each_can_be_undone(table: ScopeTable, qtbot: QtBot) -> None:
    steps = UndoStack()
    table.undoable.connect(steps.push)
    save(table, qtbot, "mine")
    table.filter.setText("okx")
    assert table.views.text() == "View: mine (changed)"
    table.views.menu_of_views.renew.trigger()
    assert [view.filter for view in table.views.own] == ["okx"]
    table.views.ask_new_name()
    table.views.form.name.setText("ours")
    table.views.form.button.click()
    assert [view.name for view in table.views.own] == ["ours"]
    table.views.delete()
    assert table.views.own == ()
    assert [steps.undo() for _ in range(4)] == [
        "the deletion of the view ours",
        "the new name of the view mine",
        "the changes of the view mine",
        "the view mine",
    ]
    assert table.views.own == ()
    for _ in range(3):
        steps.redo()
    assert [(view.name, view.filter) for view in table.views.own] == [("ours", "okx")]


def test_columns_that_were_chosen_can_be_undone(table: ScopeTable) -> None:
    steps = UndoStack()
    table.undoable.connect(steps.push)
    before = table.model.choice
    table._hide("drawdown")
    after = table.model.choice
    assert steps.undo() == "the columns of the scope table"
    assert table.model.choice == before
    steps.redo()
    assert table.model.choice == after != before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("  ", "needs a name"),
        ("tree", "comes with the desk"),
        ("MINE", "already"),
        ("x" * (LONGEST_NAME + 1), "too long"),
    ],
)
def test_a_name_that_cannot_be_had_is_turned_down_while_it_is_written(
    table: ScopeTable, qtbot: QtBot, name: str, words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        checked_name(name, ["mine"])
    save(table, qtbot, "mine")
    table.views.ask_name()
    table.views.form.name.setText(name)
    assert not table.views.form.button.isEnabled()
    qtbot.keyClick(table.views.form.name, Qt.Key.Key_Return)
    assert [view.name for view in table.views.own] == ["mine"]
    qtbot.keyClick(table.views.form.name, Qt.Key.Key_Escape)
    assert table.views.form.isHidden()


@pytest.mark.qt_log_ignore("does not support", extend=True)
def test_views_of_the_desk_itself_are_neither_renamed_nor_deleted(table: ScopeTable) -> None:
    table.views.pick(named("Tree"))
    table.views.open_menu()
    menu = table.views.menu_of_views
    assert [action.isEnabled() for action in (menu.save, menu.renew, menu.rename, menu.remove)] == [
        True,
        False,
        False,
        False,
    ]
    menu.close()
    table.views.delete()
    table.views.ask_new_name()
    assert table.views.form.isHidden()
