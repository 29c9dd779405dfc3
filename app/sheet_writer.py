"""Writes what a table shows in a thread of its own, and tells the desk how far it is."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from core.sheet.model import Sheet, SheetForm
from core.sheet.writing import write_sheet
from widgets import figures
from widgets.export_bar import ExportBar
from widgets.theme import Tone

JOIN_S = 10.0
"""Within this a writer that was called off has noticed: it asks after every few thousand rows."""


class SheetWriter(QObject):
    """One file at a time."""

    wrote = Signal(int)
    """Rows; comes out of the writing thread."""
    ended = Signal(bool, str)
    """Whether the file is whole, and the error otherwise; "" where it was called off."""

    def __init__(self, bar: ExportBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self._called_off = threading.Event()
        self._thread: threading.Thread | None = None
        self._sheet = Sheet(0, ())
        self._path = Path()
        bar.called_off.connect(self.call_off)
        # Queued in so many words: both are emitted by another thread, and are drawn in this one.
        self.wrote.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self.ended.connect(self._end, Qt.ConnectionType.QueuedConnection)

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def write(self, sheet: Sheet, form: SheetForm, path: str) -> None:
        if self._thread is not None:
            return
        self._sheet, self._path = sheet, Path(path)
        self._called_off.clear()
        self._bar.show_progress(0, sheet.rows, path)
        self._thread = threading.Thread(target=self._write, args=(sheet, form, self._path), name="export", daemon=True)
        self._thread.start()

    def call_off(self) -> None:
        self._called_off.set()

    def close(self) -> None:
        """Call it off, and wait until the thread is gone."""
        self.call_off()
        if self._thread is not None:
            self._thread.join(JOIN_S)
            self._thread = None

    def _write(self, sheet: Sheet, form: SheetForm, path: Path) -> None:
        """In the thread."""
        error = ""
        whole = False
        try:
            whole = write_sheet(sheet, path, form, self._goes_on)
        except OSError as failed:
            error = failed.strerror or str(failed)
        except BaseException as failed:
            error = f"an unexpected error ({type(failed).__name__})"
            raise
        finally:
            self.ended.emit(whole, error)

    def _goes_on(self, rows: int) -> bool:
        self.wrote.emit(rows)
        return not self._called_off.is_set()

    def _tell(self, rows: int) -> None:
        if self._thread is not None:
            self._bar.show_progress(rows, self._sheet.rows, str(self._path))

    def _end(self, whole: bool, error: str) -> None:
        if self._thread is None:
            return
        self._thread.join(JOIN_S)
        self._thread = None
        if whole:
            self._bar.show_end(f"✓ {figures.count(self._sheet.rows, 'row')} written to {self._path}")
        elif error:
            self._bar.show_end(f"▲ Nothing was written to {self._path}: {error}", Tone.HIGH)
        else:
            self._bar.show_end(f"Called off: nothing was written to {self._path}")
        # Whoever looked at them may be gone: a snapshot is large.
        self._sheet = Sheet(0, ())
