"""The last line: how fast Scram is, whether its journal is whole, and what time it is."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.snapshot import GuardianView, JournalView, Snapshot
from widgets import figures
from widgets.fonts import figure_font, text_font
from widgets.guardian_line import guardian_tip, guardian_words
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.mute_button import MuteButton
from widgets.panel import SnapshotWidget
from widgets.theme import Tone

GAP_PX, EDGE_PX = 26, 12
PENDING_MANY = 1_000
"""Records waiting for the disk that are worth a colour: a healthy journal writes within a cycle or two."""

TOLD_MS = 8_000


def journal_words(journal: JournalView) -> tuple[str, Tone]:
    pending = f", {figures.number(journal.pending)} pending" if journal.pending else ""
    if journal.error:
        return f"▲ journal: {journal.error}{pending}", Tone.CRITICAL
    if not journal.intact:
        return f"▲ journal {figures.number(journal.records)} records, NOT INTACT{pending}", Tone.CRITICAL
    tone = Tone.MEDIUM if journal.pending > PENDING_MANY else Tone.FAINT
    return f"journal {figures.number(journal.records)} records, intact{pending}", tone


class StatusStrip(SnapshotWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("status_strip", "State of Scram itself", parent)
        font = figure_font(11)
        self.reaction = Line("", Tone.FAINT, font=font, elide=RIGHT)
        self.cycle = Line("", Tone.FAINT, font=font, elide=RIGHT)
        self.stall = Line("", Tone.FAINT, font=font, elide=RIGHT)
        self.journal = Line("", Tone.FAINT, font=font, elide=RIGHT)
        self.guardian = Line("", Tone.FAINT, font=font, elide=RIGHT)
        self.guardian.setObjectName("guardian_line")
        self.updates = Line("", Tone.FAINT, font=font, elide=RIGHT)
        self.clock = Line("", Tone.NORMAL, font=font, align=RIGHT_MIDDLE, elide=RIGHT)
        self.done = Line("", Tone.ACCENT, font=text_font(11, QFont.Weight.DemiBold), align=RIGHT_MIDDLE, elide=RIGHT)
        self.done.setObjectName("done_line")
        self._fading = QTimer(self, interval=TOLD_MS, singleShot=True)
        self._fading.timeout.connect(self._fade)
        self.mute = MuteButton(self)
        self.mute.hide()  # until somebody sounds alarms
        row = QHBoxLayout(self)
        row.setContentsMargins(EDGE_PX, 1, EDGE_PX, 3)
        row.setSpacing(GAP_PX)
        for part in (self.reaction, self.cycle, self.stall, self.journal, self.guardian, self.updates):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.done)
        row.addWidget(self.mute)
        row.addWidget(self.clock)

    def tell(self, words: str) -> None:
        """What was just done to the desk itself, for a few seconds."""
        self.done.say(words)
        self.done.setAccessibleName(words)
        self._make_room()
        self._fading.start()

    def _fade(self) -> None:
        self.done.say("")
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """What the engine says of itself every second gives way, to what was just done and in a narrow window: half a
        figure is none."""
        told = bool(self.done.text())
        kept: list[QWidget] = [self.reaction, self.journal, self.clock, *([self.done] if told else [])]
        kept += [part for part in (self.guardian, self.mute) if not part.isHidden()]
        room = self.width() - 2 * EDGE_PX - sum(part.sizeHint().width() + GAP_PX for part in kept)
        for part in (self.stall, self.cycle, self.updates):
            room -= part.sizeHint().width() + GAP_PX
            part.setVisible(room >= 0 and not (told and part is not self.stall))

    def draw(self, snapshot: Snapshot) -> None:
        latency = snapshot.latency
        half, most = (
            figures.milliseconds(latency.update_to_event_p50),
            figures.milliseconds(latency.update_to_event_p99),
        )
        self.reaction.say(f"socket → event  p50 {half}  p99 {most}")
        self.cycle.say(f"cycle p99 {figures.milliseconds(latency.cycle_p99)}")
        self.stall.say(f"loop stall {figures.milliseconds(latency.loop_stall_max)}")
        self.journal.say(*journal_words(snapshot.journal))
        self._show_guardian(snapshot.guardian)
        self.updates.say(f"{figures.number(snapshot.updates)} updates")
        self.clock.say(figures.clock(snapshot.at_s))
        self._make_room()

    def _show_guardian(self, view: GuardianView | None) -> None:
        words, tone = guardian_words(view)
        self.guardian.say(words, tone)
        self.guardian.setToolTip(guardian_tip(view))
        self.guardian.setAccessibleName(words)
        self.guardian.setVisible(bool(words))
