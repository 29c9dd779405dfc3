"""What the desk remembers of its user from one start to the next, in one small file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

from widgets.choice import ColumnChoice

COLUMNS = "scopes/columns"
EXPORTS = "evidence/folder"


class DeskSettings:
    """A file that cannot be read or written costs what it would have remembered, and nothing else."""

    def __init__(self, file: Path) -> None:
        self._store = QSettings(str(file), QSettings.Format.IniFormat)

    def columns(self) -> ColumnChoice:
        """The columns of the scope table; the essentials where nothing is remembered."""
        return ColumnChoice.parse(str(self._store.value(COLUMNS, "")))

    def export_folder(self) -> str:
        """Where evidence was written last; "" where nothing is remembered."""
        return str(self._store.value(EXPORTS, ""))

    def keep_export_folder(self, folder: str) -> None:
        self._store.setValue(EXPORTS, folder)
        self._store.sync()

    def keep_columns(self, choice: ColumnChoice) -> None:
        self._store.setValue(COLUMNS, str(choice))
        # Now, not when the desk is closed: it may be ended by other means.
        self._store.sync()
