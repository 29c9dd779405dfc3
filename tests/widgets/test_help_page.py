from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from core.guidance import all_guidance
from tests.widgets.alarmed import alarmed
from tests.widgets.metrics import METRICS
from tests.widgets.snapshots import build
from widgets import nav
from widgets.commands import COMMANDS
from widgets.desk import Desk
from widgets.help_entries import HelpKind, entries, event_key, page_key
from widgets.help_page import TABS, HelpModel, HelpPage
from widgets.help_view import scaled

STRICT = QAbstractItemModelTester.FailureReportingMode.Fatal


@pytest.fixture
def page(qtbot: QtBot) -> HelpPage:
    made = HelpPage()
    qtbot.addWidget(made)
    made.take_commands(COMMANDS)
    made.resize(1130, 660)
    made.show()
    made.show_snapshot(build(3))
    return made


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    made.show_snapshot(alarmed())
    return made


def test_there_is_an_entry_for_every_metric_guidance_key_and_word_and_none_is_empty() -> None:
    found = entries(METRICS, COMMANDS)
    keys = [entry.key for entry in found]
    assert len(set(keys)) == len(keys)
    assert {info.name for info in METRICS} <= set(keys)
    assert {f"event:{name}" for name in all_guidance()} <= set(keys)
    assert {f"key:{command.words}" for command in COMMANDS if command.keys} <= set(keys)
    assert sum(entry.kind is HelpKind.WORD for entry in found) >= 20
    assert all(entry.about and entry.sections[0][1] for entry in found)


@pytest.mark.parametrize("name", nav.PAGES)
def test_every_page_has_an_entry_of_its_own(name: str) -> None:
    assert page_key(name)


def test_pictures_that_entries_name_came_along(repository: Path, page: HelpPage) -> None:
    named = {entry.picture for entry in page.model.entries if entry.picture}
    assert named
    for name in named:
        assert (repository / "resources" / "pictures" / name).is_file()


def test_keys_that_entries_speak_of_are_in_the_table_of_commands(page: HelpPage) -> None:
    known = {part for command in COMMANDS for part in (command.keys, command.also)}
    tasks = " ".join(entry.text for entry in page.model.entries if entry.kind is HelpKind.TASK)
    spoken = {chord.title() for chord in re.findall(r"ctrl\+[a-z+]+", tasks)}
    assert spoken
    assert spoken <= {key.title() for key in known}


def test_the_search_goes_over_all_kinds_and_takes_several_words(page: HelpPage) -> None:
    page.search.setText("dead-man")
    kinds = {page.model.entry(page.model.key(page.model.index(row, 0))).kind for row in range(page.model.rowCount())}  # type: ignore[union-attr]
    assert {HelpKind.EVENT, HelpKind.WORD} <= kinds
    page.search.setText("cancels renews timer")
    assert page.table.chosen_keys() == ["word:dead-man's switch"]
    assert page.view.title.text() == "dead-man's switch"
    page.search.setText("no such words anywhere")
    assert page.model.rowCount() == 0
    assert page.note.text().startswith("0 of ")


def test_up_and_down_walk_the_list_while_words_are_typed(page: HelpPage) -> None:
    page.search.setFocus()
    page.search.setText("drawdown")
    first = page.table.chosen_keys()
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    assert page.table.chosen_keys() != first
    assert page.search.text() == "drawdown"


def test_the_tabs_show_one_kind(page: HelpPage) -> None:
    for place, kind in enumerate(HelpKind, 1):
        page.tabs.buttons[place].click()
        rows = [page.model.entry(page.model.key(page.model.index(row, 0))) for row in range(page.model.rowCount())]
        assert {entry.kind for entry in rows if entry is not None} <= {kind}
    assert len(TABS) == len(HelpKind) + 1
    page.show_entry("margin_use")
    assert page.model.rowCount() == len(page.model.entries)


def test_a_metric_is_told_with_formula_unit_sign_and_beat(page: HelpPage) -> None:
    page.show_entry("margin_use")
    text = page.view.text.text()
    for caption in ("Unit\n", "Sign\n", "Computed\n", "Source\n", "In limits it is called\nmargin_use"):
        assert caption in text


def test_a_picture_is_as_wide_as_its_place_and_sharp_on_a_dense_screen(page: HelpPage) -> None:
    page.show_entry(page_key("Overview"))
    QTest.qWait(5)
    picture = page.view.picture
    assert picture.isVisible()
    assert 100 < picture.pixmap().width() <= picture.width()
    whole = QPixmap(1600, 1000)
    assert [scaled(whole, 400, ratio).width() for ratio in (1.0, 2.0, 8.0)] == [400, 800, 1600]
    assert [scaled(whole, 400, ratio).deviceIndependentSize().width() for ratio in (1.0, 2.0, 8.0)] == [400.0] * 3
    page.show_entry("margin_use")
    assert not picture.isVisible()


def test_the_model_keeps_its_contract_and_a_row_its_identity(qapp: object) -> None:
    model = HelpModel()
    tester = QAbstractItemModelTester(model, STRICT)
    model.show(entries(METRICS))
    kept = QPersistentModelIndex(model.index(20, 1))
    key = model.key(kept)
    for column in range(model.columnCount()):
        model.sort(column, Qt.SortOrder.DescendingOrder)
        assert model.key(kept) == key
    model.set_filter("drawdown")
    model.show_kind(HelpKind.EVENT)
    model.show_kind(None)
    model.set_filter("")
    model.show(entries(METRICS[:10]))
    assert tester.model() is model


def test_f1_explains_what_has_the_keyboard_and_otherwise_the_page(desk: Desk) -> None:
    desk.show_page(nav.EVENTS)
    desk.events.list.table.setFocus()
    event = next(event for event in alarmed().events if event_key(event.metric))
    desk.events.list.table.choose_key(event.event_id)
    chosen = desk.events.list.chosen_events()[0].metric
    QTest.keyClick(desk.events.list.table, Qt.Key.Key_F1)
    assert desk.pages.currentWidget() is desk.help
    assert desk.help.table.chosen_keys() == [event_key(chosen)]
    for place, name in enumerate(nav.PAGES):
        if name not in ("Help", "Events", "Scopes"):
            desk.show_page(place)
            desk.nav.buttons[place].setFocus()
            QTest.keyClick(desk.nav.buttons[place], Qt.Key.Key_F1)
            assert desk.help.table.chosen_keys() == [page_key(name)], name


def test_guidance_is_found_for_a_change_and_a_named_shock_too() -> None:
    assert event_key("drawdown_in_300s") == "event:drawdown"
    assert event_key("stress_btc_down_20_loss") == "event:stress_loss"
    assert event_key("nothing known") == ""


def test_help_is_there_before_any_figure_is(qtbot: QtBot) -> None:
    made = HelpPage()
    qtbot.addWidget(made)
    made.show()
    assert made.model.rowCount() > 40
    assert made.view.title.text()
    made.show_snapshot(replace(build(3)))
    assert made.model.rowCount() > 100


def test_the_licences_are_a_click_away(desk: Desk) -> None:
    desk.show_page(nav.SETTINGS)
    desk.settings.about.licences.click()
    assert desk.pages.currentWidget() is desk.help
    assert desk.help.tabs.buttons[TABS.index(HelpKind.LICENCE.value)].isChecked()
    assert desk.help.view.title.text() == "Qt and PySide6"
    assert "Lesser General Public License" in desk.help.view.text.text()
    assert {"licence:Inter-OFL", "licence:JetBrainsMono-OFL"} <= {entry.key for entry in desk.help.model.entries}
