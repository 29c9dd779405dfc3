"""The scopes as a tree: who stands under whom, what a filter leaves, and what stays while snapshots come."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from core.domain import PORTFOLIO, Scope, ScopeKind
from core.snapshot import Snapshot
from tests.core.filtering.trees import roster_of, small_book
from tests.widgets.snapshots import build, empty
from widgets.columns import READ_ALOUD
from widgets.scope_model import SCOPE, ScopeModel
from widgets.scope_nodes import Folds, ScopeNodes
from widgets.scope_table import ScopeTable

Strict = QAbstractItemModelTester.FailureReportingMode.Fatal
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
BOOK = small_book(14)
NODES = ScopeNodes(BOOK.matrix.scopes, BOOK.roster)
OKX = Scope.parse("venue:okx")
OKX_2 = Scope.parse("account:okx-sub-0002")


def with_roster(accounts: int, seed: int = 3) -> Snapshot:
    made = build(accounts, 0, seed)
    return dataclasses.replace(made, roster=roster_of(made))


def keys(model: ScopeModel) -> list[object]:
    return [model.key(model.index(row, 0)) for row in range(model.rowCount())]


# -- the order ----------------------------------------------------------------------------------------------------


def walked(order: list[int], opened: list[bool], matches: list[bool] | None, filtered_open: list[bool]) -> list[int]:
    """One after the other, as one would write it down."""
    place = {row: at for at, row in enumerate(order)}
    children: dict[int, list[int]] = {}
    for node in range(len(NODES)):
        children.setdefault(int(NODES.parent[node]), []).append(node)

    def kept(node: int) -> bool:
        if matches is None:
            return True
        if node >= NODES.rows:
            return matches[int(NODES.parent[node])]
        return matches[node] or any(kept(child) for child in children.get(node, ()) if child < NODES.rows)

    def below(parent: int) -> list[int]:
        inside = sorted(children.get(parent, ()), key=lambda node: place[int(NODES.row[node])])
        out = []
        for node in filter(kept, inside):
            out.append(node)
            if opened[node] or filtered_open[node]:
                out += below(node)
        return out

    return below(-1)


_MASKS = st.one_of(st.none(), st.lists(st.booleans(), min_size=NODES.rows, max_size=NODES.rows))


@settings(deadline=None)
@given(
    order=st.permutations(range(NODES.rows)),
    opened=st.lists(st.booleans(), min_size=len(NODES), max_size=len(NODES)),
    matches=_MASKS,
)
def test_the_tree_is_the_one_that_is_walked_node_by_node(
    order: list[int], opened: list[bool], matches: list[bool] | None
) -> None:
    folds = Folds(NODES)
    folds.opened = np.array(opened)
    keeps, above = NODES.with_forebears(np.array(matches)) if matches is not None else (None, None)
    shown = NODES.in_sight(folds.now(above), keeps)
    found = NODES.under_parents(np.array(order), shown).tolist()
    forced = above.tolist() if above is not None else [False] * len(NODES)
    assert found == walked(order, opened, matches, forced)


@given(st.permutations(list(range(14))), st.integers(0, 14))
def test_nodes_are_found_again_when_scopes_go_and_stand_elsewhere(places: list[int], gone: int) -> None:
    accounts = [scope for scope in BOOK.matrix.scopes if scope.kind is ScopeKind.ACCOUNT]
    others = tuple(scope for scope in BOOK.matrix.scopes if scope.kind is not ScopeKind.ACCOUNT)
    left = [accounts[place] for place in places][gone:]
    scopes = (*others, *left)
    rows = {scope: row for row, scope in enumerate(scopes)}
    pairs = sorted(
        (rows[BOOK.matrix.scopes[holder]], rows[BOOK.matrix.scopes[held]])
        for holder, held in zip(BOOK.roster.holder.tolist(), BOOK.roster.held.tolist(), strict=True)
        if BOOK.matrix.scopes[holder] in rows
    )
    venue = np.full(len(scopes), -1)
    for scope, row in rows.items():
        old = int(BOOK.roster.venue[BOOK.matrix.rows[scope]])
        venue[row] = rows[BOOK.matrix.scopes[old]] if old >= 0 else -1
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    roster = dataclasses.replace(BOOK.roster, venue=venue, holder=columns[:, 0], held=columns[:, 1])
    now = ScopeNodes(scopes, roster)
    for old_node, node in enumerate(now.since(NODES).tolist()):
        who = NODES.scopes[int(NODES.row[old_node])]
        holder = NODES.scopes[int(NODES.parent[old_node])] if old_node >= NODES.rows else None
        assert (node < 0) == (who not in rows or (holder is not None and holder not in rows))
        if node >= 0:
            assert now.scopes[int(now.row[node])] == who
            assert holder is None or now.scopes[int(now.parent[node])] == holder


# -- the model ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accounts", [1, 3, 9])
def test_the_tree_keeps_its_contract_through_sorting_filtering_and_new_rows(accounts: int, qapp: object) -> None:
    model = ScopeModel()
    QAbstractItemModelTester(model, Strict, model)
    model.set_tree(True)
    for snapshot in (empty(), with_roster(accounts), with_roster(accounts + 2, 2), with_roster(max(1, accounts - 1))):
        model.show(snapshot)
        for text in ("", "drawdown > 2%", "kind = account", "nothing", "("):
            model.set_filter(text)
            for column in (-1, 6, model.lowest):
                model.sort(column, DOWN)
            model.turn_all(opened=True)
            if model.rowCount() > 3:
                model.turn(model.source(1), opened=False)
            model.set_tree(False)
            model.set_tree(True)
        model.set_filter("")
    model.turn_all(opened=True)
    model.show(empty())
    assert model.rowCount() == 0


def test_an_index_that_is_kept_follows_its_row_through_tree_and_flat(qapp: object) -> None:
    model = ScopeModel()
    model.show(with_roster(14))
    model.set_tree(True)
    model.reveal(OKX_2)
    kept = QPersistentModelIndex(model.index_of(OKX_2).siblingAtColumn(5))
    model.turn(model.source(model.index_of(OKX).row()), opened=True)
    model.sort(6, UP)
    model.set_tree(False)
    model.set_filter("okx")
    model.show(with_roster(20))
    model.set_tree(True)
    assert model.key(kept) == OKX_2
    assert kept.column() == 5
    model.set_filter("venue = gate")
    assert not kept.isValid()


_ACTS = st.one_of(
    st.tuples(st.just("sort"), st.integers(-1, 19)),
    st.tuples(
        st.just("filter"), st.sampled_from(["", "okx", "drawdown > 2%", "state >= low", "kind = venue", "nothing"])
    ),
    st.tuples(st.just("show"), st.integers(1, 24)),
    st.tuples(st.just("tree"), st.integers(0, 1)),
    st.tuples(st.just("open"), st.integers(0, 40)),
    st.tuples(st.just("shut"), st.integers(0, 40)),
    st.tuples(st.just("all"), st.integers(0, 1)),
)
BOOKS = {accounts: with_roster(accounts, accounts) if accounts % 4 else build(accounts, 0) for accounts in range(1, 25)}


def act(model: ScopeModel, what: str, how: int | str) -> None:
    if what == "sort":
        model.sort(int(how), UP if int(how) % 2 else DOWN)
    elif what == "filter":
        model.set_filter(str(how))
    elif what == "show":
        model.show(BOOKS[int(how)])
    elif what == "tree":
        model.set_tree(bool(how))
    elif what == "all":
        model.turn_all(opened=bool(how))
    elif int(how) < model.rowCount():
        model.turn(model.source(int(how)), opened=what == "open")


@settings(max_examples=30, deadline=None)
@given(st.lists(_ACTS, max_size=12))
def test_whatever_happens_an_index_that_is_kept_is_of_the_same_row_or_of_none(
    acts: list[tuple[str, int | str]],
) -> None:
    model = ScopeModel()
    tester = QAbstractItemModelTester(model, Strict)
    model.show(BOOKS[9])
    for what, how in acts:
        kept = [(QPersistentModelIndex(model.index(row, 3)), key) for row, key in enumerate(keys(model))]
        act(model, what, how)
        now = keys(model)
        assert len(now) == len(set(now))
        for index, key in kept:
            assert index.isValid() == (key in now), (what, how, key)
            assert not index.isValid() or (model.key(index) == key and index.column() == 3)
    del tester


def test_accounts_of_no_known_venue_stand_under_the_portfolio(qapp: object) -> None:
    """Before anybody has said who belongs to whom."""
    model = ScopeModel()
    QAbstractItemModelTester(model, Strict, model)
    model.set_tree(True)
    model.show(build(60, 0))
    assert keys(model) == list(build(60, 0).matrix.scopes)
    model.show(with_roster(60))
    assert not any(isinstance(key, tuple) or key.kind is ScopeKind.ACCOUNT for key in keys(model))  # type: ignore[attr-defined]
    assert keys(model)[:2] == [PORTFOLIO, Scope.parse("venue:binanceusdm")]
    model.show(build(60, 0))
    model.set_filter("okx")
    assert {key.name[:3] for key in keys(model)[1:] if isinstance(key, Scope)} == {"okx"}


def test_accounts_stand_under_their_venue_and_strategies_under_their_accounts(qapp: object) -> None:
    model = ScopeModel()
    snapshot = with_roster(14)
    model.show(snapshot)
    model.set_tree(True)
    model.turn_all(opened=True)
    shown = keys(model)
    assert shown[0] == PORTFOLIO
    venue = ""
    for key in shown:
        if isinstance(key, Scope) and key.kind is ScopeKind.VENUE:
            venue = key.name
        if isinstance(key, Scope) and key.kind is ScopeKind.ACCOUNT:
            assert key.name.startswith(venue[:3])
    pairs = {key for key in shown if isinstance(key, tuple)}
    rows = zip(snapshot.roster.holder.tolist(), snapshot.roster.held.tolist(), strict=True)
    assert pairs == {(snapshot.matrix.scopes[a], snapshot.matrix.scopes[b]) for a, b in rows}
    assert len(shown) == len(set(shown)) == len(snapshot.matrix.scopes) + len(pairs)


def test_siblings_are_sorted_on_numbers_and_never_leave_their_parent(qapp: object) -> None:
    model = ScopeModel()
    snapshot = with_roster(40)
    model.show(snapshot)
    model.set_tree(True)
    model.sort(model.column_named("leverage"), DOWN)
    column = snapshot.matrix.column("leverage")
    by_venue: dict[int, list[float]] = {}
    for place in range(model.rowCount()):
        node = model.source(place)
        if model.depth(node) == 2:
            value = float(snapshot.matrix.value[node, column])
            by_venue.setdefault(model.parent_of(node), []).append(value)
    assert len(by_venue) == 9
    assert all(values == sorted(values, reverse=True) for values in by_venue.values())


def test_a_filter_keeps_what_is_above_a_match_and_opens_it_for_as_long_as_it_is_set(qapp: object) -> None:
    model = ScopeModel()
    model.show(with_roster(60))
    model.set_tree(True)
    before = keys(model)
    assert OKX_2 not in before
    model.set_filter("okx-sub-0002")
    assert keys(model) == [PORTFOLIO, OKX, OKX_2]
    assert model.matching == 1
    assert model.turn(model.source(1), opened=False)
    assert keys(model) == [PORTFOLIO, OKX]
    assert model.turn(model.source(1), opened=True)
    assert keys(model) == [PORTFOLIO, OKX, OKX_2]
    model.set_filter("")
    assert keys(model) == before


def test_what_is_open_stays_open_while_snapshots_and_rosters_come(qapp: object) -> None:
    model = ScopeModel()
    model.show(with_roster(60))
    model.set_tree(True)
    model.turn(model.source(model.index_of(OKX).row()), opened=True)
    account = next(key for key in keys(model) if isinstance(key, Scope) and key.kind is ScopeKind.ACCOUNT)
    node = model.source(model.index_of(account).row())
    opened = model.turn(node, opened=True)
    shown = set(keys(model))
    model.show(with_roster(63, 5))
    assert shown <= set(keys(model))
    other = dataclasses.replace(with_roster(63, 5), roster=dataclasses.replace(with_roster(63).roster))
    model.show(other)
    assert shown <= set(keys(model))
    assert opened == any(isinstance(key, tuple) for key in shown)


def test_what_the_eye_sees_in_marks_is_read_aloud_in_words(qapp: object) -> None:
    model = ScopeModel()
    model.show(with_roster(60))
    model.set_tree(True)
    assert model.text(model.source(0), SCOPE).startswith("▾ portfolio")
    assert model.data(model.index(0, 0), READ_ALOUD) == "portfolio, level 1, open, 14 inside"
    assert model.data(model.index(1, 0), READ_ALOUD) == "venue binanceusdm, level 2, shut, 7 inside"
    model.set_tree(False)
    assert model.text(model.source(0), SCOPE) == "portfolio"


# -- the table ----------------------------------------------------------------------------------------------------


@pytest.fixture
def table(qtbot: QtBot) -> ScopeTable:
    made = ScopeTable()
    qtbot.addWidget(made)
    made.resize(1100, 640)
    made.show()
    made.show_snapshot(with_roster(60))
    made.bar.tree.setChecked(True)
    return made


def test_the_tree_is_walked_opened_and_shut_by_keyboard(table: ScopeTable, qtbot: QtBot) -> None:
    view, model = table.table, table.model
    view.setFocus()
    view.setCurrentIndex(model.index_of(OKX))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert model.is_open(model.source(view.currentIndex().row()))
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert model.key(view.currentIndex()) == OKX_2
    qtbot.keyClick(view, Qt.Key.Key_Left)
    if model.key(view.currentIndex()) == OKX_2:
        qtbot.keyClick(view, Qt.Key.Key_Left)
    assert model.key(view.currentIndex()) == OKX
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert model.index_of(OKX_2).row() == -1
    qtbot.keyClick(view, Qt.Key.Key_Asterisk)
    assert model.rowCount() > len(model.scopes)
    # In any other column the arrows walk the cells.
    view.setCurrentIndex(model.index_of(OKX).siblingAtColumn(3))
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.currentIndex().column() == 2
    assert model.is_open(model.source(view.currentIndex().row()))


def test_a_click_on_a_mark_opens_the_row_and_a_double_click_no_page(table: ScopeTable, qtbot: QtBot) -> None:
    view, model = table.table, table.model
    opened: list[object] = []
    view.opened.connect(opened.append)
    row = view.frozen.visualRect(model.index_of(OKX))
    mark = QPoint(row.left() + 8 + 4 * 4, row.center().y())
    qtbot.mouseClick(view.frozen.viewport(), Qt.MouseButton.LeftButton, pos=mark)
    assert model.index_of(OKX_2).row() == model.index_of(OKX).row() + 1
    qtbot.mouseDClick(view.frozen.viewport(), Qt.MouseButton.LeftButton, pos=mark)
    assert opened == []
    qtbot.mouseClick(view.frozen.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    qtbot.mouseDClick(view.frozen.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert opened == [OKX]


def test_shutting_a_row_hands_what_was_current_under_it_to_it(table: ScopeTable) -> None:
    view, model = table.table, table.model
    table.select(OKX_2)
    assert model.key(view.currentIndex()) == OKX_2
    view.turn(model.index_of(OKX).row(), opened=False)
    assert model.key(view.currentIndex()) == OKX


def test_a_strategy_under_an_account_opens_the_page_of_the_strategy(table: ScopeTable, qtbot: QtBot) -> None:
    view, model = table.table, table.model
    model.turn_all(opened=True)
    place = next(at for at, key in enumerate(keys(model)) if isinstance(key, tuple))
    view.setCurrentIndex(model.index(place, 0))
    holder, strategy = keys(model)[place]  # type: ignore[misc]
    assert model.text(model.source(place), SCOPE).strip() == f"strategy {strategy.name}, all of it"
    assert f"holds something in account {holder.name}" in table.story.text()
    with qtbot.waitSignal(view.opened) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told.args == [strategy]


def test_whoever_is_chosen_stays_chosen_from_flat_to_tree_and_over_snapshots(table: ScopeTable) -> None:
    table.bar.tree.setChecked(False)
    table.select(OKX_2)
    table.bar.tree.setChecked(True)
    assert table.table.chosen_keys() == [OKX_2]
    table.show_snapshot(with_roster(60, 9))
    table.show_snapshot(with_roster(64, 4))
    assert table.table.chosen_keys() == [OKX_2]
