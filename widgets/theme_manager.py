"""Which theme is in force: the one that was wished for, or what the platform prefers; applied only where it changes."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from widgets.theme import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, Theme, apply_theme, current


class Wish(enum.StrEnum):
    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"
    CONTRAST_DARK = "contrast-dark"
    CONTRAST_LIGHT = "contrast-light"


FIXED = {
    Wish.DARK: DARK,
    Wish.LIGHT: LIGHT,
    Wish.CONTRAST_DARK: CONTRAST_DARK,
    Wish.CONTRAST_LIGHT: CONTRAST_LIGHT,
}


class Preference(Protocol):
    """What the platform says that its user prefers."""

    def is_light(self) -> bool:
        """False where it does not say: dark is what a control room is."""
        ...

    def is_high_contrast(self) -> bool: ...

    def release(self) -> None:
        """Let the platform's own scheme show again, where a theme has overruled it."""
        ...

    def follow(self, told: Callable[[], None]) -> None:
        """Call `told` whenever one of the two may have become another."""
        ...


class PlatformPreference(QObject):
    """By Qt's style hints; the contrast from Qt 6.10 on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told: list[Callable[[], None]] = []
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._tell)
        self._accessibility = hints.accessibility() if hasattr(hints, "accessibility") else None
        if self._accessibility is not None:
            self._accessibility.contrastPreferenceChanged.connect(self._tell)

    def is_light(self) -> bool:
        return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light

    def is_high_contrast(self) -> bool:
        told = self._accessibility
        return told is not None and told.contrastPreference() is Qt.ContrastPreference.HighContrast

    def release(self) -> None:
        QGuiApplication.styleHints().unsetColorScheme()

    def follow(self, told: Callable[[], None]) -> None:
        self._told.append(told)

    def _tell(self) -> None:
        for told in self._told:
            told()


class ThemeManager(QObject):
    changed = Signal(object)
    """The Theme that is in force now."""

    def __init__(self, app: QApplication, preference: Preference, wish: Wish, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._preference = preference
        self._applying = False
        self.wish = wish
        # What a style sheet says was applied before: by another manager, or for a window that comes before the desk.
        self.theme: Theme | None = current() if app.styleSheet() else None
        preference.follow(self._look_again)
        self.choose(wish)

    def choose(self, wish: Wish) -> None:
        self.wish = wish
        if wish is Wish.SYSTEM:
            # What a theme had set before would be read as the platform's own.
            self._applying = True
            self._preference.release()
            self._applying = False
        self._look_again()

    def _look_again(self) -> None:
        # Applying a theme tells the platform its scheme, of which it tells us in turn.
        wanted = self._wanted()
        if self._applying or wanted is self.theme:
            return
        self.theme = wanted
        self._applying = True
        try:
            apply_theme(self._app, wanted, follows=self.wish is Wish.SYSTEM)
        finally:
            self._applying = False
        self.changed.emit(wanted)

    def _wanted(self) -> Theme:
        if self.wish is not Wish.SYSTEM:
            return FIXED[self.wish]
        light = self._preference.is_light()
        if self._preference.is_high_contrast():
            return CONTRAST_LIGHT if light else CONTRAST_DARK
        return LIGHT if light else DARK
