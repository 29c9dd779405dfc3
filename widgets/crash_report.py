"""The report of what went wrong inside Scram: to be read, copied and found on the disk, over the desk for a while."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from core.crash.view import CrashView
from widgets import figures
from widgets.cover import Cover
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, Line
from widgets.notice_bar import SILENT_MS
from widgets.theme import Tone

LOOK_MS = 500
NO_SILENCE = float("inf")


def standing_words(silent_s: float | None) -> str:
    """What still goes on. `silent_s`: since the last figures came, None where none have come yet."""
    stop = "The stop works as before: its button, its keys, and “scram halt” on the command line."
    if silent_s is None:
        return f"No figures have come yet. {stop}"
    if silent_s * 1000 > SILENT_MS:
        return f"Watching stands still: the last figures came {figures.lasting(silent_s)} ago. {stop}"
    return f"Watching goes on. {stop}"


class CrashReport(Cover):
    folder_requested = Signal()

    def __init__(
        self, desk: QWidget, above: QWidget, stop: QWidget, silent_s: Callable[[], float | None] = lambda: None
    ) -> None:
        super().__init__("fault_report", "Report of internal faults", desk, above, stop)
        self._silent_s = silent_s
        self._view: CrashView | None = None
        self.heading = Line("", Tone.STRONG, font=text_font(18, QFont.Weight.DemiBold), elide=RIGHT)
        self.standing = _words("fault_standing", self)
        self.ended = _words("fault_ended", self)
        self.where = _words("fault_saved", self)
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("fault_text")
        self.text.setAccessibleName("The report")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(figure_font(12))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.nameless = QCheckBox("leave out the names of accounts", self)
        self.nameless.setObjectName("fault_nameless")
        self.nameless.setAccessibleName("Leave the names of accounts out of the report")
        self.nameless.setChecked(True)
        self.nameless.toggled.connect(self._write)
        self.copy = _button("copy_fault_report", "Copy report", self)
        self.copy.clicked.connect(self._copy)
        self.folder = _button("open_fault_folder", "Open folder", self)
        self.folder.clicked.connect(self.folder_requested)
        self.close_report = _button("close_fault_report", "Close", self)
        self.close_report.clicked.connect(self.shut)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.shut)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._say_what_goes_on)
        self._lay_out()

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.nameless)
        foot.addStretch(1)
        for button in (self.copy, self.folder, self.close_report):
            foot.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(28, 18, 28, 18)
        whole.setSpacing(8)
        for part in (self.heading, self.standing, self.ended, self.where):
            whole.addWidget(part)
        whole.addWidget(self.text, 1)
        whole.addLayout(foot)

    def show_view(self, view: CrashView) -> None:
        self._view = view
        self.heading.say(view.headline)
        self.ended.setText("\n".join(view.ended))
        self.ended.setVisible(bool(view.ended) and bool(view.count))
        kept = f"Saved on this machine alone, as {view.saved}." if view.saved else view.trouble
        self.where.setText(f"{kept} Keys, what addresses asked for and your home folder are left out of it.".strip())
        if self.isVisible():
            self._write()

    def open(self) -> None:
        super().open()
        self._say_what_goes_on()
        self._look.start()
        self._write()
        self.close_report.setFocus()

    def shut(self) -> None:
        self._look.stop()
        super().shut()

    def _say_what_goes_on(self) -> None:
        words = standing_words(self._silent_s())
        if words != self.standing.text():
            self.standing.setText(words)

    def _write(self) -> None:
        if self._view is None:
            return
        text = self._view.nameless if self.nameless.isChecked() else self._view.text
        if text != self.text.toPlainText():
            # Whoever reads on keeps the place.
            place = self.text.verticalScrollBar().value()
            self.text.setPlainText(text)
            self.text.verticalScrollBar().setValue(place)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.setText("Copied")


def _words(name: str, parent: QWidget) -> QLabel:
    label = QLabel("", parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _button(name: str, text: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setObjectName(name)
    button.setAccessibleName(text)
    return button
