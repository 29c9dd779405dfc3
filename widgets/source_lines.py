"""What trades, strategy by strategy, under a stop: whether it was asked to pause, and does."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.halt.model import HaltView
from core.halt.source.lying import contradicted
from core.halt.source.model import SourceState, SourceView
from widgets import figures
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.panel import Panel
from widgets.theme import Tone

LINES = 4
"""Strategies named one by one, the worst first; the tool tip has all."""
NOBODY = "○ no source connected: block means sweeping"


class SourceLines(Panel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("source_lines", "Sources", parent)
        self.lines = [Line("", Tone.NORMAL, font=text_font(12), elide=RIGHT) for _ in range(LINES)]
        for line in self.lines:
            self.body.addWidget(line)
            line.hide()

    def show_halt(self, halt: HaltView | None) -> None:
        self.setVisible(halt is not None and bool(halt.sources))
        if halt is None:
            return
        lying = contradicted(halt.sources, ((order.strategy, order.seen_at_s) for order in halt.late_orders))
        rows = sorted((_said(view, lying.get(view.strategy, 0)) for view in halt.sources), key=lambda row: row[0])
        asked = [view for view in halt.sources if view.kind]
        shown = [(words, tone) for _, words, tone in rows] if asked else [(NOBODY, Tone.NORMAL)]
        more = len(shown) - LINES
        if more > 0:
            shown[LINES - 1 :] = [(f"and {figures.number(more + 1)} more", Tone.FAINT)]
        for place, line in enumerate(self.lines):
            line.setVisible(place < len(shown))
            if place < len(shown):
                line.say(*shown[place])
        obeying = sum(view.obeyed for view in asked)
        self.note.say(f"{figures.number(obeying)} of {figures.number(len(asked))} obey" if asked else "")
        self.setToolTip("\n".join(words for _, words, _ in rows))


def _said(view: SourceView, late: int) -> tuple[int, str, Tone]:
    """How bad it is (the worst is 0), in words, and its tone."""
    words = f"{view.strategy}: {view.words}"
    if late:
        return 0, f"▲ {words}, yet {figures.count(late, 'order')} came since", Tone.CRITICAL
    if not view.kind:
        return 3, f"○ {words}", Tone.FAINT
    if view.obeyed:
        return 4, f"✓ {words}", Tone.OK
    if view.state is SourceState.UNKNOWN:
        return 2, f"◆ {words}", Tone.UNKNOWN
    return 1, f"▲ {words}", Tone.HIGH
