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
        self.dialog: QFileDialog | None = None
        self.menu_of_forms = QMenu(self)
        self.menu_of_forms.setObjectName("export_menu")
        for form, (words, _, _) in FORMS.items():
            self.menu_of_forms.addAction(words).triggered.connect(partial(self._ask, form))
        # Opened by `popup` and not as the button's own menu, which Qt would `exec`.
        self.clicked.connect(self._open_menu)
        self.setEnabled(False)

    def show_stop(self, halt_id: str) -> None:
        """ "" where there is none."""
        self._halt_id = halt_id
        self.setEnabled(bool(halt_id))

    def _open_menu(self) -> None:
        self.menu_of_forms.popup(self.mapToGlobal(QPoint(0, self.height())))

    def _ask(self, form: EvidenceFormat) -> None:
        if self.dialog is not None:
            self.dialog.close()
        _, suffix, pattern = FORMS[form]
        dialog = QFileDialog(self.window(), "Export the evidence of this stop", self.folder, pattern)
        dialog.setObjectName("export_dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{self._halt_id}.{suffix}")
        # Not `open`: that is modal to the window, and the stop button is in the window.
        dialog.setWindowModality(Qt.WindowModality.NonModal)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(partial(self._chosen, self._halt_id, form))
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        dialog.show()

    def _chosen(self, halt_id: str, form: EvidenceFormat, path: str) -> None:
        self.folder = str(Path(path).parent)
        self.export_requested.emit(halt_id, form, path)

    def _forget(self) -> None:
        self.dialog = None
