from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from app.settings import DeskSettings
from core.intents import ReloadConfig
from tests.widgets.snapshots import CONFIG, build
from widgets import settings as module
from widgets.config_panel import waiting_words
from widgets.settings import LOCALE, THEME, ZONE, Group, Setting, Switch, Whole, declared
from widgets.settings_page import SettingsPage

WAIT = Setting("test/wait", "Time to lock", Group.LOCK, 5, Whole(0, 60, "min", "never"), "After how long it locks.")
LOUD = Setting("test/loud", "Sound", Group.ALARMS, True, Switch(), "Whether alarms are heard.", restart=True)


@pytest.fixture
def settings(tmp_path: Path) -> DeskSettings:
    return DeskSettings(tmp_path / "desk.ini")


@pytest.fixture
def page(qtbot: QtBot, settings: DeskSettings, monkeypatch: pytest.MonkeyPatch) -> SettingsPage:
    monkeypatch.setattr(module, "TEST_WAIT", WAIT, raising=False)
    monkeypatch.setattr(module, "TEST_LOUD", LOUD, raising=False)
    made = SettingsPage()
    qtbot.addWidget(made)
    made.serve(settings)
    made.resize(1140, 660)
    made.show()
    return made


def _row(page: SettingsPage, setting: Setting[object]) -> object:
    return next(row for card in page.cards.values() for row in card.rows if row.setting is setting)


def test_every_declared_setting_has_its_row_under_its_heading_with_what_is_allowed(page: SettingsPage) -> None:
    shown = {row.setting.key: card for card in page.cards.values() for row in card.rows}
    assert shown.keys() == {setting.key for setting in declared() if setting.listed}
    for setting in declared():
        if setting.listed:
            row = _row(page, setting)
            assert shown[setting.key].group is setting.group
            assert row.control.accessibleName() == setting.title  # type: ignore[attr-defined]
            assert setting.words in row.words.text()  # type: ignore[attr-defined]
    assert [card for card in Group if card in page.cards] == sorted(page.cards, key=list(Group).index)
    assert "next start" in _row(page, LOUD).words.text()  # type: ignore[attr-defined]


def test_a_choice_a_switch_and_a_number_are_kept_at_once(page: SettingsPage, settings: DeskSettings) -> None:
    theme, loud, wait = (_row(page, setting).control for setting in (THEME, LOUD, WAIT))  # type: ignore[attr-defined]
    assert isinstance(theme, QComboBox)
    assert isinstance(loud, QCheckBox)
    assert isinstance(wait, QLineEdit)
    theme.setFocus()
    QTest.keyClick(theme, Qt.Key.Key_Down)
    assert settings.value(THEME) == "light"
    QTest.mouseClick(loud, Qt.MouseButton.LeftButton, pos=loud.rect().center().__class__(8, loud.height() // 2))
    assert settings.value(LOUD) is False
    assert loud.text() == "Off"
    wait.selectAll()
    QTest.keyClicks(wait, "12")
    QTest.keyClick(wait, Qt.Key.Key_Return)
    assert settings.value(WAIT) == 12
    assert wait.text() == "12 min"
    settings.keep(WAIT, 0)
    assert wait.text() == "never"


def test_a_bad_value_is_turned_down_with_a_sentence_and_nothing_is_lost(
    page: SettingsPage, settings: DeskSettings
) -> None:
    settings.keep(WAIT, 7)
    row = _row(page, WAIT)
    field: QLineEdit = row.control  # type: ignore[attr-defined]
    problem: QLabel = row.problem  # type: ignore[attr-defined]
    field.selectAll()
    QTest.keyClicks(field, "ninety")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert problem.isVisible()
    assert problem.text() == (
        "Time to lock: 'ninety' is no whole number; allowed is 0 to 60 min. What was in force stays."
    )
    assert field.text() == "ninety"
    assert settings.value(WAIT) == 7
    field.selectAll()
    QTest.keyClicks(field, "9")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not problem.isVisible()
    assert settings.value(WAIT) == 9


def test_what_changes_elsewhere_is_shown_and_reset_takes_it_back(page: SettingsPage, settings: DeskSettings) -> None:
    row = _row(page, ZONE)
    assert not row.usual.isVisible()  # type: ignore[attr-defined]
    settings.keep(ZONE, "local")
    assert row.control.currentData() == "local"  # type: ignore[attr-defined]
    QTest.mouseClick(row.usual, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    assert settings.value(ZONE) == "utc"
    assert not row.usual.isVisible()  # type: ignore[attr-defined]


def test_the_search_finds_a_setting_by_its_name_its_words_and_its_choices(page: SettingsPage) -> None:
    for text, setting in (("theme", THEME), ("midnight utc", ZONE), ("indian", LOCALE), ("time lock", WAIT)):
        page.search.setText(text)
        assert [row.setting for card in page.cards.values() for row in card.rows if row.isVisible()] == [setting], text
        assert page.count.text() == "1 setting"
    page.search.setText("no such thing")
    assert not any(card.isVisible() for card in page.cards.values())
    assert page.count.text() == "no setting has these words"
    page.show_group(Group.LOOKS)
    assert all(card.isVisible() for card in page.cards.values())


def test_a_part_of_its_own_kind_stands_in_its_group_and_is_found_too(page: SettingsPage, qtbot: QtBot) -> None:
    part = QLabel("Change PIN")
    page.add_part(Group.LOCK, part, "pin code")
    page.search.setText("pin")
    assert part.isVisible()
    page.search.setText("theme")
    assert not part.isVisible()


def test_the_configuration_in_force_is_told_with_what_waits(page: SettingsPage) -> None:
    snapshot = build(3)
    page.show_snapshot(snapshot)
    assert "/home/ada/.config/scram/scram.toml" in page.config.facts.text()
    assert "version 3f9c2ab81d40 · limits version 7" in page.config.facts.text()
    assert not page.config.waiting.isVisible()
    waits = replace(
        CONFIG, restart=("stop changed: a restart is needed",), held=("account:a leverage",), problem="x: bad"
    )
    page.show_snapshot(replace(snapshot, config=waits))
    assert page.config.waiting.isVisible()
    assert page.config.waiting.text().splitlines() == [
        "Not taken over: x: bad", "Stop changed: a restart is needed.", "Waits for a reason: account:a leverage",
    ]  # fmt: skip
    assert page.config.note.text() == "▲ something waits"
    many = replace(CONFIG, restart=tuple(f"part {number} changed" for number in range(9)))
    assert len(waiting_words(many)) == 4
    assert waiting_words(many)[-1] == "and 6 more"


def test_reload_asks_with_the_reason_and_open_names_the_file(page: SettingsPage, qtbot: QtBot) -> None:
    asked: list[object] = []
    opened: list[str] = []
    page.asked.connect(asked.append)
    page.open_requested.connect(opened.append)
    assert not page.config.reload.isEnabled()
    page.show_snapshot(build(3))
    page.config.reason.setText(" more room ")
    QTest.mouseClick(page.config.reload, Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.config.open, Qt.MouseButton.LeftButton)
    assert asked == [ReloadConfig("", "more room")]
    assert opened == [CONFIG.file]
    assert page.config.reason.text() == ""
    page.show_snapshot(replace(build(3), config=replace(CONFIG, file="")))
    assert not page.config.open.isEnabled()


def test_where_keys_are_kept_is_told_and_no_key(page: SettingsPage) -> None:
    page.show_snapshot(build(3))
    words = [label.text() for label in page.config.kept.findChildren(QLabel)]
    assert "26 accounts in the system's keyring, 4 accounts in the encrypted file" in words


def test_the_release_and_qts_licence_are_told(page: SettingsPage) -> None:
    text = page.about.text.text()
    assert "Scram " in text
    assert "Qt 6." in text
    assert "Lesser General Public License" in text


def test_a_bad_value_in_the_file_and_what_overrules_a_choice_are_told_in_its_row(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TEST_WAIT", WAIT, raising=False)
    file = tmp_path / "desk.ini"
    file.write_text("[test]\nwait=ages\n")
    page = SettingsPage()
    qtbot.addWidget(page)
    page.serve(DeskSettings(file))
    page.show()
    row = _row(page, WAIT)
    assert row.problem.isVisible()  # type: ignore[attr-defined]
    assert "'ages'" in row.problem.text()  # type: ignore[attr-defined]
    page.remark(THEME, "It is overruled.")
    assert _row(page, THEME).words.text().endswith(" It is overruled.")  # type: ignore[attr-defined]
