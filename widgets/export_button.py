"""Hands something on as a file: a menu of forms, then a dialog that never holds the desk up."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from core.domain import EvidenceFormat


@dataclass(frozen=True, slots=True)
class FileForm:
    words: str
    """As the menu offers it."""
    suffix: str
    pattern: str
    """As a file dialog wants it: `CSV (*.csv)`."""


Forms = Mapping[enum.StrEnum, FileForm]

FORMS: Forms = {
    EvidenceFormat.SIGNED: FileForm("Signed evidence…", "json", "Signed evidence (*.json)"),
    EvidenceFormat.JSON: FileForm("JSON…", "json", "JSON (*.json)"),
    EvidenceFormat.CSV: FileForm("CSV, one row per account…", "csv", "CSV (*.csv)"),
}


class ExportMenu(QMenu):
    """Opened by `popup` and not as the button's own menu, which Qt would `exec`."""

    chosen = Signal(object)
    """The form."""

    def __init__(self, forms: Forms, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("export_menu")
        self.setAccessibleName(title)
        for form, described in forms.items():
            self.addAction(described.words).triggered.connect(partial(self.chosen.emit, form))


class ExportDialog(QFileDialog):
    """Asks for a file; shown and never opened, which would make it modal: the stop button is in the window behind."""

    def __init__(self, form: FileForm, title: str, folder: str, stem: str, parent: QWidget) -> None:
        super().__init__(parent, title, folder, form.pattern)
        self.setObjectName("export_dialog")
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setDefaultSuffix(form.suffix)
        self.selectFile(f"{stem}.{form.suffix}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


class FileButton(QPushButton):
    chosen = Signal(str, object, str)
    """The stem that was offered, the form and the path of the file."""

    def __init__(self, name: str, title: str, forms: Forms, parent: QWidget | None = None) -> None:
        """`title`: what is done, as the dialog says it."""
        super().__init__("Export…", parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.folder = ""
        """Where files were written last; remembered by whoever knows how."""
        self.stem = ""
        """What the file is called unless somebody says otherwise; what stands behind the button now."""
        self._title = title
        self._forms = forms
        self.dialog: ExportDialog | None = None
        self.menu_of_forms = ExportMenu(forms, "Form of the file", self)
        self.menu_of_forms.chosen.connect(self.ask)
        self.clicked.connect(self.open_menu)

    def open_menu(self) -> None:
        self.menu_of_forms.popup(self.mapToGlobal(QPoint(0, self.height())))

    def ask(self, form: enum.StrEnum) -> None:
        """For the file."""
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = ExportDialog(self._forms[form], self._title, self.folder, self.stem, self.window())
        self.dialog.fileSelected.connect(partial(self._choose, self.stem, form))
        self.dialog.finished.connect(self._forget)
        self.dialog.show()

    def _choose(self, stem: str, form: enum.StrEnum, path: str) -> None:
        self.folder = str(Path(path).parent)
        self.chosen.emit(stem, form, path)

    def _forget(self) -> None:
        self.dialog = None


class ExportButton(FileButton):
    """The evidence of a stop."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("export_evidence", "Export the evidence of this stop", FORMS, parent)
        self.setToolTip("What this stop can show for itself, as a file")
        self.export_requested = self.chosen
        """The id of the stop, the EvidenceFormat and the path of the file."""
        self.setEnabled(False)

    def show_stop(self, halt_id: str) -> None:
        """ "" where there is none."""
        self.stem = halt_id
        self.setEnabled(bool(halt_id))
