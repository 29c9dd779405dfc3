"""A scope's page: opened from everywhere, true to its own scope, left again by keyboard."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QAbstractItemModel, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.domain import PORTFOLIO, Scope, ScopeKind
from core.snapshot import ScopeHistory, ScopePage, Snapshot
from tests.widgets.metrics import METRICS
from tests.widgets.snapshots import NOW_S, build, empty, opened, page
from widgets import nav
from widgets.choice import families
from widgets.course_plot import COURSES, value_range
from widgets.course_window import gaps, window_of
from widgets.desk import Desk
from widgets.help_entries import entries
from widgets.help_page import HelpModel
from widgets.line_model import LineModel
from widgets.metric_model import METRIC, VALUE, MetricModel
from widgets.page_models import (
    ACCOUNT,
    DISTANCE,
    NOTIONAL,
    UNREALISED,
    LimitModel,
    MemberModel,
    OrderModel,
    PositionModel,
)
from widgets.scope_tabs import EVENTS, LIMITS, MEMBERS, ORDERS, POSITIONS, SOURCES, events_of
from widgets.theme import Tone

ALPHA = Scope(ScopeKind.ACCOUNT, "bin-sub-0000")
UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    made.show_snapshot(build(30, 20))
    return made


@pytest.fixture
def told(desk: Desk) -> list[Scope | None]:
    """What the engine was asked to paint: a scope, or None when a page was closed."""
    said: list[Scope | None] = []
    desk.page_opened.connect(said.append)
    desk.page_closed.connect(lambda: said.append(None))
    return said


def on_page(desk: Desk) -> Scope | None:
    return desk.page.scope if desk.pages.currentWidget() is desk.page else None


# -- the way in and out -----------------------------------------------------------------------------------------------


def test_enter_opens_the_chosen_scope_and_alt_left_leads_back(
    desk: Desk, told: list[Scope | None], qtbot: QtBot
) -> None:
    desk.show_page(nav.SCOPES)
    desk.scopes.select(ALPHA)
    desk.scopes.table.setFocus()
    qtbot.keyClick(desk.scopes.table, Qt.Key.Key_Return)
    assert on_page(desk) == ALPHA
    assert desk.page.metrics.table.hasFocus()
    qtbot.keyClick(desk.page.metrics.table, Qt.Key.Key_Escape)
    assert on_page(desk) is None
    assert desk.pages.currentIndex() == nav.SCOPES
    assert desk.scopes.table.hasFocus()
    assert desk.scopes.table.chosen_keys() == [ALPHA]
    assert told == [ALPHA, None]


def test_a_double_click_the_wall_and_an_event_open_a_scope(desk: Desk, told: list[Scope | None], qtbot: QtBot) -> None:
    desk.show_page(nav.SCOPES)
    index = desk.scopes.model.index_of(ALPHA).siblingAtColumn(2)
    at = desk.scopes.table.visualRect(index).center()
    qtbot.mouseClick(desk.scopes.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(desk.scopes.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert on_page(desk) == ALPHA
    desk.show_page(nav.OVERVIEW)
    wall = desk.overview.wall.wall
    qtbot.mouseClick(wall.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert on_page(desk) == wall.scope(0)
    desk.show_page(nav.EVENTS)
    desk.events.list.table.selectRow(0)
    event = desk.events.list.model.event_of(str(desk.events.list.table.chosen_keys()[0]))
    desk.events.list.scope.trigger()
    assert event is not None
    assert on_page(desk) == event.scope
    assert told == [ALPHA, None, wall.scope(0), None, event.scope]


def test_the_details_of_an_event_lead_to_its_scope(desk: Desk, qtbot: QtBot) -> None:
    event = build(30, 20).events[0]
    desk._open_event(event.event_id)
    qtbot.mouseClick(desk.details.open_scope, Qt.MouseButton.LeftButton)
    assert on_page(desk) == event.scope
    assert not desk.details.isVisible()


def test_members_are_links_and_back_goes_the_same_way(desk: Desk, told: list[Scope | None], qtbot: QtBot) -> None:
    desk.show_page(nav.CONNECTIONS)
    desk._open_scope(PORTFOLIO)
    desk.show_snapshot(opened(build(30, 20), PORTFOLIO))
    desk.page.tabs.buttons[MEMBERS].click()
    table = desk.page.tabs.tables[MEMBERS]
    table.choose_key(ALPHA)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert on_page(desk) == ALPHA
    desk.page.back.click()
    assert on_page(desk) == PORTFOLIO
    desk.page.back.click()
    assert desk.pages.currentIndex() == nav.CONNECTIONS
    assert told == [PORTFOLIO, ALPHA, PORTFOLIO, None]


def test_the_stop_turns_to_the_proof_from_a_page_too(desk: Desk, told: list[Scope | None]) -> None:
    desk._open_scope(ALPHA)
    desk.header.stop.click()
    assert desk.pages.currentWidget() is desk.proof
    assert told == [ALPHA, None]


def test_f1_on_a_metric_leads_to_its_help_and_the_page_is_closed(
    desk: Desk, told: list[Scope | None], qtbot: QtBot
) -> None:
    desk._open_scope(ALPHA)
    table = desk.page.metrics.table
    table.choose_key("margin_use")
    qtbot.keyClick(table, Qt.Key.Key_F1)
    assert desk.pages.currentWidget() is desk.help
    assert desk.help.table.chosen_keys() == ["margin_use"]
    assert desk.help.view.title.text() == "Margin use"
    assert told == [ALPHA, None]


# -- what it shows ----------------------------------------------------------------------------------------------------


def test_a_page_shows_nothing_of_another_scope(desk: Desk) -> None:
    desk._open_scope(PORTFOLIO)
    desk.show_snapshot(opened(build(30, 20), PORTFOLIO))
    assert desk.page.courses.plots[0].plot.curves[0].getData()[0] is not None
    desk._open_scope(ALPHA)
    desk.show_snapshot(opened(build(30, 20), PORTFOLIO))
    assert desk.page.heading.text() == "account bin-sub-0000"
    assert [desk.page.tabs.buttons[at].text() for at in (POSITIONS, ORDERS, LIMITS, MEMBERS)] == [
        "Positions ?", "Orders ?", "Limits ?", "Members ?",
    ]  # fmt: skip
    assert desk.page.tabs.positions.rowCount() == 0
    assert desk.page.tabs.tables[POSITIONS].empty_words == "Being read"
    for plot in desk.page.courses.plots:
        shown = plot.plot.curves[0].getData()[0]
        assert shown is None or not len(shown)
        assert not plot.plot.plot.isVisible()
        assert plot.note.text() == "being read"


def test_every_tab_bears_an_empty_a_full_and_an_unknown_page(desk: Desk) -> None:
    desk._open_scope(PORTFOLIO)
    whole = build(30, 20)
    none = np.empty(0)
    bare = dataclasses.replace(
        page(whole, PORTFOLIO, lines=0),
        history=ScopeHistory(none, none, none, none, none),
        orders_all=None, unlisted=3, members=(), members_all=0, limits=(), exposures=(), contributions=(),
    )  # fmt: skip
    for shown in (empty(), opened(whole, PORTFOLIO, lines=60), dataclasses.replace(whole, page=bare), whole):
        for button in desk.page.tabs.buttons:
            button.click()
            desk.show_snapshot(shown)
            assert not desk.grab().isNull()
        for button in desk.page.courses.span.buttons.values():
            button.click()
            assert not desk.grab().isNull()


def test_what_is_unknown_of_orders_and_left_out_of_lists_is_said(desk: Desk) -> None:
    desk._open_scope(PORTFOLIO)
    whole = build(30, 20)
    made = page(whole, PORTFOLIO, lines=9)
    desk.page.tabs.buttons[ORDERS].click()
    desk.show_snapshot(dataclasses.replace(whole, page=made))
    assert desk.page.tabs.note.text() == "orders unknown in 1 account"
    assert desk.page.tabs.note.tone is Tone.UNKNOWN
    desk.show_snapshot(dataclasses.replace(whole, page=dataclasses.replace(made, orders=(), orders_all=0)))
    assert desk.page.tabs.tables[ORDERS].empty_words == "Nobody knows which orders rest"
    desk.page.tabs.buttons[POSITIONS].click()
    desk.show_snapshot(dataclasses.replace(whole, page=dataclasses.replace(made, positions_all=12_000)))
    assert desk.page.tabs.note.text() == "the largest 9 of 12,000"
    assert desk.page.tabs.buttons[POSITIONS].text() == "Positions 12k"
    assert desk.page.reason.text() == "◆ no mark for DOGE/USDT:USDT"


def test_an_accounts_own_page_does_not_repeat_its_name(desk: Desk) -> None:
    for scope, hidden in ((ALPHA, True), (PORTFOLIO, False)):
        desk._open_scope(scope)
        desk.show_snapshot(opened(build(30, 20), scope))
        assert desk.page.tabs.tables[POSITIONS].isColumnHidden(ACCOUNT) is hidden


def test_events_of_a_venue_are_its_accounts_too() -> None:
    snapshot = build(30, 200)
    assert events_of(PORTFOLIO, snapshot) == snapshot.events
    venue = Scope(ScopeKind.VENUE, "bybit")
    inside = {view.account for view in snapshot.connections if view.venue == "bybit"}
    found = events_of(venue, snapshot)
    assert found
    assert all(event.scope == venue or event.scope.name in inside for event in found)
    assert {event.scope for event in events_of(ALPHA, snapshot)} <= {ALPHA}


def test_an_event_of_the_page_opens_into_its_details(desk: Desk, qtbot: QtBot) -> None:
    desk._open_scope(PORTFOLIO)
    desk.show_snapshot(opened(build(30, 20), PORTFOLIO))
    desk.page.tabs.buttons[EVENTS].click()
    table = desk.page.tabs.tables[EVENTS]
    table.selectRow(0)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert desk.details.isVisible()


def test_the_page_lists_every_metric_under_its_family_as_the_matrix_has_it(qapp: QApplication) -> None:
    snapshot = build(30)
    row = snapshot.matrix.row(ALPHA)
    model = MetricModel()
    watched(model)
    model.show(snapshot, row)
    names = [model.key(model.index(at, 0)) for at in range(model.rowCount())]
    assert [name for name in names if not str(name).startswith("family:")] == [info.name for info in METRICS]
    assert len(model.headings()) == len(families(METRICS))
    for at, info in enumerate(names):
        reading = model.reading(at)
        if reading is None:
            assert model.text(at, METRIC) == str(info).removeprefix("family:").upper()
            continue
        assert model.text(at, VALUE) == reading.text("USDT")
        assert reading.value == pytest.approx(snapshot.matrix.value[row, METRICS.index(reading.info)], nan_ok=True)
    model.show(empty(), None)
    assert model.rowCount() == 0


def watched(model: QAbstractItemModel) -> QAbstractItemModelTester:
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)


@pytest.mark.parametrize("make", [PositionModel, OrderModel, LimitModel])
def test_the_pages_tables_keep_their_contract_and_sort_on_numbers(
    qapp: QApplication, make: type[LineModel[object]]
) -> None:
    model = make()
    watched(model)
    whole = page(build(30), PORTFOLIO, lines=40)
    lines: tuple[object, ...] = {PositionModel: whole.positions, OrderModel: whole.orders}.get(make, whole.limits)  # type: ignore[call-overload]
    for first, last in ((0, 9), (4, 40), (0, 0), (0, 40)):
        model.show(lines[first:last], "USDT", NOW_S)
        for column in range(model.columnCount()):
            for way in (DOWN, UP):
                model.sort(column, way)
                if not model.columns[column].figures:
                    continue
                shown = [model.number(model.lines[model.source(row)], column) for row in range(model.rowCount())]
                known = [value for value in shown if value is not None and not math.isnan(value)]
                assert known == sorted(known, reverse=way is DOWN)
                assert all(value is None or math.isnan(value) for value in shown[len(known) :])
        model.sort(-1, UP)
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            model.tip(row, column)
            model.tone(row, column)


def test_members_and_help_keep_their_contract(qapp: QApplication) -> None:
    members, metrics = MemberModel(), HelpModel()
    watched(members)
    watched(metrics)
    snapshot = build(30)
    members.matrix = snapshot.matrix
    members.show(snapshot.matrix.scopes[:20], "USDT", NOW_S)
    metrics.show(entries(METRICS))
    for column in range(metrics.columnCount()):
        metrics.sort(column, DOWN)
    for column in range(members.columnCount()):
        members.sort(column, DOWN)
    metrics.set_filter("shortfall")
    assert metrics.rowCount() >= 1


def test_a_limit_on_a_share_or_a_change_is_named_so_and_drawn_in_no_plot_of_the_level(desk: Desk) -> None:
    made = page(build(30), PORTFOLIO)
    leverage = next(limit for limit in made.limits if limit.metric == "leverage")
    changed = {"change_over_s": 300.0, "subject": "leverage_in_300s", "terms": ("breached in 2 of 3 readings",)}
    odd = (dataclasses.replace(leverage, share_of="equity"), dataclasses.replace(leverage, **changed))
    desk._open_scope(PORTFOLIO)
    desk.page.tabs.buttons[LIMITS].click()
    desk.show_snapshot(dataclasses.replace(build(30), page=dataclasses.replace(made, limits=odd)))
    model = desk.page.tabs.limits
    names = [model.text(row, 0).replace("\N{NO-BREAK SPACE}", " ") for row in (0, 1)]
    assert names == ["Leverage of equity", "Leverage in 5 min"]
    assert model.text(0, 1).endswith("%")
    assert "2 of 3 readings" in model.tip(1, 0)
    assert desk.page.courses.plots[3].plot.labels == []


def test_a_position_says_what_is_unknown_of_it(qapp: QApplication) -> None:
    model = PositionModel()
    made = page(build(3), PORTFOLIO, lines=9).positions
    blind = dataclasses.replace(made[0], mark=math.nan, notional=math.nan, unrealised=math.nan)
    coin = dataclasses.replace(made[1], is_coin=True)
    model.show((blind, coin), "USDT", NOW_S)
    for column in (NOTIONAL, UNREALISED, DISTANCE):
        assert model.text(0, column) == "unknown"
        assert model.tone(0, column) is Tone.UNKNOWN
    assert model.text(1, UNREALISED) == model.text(1, DISTANCE) == ""


# -- its course -------------------------------------------------------------------------------------------------------


def _course(at_s: np.ndarray) -> ScopeHistory:  # type: ignore[type-arg]
    line = np.arange(len(at_s), dtype=np.float64)
    return ScopeHistory(at_s, line, line, line, line)


def test_no_line_joins_what_lies_on_both_sides_of_a_gap() -> None:
    at_s = np.array([0.0, 10.0, 20.0, 30.0, 500.0, 510.0, 520.0])
    window = window_of(_course(at_s), 1_000.0, 520.0)
    times, (shown,) = window.with_gaps((window.history.equity,))
    assert np.flatnonzero(np.isnan(shown)).tolist() == [4]
    assert 30.0 < times[4] < 500.0
    assert shown[~np.isnan(shown)].tolist() == list(range(7))


@given(st.lists(st.sampled_from([3_600.0, 300.0, 10.0, 1.0]), min_size=1, max_size=4, unique=True), st.data())
def test_spacing_that_grows_with_age_is_no_gap_and_a_gap_in_it_is_one(levels: list[float], data: st.DataObject) -> None:
    counts = [data.draw(st.integers(3, 40)) for _ in levels]
    steps = np.concatenate([np.full(count, level) for level, count in zip(sorted(levels)[::-1], counts, strict=True)])
    at_s = np.cumsum(steps)
    assert gaps(at_s).tolist() == []
    at = data.draw(st.integers(1, len(at_s) - 1))
    later = np.concatenate((at_s[:at], at_s[at:] + 86_400.0))
    assert gaps(later).tolist() == ([at] if len(at_s) > 2 else [])


def test_a_far_threshold_does_not_flatten_the_course_and_a_near_one_is_seen() -> None:
    drawdown = next(course for course in COURSES if course.name == "drawdown")
    shown = (np.array([-0.01, -0.02, math.nan]),)
    low, high = value_range(drawdown, shown, [-0.04, -0.5])
    assert low < -0.04 < 0.0 <= high
    assert low > -0.1
    assert value_range(drawdown, (np.full(3, math.nan),), [-0.04]) == (0.0, 1.0)


def test_a_span_shows_what_lies_within_it(desk: Desk) -> None:
    desk._open_scope(PORTFOLIO)
    desk.show_snapshot(opened(build(30), PORTFOLIO, days=20.0))
    first = NOW_S - 20 * 86_400.0 - 43_200.0
    plot = desk.page.courses.plots[0]
    counts = []
    for name, seconds in (("hour", 3_600.0), ("day", 86_400.0), ("week", 604_800.0), ("month", 2_592_000.0)):
        desk.page.courses.span.buttons[name].click()
        at_s = plot.plot.curves[0].xData
        counts.append(len(at_s))
        assert at_s[0] >= NOW_S - seconds
        assert plot.plot.plot.viewRange()[0] == pytest.approx([max(NOW_S - seconds, first), NOW_S], abs=600.0)
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_limits_are_drawn_once_however_often_the_page_is(desk: Desk) -> None:
    desk.resize(1_600, 1_000)  # room for a label at every line
    desk._open_scope(PORTFOLIO)
    whole = opened(build(30), PORTFOLIO)
    for _ in range(5):
        desk.show_snapshot(whole)
    leverage = desk.page.courses.plots[3]
    shown = leverage.plot
    assert 0 < len(shown.labels) <= 4
    assert len(shown.plot.getPlotItem().items) == len(shown.curves) + 2 * len(shown.labels)


def test_sources_say_net_gross_and_shares(desk: Desk) -> None:
    desk._open_scope(PORTFOLIO)
    desk.show_snapshot(opened(build(30), PORTFOLIO))
    desk.page.tabs.buttons[SOURCES].click()
    model = desk.page.tabs.sources.model
    assert [model.text(row, 0) for row in range(model.rowCount())] == ["BTC", "ETH", "SOL", "XRP"]
    assert model.text(3, 1).replace("\N{NO-BREAK SPACE}", " ") == "−7.0 %"


def test_everything_on_the_page_that_takes_the_keyboard_has_a_name(desk: Desk) -> None:
    desk._open_scope(PORTFOLIO)
    parts: list[ScopePage | Snapshot | object] = [
        *desk.page.tabs.tables,
        desk.page.metrics.table,
        *desk.page.courses.plots,
    ]
    for part in (
        *parts,
        desk.page.tabs.sources,
        desk.help.search,
        desk.scopes.chooser.search,
        desk.scopes.chooser.list,
    ):
        assert part.accessibleName()  # type: ignore[attr-defined]
        assert part.objectName()  # type: ignore[attr-defined]
