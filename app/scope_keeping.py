"""What the page of the scopes leaves behind: columns and views in the desk's settings, tables in files."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.settings import DeskSettings
from app.sheet_writer import SheetWriter
from widgets.saved_view import SavedView
from widgets.scope_table import ScopeTable
from widgets.settings import EXPORT_FOLDER, SCOPE_VIEWS


class ScopeKeeping(QObject):
    def __init__(self, scopes: ScopeTable, settings: DeskSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._scopes = scopes
        scopes.set_columns(settings.columns())
        scopes.columns_changed.connect(settings.keep_columns)
        settings.follow(SCOPE_VIEWS, scopes.views.set_views)
        scopes.views.changed.connect(self._keep_views)
        scopes.bar.export.folder = settings.value(EXPORT_FOLDER)
        self.writer = SheetWriter(scopes.bar.export_bar, self)
        scopes.export_wished.connect(self.writer.write)
        scopes.bar.export.chosen.connect(self._keep_folder)

    def close(self) -> None:
        """No file is written any more when this returns."""
        self.writer.close()

    def _keep_views(self, views: tuple[SavedView, ...]) -> None:
        self._settings.keep(SCOPE_VIEWS, views)

    def _keep_folder(self, *_: object) -> None:
        self._settings.keep(EXPORT_FOLDER, self._scopes.bar.export.folder)
