"""What stands above the scope table: its filter, its view, tree or flat, columns and export."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from core.sheet.model import SheetForm
from widgets.export_bar import ExportBar
from widgets.export_button import FileButton, FileForm, Forms
from widgets.filter_edit import Complete, FilterEdit
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.scope_sieve import Sieve
from widgets.theme import Tone
from widgets.view_picker import Shown, ViewPicker

FORMS: Forms = {
    SheetForm.CSV: FileForm("CSV, for a spreadsheet…", "csv", "CSV (*.csv)"),
    SheetForm.PARQUET: FileForm("Parquet, with units and formulas…", "parquet", "Parquet (*.parquet)"),
}
PLACEHOLDER = "Filter: part of a name, or  drawdown > 5% and venue = okx"


class ScopeBar(QWidget):
    def __init__(self, complete: Complete, shown: Shown, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scope_bar")
        self.filter = FilterEdit(complete, self)
        self.filter.setObjectName("scope_filter")
        self.filter.setAccessibleName("Filter scopes")
        self.filter.setPlaceholderText(PLACEHOLDER)
        self.told = Line("", Tone.HIGH, font=text_font(12), elide=RIGHT)
        self.told.setObjectName("filter_error")
        self.told.hide()
        self.views = ViewPicker(shown, self)
        self.tree = self._toggle("show_tree", "Tree", "Alt+T", "Accounts under their venues, strategies under accounts")
        self.choose = self._toggle("choose_columns", "Columns", "Alt+C", "Choose which metrics are shown")
        self.export = FileButton("export_scopes", "Export what the table shows", FORMS, self)
        self.export.setToolTip("What the table shows, as a file")
        self.export.stem = "scopes"
        self.export_bar = ExportBar(self)
        self.buttons = (self.views, self.tree, self.choose, self.export)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        row = QHBoxLayout()
        row.addWidget(self.filter, 1)
        whole.addLayout(row)
        whole.addWidget(self.told)
        whole.addWidget(self.views.form)

    def _toggle(self, name: str, words: str, keys: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(words)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setShortcut(keys)
        button.setToolTip(f"{tip} ({keys})")
        return button

    def tell(self, sieve: Sieve) -> None:
        """What is wrong with the filter; with a wrong one everything is shown."""
        wrong = sieve.error
        self.told.setVisible(wrong is not None)
        words = "" if wrong is None else f"▲ Everything is shown: {wrong}"
        self.told.say(words)
        self.filter.setAccessibleDescription(words)
