"""Taking the latch off: a second, deliberate act, with what still speaks against it in plain sight."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from core.domain import Scope
from core.halt.model import HaltView
from core.halt.way_back.checklist import CheckRow, ReturnView, RoomOffer
from core.halt.way_back.second import ReturnAct
from core.snapshot import Snapshot
from widgets.fonts import text_font
from widgets.line import Line
from widgets.panel import Panel
from widgets.restore_card import RestoreCard
from widgets.room_row import RoomRow
from widgets.second_row import SecondRow
from widgets.theme import Tone

LINES = 8
_MARKS = {True: ("✓", Tone.OK), False: ("○", Tone.NORMAL), None: ("◆", Tone.UNKNOWN)}


def checklist(halt: HaltView, snapshot: Snapshot, reason: str) -> tuple[CheckRow, ...]:
    """What should be true before a reset; none of it is a condition for the button."""
    return (
        *(row for view in snapshot.returns if view.halt_id == halt.halt_id for row in view.rows),
        *(() if snapshot.operator else (CheckRow("operator named", False),)),
        CheckRow("reason written", bool(reason)),
    )


class ResetForm(Panel):
    reset_requested = Signal(str, str)
    """The id of the stop, and the reason."""
    rebase_requested = Signal(object, str)
    """The Scope whose peak is to be what it stands at now, and the reason."""

    room_requested = Signal(object, float, float, str)
    """The RoomOffer, the threshold, until when (wall time), and the reason."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("reset_form", "Return to trading", parent)
        self.note.say("resuming is a further act")
        self._halt: HaltView | None = None
        self._shown: Snapshot | None = None
        self.checks = [Line("", Tone.FAINT, font=text_font(13)) for _ in range(LINES)]
        self.restore = RestoreCard(self)
        self.reason = QLineEdit(self)
        self.reason.setObjectName("reset_reason")
        self.reason.setAccessibleName("Reason for the reset")
        self.reason.setPlaceholderText("Reason (required)")
        self.offer = Line("", Tone.MEDIUM, font=text_font(12))
        self.rebase = _button(
            "rebase", "Re-base", "Re-base the peak: measure falls from where the scope stands now", self
        )
        self.room = RoomRow(self)
        self.second = SecondRow(self)
        self.reset = _button("reset", "Reset…", "Reset the stop; does not resume trading", self)
        self.room.put_first(self.rebase)
        for part in (*self.checks, self.restore, self.reason, self.offer, self.room, self.second, self.reset):
            self.body.addWidget(part)
        for line in (*self.checks, *self.restore.lines):
            line.hide()  # until there is something to say: shown empty, they would push a small window apart
        self.body.addStretch(1)
        self.reason.textChanged.connect(self._weigh)
        self.reset.clicked.connect(self._ask)
        self.rebase.clicked.connect(self._ask_for_rebase)
        self.room.asked.connect(self._ask_for_room)

    def show_halt(self, halt: HaltView | None, snapshot: Snapshot) -> None:
        if (halt.halt_id if halt else "") != (self._halt.halt_id if self._halt else ""):
            # A reason belongs to one stop: it must not be carried over to the next.
            self.reason.clear()
        self._halt, self._shown = halt, snapshot
        self.setVisible(halt is not None and not halt.resuming)
        waiting = (one for one in snapshot.pending if halt is not None and one.halt_id == halt.halt_id)
        pending = next((one for one in waiting if one.act is ReturnAct.RESET), None)
        self.second.show_pending(pending, snapshot.at_s)
        self.reset.setVisible(pending is None)
        self.restore.show_plan("" if halt is None else halt.halt_id, snapshot.restore)
        self._weigh()

    def _weigh(self) -> None:
        reason = self.reason.text().strip()
        self.reset.setEnabled(self._halt is not None and bool(reason))
        self.rebase.setEnabled(self._halt is not None and bool(reason))
        if self._halt is None or self._shown is None:
            return
        rows = checklist(self._halt, self._shown, reason)
        for place, line in enumerate(self.checks):
            line.setVisible(place < len(rows))
            if place < len(rows):
                mark, tone = _MARKS[rows[place].met]
                line.say(f"{mark} {rows[place].words}", tone)
        halt_id = self._halt.halt_id
        view = next((view for view in self._shown.returns if view.halt_id == halt_id), ReturnView(halt_id, ()))
        self.offer.setVisible(bool(view.rebase))
        self.offer.say(view.rebase)
        self.room.show_offer(view.room, may=bool(reason))
        self.room.setVisible(bool(view.rebase))

    def _ask(self) -> None:
        reason = self.reason.text().strip()
        if self._halt is not None and reason:
            self.reset_requested.emit(self._halt.halt_id, reason)

    def _ask_for_rebase(self) -> None:
        reason = self.reason.text().strip()
        if self._halt is not None and reason:
            scope: Scope = self._halt.scope
            self.rebase_requested.emit(scope, reason)

    def _ask_for_room(self, offer: RoomOffer, threshold: float, seconds: float) -> None:
        reason = self.reason.text().strip()
        if self._shown is not None and reason:
            self.room_requested.emit(offer, threshold, self._shown.at_s + seconds, reason)


def _button(name: str, words: str, accessible: str, parent: QWidget) -> QPushButton:
    button = QPushButton(words, parent)
    button.setObjectName(name)
    button.setAccessibleName(accessible)
    button.setEnabled(False)
    return button
