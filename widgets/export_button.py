"""Hands the evidence of a stop on as a file: a menu of forms, then a dialog that never holds the desk up."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from core.domain import EvidenceFormat

FORMS = {
    EvidenceFormat.SIGNED: ("Signed evidence…", "json", "Signed evidence (*.json)"),
    EvidenceFormat.JSON: ("JSON…", "json", "JSON (*.json)"),
    EvidenceFormat.CSV: ("CSV, one row per account…", "csv", "CSV (*.csv)"),
}


class ExportMenu(QMenu):
    """Opened by `popup` and not as the button's own menu, which Qt would `exec`."""

    chosen = Signal(object)
    """The EvidenceFormat."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("export_menu")
        self.setAccessibleName("Form of the evidence")
        for form, (words, _, _) in FORMS.items():
            self.addAction(words).triggered.connect(partial(self.chosen.emit, form))


class ExportDialog(QFileDialog):
    """Asks for a file; shown and never opened, which would make it modal: the stop button is in the window behind."""

    def __init__(self, form: EvidenceFormat, folder: str, stem: str, parent: QWidget) -> None:
        _, suffix, pattern = FORMS[form]
        super().__init__(parent, "Export the evidence of this stop", folder, pattern)
        self.setObjectName("export_dialog")
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setDefaultSuffix(suffix)
        self.selectFile(f"{stem}.{suffix}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


class ExportButton(QPushButton):
    export_requested = Signal(str, object, str)
    """The id of the stop, the EvidenceFormat and the path of the file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Export…", parent)
        self.setObjectName("export_evidence")
        self.setAccessibleName("Export the evidence of this stop")
        self.setToolTip("What this stop can show for itself, as a file")
        self.folder = ""
        """Where files were written last; remembered by whoever knows how."""
        self._halt_id = ""
        self.dialog: ExportDialog | None = None
        self.menu_of_forms = ExportMenu(self)
        self.menu_of_forms.chosen.connect(self.ask)
        self.clicked.connect(self.open_menu)
        self.setEnabled(False)

    def show_stop(self, halt_id: str) -> None:
        """ "" where there is none."""
        self._halt_id = halt_id
        self.setEnabled(bool(halt_id))

    def open_menu(self) -> None:
        self.menu_of_forms.popup(self.mapToGlobal(QPoint(0, self.height())))

    def ask(self, form: EvidenceFormat) -> None:
        """For the file."""
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = ExportDialog(form, self.folder, self._halt_id, self.window())
        self.dialog.fileSelected.connect(partial(self._chosen, self._halt_id, form))
        self.dialog.finished.connect(self._forget)
        self.dialog.show()

    def _chosen(self, halt_id: str, form: EvidenceFormat, path: str) -> None:
        self.folder = str(Path(path).parent)
        self.export_requested.emit(halt_id, form, path)

    def _forget(self) -> None:
        self.dialog = None
