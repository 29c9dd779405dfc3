"""One row of the page of the settings: name, words, and the control that its kind asks for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from core.errors import SettingError
from widgets.fonts import text_font
from widgets.line import Line
from widgets.settings import Choice, Setting, Settings, Switch, Whole
from widgets.theme import Tone

CONTROL_PX = 236


class SettingRow(QWidget):
    """A bad value is turned down with a sentence: what was typed stays to be mended, what was in force stays so."""

    refused = Signal(str)
    """The sentence; "" once it is mended."""

    def __init__(self, setting: Setting[Any], settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._settings = settings
        name = setting.key.replace("/", "_")
        self.setObjectName(f"setting_{name}")
        self.title = Line(setting.title, Tone.STRONG, font=text_font(13, QFont.Weight.DemiBold))
        self.words = _paragraph(self, setting.words + (" Takes effect at the next start." if setting.restart else ""))
        self.problem = _paragraph(self, "")
        self.problem.setProperty("role", "warning")
        self.problem.setObjectName(f"problem_{name}")
        self.problem.hide()
        self.control = self._control(name)
        self.control.setAccessibleName(setting.title)
        self.control.setAccessibleDescription(setting.words)
        self.usual = QToolButton(self)
        self.usual.setObjectName(f"usual_{name}")
        self.usual.setText("Reset")
        self.usual.setProperty("role", "flat")
        self.usual.setAccessibleName(f"Reset {setting.title}")
        self.usual.setToolTip(f"Back to what it is at first: {self._shown(setting.default)}")
        self.usual.clicked.connect(self._reset)
        self._lay_out()
        settings.follow(setting, self._show)
        self._say(settings.problem(setting))

    def _lay_out(self) -> None:
        text = QVBoxLayout()
        text.setSpacing(1)
        for part in (self.title, self.words, self.problem):
            text.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 0, 3)
        row.setSpacing(12)
        row.addLayout(text, 1)
        self.control.setFixedWidth(CONTROL_PX)
        row.addWidget(self.control, 0, Qt.AlignmentFlag.AlignTop)
        kept = self.usual.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.usual.setSizePolicy(kept)
        row.addWidget(self.usual, 0, Qt.AlignmentFlag.AlignTop)

    def _control(self, name: str) -> QWidget:
        kind = self.setting.kind
        if isinstance(kind, Switch):
            box = QCheckBox("On", self)
            box.setObjectName(f"switch_{name}")
            box.clicked.connect(self._switched)
            return box
        if isinstance(kind, Choice):
            list_ = QComboBox(self)
            list_.setObjectName(f"choice_{name}")
            for value, words in kind.options:
                list_.addItem(words, value)
            list_.activated.connect(self._chosen)
            return list_
        field = QLineEdit(self)
        field.setObjectName(f"field_{name}")
        field.setPlaceholderText(kind.allowed)
        field.editingFinished.connect(self._typed)
        return field

    def matches(self, needle: str) -> bool:
        """Whether every word of the search is somewhere in what it says of itself."""
        setting = self.setting
        options = " ".join(words for _, words in setting.kind.options) if isinstance(setting.kind, Choice) else ""
        said = f"{setting.title} {setting.words} {setting.group.value} {setting.key} {options}".lower()
        return all(word in said for word in needle.lower().split())

    def remark(self, words: str) -> None:
        """What else there is to know of it, from now on."""
        self.words.setText(f"{self.words.text()} {words}")

    def _shown(self, value: Any) -> str:
        kind = self.setting.kind
        if isinstance(kind, Choice):
            return dict(kind.options).get(value, str(value))
        if isinstance(kind, Whole):
            return kind.at_zero if not value and kind.at_zero else f"{value} {kind.unit}".strip()
        return str(kind.write(value))

    def _show(self, value: Any) -> None:
        control = self.control
        if isinstance(control, QCheckBox):
            control.setChecked(bool(value))
            control.setText("On" if value else "Off")
        elif isinstance(control, QComboBox):
            control.setCurrentIndex(control.findData(value))
        elif isinstance(control, QLineEdit):
            control.setText(self._shown(value))
        self.usual.setVisible(value != self.setting.default)
        self._say("")

    def _switched(self, on: bool) -> None:
        self._keep(self.setting.kind.write(on))

    def _chosen(self, place: int) -> None:
        if isinstance(self.control, QComboBox):
            self._keep(str(self.control.itemData(place)))

    def _typed(self) -> None:
        if isinstance(self.control, QLineEdit):
            self._keep(self.control.text())

    def _reset(self) -> None:
        self.control.setFocus()
        self._keep(self.setting.kind.write(self.setting.default))

    def _keep(self, text: str) -> None:
        try:
            self._settings.keep_text(self.setting, text)
        except SettingError as error:
            self._say(f"{self.setting.title}: {error}. What was in force stays.")
        else:
            self._show(self._settings.value(self.setting))

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.refused.emit(problem)


def _paragraph(parent: QWidget, text: str) -> QLabel:
    label = QLabel(text, parent)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(text_font(12))
    return label
