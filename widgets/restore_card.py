"""Protective orders that a stop took: what would be placed again and what not, and the button that does it."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from core.halt.restore import RestorePlan
from widgets import figures
from widgets.fonts import text_font
from widgets.line import Line
from widgets.theme import Tone

OBSTACLES = 3
"""Reasons named one by one; the tool tip has every order."""


class RestoreCard(QWidget):
    preview_requested = Signal(str)
    restore_requested = Signal(str)
    """The id of the stop."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("restore_card")
        self._halt_id = ""
        self._possible = 0
        """Orders that the preview on screen would place."""
        self.lines = [Line("", Tone.NORMAL, font=text_font(12)) for _ in range(1 + OBSTACLES)]
        self.button = QPushButton("Restore protective orders…", self)
        self.button.setObjectName("restore")
        self.button.setAccessibleName("Restore protective orders: first shows what would be placed again")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (*self.lines, self.button):
            layout.addWidget(part)
        self.button.clicked.connect(self._act)

    def show_plan(self, halt_id: str, plan: RestorePlan | None) -> None:
        """`plan` is shown where it is of this stop."""
        mine = plan if plan is not None and plan.halt_id == halt_id else None
        self._halt_id = halt_id
        self._possible = len(mine.possible) if mine is not None else 0
        said = _said(mine) if mine is not None else ()
        for place, line in enumerate(self.lines):
            line.setVisible(place < len(said))
            line.say(said[place] if place < len(said) else "")
        self.setToolTip("" if mine is None else "\n".join(_rows(mine)))
        placing = f"Place {figures.number(self._possible)} again, reduce-only"
        self.button.setText(placing if self._possible else "Restore protective orders…")

    def _act(self) -> None:
        """Without a preview that has something to place, look; with one, place."""
        if not self._halt_id:
            return
        if self._possible:
            self._possible = 0  # a second click looks again instead of placing twice
            self.restore_requested.emit(self._halt_id)
        else:
            self.preview_requested.emit(self._halt_id)


def _said(plan: RestorePlan) -> tuple[str, ...]:
    taken = figures.count(len(plan.rows), "protective order")
    whole = (
        f"{figures.number(len(plan.possible))} of {taken} can be placed again"
        if plan.rows
        else "no protective order was taken"
    )
    obstacles = Counter(row.obstacle for row in plan.rows if row.obstacle).most_common(OBSTACLES)
    return (whole, *(f"{figures.number(count)}: {obstacle}" for obstacle, count in obstacles))


def _rows(plan: RestorePlan) -> list[str]:
    return [
        f"{row.order.account} {row.order.side.value} {row.order.symbol} {row.words}: "
        + (row.obstacle or f"{figures.quantity(row.quantity)} would be placed again")
        for row in plan.rows
    ]
