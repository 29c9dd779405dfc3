from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QAbstractItemModel, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from core.domain import PORTFOLIO
from core.halt.model import ProofState
from tests.widgets.snapshots import account_name, build, empty, halt
from widgets.columns import nan_last
from widgets.connection_model import DEADMAN, ConnectionModel
from widgets.event_model import EventModel
from widgets.proof_model import ProofModel
from widgets.scope_model import ScopeModel
from widgets.table import Table

Strict = QAbstractItemModelTester.FailureReportingMode.Fatal
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def watched(model: QAbstractItemModel) -> QAbstractItemModelTester:
    return QAbstractItemModelTester(model, Strict, model)


def shown(model: EventModel | ScopeModel) -> list[object]:
    return [model.key(model.index(row, 0)) for row in range(model.rowCount())]


def test_unknown_figures_stand_last_whichever_way_a_column_is_sorted() -> None:
    values = np.array([2.0, math.nan, 1.0, 3.0])
    assert nan_last(values, descending=False).tolist() == [2, 0, 3, 1]
    assert nan_last(values, descending=True).tolist() == [3, 0, 2, 1]


_KEYS = st.one_of(st.floats(allow_nan=True), st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, -math.inf]))


@given(st.lists(_KEYS, max_size=60), st.booleans())
def test_rows_that_are_alike_keep_their_order_and_unknown_ones_stand_behind_all(of: list[float], down: bool) -> None:
    rows = range(len(of))
    known = sorted((row for row in rows if not math.isnan(of[row])), key=lambda row: -of[row] if down else of[row])
    assert nan_last(np.array(of), down).tolist() == [*known, *(row for row in rows if math.isnan(of[row]))]


@pytest.mark.parametrize("accounts", [1, 3, 20])
def test_the_scope_model_keeps_its_contract_through_sorting_filtering_and_new_rows(accounts: int, qapp: object) -> None:
    model = ScopeModel()
    watched(model)
    for snapshot in (
        empty(),
        build(accounts),
        build(accounts + 2, seed=2),
        build(max(1, accounts - 1), seed=3),
        empty(),
    ):
        model.show(snapshot)
        for column in range(model.columnCount()):
            model.sort(column, DOWN)
        model.set_filter("sub-000")
        model.sort(-1, UP)
        model.set_filter("")
        assert model.rowCount() == len(snapshot.matrix.scopes)


def test_scopes_stand_in_groups_until_a_column_is_chosen(qapp: object) -> None:
    model = ScopeModel()
    model.show(build(20))
    kinds = [scope.kind.value for scope in shown(model)]  # type: ignore[attr-defined]
    assert kinds == sorted(kinds, key=["portfolio", "venue", "account", "strategy"].index)


def test_the_event_model_keeps_its_contract_while_events_come_and_go(qapp: object) -> None:
    model = EventModel()
    watched(model)
    whole = build(30, 120)
    for first, last in ((0, 40), (20, 120), (60, 61), (0, 0), (0, 120)):
        model.show(dataclasses.replace(whole, events=whole.events[first:last]))
        for column in range(model.columnCount()):
            model.sort(column, UP)
        model.sort(-1, UP)
        assert model.rowCount() == last - first


def test_events_stand_by_severity_and_then_the_longest_standing_first(qapp: object) -> None:
    model = EventModel()
    model.show(build(30, 200))
    seen = [model.event_of(str(key)) for key in shown(model)]
    order = [(-one.severity, one.raised_at_s) for one in seen if one is not None]
    assert order == sorted(order)


def test_a_persistent_index_and_the_selection_follow_their_row(qtbot: object) -> None:
    model = EventModel()
    whole = build(30, 80)
    model.show(dataclasses.replace(whole, events=whole.events[10:]))
    table = Table(model, "t", "t")
    qtbot.addWidget(table)  # type: ignore[attr-defined]
    key = model.key(model.index(25, 0))
    table.choose_key(key)
    kept = QPersistentModelIndex(model.index(25, 3))
    model.show(whole)
    model.sort(5, DOWN)
    assert model.key(kept) == key
    assert kept.column() == 3
    assert table.chosen_keys() == [key]
    model.show(dataclasses.replace(whole, events=tuple(one for one in whole.events if one.event_id != key)))
    assert not kept.isValid()
    assert table.chosen_keys() == []


def test_nan_is_shown_as_unknown_in_every_metric_column(qapp: object) -> None:
    snapshot = build(5)
    blank = np.full_like(snapshot.matrix.value, math.nan)
    model = ScopeModel()
    model.show(dataclasses.replace(snapshot, matrix=dataclasses.replace(snapshot.matrix, value=blank)))
    for column in range(4, model.lowest):
        assert model.text(0, column) == "unknown"


def test_the_proof_board_lists_what_is_not_proven_first(qapp: object) -> None:
    model = ProofModel()
    watched(model)
    model.show(halt(60, resting=3, unknown=5))
    states = [model.rows[model.source(row)].state for row in range(model.rowCount())]
    assert states == [ProofState.RESTING] * 3 + [ProofState.UNKNOWN] * 5 + [ProofState.VERIFIED] * 52
    model.set_filter("not verified")
    assert model.rowCount() == 8
    model.show(halt(60, resting=0, unknown=0))
    assert model.rowCount() == 0
    model.show(None)


def test_connections_that_are_down_stand_first(qapp: object) -> None:
    model = ConnectionModel()
    watched(model)
    model.show(build(40).connections)
    assert model.text(model.source(0), 0) == "▲ down"
    for column in range(model.columnCount()):
        model.sort(column, UP)


def test_a_dead_mans_switch_says_how_long_it_runs_and_what_goes_when_it_fires(qapp: object) -> None:
    model = ConnectionModel()
    model.show(build(18).connections)
    told = {view.account: row for row, view in enumerate(model.views)}
    words = [model.text(told[account_name(place)], DEADMAN) for place in range(8)]
    assert words == ["off", "ARMED 93 s", "FAILED 12 s", "off", "ARMED 41 s", "LAPSED", "NONE", "idle"]
    tip = model.tip(told[account_name(1)], DEADMAN)
    assert "14 countdowns running" in tip
    assert "whoever placed it" in tip
    assert "stop-losses" in tip
    assert "cannot be reached" in model.tip(told[account_name(2)], DEADMAN)
    model.sort(DEADMAN, UP)
    assert model.text(model.source(0), DEADMAN) == "LAPSED"
    assert model.text(model.source(17), DEADMAN) == "off"


def test_the_portfolio_is_the_first_scope(qapp: object) -> None:
    model = ScopeModel()
    model.show(build(3))
    assert shown(model)[0] == PORTFOLIO


def test_rows_that_a_venue_lists_twice_are_two_rows(qapp: object) -> None:
    model = ConnectionModel()
    watched(model)
    views = build(6).connections
    model.show((*views, views[2], views[2]))
    assert model.rowCount() == 8
    for column in range(model.columnCount()):
        model.sort(column, UP)
    model.show(views)
    assert model.rowCount() == 6
