"""Taking the latch off: a second, deliberate act, with what still speaks against it in plain sight."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from core.domain import Severity
from core.events.model import OPEN_STATES
from core.halt.model import HaltView
from core.snapshot import Snapshot
from widgets.fonts import text_font
from widgets.line import Line
from widgets.panel import Panel
from widgets.theme import Tone


def checklist(halt: HaltView, snapshot: Snapshot, reason: str) -> tuple[tuple[str, bool], ...]:
    """What should be true before a reset; none of it is a condition for the button."""
    resting = sum(order.delay_ms is None and not order.kept for order in halt.late_orders)
    standing = (event for event in snapshot.events if event.scope == halt.scope and event.state in OPEN_STATES)
    breached = any(event.severity >= Severity.HIGH for event in standing)
    return (
        (f"every account proven empty ({halt.verified:,} / {len(halt.rows):,})", halt.proven),
        (f"no late order resting ({resting:,})", resting == 0),
        ("no high or critical event on this scope", not breached),
        ("the latch is on disk", not halt.latch_error),
        ("operator named", bool(snapshot.operator)),
        ("reason written", bool(reason)),
    )


class ResetForm(Panel):
    reset_requested = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("reset_form", "Return to trading", parent)
        self.note.say("reset is not resume")
        self._halt: HaltView | None = None
        self._shown: Snapshot | None = None
        self.checks = [Line("", Tone.FAINT, font=text_font(13)) for _ in range(6)]
        self.reason = QLineEdit(self)
        self.reason.setObjectName("reset_reason")
        self.reason.setAccessibleName("Reason for the reset")
        self.reason.setPlaceholderText("Reason (required)")
        self.reset = QPushButton("Reset…", self)
        self.reset.setObjectName("reset")
        self.reset.setAccessibleName("Reset the stop; does not resume trading")
        self.reset.setEnabled(False)
        hint = Line("Takes the latch off. Nothing is restarted.", Tone.FAINT, font=text_font(12))
        for part in (*self.checks, self.reason, self.reset, hint):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.reason.textChanged.connect(self._weigh)
        self.reset.clicked.connect(self._ask)

    def show_halt(self, halt: HaltView | None, snapshot: Snapshot) -> None:
        if (halt.halt_id if halt else "") != (self._halt.halt_id if self._halt else ""):
            # A reason belongs to one stop: it must not be carried over to the next.
            self.reason.clear()
        self._halt, self._shown = halt, snapshot
        self.setVisible(halt is not None)
        self._weigh()

    def _weigh(self) -> None:
        reason = self.reason.text().strip()
        self.reset.setEnabled(self._halt is not None and bool(reason))
        if self._halt is None or self._shown is None:
            return
        for line, (words, met) in zip(self.checks, checklist(self._halt, self._shown, reason), strict=True):
            line.say(f"{'✓' if met else '○'} {words}", Tone.OK if met else Tone.NORMAL)

    def _ask(self) -> None:
        reason = self.reason.text().strip()
        if self._halt is not None and reason:
            self.reset_requested.emit(self._halt.halt_id, reason)
