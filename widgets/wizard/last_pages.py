"""The end: a dry drill of the stop, and everything that is about to be written, before it is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.domain import AccountMode
from core.halt.drill.report import DrillReport
from core.joining.model import FILE, Choices, Draft, KeyPlaces
from widgets import figures
from widgets.wizard.choice_pages import MEANINGS
from widgets.wizard.page import WizardPage, button, words

ABOUT = (
    "A dry drill does all that a stop does, twice: it lists every order book and makes each cancel ready to the last "
    "byte. Then it holds the cancels back. Nothing is sent that changes anything."
)


class DrillPage(WizardPage):
    drill_requested = Signal()
    drill_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("drill", "Drill", "Could it be stopped now?", parent)
        self._drilled: Draft | None = None
        self._draft: Draft | None = None
        self._running = False
        self.report: DrillReport | None = None
        self.start = button("wizard_drill", "Run a dry drill", self, role="primary")
        self.cancel = button("wizard_cancel_drill", "Cancel", self)
        self.result = words("", self, "wizard_drill_result")
        self.detail = words("", self, "wizard_drill_detail")
        self.body.addWidget(words(ABOUT, self))
        row = QHBoxLayout()
        row.addWidget(self.start)
        row.addWidget(self.cancel)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self.result)
        self.body.addWidget(self.detail)
        self.body.addWidget(words("You may go on without; the page Readiness runs drills at any time.", self))
        self.body.addStretch(1)
        self.start.clicked.connect(self.drill_requested)
        self.cancel.clicked.connect(self.drill_cancelled)
        self.cancel.hide()

    def show_draft(self, draft: Draft | None) -> None:
        self._draft = draft
        if draft != self._drilled:
            self._drilled = self.report = None
            self.result.setText("")
            self.detail.setText("")

    def begin(self) -> None:
        self._drilled, self.report, self._running = self._draft, None, True
        self.result.setText("The drill runs: two listings, with the time between them that a proof needs.")
        self.detail.setText("")
        self.start.setEnabled(False)
        self.cancel.show()
        self.cancel.setFocus()
        self.changed.emit()

    def show_report(self, report: DrillReport | None, refused: str = "") -> None:
        had_focus = self.cancel.hasFocus()
        self.report, self._running = report, False
        self.start.setEnabled(True)
        self.cancel.hide()
        if had_focus:
            self.start.setFocus()
        row = report.rows[0] if report is not None and report.rows else None
        if row is None or row.passed is None:
            self.result.setText(refused or (row.reason if row is not None else ""))
            self.detail.setText("")
        elif row.passed:
            self.result.setText("✓ PASSED: a stop of this account can be carried out and proven.")
            held = row.held_back or 0
            cancels = f"{figures.count(held, 'cancel')} held back" if held else "no cancel was needed"
            self.detail.setText(
                f"{figures.count(row.orders or 0, 'order')} in {figures.count(len(row.books), 'book')} "
                f"({', '.join(row.books)}), {cancels}. Ready after {_ms(row.ready_ms)}, each listing within "
                f"{_ms(row.list_ms)}, the whole took {_ms(row.whole_ms)}."
            )
        else:
            self.result.setText("✕ FAILED: as things stand, a stop of this account could not be proven.")
            self.detail.setText(row.reason)
        self.changed.emit()

    def missing(self) -> str:
        return "the drill is under way" if self._running else ""

    def first(self) -> QWidget:
        return self.start


def _ms(value: float | None) -> str:
    return figures.UNKNOWN if value is None else figures.milliseconds(value)


class FinishPage(WizardPage):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("finish", "Finish", "Ready to join", parent)
        self.summary = words("", self, "wizard_summary")
        self.state = words("", self, "wizard_finish_state")
        self.body.addWidget(self.summary)
        self.body.addSpacing(8)
        self.body.addWidget(words("Nothing has been written so far. Join writes it, and opens the desk on it.", self))
        self.body.addWidget(self.state)
        self.body.addStretch(1)
        self._writing = False

    def show_plan(
        self, draft: Draft, choices: Choices, places: KeyPlaces, config: str, drill: DrillReport | None
    ) -> None:
        where = f"the encrypted file {places.file}" if choices.storage == FILE else f"the keyring ({places.keyring})"
        server = f" through {draft.server}" if draft.server else " (test network)" if draft.test_network else ""
        mode = "watched only" if choices.mode is AccountMode.WATCH else "watched, and acted in by the limits"
        limits = MEANINGS[choices.template][0] if choices.template else "none yet"
        passed = "not run" if drill is None else "passed" if drill.failed == 0 and drill.passed else "not passed"
        self.summary.setText(
            f"Account {draft.name} at {draft.exchange}{server}: {mode}.\n"
            f"Limits: {limits}.   Dry drill: {passed}.\n\n"
            f"Its keys go to {where}.\n"
            f"The account is added to {config}; whatever else is in that file stays as it is."
        )

    def begin(self) -> None:
        self._writing = True
        self.state.setText("Writing, and opening the desk …")
        self.changed.emit()

    def show_failed(self, text: str) -> None:
        self._writing = False
        self.state.setText(f"Nothing was written: {text}")
        self.changed.emit()

    def missing(self) -> str:
        return "it is being written" if self._writing else ""

    def turned_to(self) -> None:
        self._writing = False
        self.state.setText("")
