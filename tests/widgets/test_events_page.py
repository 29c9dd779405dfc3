"""The page of the events, as its operator uses it: groups, flood, search, forms, past, figures, routes."""

from __future__ import annotations

import dataclasses
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from core.events.history import HistoryWish
from core.events.model import Cause, EventState
from core.snapshot import Snapshot
from tests.widgets.alarmed import alarmed, past
from tests.widgets.snapshots import NOW_S
from widgets.event_model import LIMIT, VALUE, EventModel
from widgets.event_past import PastModel
from widgets.event_rows import EventFilter
from widgets.event_table import EventTable
from widgets.events_page import FIGURES, PAST, ROUTES, EventsPage
from widgets.routes_panel import STATE, WORDS, RouteModel

Fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot: QtBot) -> EventsPage:
    made = EventsPage()
    qtbot.addWidget(made)
    made.resize(1120, 640)
    made.show()
    made.show_snapshot(alarmed())
    return made


def keys(page: EventsPage) -> list[object]:
    model = page.list.model
    return [model.key(model.index(row, 0)) for row in range(model.rowCount())]


def choose(page: EventsPage, key: str) -> None:
    page.list.table.choose_key(key)


def test_the_event_model_keeps_its_contract_through_groups_floods_and_filters(qapp: object) -> None:
    model = EventModel()
    QAbstractItemModelTester(model, Fatal, model)
    for snapshot in (alarmed(9, 6), alarmed(9, 6, flood=True), alarmed(5, 3, seed=2), alarmed(4, 0)):
        model.show(snapshot)
        for key in ("down", "group:alike", "group:never"):
            model.turn(key)
        for column in (1, 3, 5):
            model.sort(column, Qt.SortOrder.DescendingOrder)
        model.set_filter("sub-00")
        model.filter_by(EventFilter(shelved=True, explained=True, held_back=True))
        model.set_filter("")
        model.filter_by(EventFilter())
        model.sort(-1, Qt.SortOrder.AscendingOrder)


def test_a_group_opens_by_key_by_enter_and_by_its_arrow(page: EventsPage, qtbot: QtBot) -> None:
    shut = len(keys(page))
    choose(page, "group:alike")
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_Return)
    assert len(keys(page)) == shut + 40
    qtbot.keyClick(page.list.table, Qt.Key.Key_G)
    assert len(keys(page)) == shut
    model = page.list.model
    index = model.index_of("down").siblingAtColumn(1)
    page.list.table.scrollTo(index)
    qtbot.mouseClick(page.list.table.viewport(), LEFT, pos=page.list.table.visualRect(index).center())
    assert len(keys(page)) == shut + 40
    assert model.text(model.source(index.row()), 1).startswith("▾")


def test_an_act_on_the_row_of_a_group_is_an_act_on_all_of_it(page: EventsPage, qtbot: QtBot) -> None:
    choose(page, "group:alike")
    with qtbot.waitSignal(page.list.acknowledge_all_requested) as sent:
        page.list.acknowledge.trigger()
    assert set(sent.args[0]) == {f"l{number}" for number in range(40)}
    choose(page, "down")
    with qtbot.waitSignal(page.list.acknowledge_requested) as one:
        page.list.acknowledge.trigger()
    assert one.args == ["down"]


def test_shelving_needs_a_reason_and_has_an_end(page: EventsPage, qtbot: QtBot) -> None:
    choose(page, "down")
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_H)
    form = page.form
    assert form.isVisible()
    assert form.reason.hasFocus()
    assert not form.button.isEnabled()
    with qtbot.assertNotEmitted(page.shelve_requested):
        qtbot.keyClick(form.reason, Qt.Key.Key_Return)
    form.duration.setCurrentIndex(2)
    qtbot.keyClicks(form.reason, "maintenance")
    with qtbot.waitSignal(page.shelve_requested) as sent:
        qtbot.keyClick(form.reason, Qt.Key.Key_Return)
    assert sent.args == [("down",), NOW_S + 14_400.0, "maintenance"]
    assert not form.isVisible()


def test_a_form_is_for_the_events_that_it_was_opened_for(page: EventsPage, qtbot: QtBot) -> None:
    choose(page, "down")
    page.list.shelve.trigger()
    choose(page, "group:alike")
    page.form.reason.setText("known")
    with qtbot.waitSignal(page.shelve_requested) as sent:
        qtbot.mouseClick(page.form.button, LEFT)
    assert sent.args[0] == ("down",)


def test_escape_leaves_the_form_without_an_act(page: EventsPage, qtbot: QtBot) -> None:
    choose(page, "down")
    page.list.shelve.trigger()
    page.form.reason.setText("by mistake")
    with qtbot.assertNotEmitted(page.shelve_requested):
        qtbot.keyClick(page.form.reason, Qt.Key.Key_Escape)
    assert not page.form.isVisible()


def test_what_was_put_aside_is_taken_back(page: EventsPage, qtbot: QtBot) -> None:
    aside = next(event.event_id for event in alarmed().events if event.shelf is not None)
    assert aside not in keys(page)
    assert page.filter.shelved.text() == "Shelved 1"
    page.filter.shelved.setChecked(True)
    choose(page, aside)
    assert not page.list.shelve.isEnabled()
    with qtbot.waitSignal(page.unshelve_requested) as sent:
        page.list.unshelve.trigger()
    assert sent.args == [(aside,)]


def test_only_what_is_back_inside_can_be_resolved(page: EventsPage, qtbot: QtBot) -> None:
    choose(page, "down")
    assert not page.list.resolve.isEnabled()
    back = next(e.event_id for e in alarmed().events if e.state is EventState.CLEARED and e.annunciated)
    choose(page, back)
    page.list.resolve.trigger()
    assert not page.form.duration.isVisible()
    page.form.reason.setText("a test order")
    with qtbot.waitSignal(page.resolve_requested) as sent:
        qtbot.mouseClick(page.form.button, LEFT)
    assert sent.args == [(back,), "a test order"]


def test_a_search_waits_until_somebody_has_typed_and_finds_any_word(page: EventsPage, qtbot: QtBot) -> None:
    everything = len(keys(page))
    with qtbot.waitSignal(page.filter.searched) as found:
        qtbot.keyClicks(page.filter.search, "binanceusdm")
    assert found.args == ["binanceusdm"]
    seen = [page.list.model.event_of(str(key)) for key in keys(page)]
    assert seen
    assert all("binanceusdm" in f"{event.scope} {event.note}" for event in seen if event is not None)
    with qtbot.waitSignal(page.filter.searched):
        qtbot.mouseClick(page.filter.clear, LEFT)
    assert len(keys(page)) == everything


def test_a_search_goes_by_what_events_say_now(qapp: object) -> None:
    model = EventModel()
    snapshot = alarmed(6, 0)
    model.show(snapshot)
    model.set_filter("grace")
    assert model.rowCount() == 0
    seen = dataclasses.replace(snapshot.events[0], state=EventState.ACKNOWLEDGED, acknowledged_by="Grace")
    model.show(dataclasses.replace(snapshot, events=(seen, *snapshot.events[1:])))
    assert [model.key(model.index(row, 0)) for row in range(model.rowCount())] == [seen.event_id]
    noted = dataclasses.replace(seen, acknowledged_by="", note="told to GRACE")
    model.show(dataclasses.replace(snapshot, events=(noted, *snapshot.events[1:])))
    assert model.rowCount() == 1


def test_choices_narrow_the_list_and_are_cleared_together(page: EventsPage, qtbot: QtBot) -> None:
    everything = len(keys(page))
    page.filter.least.setCurrentIndex(3)
    page.filter.kind.setCurrentIndex(2)
    assert keys(page) == ["down"]
    qtbot.mouseClick(page.filter.clear, LEFT)
    assert len(keys(page)) == everything


def test_a_flood_says_what_it_holds_back_and_shows_it_when_asked(page: EventsPage, qtbot: QtBot) -> None:
    assert not page.banner.isVisible()
    everything = len(keys(page))
    page.show_snapshot(alarmed(flood=True))
    assert page.banner.isVisible()
    assert "87 alarms in ten minutes" in page.banner.line.text()
    assert page.banner.below.text() == "held back 19: ▲ 4 high, ■ 9 medium, ● 6 low"
    assert len(keys(page)) < everything
    qtbot.mouseClick(page.banner.everything, LEFT)
    assert len(keys(page)) == everything
    page.show_snapshot(alarmed())
    assert not page.banner.isVisible()
    page.show_snapshot(alarmed(flood=True))
    assert len(keys(page)) < everything


def test_the_past_is_read_when_it_is_turned_to_and_page_by_page(page: EventsPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.past_wished) as asked:
        page.tabs.choose(PAST)
    assert asked.args == [HistoryWish()]
    page.show_snapshot(dataclasses.replace(alarmed(), past=past(30)))
    assert page.past.model.rowCount() == 30
    oldest = page.past.model.lines[-1].seq
    with qtbot.waitSignal(page.past_wished) as older:
        qtbot.mouseClick(page.past.pager.older, LEFT)
    assert older.args == [HistoryWish(before=oldest)]
    assert not page.past.pager.older.isEnabled()
    page.show_snapshot(dataclasses.replace(alarmed(), past=past(8, HistoryWish(before=oldest), more=False)))
    assert page.past.note.text() == "page 2: 8 changes, there are no older ones"
    with qtbot.waitSignal(page.past_wished) as newer:
        qtbot.mouseClick(page.past.pager.newer, LEFT)
    assert newer.args == [HistoryWish()]
    with qtbot.waitSignal(page.past_wished) as searched:
        qtbot.keyClicks(page.past.search, "ada")
    assert searched.args == [HistoryWish(text="ada")]


def test_a_page_of_the_past_that_nobody_waits_for_any_more_is_passed_over(page: EventsPage) -> None:
    page.tabs.choose(PAST)
    page.show_snapshot(dataclasses.replace(alarmed(), past=past(30, HistoryWish(text="else"))))
    assert page.past.model.rowCount() == 40, "what was read before stays in sight"


def test_a_journal_that_cannot_be_read_is_said_on_the_page_of_the_past(page: EventsPage) -> None:
    page.tabs.choose(PAST)
    broken = dataclasses.replace(past(0), error="the journal cannot be read: locked")
    page.show_snapshot(dataclasses.replace(alarmed(), past=broken))
    assert "locked" in page.past.note.text()


def test_the_details_of_a_past_event_open_by_enter(page: EventsPage, qtbot: QtBot) -> None:
    page.tabs.choose(PAST)
    page.show_snapshot(alarmed())
    page.past.table.selectRow(2)
    with qtbot.waitSignal(page.list.details_requested) as sent:
        qtbot.keyClick(page.past.table, Qt.Key.Key_Return)
    assert sent.args == ["e-00002"]


def test_alarm_figures_name_the_worst_actors_and_what_stands_too_long(page: EventsPage, qtbot: QtBot) -> None:
    page.tabs.choose(FIGURES)
    page.show_snapshot(alarmed())
    told = page.figures
    assert told.ten.value.text() == "87"
    assert told.acknowledge.value.text() == "01:14"
    assert told.by.side.text() == "61 auto, 22 operator, 40 system"
    assert told.actors.rowCount() == 5
    told.stale_table.selectRow(0)
    with qtbot.waitSignal(told.event_chosen) as sent:
        qtbot.keyClick(told.stale_table, Qt.Key.Key_Return)
    assert sent.args[0] in alarmed().alarms.figures.stale_ids


def test_figures_that_were_never_measured_are_unknown(page: EventsPage) -> None:
    page.tabs.choose(FIGURES)
    page.show_snapshot(dataclasses.replace(alarmed(), alarms=type(alarmed().alarms)()))
    assert page.figures.acknowledge.value.text() == "unknown"
    assert page.figures.by.value.text() == "unknown"


def test_a_route_is_tried_by_a_button(page: EventsPage, qtbot: QtBot) -> None:
    page.tabs.choose(ROUTES)
    page.show_snapshot(alarmed())
    assert not page.routes.test.isEnabled()
    page.routes.table.choose_key("pager")
    with qtbot.waitSignal(page.trial_requested) as one:
        qtbot.mouseClick(page.routes.test, LEFT)
    with qtbot.waitSignal(page.trial_requested) as every:
        qtbot.mouseClick(page.routes.test_all, LEFT)
    assert (one.args, every.args) == (["pager"], [""])


def test_routes_say_how_they_stand_in_words_and_shapes(qapp: object) -> None:
    model = RouteModel()
    QAbstractItemModelTester(model, Fatal, model)
    snapshot = alarmed()
    model.show(snapshot.routes, "USD", NOW_S)
    told = [(model.text(row, STATE), model.text(row, WORDS)) for row in range(3)]
    assert told == [("● good", ""), ("○ idle", "quiet hours"), ("▲ failing", "it answered with HTTP 403")]
    model.show((), "USD", NOW_S)


def test_the_model_of_the_past_keeps_its_contract(qapp: object) -> None:
    model = PastModel()
    QAbstractItemModelTester(model, Fatal, model)
    for count in (0, 30, 7, 200):
        model.show(past(count).lines, "USD", NOW_S)
        model.sort(0, Qt.SortOrder.DescendingOrder)


def test_everything_on_the_page_has_a_name_that_can_be_read_aloud(page: EventsPage) -> None:
    parts = (
        page.filter.search, page.filter.least, page.filter.state, page.filter.kind, page.filter.shelved,
        page.form.reason, page.form.duration, page.past.search, page.list.table, page.past.table, page.routes.table,
    )  # fmt: skip
    assert all(part.accessibleName() for part in parts)
    assert all(part.objectName() for part in parts)


def test_ten_thousand_grouped_events_cost_little(qtbot: QtBot) -> None:
    table = EventTable()
    qtbot.addWidget(table)
    table.resize(1000, 500)
    table.show()

    def cost(snapshots: list[Snapshot]) -> float:
        table.show_snapshot(snapshots[0])
        start_s = time.process_time()
        for turn in range(4):
            table.show_snapshot(snapshots[turn % 2])
        return (time.process_time() - start_s) / 4

    many = cost([alarmed(200, 4_900, seed=seed) for seed in (1, 2)])
    # Of this process alone, and generous: it takes 8 ms on a machine that does nothing else.
    assert many < 0.3


def test_an_event_about_scram_itself_has_no_figure_to_be_unknown(qapp: object) -> None:
    model = EventModel()
    snapshot = alarmed(4, 0)
    about = dataclasses.replace(snapshot.events[0], metric="stop", cause=Cause.SYSTEM, value=float("nan"))
    model.show(dataclasses.replace(snapshot, events=(about,)))
    assert (model.text(0, VALUE), model.text(0, LIMIT)) == ("", "")
