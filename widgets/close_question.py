"""What becomes of Scram when its window is closed: asked beside the work, never in front of the stop."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

WORDS = (
    "In the tray Scram goes on: it watches, mends by its rules and tells of what is high or critical.\n"
    "Once it has quit, nothing is watched from here; what is stopped stays stopped."
)


class CloseQuestion(QDialog):
    """Shown by `show`, not modal: the desk goes on behind it, and its stop is live."""

    answered = Signal(str, bool)
    """`tray` or `quit`, and whether that holds from now on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("close_question")
        self.setAccessibleName("Close the window of Scram")
        self.setWindowTitle("Close the window?")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # The desk ends with its main window and not with this.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        words = QLabel(WORDS, self)
        words.setWordWrap(True)
        self.remember = QCheckBox("Do so from now on", self)
        self.remember.setObjectName("close_remember")
        self.remember.setAccessibleName("Do so from now on, without asking")
        self.tray = self._button("close_to_tray", "Go on in the tray", self._to_tray)
        self.quit = self._button("close_quit", "Quit Scram", self._quit)
        self.stay = self._button("close_stay", "Leave it open", self.close)
        row = QHBoxLayout()
        row.addWidget(self.remember, 1)
        for button in (self.stay, self.quit, self.tray):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addWidget(words)
        column.addLayout(row)
        self.tray.setDefault(True)

    def _button(self, name: str, words: str, act: object) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.clicked.connect(act)
        return button

    def _to_tray(self) -> None:
        self._answer("tray")

    def _quit(self) -> None:
        self._answer("quit")

    def _answer(self, what: str) -> None:
        remember = self.remember.isChecked()
        self.close()
        self.answered.emit(what, remember)
