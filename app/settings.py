"""What the desk remembers of its user from one start to the next, in one small file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QSettings, Signal

from core.errors import SettingError
from widgets.choice import ColumnChoice
from widgets.settings import COLUMNS, EXPORT_FOLDER, Setting

log = logging.getLogger(__name__)

T = TypeVar("T")


class DeskSettings(QObject):
    """A file that cannot be read or written costs what it would have remembered, and nothing else.

    A value that is not allowed counts as the default and stays in the file until another is chosen; `problems` says so.
    """

    changed = Signal(object)
    """The Setting that has another value now."""

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        """Without a file the choices last as long as this object."""
        super().__init__(parent)
        self.file = file
        self._store = QSettings(str(file), QSettings.Format.IniFormat) if file is not None else None
        self._kept: dict[str, str] = {}
        self._followers: list[tuple[Setting[Any], Callable[[Any], None]]] = []
        self.problems: dict[str, str] = {}
        """By key: why what the file says is not taken."""

    def value(self, setting: Setting[T]) -> T:
        text = self._text(setting.key)
        if text is None:
            return setting.default
        try:
            found = setting.kind.read(text)
        except SettingError as error:
            told = f"{setting.title} ({setting.key} in {self.file}): {error}; the default is taken."
            if self.problems.get(setting.key) != told:
                self.problems[setting.key] = told
                log.info("%s", told)
            return setting.default
        self.problems.pop(setting.key, None)
        return found

    def keep(self, setting: Setting[T], value: T) -> None:
        self.keep_text(setting, setting.kind.write(value))

    def keep_text(self, setting: Setting[Any], text: str) -> None:
        """The value as it is written; raises SettingError and keeps what was where that is not allowed."""
        before, wanted = self.value(setting), setting.kind.read(text)
        self._kept[setting.key] = setting.kind.write(wanted)
        self.problems.pop(setting.key, None)
        if self._store is not None:
            self._store.setValue(setting.key, self._kept[setting.key])
            # Now, not when the desk is closed: it may be ended by other means.
            self._store.sync()
        if wanted != before:
            for followed, told in tuple(self._followers):
                if followed is setting:
                    told(wanted)
            self.changed.emit(setting)

    def read_again(self, setting: Setting[T]) -> T:
        """The value as the file has it now, which another process may have changed."""
        if self._store is not None:
            self._store.sync()
            self._kept.pop(setting.key, None)
        return self.value(setting)

    def problem(self, setting: Setting[Any]) -> str:
        """Why what the file says is not taken; "" where nothing is wrong with it."""
        self.value(setting)
        return self.problems.get(setting.key, "")

    def follow(self, setting: Setting[T], told: Callable[[T], None]) -> None:
        """Call `told` at once, and whenever the value has become another."""
        self._followers.append((setting, told))
        told(self.value(setting))

    def _text(self, key: str) -> str | None:
        if key in self._kept or self._store is None:
            return self._kept.get(key)
        found = self._store.value(key)
        # What was written by hand with commas comes as a list.
        return None if found is None else ", ".join(map(str, found)) if isinstance(found, list) else str(found)

    def columns(self) -> ColumnChoice:
        """The columns of the scope table; the essentials where nothing is remembered."""
        return ColumnChoice.parse(self.value(COLUMNS))

    def keep_columns(self, choice: ColumnChoice) -> None:
        self.keep(COLUMNS, str(choice))

    def export_folder(self) -> str:
        """Where evidence was written last; "" where nothing is remembered."""
        return self.value(EXPORT_FOLDER)

    def keep_export_folder(self, folder: str) -> None:
        self.keep(EXPORT_FOLDER, folder)
