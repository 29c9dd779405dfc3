"""Records as a file: a dialog that never holds the desk up, then how far it is, and the way to call it off."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from core.journal.intents import CallOffJournalFile, WriteJournalFile
from core.journal.query import ALL, Wanted
from core.journal.views import JournalFile
from widgets import figures
from widgets.bar import HeadroomBar
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone

FORMS = {
    "CSV (*.csv)": "csv",
    "JSON Lines (*.jsonl)": "jsonl",
    "Parquet (*.parquet)": "parquet",
}


class JournalFileDialog(QFileDialog):
    """Asks for a file; shown and never opened, which would make it modal: the stop button is in the window behind."""

    def __init__(self, folder: str, stem: str, parent: QWidget) -> None:
        super().__init__(parent, "Write the records that are searched for to a file", folder)
        self.setObjectName("journal_file_dialog")
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setNameFilters(list(FORMS))
        # A file that is there already is not replaced, and the engine says so: no question need be asked here.
        self.setOption(QFileDialog.Option.DontConfirmOverwrite)
        self.filterSelected.connect(self._form_chosen)
        self._form_chosen(next(iter(FORMS)))
        self.selectFile(stem)

    def _form_chosen(self, pattern: str) -> None:
        self.setDefaultSuffix(FORMS.get(pattern, "csv"))


class JournalFileRow(QWidget):
    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("journal_file")
        self.setAccessibleName("Records as a file")
        self.folder = ""
        self.wanted: Wanted = ALL
        self.dialog: JournalFileDialog | None = None
        self._running = False
        self.words = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT)
        self.bar = HeadroomBar(self)
        self.button = QToolButton(self)
        self.button.setObjectName("export_journal")
        self.button.setText("Export…")
        self.button.setToolTip("Write the records that are searched for to a file: CSV, JSON Lines or Parquet")
        self.button.setAccessibleName("Export the records that are searched for")
        self.button.clicked.connect(self._press)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.button)
        self.bar.setFixedWidth(120)
        self.bar.hide()

    def show_file(self, file: JournalFile | None) -> None:
        self._running = file is not None and file.running
        self.button.setText("Cancel export" if self._running else "Export…")
        self.bar.setVisible(self._running)
        if file is None:
            self.words.say("")
            return
        name, records = Path(file.path).name, figures.count(file.records, "record")
        if file.running:
            self.bar.show_used(file.share, Tone.ACCENT)
            self.words.say(f"writing {name}: {records}, {figures.percent(file.share)} gone over", Tone.ACCENT)
        elif file.error:
            self.words.say(f"{name} was not written: {file.error}", Tone.MEDIUM if file.called_off else Tone.CRITICAL)
        else:
            self.words.say(f"{records} written to {file.path}", Tone.OK)

    def ask(self) -> None:
        """For the file."""
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = JournalFileDialog(self.folder, "journal", self.window())
        self.dialog.fileSelected.connect(self.write)
        self.dialog.finished.connect(self._forget)
        self.dialog.show()

    def write(self, path: str) -> None:
        self.folder = str(Path(path).parent)
        self.asked.emit(WriteJournalFile(self.wanted, path, ""))

    def _press(self) -> None:
        if self._running:
            self.asked.emit(CallOffJournalFile(""))
        else:
            self.ask()

    def _forget(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
