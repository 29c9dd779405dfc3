"""The desk's settings made visible: theme, numerals and times follow them while the desk runs."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QLocale, QObject
from PySide6.QtWidgets import QApplication

from app.settings import DeskSettings
from widgets import figures
from widgets.figures import Zone
from widgets.numerals import C, Numerals, numerals_of
from widgets.panel import SnapshotWidget
from widgets.settings import LOCALE, SYSTEM, THEME, ZONE
from widgets.theme_manager import PlatformPreference, Preference, ThemeManager, Wish

THEME_VARIABLE = "SCRAM_THEME"


def forced_theme(environ: Mapping[str, str]) -> Wish | None:
    """The theme that the environment names; it stands whatever is chosen on the screen."""
    named = environ.get(THEME_VARIABLE, "")
    return Wish(named) if named in set(Wish) else None


def numerals_named(name: str) -> Numerals:
    return numerals_of(QLocale.system()) if name == SYSTEM else C if name == "C" else numerals_of(QLocale(name))


class Looks(QObject):
    """Made before the window is: it is shown in its theme at once."""

    def __init__(
        self,
        app: QApplication,
        settings: DeskSettings,
        environ: Mapping[str, str],
        preference: Preference | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._app = app
        self.forced = forced_theme(environ)
        wish = self.forced or Wish(settings.value(THEME))
        self.themes = ThemeManager(app, preference or PlatformPreference(self), wish, self)
        settings.follow(THEME, self._choose_theme)
        settings.follow(LOCALE, self._choose_locale)
        settings.follow(ZONE, self._choose_zone)

    def _choose_theme(self, name: str) -> None:
        if self.forced is None:
            self.themes.choose(Wish(name))

    def _choose_locale(self, name: str) -> None:
        figures.use_numerals(numerals_named(name))
        self._write_anew()

    def _choose_zone(self, name: str) -> None:
        figures.use_zone(Zone(name))
        self._write_anew()

    def _write_anew(self) -> None:
        for window in self._app.topLevelWidgets():
            for part in window.findChildren(SnapshotWidget):
                part.write_anew()
