"""Whether the journal is what was written: the last check with its age, one that runs, and the button for another."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from core.journal.intents import CallOffJournalCheck, CheckJournal
from core.journal.views import JournalCheck
from core.snapshot import Snapshot
from widgets import figures
from widgets.bar import HeadroomBar
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.panel import Panel
from widgets.theme import Tone


def verdict(check: JournalCheck | None) -> tuple[str, Tone]:
    """What the last check came to, in words."""
    if check is None:
        return "◆ never checked", Tone.UNKNOWN
    if check.intact:
        return f"✓ intact up to record {figures.number(check.done)}", Tone.OK
    return f"▲ NOT INTACT: {check.words}", Tone.CRITICAL


def proof_words(check: JournalCheck | None) -> str:
    """What stands behind the verdict: seals, signatures, keys, and what could not be checked."""
    if check is None:
        return "The check recomputes every record's hash and looks at every seal; it holds up nobody."
    said = []
    if check.intact:
        said.append(f"{figures.count(check.seals, 'seal')} hold" if check.seals else "no seal stands in it yet")
        if check.seals:
            noted = figures.number(check.noted)
            said.append(f"{figures.number(check.signed)} of them signed, {noted} also noted outside the database")
        said += [f"key {key[:16]}" for key in check.keys]
    said += [f"not checked: {remark}" for remark in check.remarks]
    return " · ".join(said)


class JournalCheckPanel(Panel):
    record_selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("journal_check", "Is it what was written", parent)
        self.verdict = Line("", font=text_font(15, QFont.Weight.DemiBold), elide=RIGHT)
        self.proof = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT)
        self.bar = HeadroomBar(self)
        self.show_bad = QToolButton(self)
        self.show_bad.setObjectName("show_bad_record")
        self.show_bad.setText("Show record")
        self.show_bad.setToolTip("Open the first record that is not what was written")
        self.show_bad.clicked.connect(self._show_bad)
        self.check = QPushButton("Verify", self)
        self.check.setObjectName("check_journal")
        self.check.setAccessibleName("Verify the journal: recompute the whole chain")
        self.check.setToolTip("Recompute the whole chain and look at every seal (Alt+V)")
        self.check.setShortcut("Alt+V")
        self.check.clicked.connect(self._press)
        lines = QVBoxLayout()
        lines.setSpacing(2)
        for part in (self.verdict, self.proof, self.bar):
            lines.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addLayout(lines, 1)
        row.addWidget(self.show_bad)
        row.addWidget(self.check)
        self.body.addLayout(row)
        self._running = False
        self._bad: int | None = None

    def draw(self, snapshot: Snapshot) -> None:
        desk = snapshot.journal_desk
        last, check = desk.last_check, desk.check
        running = check if check is not None and check.running else None
        self._running = running is not None
        self.check.setText("Cancel" if running else "Verify")
        self.check.setAccessibleName("Call off the check" if running else "Verify the journal: recompute the chain")
        if running is not None:
            self._show_running(running)
        else:
            self.verdict.say(*verdict(last))
            self.proof.say(proof_words(last))
            self.bar.show_used(math.nan, Tone.ACCENT)
            self.note.say(*self._age(last, check, snapshot))
        bad = last.first_bad_seq if last is not None and not last.intact else None
        self._bad = bad if running is None else None
        self.show_bad.setVisible(self._bad is not None)

    def _show_running(self, check: JournalCheck) -> None:
        share = check.done / check.total if check.total else 0.0
        done, whole = figures.number(check.done), figures.number(check.total)
        self.verdict.say(f"checking: {done} of {whole} records" if check.total else "checking", Tone.ACCENT)
        self.proof.say("Nothing waits for it: records go on being written meanwhile.")
        self.bar.show_used(share, Tone.ACCENT)
        self.note.say(f"{figures.percent(share)} · asked for by {check.by}")

    def _age(self, last: JournalCheck | None, check: JournalCheck | None, snapshot: Snapshot) -> tuple[str, Tone]:
        if check is not None and check.called_off:
            return f"the last check was called off after {figures.count(check.done, 'record')}", Tone.MEDIUM
        if last is None or last.ended_at_s is None:
            return "", Tone.FAINT
        age = figures.seconds(max(0.0, snapshot.at_s - last.ended_at_s))
        since = max(0, snapshot.journal.records - last.done)
        more = f" · {figures.count(since, 'record')} since, not checked" if last.intact and since else ""
        return f"checked {age} ago by {last.by}{more}", Tone.FAINT

    def _press(self) -> None:
        self.asked.emit(CallOffJournalCheck("") if self._running else CheckJournal(""))

    def _show_bad(self) -> None:
        if self._bad is not None:
            self.record_selected.emit(self._bad)
