"""The configuration in force: its file and version, what waits for a restart or a reason, what is kept and where."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from core.config_view import ConfigView
from core.intents import ReloadConfig
from core.snapshot import Snapshot
from widgets import figures
from widgets.fonts import text_font
from widgets.line import Line
from widgets.panel import Panel
from widgets.theme import Tone

SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
TOP = Qt.AlignmentFlag.AlignTop
MOST = 4
"""Sentences that are shown at once; the rest is counted."""


class ConfigPanel(Panel):
    open_requested = Signal(str)
    """The path of the file that somebody wants to open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("config_panel", "Configuration", parent)
        self.facts = QLabel("", self)
        self.facts.setObjectName("config_facts")
        self.facts.setAccessibleName("Configuration in force")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setTextInteractionFlags(SELECTABLE)
        self.facts.setWordWrap(True)
        self.facts.setFont(text_font(12))
        self.waiting = QLabel("", self)
        self.waiting.setObjectName("config_waiting")
        self.waiting.setProperty("role", "warning")
        self.waiting.setWordWrap(True)
        self.waiting.setTextFormat(Qt.TextFormat.PlainText)
        self.waiting.hide()
        self.open = self._button("config_open", "Open file", "Open the configuration in the system's editor")
        self.reason = QLineEdit(self)
        self.reason.setObjectName("config_reason")
        self.reason.setAccessibleName("Reason for reading the configuration again")
        self.reason.setPlaceholderText("Reason, where limits leave more room than before")
        self.reload = self._button("config_reload", "Reload", "Read the configuration again now")
        self.open.clicked.connect(self._open)
        self.reload.clicked.connect(self._reload)
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(self.open)
        bar.addWidget(self.reason, 1)
        bar.addWidget(self.reload)
        self.body.addWidget(self.facts)
        self.body.addWidget(self.waiting)
        self.body.addStretch(1)
        self.body.addLayout(bar)
        self.kept = KeptGrid(self)
        self.body.addWidget(self.kept)
        self._view: ConfigView | None = None
        self._show(None)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setAccessibleDescription(tip)
        return button

    def draw(self, snapshot: Snapshot) -> None:
        self._show(snapshot.config)

    def _show(self, view: ConfigView | None) -> None:
        self._view = view
        waits = () if view is None else waiting_words(view)
        word = "not told yet" if view is None else "▲ something waits" if waits else "in force"
        self.note.say(word, Tone.HIGH if waits else Tone.FAINT)
        _write(self.facts, "No configuration is in force yet." if view is None else "\n".join(fact_words(view)))
        _write(self.waiting, "\n".join(waits))
        self.waiting.setVisible(bool(waits))
        self.open.setEnabled(view is not None and bool(view.file))
        self.reload.setEnabled(view is not None and bool(view.file))
        self.reason.setEnabled(view is not None and bool(view.file))
        self.kept.show_lines(() if view is None else kept_lines(view))

    def _open(self) -> None:
        if self._view is not None and self._view.file:
            self.open_requested.emit(self._view.file)

    def _reload(self) -> None:
        self.asked.emit(ReloadConfig("", self.reason.text().strip()))
        self.reason.clear()


class KeptGrid(QWidget):
    """Names and words, line by line; made anew only where they have become others."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines: tuple[tuple[str, str], ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 6, 0, 0)
        self._grid.setVerticalSpacing(1)
        self._grid.setHorizontalSpacing(14)
        self._grid.setColumnStretch(1, 1)

    def show_lines(self, lines: tuple[tuple[str, str], ...]) -> None:
        if lines == self._lines:
            return
        self._lines = lines
        while (item := self._grid.takeAt(0)) is not None:
            part = item.widget()
            if part is not None:
                part.hide()
                part.deleteLater()
        for row, (name, words) in enumerate(lines):
            self._grid.addWidget(Line(name, Tone.FAINT, font=text_font(12), parent=self), row, 0, TOP)
            told = QLabel(words, self)
            told.setFont(text_font(12))
            told.setWordWrap(True)
            told.setTextFormat(Qt.TextFormat.PlainText)
            self._grid.addWidget(told, row, 1)


def fact_words(view: ConfigView) -> tuple[str, ...]:
    file = view.file or "made by Scram itself, without a file"
    version = view.version or figures.UNKNOWN
    read = figures.day(view.read_at_s)
    return (file, f"version {version} · limits version {view.limits_version} · taken over {read}")


def waiting_words(view: ConfigView) -> tuple[str, ...]:
    problem = [f"Not taken over: {view.problem.splitlines()[0]}"] if view.problem else []
    held = [f"Waits for a reason: {sentence}" for sentence in view.held]
    told = [*problem, *(_sentence(sentence) for sentence in view.restart), *held]
    if len(told) > MOST:
        told = [*told[: MOST - 1], f"and {len(told) - MOST + 1} more"]
    return tuple(told)


def kept_lines(view: ConfigView) -> tuple[tuple[str, str], ...]:
    keys = ", ".join(f"{figures.count(number, 'account')} in {place}" for place, number in view.keys)
    return (("Keys of accounts", keys or figures.UNKNOWN), *view.kept)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _write(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
