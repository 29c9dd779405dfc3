"""The headline of a stop: it counts proven accounts, and is green only when there is no other."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.halt.model import HaltView
from widgets import figures
from widgets.bar import ShareBar
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.marks import scope_words, terms_words
from widgets.panel import Panel
from widgets.theme import Tone


class ProofHeadline(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("proof_headline", "Stop and proof", parent)
        big = figure_font(34, QFont.Weight.Bold)
        self.proven = Line("", Tone.STRONG, font=big, elide=RIGHT)
        self.words = Line("No stop is latched", Tone.STRONG, font=text_font(15, QFont.Weight.DemiBold))
        self.how = Line("", Tone.FAINT, font=text_font(12))
        self.unknown = Line("", Tone.UNKNOWN, font=text_font(19, QFont.Weight.Bold), elide=RIGHT)
        self.resting = Line("", Tone.CRITICAL, font=text_font(19, QFont.Weight.Bold), elide=RIGHT)
        self.facts = Line("", Tone.NORMAL, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self.course = Line("", Tone.NORMAL, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self.shares = ShareBar()
        self.latch = Line("", Tone.CRITICAL, font=text_font(13, QFont.Weight.DemiBold))
        self._lay_out()

    def _lay_out(self) -> None:
        said = QVBoxLayout()
        said.addWidget(self.words)
        said.addWidget(self.how)
        right = QVBoxLayout()
        right.addWidget(self.facts)
        right.addWidget(self.shares)
        right.addWidget(self.course)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.proven)
        row.addLayout(said, 3)
        row.addWidget(self.unknown)
        row.addWidget(self.resting)
        row.addLayout(right, 5)
        self.body.addLayout(row)
        self.body.addWidget(self.latch)
        self.latch.hide()

    def show_halt(self, halt: HaltView | None) -> None:
        for part in (self.proven, self.shares, self.facts, self.course, self.how):
            part.setVisible(halt is not None)
        self.unknown.setVisible(halt is not None and halt.unknown > 0)
        self.resting.setVisible(halt is not None and halt.resting > 0)
        self.latch.setVisible(halt is not None and bool(halt.latch_error or halt.save_error))
        if halt is None:
            self.words.say("No stop is latched", Tone.STRONG)
            self.note.say("the proof appears here as soon as a stop is fired")
            return
        self._show_counts(halt)
        self._show_facts(halt)

    def _show_counts(self, halt: HaltView) -> None:
        tone = Tone.OK if halt.proven else Tone.STRONG
        rows = len(halt.rows)
        self.proven.say(figures.number(halt.verified), tone)
        proven = "proven" if halt.kept else "proven empty"
        self.words.say(f"of {figures.count(rows, 'account')} {proven}" if rows else "no account in this scope", tone)
        kept = f"{figures.count(halt.kept, 'protective order')} kept" if halt.kept else ""
        self.how.say(f"{kept}, nothing else" if kept else "listed twice, the second time late enough")
        self.unknown.say(f"{figures.number(halt.unknown)} UNKNOWN")
        self.resting.say(f"{figures.number(halt.resting)} RESTING")
        self.shares.show_parts(
            ((halt.verified, Tone.OK), (halt.unknown, Tone.UNKNOWN), (halt.resting, Tone.CRITICAL)),
        )

    def _show_facts(self, halt: HaltView) -> None:
        fired = f"by {halt.fired_by or 'unknown'} · {figures.clock(halt.fired_at_s)}"
        self.note.say(
            f"{fired} · {scope_words(halt.scope)} · {terms_words(halt.terms)} · reason: {halt.reason or 'none given'}"
        )
        proof = (
            f"all proven after {figures.milliseconds(halt.proof_ms)}" if halt.proof_ms is not None else "not yet proven"
        )
        if halt.expected_ms is not None:
            proof += f", expected {figures.milliseconds(halt.expected_ms)}"
        first = f"first cancel {figures.milliseconds(halt.first_cancel_ms)}"
        passes = max((row.passes for row in halt.rows), default=0)
        sweep = f"sweeping, pass {passes}" if halt.sweeping else "not sweeping"
        self.facts.say(f"{first} · {figures.count(halt.orders_cancelled, 'order')} cancelled")
        self.course.say(f"{proof} · {sweep}")
        lost = f"▲ What was cancelled is not on disk: {halt.save_error}. It could not be restored after a restart."
        kept = "The guardian's own is" if halt.latched_by_guardian else "A restart would not remember this stop"
        unlatched = f"▲ The latch is not on disk: {halt.latch_error}. {kept}."
        self.latch.say(unlatched if halt.latch_error else lost)
