from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication

from app.settings import DeskSettings
from core.errors import SettingError
from widgets.settings import Choice, Group, Setting, Switch, Whole, Words, declared

LEVEL = Setting("test/level", "Level", Group.LOOKS, 5, Whole(0, 10, "min"), "How much.")
SOUND = Setting("test/sound", "Sound", Group.ALARMS, True, Switch(), "Whether.")
WAY = Setting("test/way", "Way", Group.LOOKS, "a", Choice((("a", "This way"), ("b", "That way"))), "Which.")
NAME = Setting("test/name", "Name", Group.MEMORY, "", Words(), "What it is called.")


def test_every_setting_is_declared_once_and_its_default_is_allowed() -> None:
    known = declared()
    assert len({setting.key for setting in known}) == len(known) > 0
    for setting in known:
        assert setting.kind.read(setting.kind.write(setting.default)) == setting.default, setting.key
        assert setting.words.endswith("."), setting.key
        assert setting.key.count("/") == 1, setting.key


def test_a_choice_is_there_again_at_the_next_start(tmp_path: Path, qapp: QCoreApplication) -> None:
    first = DeskSettings(tmp_path / "desk.ini")
    assert (first.value(LEVEL), first.value(SOUND), first.value(WAY)) == (5, True, "a")
    first.keep(LEVEL, 7)
    first.keep(SOUND, False)
    first.keep(WAY, "b")
    again = DeskSettings(tmp_path / "desk.ini")
    assert (again.value(LEVEL), again.value(SOUND), again.value(WAY)) == (7, False, "b")


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")))
def test_any_words_come_back_from_the_file_as_they_were_kept(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.mktemp("settings") / "desk.ini"
    DeskSettings(file).keep(NAME, text)
    assert DeskSettings(file).value(NAME) == text


@pytest.mark.parametrize(("setting", "text"), [(LEVEL, "11"), (LEVEL, "many"), (SOUND, "perhaps"), (WAY, "c")])
def test_a_value_that_is_not_allowed_is_turned_down_with_what_is_and_nothing_is_lost(
    tmp_path: Path, qapp: QCoreApplication, setting: Setting[object], text: str
) -> None:
    settings = DeskSettings(tmp_path / "desk.ini")
    settings.keep(LEVEL, 3)
    before = settings.value(setting)
    with pytest.raises(SettingError) as refused:
        settings.keep_text(setting, text)
    assert text in str(refused.value)
    assert setting.kind.allowed in str(refused.value) or "neither on nor off" in str(refused.value)
    assert settings.value(setting) == before
    assert DeskSettings(tmp_path / "desk.ini").value(setting) == before


def test_a_number_is_read_with_its_unit_and_the_word_for_none(qapp: QCoreApplication) -> None:
    kind = Whole(0, 480, "min", at_zero="never")
    assert [kind.read(text) for text in ("15", " 15 min", "15min", "never", "Never", "0")] == [15, 15, 15, 0, 0, 0]
    with pytest.raises(SettingError):
        kind.read("15 h")


def test_a_bad_value_in_the_file_counts_as_the_default_is_told_and_stays_until_another_is_chosen(
    tmp_path: Path, qapp: QCoreApplication
) -> None:
    file = tmp_path / "desk.ini"
    file.write_text("[test]\nlevel=lots\nname=a, b\n")
    settings = DeskSettings(file)
    assert settings.value(LEVEL) == 5
    assert settings.value(NAME) == "a, b"
    (told,) = settings.problems.values()
    assert "Level" in told
    assert "'lots'" in told
    assert "0 to 10 min" in told
    settings.keep(SOUND, False)
    assert "level=lots" in file.read_text()
    settings.keep(LEVEL, 5)
    assert settings.problems == {}
    assert "level=5" in file.read_text()


def test_whoever_follows_a_setting_is_told_at_once_and_then_of_changes_alone(qapp: QCoreApplication) -> None:
    settings, told = DeskSettings(), []
    settings.follow(LEVEL, told.append)
    settings.keep(LEVEL, 5)
    settings.keep(SOUND, False)
    settings.keep(LEVEL, 6)
    settings.keep(LEVEL, 6)
    assert told == [5, 6]
