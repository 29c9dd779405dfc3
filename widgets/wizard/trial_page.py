"""The account tried out: what was read, what the key may do, and a warning where it may withdraw."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QWidget

from core.joining.model import COVERAGE_WORDS, Draft, Findings, TrialStep
from core.venues.protocol import Coverage
from widgets import figures
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, Line
from widgets.theme import Tone
from widgets.wizard.page import WizardPage, button, words

STEPS = ("Connect", "Read", "Permissions", "Prices")
NOT_KNOWN = "not known: this venue does not tell"
WITHDRAWAL = (
    "▲ This key may withdraw. Whoever gets hold of it can empty the account, and Scram never needs that. Make another "
    "key without the right to withdraw, or take the right off this one, and test again."
)
_MARKS = {True: ("✓", Tone.OK), False: ("✕", Tone.CRITICAL), None: ("…", Tone.ACCENT)}


class TrialPage(WizardPage):
    trial_requested = Signal()
    trial_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("test", "Test", "Does it work?", parent)
        self.found: Findings | None = None
        self._tried: Draft | None = None
        self._draft: Draft | None = None
        self.start = button("wizard_test", "Test the connection", self, role="primary")
        self.cancel = button("wizard_cancel_test", "Cancel", self)
        self.state = words("", self, "wizard_test_state")
        self.steps = {name: _StepLine(name, self) for name in STEPS}
        self.figures = _Pairs(self)
        self.rights = _Pairs(self)
        self.warning = words(WITHDRAWAL, self, "wizard_withdrawal", role="warning")
        self.accept = QCheckBox("I know, and go on with this key", self)
        self.accept.setObjectName("wizard_accept_withdrawal")
        self.accept.setAccessibleName("I know that this key may withdraw, and go on with it")
        self.accept.toggled.connect(self.changed)
        self.start.clicked.connect(self.trial_requested)
        self.cancel.clicked.connect(self.trial_cancelled)
        self._lay_out()
        self._show_running(running=False)
        self._show_found(None)

    def _lay_out(self) -> None:
        self.body.addWidget(
            words("Everything is read and nothing is changed: no order is placed, moved or cancelled.", self)
        )
        row = QHBoxLayout()
        row.addWidget(self.start)
        row.addWidget(self.cancel)
        row.addStretch(1)
        self.body.addLayout(row)
        for step in self.steps.values():
            self.body.addWidget(step)
        self.body.addWidget(self.state)
        self.body.addWidget(self.figures)
        self.body.addWidget(self.rights)
        self.body.addWidget(self.warning)
        self.body.addWidget(self.accept)
        self.body.addStretch(1)

    # -- what is told ---------------------------------------------------------------------------------------------

    def show_draft(self, draft: Draft | None) -> None:
        """What was found holds for what was tried, and for nothing else."""
        self._draft = draft
        if draft != self._tried:
            self._tried = self.found = None
            self.accept.setChecked(False)
            self.state.setText("")
            for step in self.steps.values():
                step.reset()
            self._show_found(None)
        self.changed.emit()

    def begin(self) -> None:
        self._tried, self.found = self._draft, None
        self.state.setText("")
        for step in self.steps.values():
            step.reset()
        self._show_found(None)
        self._show_running(running=True)
        self.cancel.setFocus()
        self.changed.emit()

    def show_step(self, step: TrialStep) -> None:
        if step.name in self.steps:
            self.steps[step.name].show_step(step)

    def show_found(self, found: Findings | None, refused: str = "") -> None:
        """`refused`: why nothing was found."""
        had_focus = self.cancel.hasFocus()
        self.found = found
        self._show_running(running=False)
        self.state.setText(refused)
        self.state.setProperty("role", "warning" if refused else "")
        self.state.style().polish(self.state)
        self._show_found(found)
        if had_focus:
            self.start.setFocus()
        self.changed.emit()

    def missing(self) -> str:
        if self.cancel.isVisibleTo(self):
            return "the test is under way"
        if self.found is None:
            return "test the connection first"
        if self.found.rights.may_withdraw and not self.accept.isChecked():
            return "this key may withdraw"
        return ""

    def first(self) -> QWidget:
        return self.start

    def clear_secrets(self) -> None:
        self.show_draft(None)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _show_running(self, *, running: bool) -> None:
        self.cancel.setVisible(running)
        self.start.setEnabled(not running)
        self.start.setText("Test again" if self._tried is not None else "Test the connection")

    def _show_found(self, found: Findings | None) -> None:
        for pairs in (self.figures, self.rights):
            pairs.setVisible(found is not None)
        for part in (self.warning, self.accept):
            part.setVisible(found is not None and bool(found.rights.may_withdraw))
        if found is not None:
            self.figures.show_pairs(_figures(found))
            self.rights.show_pairs(_rights(found))


def _figures(found: Findings) -> list[tuple[str, str, Tone]]:
    tone = Tone.OK if found.coverage is Coverage.EXACT else Tone.MEDIUM
    equity = figures.money(found.equity) if found.equity is not None else figures.UNKNOWN
    rows = [
        ("Equity", equity, Tone.STRONG if found.equity is not None else Tone.UNKNOWN),
        ("Held", f"{figures.count(found.coins, 'coin')}, {figures.count(found.positions, 'position')}", Tone.STRONG),
        ("Resting", figures.count(found.resting_orders, "order"), Tone.STRONG),
        ("Clock", _clock(found), Tone.STRONG if found.clock_offset_ms is not None else Tone.UNKNOWN),
        ("Stop plan", f"{COVERAGE_WORDS[found.coverage]}: {', '.join(found.books)}", tone),
    ]
    return rows + [("Not clear", note, Tone.HIGH) for note in found.notes[:2]]


def _clock(found: Findings) -> str:
    if found.clock_offset_ms is None:
        return "the venue tells no time"
    offset, bound = figures.signed(round(found.clock_offset_ms)), figures.number(round(found.clock_bound_ms))
    return f"{offset} ms from the venue's; it refuses beyond {bound} ms"


def _rights(found: Findings) -> list[tuple[str, str, Tone]]:
    rights = found.rights
    trade = {True: ("yes", Tone.STRONG), False: ("no: Scram can watch it, and no stop can act", Tone.HIGH)}
    leave = {True: ("YES", Tone.CRITICAL), False: ("no", Tone.OK)}
    listed = {True: ("listed addresses alone", Tone.OK), False: ("any address", Tone.MEDIUM)}
    unknown = (NOT_KNOWN, Tone.UNKNOWN)
    return [
        ("May read", "yes", Tone.STRONG),
        ("May trade and cancel", *(unknown if rights.may_cancel is None else trade[rights.may_cancel])),
        ("May withdraw", *(unknown if rights.may_withdraw is None else leave[rights.may_withdraw])),
        ("Taken from", *(unknown if rights.from_listed_addresses is None else listed[rights.from_listed_addresses])),
    ]


class _StepLine(QWidget):
    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"wizard_step_{name.lower()}")
        self._name = name
        self.mark = Line("·", Tone.FAINT, font=text_font(14, QFont.Weight.Bold))
        self.mark.setFixedWidth(20)
        self.title = Line(name, Tone.NORMAL)
        self.title.setFixedWidth(110)
        self.said = Line("", Tone.FAINT, elide=RIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.mark, self.title, self.said):
            row.addWidget(part, 1 if part is self.said else 0)

    def reset(self) -> None:
        self.mark.say("·", Tone.FAINT)
        self.said.say("", Tone.FAINT)
        self.setAccessibleName(self._name)

    def show_step(self, step: TrialStep) -> None:
        self.mark.say(*_MARKS[step.done])
        self.said.say(step.words, Tone.CRITICAL if step.done is False else Tone.NORMAL)
        state = {True: "done", False: "failed", None: "under way"}[step.done]
        self.setAccessibleName(f"{step.name}, {state}: {step.words}")


class _Pairs(QWidget):
    """Names at the left, what is known at the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 6, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[tuple[Line, Line]] = []

    @property
    def texts(self) -> dict[str, str]:
        return {name.text(): said.text() for name, said in self._lines if not name.isHidden()}

    def show_pairs(self, pairs: list[tuple[str, str, Tone]]) -> None:
        while len(self._lines) < len(pairs):
            name, said = Line("", Tone.FAINT), Line("", font=figure_font(13), elide=RIGHT)
            name.setFixedWidth(170)
            self._grid.addWidget(name, len(self._lines), 0)
            self._grid.addWidget(said, len(self._lines), 1)
            self._lines.append((name, said))
        for number, (name, said) in enumerate(self._lines):
            shown = number < len(pairs)
            name.setVisible(shown)
            said.setVisible(shown)
            if shown:
                title, text, tone = pairs[number]
                name.say(title)
                said.say(text, tone)
