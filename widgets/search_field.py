"""A field to search by: what is typed counts once the typing pauses, since thousands of rows are looked through."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

PAUSE_MS = 200


class SearchField(QLineEdit):
    settled = Signal(str)
    """The text, after a pause in the typing or at once by `settle`."""

    def __init__(self, name: str, spoken: str, hint: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setPlaceholderText(hint)
        self.setClearButtonEnabled(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.settle)
        self.textChanged.connect(self._wait)

    def settle(self) -> None:
        self._pause.stop()
        self.settled.emit(self.text())

    def _wait(self) -> None:
        self._pause.start()
