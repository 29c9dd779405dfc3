"""How well Scram itself does: how much is mended without a person, and how fast anything is noticed."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.snapshot import AutomationView, Snapshot
from widgets import figures
from widgets.fonts import figure_font, text_font
from widgets.line import RIGHT, Line
from widgets.nav import MITIGATIONS
from widgets.panel import SnapshotWidget
from widgets.row_button import RowButton
from widgets.theme import Tone

SLOW_MS = 1_000.0
"""From an update to its event: risk is to be found in well under a second."""
STALL_MS = 50.0
"""Longer than that, and the window is felt to stand still."""


def _both(half_ms: float, most_ms: float) -> str:
    """`8.0 / 41 ms`: the unit once where both have the same, since tiles are narrow."""
    half, most = figures.milliseconds(half_ms), figures.milliseconds(most_ms)
    amount, _, unit = half.partition(figures.SPACE)
    return f"{amount} / {most}" if most.endswith(f"{figures.SPACE}{unit}") else f"{half} / {most}"


class Tile(RowButton):
    """A caption and one figure; opens a page where there is one that tells more."""

    def __init__(self, name: str, caption: str, tip: str, parent: QWidget, *, opens: bool = False) -> None:
        super().__init__(name, parent)
        self.caption = Line(caption, Tone.FAINT, font=text_font(11), elide=RIGHT)
        self.value = Line("", Tone.UNKNOWN, font=figure_font(15, QFont.Weight.Bold), elide=RIGHT)
        self._tip = tip
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(self.caption)
        column.addWidget(self.value)
        column.addStretch(1)
        self.row.addLayout(column)
        if not opens:
            self.setEnabled(False)
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.unsetCursor()

    def say(self, value: str, tone: Tone, note: str = "") -> None:
        self.value.say(value, tone)
        tip = f"{self._tip}\n{note}" if note else self._tip
        if tip != self.toolTip():
            self.setToolTip(tip)
        name = f"{self.caption.text()}: {value}"
        if name != self.accessibleName():
            self.setAccessibleName(name)


class PulsePanel(SnapshotWidget):
    page_wished = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("pulse", "How well Scram itself does", parent)
        self.setProperty("role", "panel")
        share = "Breaches that needed an act and were mended without a person, in the last 24 hours"
        self.automation = Tile("pulse_automation", "by itself · 24 h", share, self, opens=True)
        self.automation.clicked.connect(self._open)
        event = "From an update on the socket to the event that it raised: median and 99th percentile"
        self.reaction = Tile("pulse_event", "event p50 / p99", event, self)
        self.cycle = Tile("pulse_cycle", "cycle p99", "One pass over the whole book, 99th percentile", self)
        self.stall = Tile("pulse_stall", "longest stall", "The longest that the desk's loop stood still", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        for tile, portion in ((self.automation, 10), (self.reaction, 14), (self.cycle, 8), (self.stall, 9)):
            row.addWidget(tile, portion)

    def _open(self) -> None:
        self.page_wished.emit(MITIGATIONS)

    def draw(self, snapshot: Snapshot) -> None:
        self._draw_automation(snapshot.automation)
        latency = snapshot.latency
        half, most = latency.update_to_event_p50, latency.update_to_event_p99
        if math.isnan(most):
            self.reaction.say("none yet", Tone.FAINT, "no event was raised yet")
        else:
            self.reaction.say(_both(half, most), Tone.HIGH if most >= SLOW_MS else Tone.STRONG)
        self._measured(self.cycle, latency.cycle_p99, SLOW_MS)
        self._measured(self.stall, latency.loop_stall_max, STALL_MS)

    def _draw_automation(self, view: AutomationView | None) -> None:
        if view is None:
            self.automation.say(figures.UNKNOWN, Tone.UNKNOWN)
            return
        day = view.last_day
        counted = (
            f"{figures.number(day.mended)} by policy, {figures.number(day.mended_by_person)} after an approval, "
            f"{figures.number(day.stopped)} by a stop; {figures.number(day.passed)} passed without any act"
        )
        if math.isnan(day.share):
            self.automation.say("no need", Tone.FAINT, f"no act was needed: {counted}")
        else:
            self.automation.say(figures.percent(day.share), Tone.STRONG, counted)

    @staticmethod
    def _measured(tile: Tile, value_ms: float, slow_ms: float) -> None:
        tone = Tone.UNKNOWN if math.isnan(value_ms) else Tone.MEDIUM if value_ms >= slow_ms else Tone.STRONG
        tile.say(figures.milliseconds(value_ms), tone)
