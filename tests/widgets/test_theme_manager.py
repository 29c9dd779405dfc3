from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.looks import Looks, forced_theme
from app.settings import DeskSettings
from widgets import figures, theme
from widgets.numerals import C
from widgets.settings import LOCALE, THEME, ZONE
from widgets.theme import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, THEMES, Theme
from widgets.theme_manager import FIXED, PlatformPreference, ThemeManager, Wish


class Told:
    """A platform whose user prefers what the test says."""

    def __init__(self, *, light: bool = False, contrast: bool = False) -> None:
        self.light, self.contrast = light, contrast
        self.released = 0
        self.followers: list[Callable[[], None]] = []

    def is_light(self) -> bool:
        return self.light

    def is_high_contrast(self) -> bool:
        return self.contrast

    def release(self) -> None:
        self.released += 1

    def follow(self, told: Callable[[], None]) -> None:
        self.followers.append(told)

    def become(self, *, light: bool | None = None, contrast: bool | None = None) -> None:
        self.light = self.light if light is None else light
        self.contrast = self.contrast if contrast is None else contrast
        for told in self.followers:
            told()


@pytest.mark.parametrize(
    ("light", "contrast", "expected"),
    [(False, False, DARK), (True, False, LIGHT), (False, True, CONTRAST_DARK), (True, True, CONTRAST_LIGHT)],
)
def test_what_follows_the_system_takes_its_scheme_and_its_contrast(
    qapp: QApplication, light: bool, contrast: bool, expected: Theme
) -> None:
    manager = ThemeManager(qapp, Told(light=light, contrast=contrast), Wish.SYSTEM)
    assert manager.theme is theme.current() is expected


def test_a_change_of_the_system_is_followed_and_nothing_is_told_where_the_theme_stays(qapp: QApplication) -> None:
    platform = Told()
    manager = ThemeManager(qapp, platform, Wish.SYSTEM)
    seen: list[Theme] = []
    manager.changed.connect(seen.append)
    platform.become()
    assert seen == []
    platform.become(light=True)
    platform.become(light=True)
    platform.become(contrast=True)
    platform.become(light=False, contrast=False)
    assert seen == [LIGHT, CONTRAST_LIGHT, DARK]


@pytest.mark.parametrize("wish", [wish for wish in Wish if wish is not Wish.SYSTEM])
def test_a_theme_that_was_chosen_stays_whatever_the_system_does(qapp: QApplication, wish: Wish) -> None:
    platform = Told()
    manager = ThemeManager(qapp, platform, wish)
    platform.become(light=True, contrast=True)
    assert theme.current() is manager.theme is FIXED[wish]
    assert platform.released == 0


def test_to_follow_the_system_again_takes_back_what_was_said_to_it(qapp: QApplication) -> None:
    platform = Told(light=True)
    manager = ThemeManager(qapp, platform, Wish.DARK)
    manager.choose(Wish.SYSTEM)
    assert (manager.theme, platform.released) == (LIGHT, 1)


def test_a_platform_that_answers_at_once_to_what_it_is_told_is_not_answered_again(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, applied = Told(light=True), []

    def apply(app: QApplication, wanted: Theme, *, follows: bool) -> None:
        applied.append(wanted)
        platform.become(light=not platform.light)

    monkeypatch.setattr("widgets.theme_manager.apply_theme", apply)
    ThemeManager(qapp, platform, Wish.SYSTEM)
    assert applied == [LIGHT]


def test_the_platform_is_asked_through_qt(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    hints = QGuiApplication.styleHints()
    monkeypatch.setattr(type(hints), "colorScheme", lambda _: Qt.ColorScheme.Light)
    preference = PlatformPreference()
    told: list[bool] = []
    preference.follow(lambda: told.append(preference.is_light()))
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    hints.accessibility().contrastPreferenceChanged.emit(Qt.ContrastPreference.HighContrast)
    assert told == [True, True]
    assert not preference.is_high_contrast()
    monkeypatch.setattr(type(hints.accessibility()), "contrastPreference", lambda _: Qt.ContrastPreference.HighContrast)
    assert preference.is_high_contrast()


def test_every_theme_can_be_chosen_in_the_settings() -> None:
    values = {value for value, _ in THEME.kind.options}  # type: ignore[attr-defined]
    assert values == set(Wish) == {*THEMES, Wish.SYSTEM}
    assert {FIXED[Wish(name)] for name in THEMES} == set(THEMES.values())


def test_the_settings_are_followed_while_the_desk_runs(qapp: QApplication) -> None:
    settings = DeskSettings()
    looks = Looks(qapp, settings, {}, Told())
    try:
        assert theme.current() is DARK
        settings.keep(THEME, "contrast-light")
        assert theme.current() is CONTRAST_LIGHT
        settings.keep(LOCALE, "de_DE")
        assert figures.number(1_234) == "1.234"
        settings.keep(ZONE, "local")
        assert figures.zone_words() == "local time"
        assert looks.forced is None
    finally:
        figures.use_numerals(C)
        figures.use_zone(figures.Zone.UTC)


def test_the_environment_overrules_the_theme_that_is_chosen(qapp: QApplication) -> None:
    assert forced_theme({"SCRAM_THEME": "light"}) is Wish.LIGHT
    assert forced_theme({"SCRAM_THEME": "pink"}) is None
    assert forced_theme({}) is None
    settings = DeskSettings()
    Looks(qapp, settings, {"SCRAM_THEME": "light"}, Told())
    settings.keep(THEME, "contrast-dark")
    assert theme.current() is LIGHT
