"""The fields of one limit, in the units that a person reads; what each may hold is in its tip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from core.config.limit_form import EXPIRES, LABELS, LEVELS, THEN, Texts
from core.config.typed import EXAMPLES
from core.limit_page import LimitsPage
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone

POLICIES = (
    "",
    "propose",
    "approve",
    "auto",
    "stop",
    "auto block",
    "auto block, then approve restore, then propose stop",
)
TRUSTS = ("", "stale", "unsettled", "trusted")
USED = ("yes", "no")
_LEVEL_TONES = dict(zip(LEVELS, (Tone.LOW, Tone.MEDIUM, Tone.HIGH, Tone.CRITICAL), strict=True))
_TIPS = {
    "scope": "portfolio, venue:NAME, account:NAME or strategy:NAME, where NAME may be a pattern (account:alpha-*), or "
    "group:NAME",
    "metric": "What is limited; Help explains every metric",
    "of": "Thresholds are shares of this amount: equity, capital, another amount; empty for none",
    "change_over_s": "Limit not the level but its change for the worse over so long, such as 5 min",
    "clear": "How far inside the threshold it counts as cleared, as a share of it: 5 %",
    "reduce_share": "How much of every position to close where the metric does not say: 50 %",
    "on_delay_s": "How long it has to stand before it is raised, such as 30 s",
    "off_delay_s": "How long it has to be back inside before it clears, such as 2 min",
    "confirm": "So many of the last readings have to show it: 2 of 3",
    "min_trust": "Figures of lower trust are unknown to this limit",
    "active": "When it holds, such as mon-fri 08:00-20:00 UTC; several apart by a semicolon; empty for always",
    "expires": f"Until when it holds: {EXPIRES}; empty for good",
    "note": "For whoever comes after you",
    "enabled": "no: it is as if it were not there",
    "profile": "A profile of the file, or a template that comes with Scram",
}
_ROWS: Sequence[Sequence[str]] = (
    ("low", "then_low", "medium", "then_medium"),
    ("high", "then_high", "critical", "then_critical"),
    ("on_delay_s", "off_delay_s", "clear", "confirm"),
    ("of", "change_over_s", "min_trust", "reduce_share"),
    ("active", "expires", "note", "enabled"),
)
NUMBERS = frozenset((*LEVELS, "clear", "reduce_share", "on_delay_s", "off_delay_s", "change_over_s"))
"""Fields whose numbers are shown and typed in the numerals of the reader."""
Field = QLineEdit | QComboBox


class LimitFields(QWidget):
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("limit_fields")
        self.labels: dict[str, Line] = {}
        self.fields: dict[str, Field] = {}
        self._loading = False
        self._written: dict[str, tuple[str, str]] = {}
        """By field of numbers: what it was filled with, and how that is written."""
        self._choices: dict[str, tuple[str, ...]] = {}
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(6)
        self.grid.setVerticalSpacing(4)
        self._add("scope", 0, 0, 3)
        self._add("metric", 0, 4, 3)
        self._add("profile", 0, 4, 3)
        for row, names in enumerate(_ROWS, start=1):
            for place, name in enumerate(names):
                self._add(name, row, 2 * place, 1)
        for column in range(8):
            self.grid.setColumnStretch(column, column % 2)

    def _add(self, name: str, row: int, column: int, span: int) -> None:
        label = Line(LABELS[name], _LEVEL_TONES.get(name, Tone.FAINT), font=text_font(12), elide=RIGHT, parent=self)
        field = self._field(name)
        field.setObjectName(f"limit_{name}")
        field.setAccessibleName(LABELS[name])
        field.setToolTip(f"{THEN}; empty for an event alone" if name.startswith("then_") else _TIPS.get(name, ""))
        field.setMinimumWidth(44)
        label.setBuddy(field)
        self.labels[name], self.fields[name] = label, field
        if name.startswith("then_"):  # right behind its threshold it needs no word of its own, and all the room
            self.grid.addWidget(field, row, column, 1, span + 1)
            return
        self.grid.addWidget(label, row, column)
        self.grid.addWidget(field, row, column + 1, 1, span)

    def _field(self, name: str) -> Field:
        choices = {"min_trust": TRUSTS, "enabled": USED, **{f"then_{word}": POLICIES for word in LEVELS}}
        if name not in choices and name not in ("scope", "metric", "of", "profile"):
            line = QLineEdit(self)
            line.textChanged.connect(self._tell)
            return line
        box = QComboBox(self)
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(4)
        box.addItems(list(choices.get(name, ())))
        # Its list comes up under its arrow alone: one that came up while somebody types would take the keyboard.
        box.setCompleter(None)  # type: ignore[arg-type]  # None is what Qt takes for none
        edit = box.lineEdit()
        if edit is not None and name.startswith("then_"):
            edit.setPlaceholderText("an event alone")
        box.editTextChanged.connect(self._tell)
        return box

    # -- what they hold -------------------------------------------------------------------------------------------

    def load(self, texts: Texts) -> None:
        self._loading = True
        for name, field in self.fields.items():
            text = texts.get(name, "")
            if name in NUMBERS:
                self._written[name] = (figures.shown(text), text)
                text = self._written[name][0]
            if isinstance(field, QLineEdit):
                field.setText(text)
                field.setCursorPosition(0)
            else:
                field.setEditText(text)
                edit = field.lineEdit()
                if edit is not None:
                    edit.setCursorPosition(0)
        self._loading = False

    def texts(self) -> Texts:
        """Of the fields that are there."""
        return {name: self._text(name) for name, field in self.fields.items() if not field.isHidden()}

    def text(self, name: str) -> str:
        return self._text(name).strip()

    def _text(self, name: str) -> str:
        """As the configuration writes it, whatever numerals it was typed in."""
        field = self.fields[name]
        text = field.text() if isinstance(field, QLineEdit) else field.currentText()
        if name not in NUMBERS:
            return text
        shown, written = self._written.get(name, ("", ""))
        return written if text == shown else figures.plain_text(text)

    def show_choices(self, page: LimitsPage, metrics: Iterable[str], amounts: Iterable[str]) -> None:
        for name, words in (
            ("scope", page.patterns), ("metric", tuple(metrics)), ("of", ("", "capital", *amounts)),
            ("profile", page.profiles),
        ):  # fmt: skip
            field = self.fields[name]
            if isinstance(field, QComboBox) and self._choices.get(name) != words:
                self._choices[name] = words
                self._loading = True
                kept = field.currentText()
                field.clear()
                field.addItems(list(words))
                field.setEditText(kept)
                self._loading = False

    def offer(self, names: Iterable[str], *, fixed: Iterable[str] = ()) -> None:
        """Only these are there, and of them `fixed` to be read alone."""
        wanted, locked = set(names), set(fixed)
        for name, field in self.fields.items():
            field.setVisible(name in wanted)
            self.labels[name].setVisible(name in wanted and not name.startswith("then_"))
            field.setEnabled(name not in locked)

    def show_unit(self, unit: str) -> None:
        for name in LEVELS:
            self.fields[name].setToolTip(f"From here on it is {name}: {EXAMPLES.get(unit, EXAMPLES['number'])}")

    def mark(self, wrong: Iterable[str]) -> None:
        """Labels of fields that cannot be read say so, by a mark and not by colour alone."""
        bad = set(wrong)
        for name, label in self.labels.items():
            usual, wrong_here = _LEVEL_TONES.get(name, Tone.FAINT), name in bad or f"then_{name}" in bad
            label.say(f"✗ {LABELS[name]}" if wrong_here else LABELS[name], Tone.CRITICAL if wrong_here else usual)

    def _tell(self) -> None:
        if not self._loading:
            self.changed.emit()
