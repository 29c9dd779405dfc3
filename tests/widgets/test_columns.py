"""The scope table's columns: chosen, sorted, explained, and standing still."""

from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from core.domain import PORTFOLIO, Scope
from core.risk.costly.run import CostlyModel
from core.risk.metrics import METRIC_NAMES
from core.risk.settings import RiskSettings
from core.snapshot import Snapshot
from tests.widgets.metrics import METRICS
from tests.widgets.snapshots import build, empty, matrix
from widgets.choice import ALL, ESSENTIAL_NAMES, ESSENTIALS, ColumnChoice, families, presets
from widgets.choice_model import TICK, ChoiceModel
from widgets.columns import EXPLAINED_ALOUD, READ_ALOUD, TOOLTIP, ranks
from widgets.scope_model import LEAD, ScopeModel, two_lines
from widgets.scope_table import HINT, ScopeTable

HORIZONTAL = Qt.Orientation.Horizontal
NAMES = [info.name for info in METRICS]


@pytest.fixture
def table(qtbot: QtBot) -> ScopeTable:
    made = ScopeTable()
    qtbot.addWidget(made)
    made.resize(1100, 640)
    made.show()
    made.show_snapshot(build(30))
    return made


def titles(table: ScopeTable) -> list[str]:
    count = table.model.columnCount()
    return [str(table.model.headerData(at, HORIZONTAL, READ_ALOUD)) for at in range(count)]


def column_of(table: ScopeTable, name: str) -> int:
    shown = [table.model.metric(at) for at in range(table.model.columnCount())]
    return [info.name if info else "" for info in shown].index(name)


# -- the choice -------------------------------------------------------------------------------------------------------


def test_every_metric_is_in_the_preset_of_its_family_and_in_all() -> None:
    assert presets(METRICS) == (ESSENTIALS, *(name.capitalize() for name in families(METRICS)), ALL)
    assert ColumnChoice(ALL).columns(METRICS) == tuple(range(len(METRICS)))
    shown = [column for name in families(METRICS) for column in ColumnChoice(name.capitalize()).columns(METRICS)]
    assert sorted(shown) == list(range(len(METRICS)))
    assert {METRICS[at].name for at in ColumnChoice().columns(METRICS)} == ESSENTIAL_NAMES


@given(st.lists(st.sampled_from(NAMES), unique=True))
def test_a_choice_reads_back_from_what_it_wrote(names: list[str]) -> None:
    choice = ColumnChoice("").with_metrics(names, METRICS, shown=True)
    back = ColumnChoice.parse(str(choice))
    if names:
        assert back.columns(METRICS) == choice.columns(METRICS)
    assert {METRICS[at].name for at in choice.columns(METRICS)} == set(names)


@given(st.sampled_from(presets(METRICS)), st.sampled_from(NAMES))
def test_a_metric_that_is_hidden_and_shown_again_leaves_the_preset_as_it_was(preset: str, name: str) -> None:
    choice = ColumnChoice(preset)
    before = choice.columns(METRICS)
    shown = NAMES.index(name) in before
    other = choice.with_metrics([name], METRICS, shown=not shown)
    assert set(other.columns(METRICS)) ^ set(before) == {NAMES.index(name)}
    assert other.with_metrics([name], METRICS, shown=shown) == choice


def test_a_family_stands_together_even_where_the_matrix_has_it_in_two_places() -> None:
    apart = (*METRICS[::2], *METRICS[1::2])
    shown = [apart[column].family for column in ColumnChoice(ALL).columns(apart)]
    assert len(shown) == len(METRICS)
    assert shown == sorted(shown, key=families(apart).index)


def test_the_essentials_are_metrics_that_there_are() -> None:
    real = {info.name for info in CostlyModel(RiskSettings()).infos} | set(METRIC_NAMES)
    assert real >= ESSENTIAL_NAMES


def test_the_preset_all_shows_a_metric_that_was_added_later() -> None:
    assert ColumnChoice(ALL).columns(METRICS[:-1]) == tuple(range(len(METRICS) - 1))
    assert ColumnChoice(ALL).columns(METRICS) == tuple(range(len(METRICS)))


@pytest.mark.parametrize("text", ["", "preset Nonsense", "no such metrics", "preset"])
def test_what_was_remembered_wrongly_costs_nothing_but_itself(text: str) -> None:
    columns = ColumnChoice.parse(text).columns(METRICS)
    assert columns in (ColumnChoice().columns(METRICS), ())


# -- the chooser ------------------------------------------------------------------------------------------------------


def test_the_choosers_model_keeps_its_contract_through_searches_and_ticks(qapp: object) -> None:
    model = ChoiceModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show(METRICS, ColumnChoice())
    for needle in ("", "draw", "nothing has this", "ledoit", ""):
        model.search(needle)
        for place in range(0, model.rowCount(), 7):
            assert model.setData(model.index(place), 2, TICK)
    assert model.rowCount() == len(METRICS) + len(families(METRICS))


def test_a_family_is_ticked_whole_in_part_or_not_at_all(qapp: object) -> None:
    model = ChoiceModel()
    model.show(METRICS, ColumnChoice("", ("drawdown",)))
    family = next(place for place, row in enumerate(model.rows) if row.text == "Drawdown" and row.metric is None)
    assert model.ticked(family) is Qt.CheckState.PartiallyChecked
    model.setData(model.index(family), 2, TICK)
    assert model.ticked(family) is Qt.CheckState.Checked
    model.setData(model.index(family), 0, TICK)
    assert model.ticked(family) is Qt.CheckState.Unchecked


def test_columns_are_chosen_by_keyboard_alone(table: ScopeTable, qtbot: QtBot) -> None:
    assert not table.chooser.isVisible()
    table.activateWindow()
    qtbot.waitActive(table)
    qtbot.keyClick(table.table, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(table.chooser.isVisible)
    qtbot.keyClicks(table.chooser.search, "crowding")
    qtbot.keyClick(table.chooser.search, Qt.Key.Key_Return)
    assert [row.text for row in table.chooser.model.rows] == ["Concentration", "Crowding"]
    qtbot.keyClick(table.chooser.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(table.columns_changed) as told:
        qtbot.keyClick(table.chooser.list, Qt.Key.Key_Space)
    assert "CROWDING" in titles(table)
    assert NAMES.index("crowding") in told.args[0].columns(METRICS)
    qtbot.keyClick(table.chooser.list, Qt.Key.Key_Escape)
    assert not table.chooser.isVisible()
    assert table.table.hasFocus()


def test_a_preset_is_one_click(table: ScopeTable, qtbot: QtBot) -> None:
    table.choose.setChecked(True)
    qtbot.mouseClick(table.chooser.buttons["Liquidity"], Qt.MouseButton.LeftButton)
    shown = [table.model.metric(at) for at in range(len(LEAD), table.model.lowest)]
    assert {info.family for info in shown if info} == {"liquidity"}
    assert [name for name, button in table.chooser.buttons.items() if button.isChecked()] == ["Liquidity"]


def test_the_chosen_row_and_what_is_sorted_by_stay_when_columns_change(table: ScopeTable) -> None:
    table.table.sort_by(column_of(table, "leverage"))
    table.select(build(30).matrix.scopes[12])
    table.set_columns(ColumnChoice(ALL))
    assert table.table.chosen_keys() == [build(30).matrix.scopes[12]]
    section = table.table.horizontalHeader().sortIndicatorSection()
    assert table.model.metric(section) is METRICS[NAMES.index("leverage")]
    table.set_columns(ColumnChoice("Stress"))
    assert table.table.horizontalHeader().sortIndicatorSection() == -1
    assert table.model.key(table.model.index(0, 0)) == PORTFOLIO


# -- sorting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gross_exposure", "net_exposure", "exit_time", "loss_run", "stress_btc_down_20"])
def test_columns_are_sorted_on_numbers(table: ScopeTable, name: str) -> None:
    table.set_columns(ColumnChoice(ALL))
    column = column_of(table, name)
    table.table.sort_by(column)
    matrix = build(30).matrix
    shown = [table.model.source(row) for row in range(table.model.rowCount())]
    values = matrix.value[shown, matrix.column(name)]
    known = values[~np.isnan(values)]
    assert known.tolist() == sorted(known.tolist(), reverse=True)
    assert np.isnan(values[len(known) :]).all()


def test_a_column_is_sorted_by_keyboard_down_up_and_not_at_all(table: ScopeTable, qtbot: QtBot) -> None:
    table.table.setCurrentIndex(table.model.index(0, column_of(table, "drawdown")))
    ways = []
    for _ in range(3):
        qtbot.keyClick(table.table, Qt.Key.Key_S)
        ways.append(table.model.sorted_by)
    column = column_of(table, "drawdown")
    assert ways[:2] == [(column, Qt.SortOrder.DescendingOrder), (column, Qt.SortOrder.AscendingOrder)]
    assert ways[2][0] == -1


def test_the_worst_state_is_what_the_limited_columns_say(qapp: object) -> None:
    snapshot = dataclasses.replace(build(200), matrix=matrix(200, 3, unknown=0.2))
    model = ScopeModel()
    model.show(snapshot)
    urgent = {0: 0, 1: 1, 2: 2, -1: 3, 3: 4, 4: 5}
    for row, severities in enumerate(snapshot.matrix.severity.tolist()):
        assert model.state(row) == max(severities, key=urgent.__getitem__)
        head = snapshot.matrix.headroom[row]
        expected = math.nan if np.isnan(head).all() else 1.0 - float(np.nanmin(head))
        assert model.used(row) == pytest.approx(expected, nan_ok=True)


# -- standing still, and words ----------------------------------------------------------------------------------------


def test_the_scope_stands_still_while_the_metrics_scroll_sideways(table: ScopeTable, qtbot: QtBot) -> None:
    table.set_columns(ColumnChoice(ALL))
    view = table.table
    view.horizontalScrollBar().setValue(1_500)
    view.verticalScrollBar().setValue(120)
    assert view.columnViewportPosition(0) < 0
    assert view.frozen.columnViewportPosition(0) == 0
    assert view.frozen.isVisible()
    assert view.frozen.verticalScrollBar().value() == 120
    assert view.frozen.rowAt(40) == view.rowAt(40)
    at = view.frozen.visualRect(view.rows.index(view.rowAt(60), 0)).center()
    qtbot.mouseClick(view.frozen.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.chosen_keys() == [view.rows.key(view.rows.index(view.rowAt(60), 0))]
    assert view.hasFocus()
    with qtbot.waitSignal(view.opened):
        qtbot.mouseDClick(view.frozen.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_cell_that_is_walked_to_does_not_hide_under_the_first_column(table: ScopeTable, qtbot: QtBot) -> None:
    table.set_columns(ColumnChoice(ALL))
    view = table.table
    view.setFocus()
    view.setCurrentIndex(table.model.index(3, 40))
    for _ in range(30):
        qtbot.keyClick(view, Qt.Key.Key_Left)
        left = view.visualRect(view.currentIndex()).left()
        assert left >= view.columnWidth(0)


def test_the_header_explains_its_metric(table: ScopeTable) -> None:
    table.set_columns(ColumnChoice(ALL))
    for name, words in (
        ("drawdown", ("1 - unit value", "larger is worse", "in per cent", "each cycle", "Magdon-Ismail", "drawdown")),
        ("var_historical", ("99 %", "base currency", "slower beat", "4.2", "Basel")),
        ("net_exposure", ("larger is worse, whichever its sign",)),
        ("equity", ("smaller is worse",)),
    ):
        tip = str(table.model.headerData(column_of(table, name), HORIZONTAL, TOOLTIP))
        assert all(word in tip.replace("\n", " ") for word in words), tip
        assert tip == table.model.headerData(column_of(table, name), HORIZONTAL, EXPLAINED_ALOUD)


def test_a_cell_says_value_threshold_origin_headroom_time_age_and_trust(table: ScopeTable) -> None:
    snapshot = build(30)
    matrix = snapshot.matrix
    tip = table.model.tip(12, column_of(table, "leverage"))
    cell = matrix.cell(12, matrix.column("leverage"))
    for words in ("Leverage", "threshold", f"from {cell.scope.kind.value}:*", "headroom", "time to breach", "age"):
        assert words in tip
    assert "no limit" in table.model.tip(12, column_of(table, "gross_exposure"))


def _blinded(snapshot: Snapshot, row: int, name: str) -> Snapshot:
    value, trust = snapshot.matrix.value.copy(), snapshot.matrix.trust.copy()
    value[row, snapshot.matrix.column(name)], trust[row] = math.nan, 0
    return dataclasses.replace(snapshot, matrix=dataclasses.replace(snapshot.matrix, value=value, trust=trust))


def test_a_cell_says_why_it_is_unknown(table: ScopeTable) -> None:
    snapshot = build(30)
    down = Scope.parse("account:okx-sub-0002")
    blinded = _blinded(snapshot, snapshot.matrix.row(down), "leverage")
    table.show_snapshot(blinded)
    column = column_of(table, "leverage")
    assert table.model.text(snapshot.matrix.row(down), column) == "unknown"
    assert "unknown because the account is down: no answer for 14 s" in table.model.line(
        snapshot.matrix.row(down), column
    )
    whole = _blinded(blinded, 0, "leverage")
    table.show_snapshot(whole)
    assert "it is unknown in byb-sub-0001, okx-sub-0002" in table.model.line(0, column)
    late = dataclasses.replace(whole, matrix=dataclasses.replace(whole.matrix, costly_age_s=math.inf))
    late = _blinded(late, 0, "var_historical")
    table.show_snapshot(late)
    assert "slower beat, which has not run yet" in table.model.line(0, column_of(table, "var_historical"))


def test_the_current_cell_is_told_in_a_line_for_whoever_has_no_mouse(table: ScopeTable) -> None:
    assert HINT in table.story.text()
    table.table.setCurrentIndex(table.model.index(4, column_of(table, "margin_use")))
    assert "Margin use" in table.story.text()
    assert "headroom" in table.story.text()


def test_f1_and_the_columns_menu_lead_to_its_help(table: ScopeTable, qtbot: QtBot) -> None:
    table.table.setCurrentIndex(table.model.index(4, column_of(table, "margin_use")))
    assert table.help_key() == "margin_use"
    table.menu.turn_to(column_of(table, "drawdown"), METRICS[NAMES.index("drawdown")])
    with qtbot.waitSignal(table.help_requested) as told:
        table.menu.help.trigger()
    assert told.args == ["drawdown"]
    table.menu.hide_column.trigger()
    assert "DRAWDOWN" not in titles(table)
    table.menu.choose.trigger()
    assert table.chooser.isVisible()


def test_long_titles_stand_in_two_lines() -> None:
    assert two_lines("DATA AGE") == "DATA AGE"
    assert two_lines("EXIT TIME, ALL AT ONCE") == "EXIT TIME,\nALL AT ONCE"
    assert two_lines("CONCENTRATION") == "CONCENTRATION"


def test_no_title_is_wider_than_its_column(table: ScopeTable) -> None:
    table.set_columns(ColumnChoice(ALL))
    heads = table.table.horizontalHeader()
    font = heads.font()
    font.setPixelSize(11)
    font.setWeight(font.Weight.DemiBold)
    heads.setFont(font)
    for at, column in enumerate(table.model.columns):
        widest = max(heads.fontMetrics().horizontalAdvance(line) for line in column.title.split("\n"))
        assert widest + 18 <= heads.sectionSize(at), column.title


def test_a_snapshot_is_taken_up_without_touching_its_cells(qtbot: QtBot) -> None:
    """20,000 rows by 70 columns: reading all of them would take a fiftieth of a second."""
    snapshots = [build(20_000, 2, seed) for seed in (1, 2)]
    first = snapshots[0].matrix
    second = dataclasses.replace(snapshots[1].matrix, scopes=first.scopes, rows=first.rows)
    snapshots[1] = dataclasses.replace(snapshots[1], matrix=second)
    model = ScopeModel()
    model.choose(ColumnChoice(ALL))
    model.show(snapshots[0])
    took_s = []
    for turn in range(20):
        began_s = time.perf_counter()
        model.show(snapshots[turn % 2], resort=False)
        took_s.append(time.perf_counter() - began_s)
    # Measured: 0.02 ms; one pass over the cells would be 6 ms. The quickest counts: a busy machine slows the others.
    assert min(took_s) < 0.001


def test_nothing_is_known_before_the_first_snapshot(qtbot: QtBot) -> None:
    made = ScopeTable()
    qtbot.addWidget(made)
    made.set_columns(ColumnChoice(ALL))
    made.show()
    made.show_snapshot(empty())
    made.choose.setChecked(True)
    assert made.chooser.model.rowCount() == 0
    assert not QToolTip.isVisible()


@given(st.lists(st.text(max_size=3), max_size=30))
def test_words_are_ranked_as_they_are_sorted_and_equal_ones_alike(words: list[str]) -> None:
    found = ranks(words)
    assert [words[place] for place in np.argsort(found, kind="stable")] == sorted(words)
    assert len(set(found.tolist())) == len(set(words))
