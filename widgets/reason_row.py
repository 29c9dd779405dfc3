"""Reasons side by side, in as many lines as there is room for; each is a button to what tells more."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from widgets import figures, theme
from widgets.fonts import text_font
from widgets.line import Line
from widgets.marks import SHAPES, severity_tone
from widgets.theme import Tone
from widgets.verdict import TOLD, Reason

MOST = 12
TALL_PX, GAP_PX, INNER_PX = 21, 5, 8
LEAST_PX = 90
"""A reason is cut rather than left out, but never below this width."""


class ReasonButton(QAbstractButton):
    chosen = Signal(object)
    """Its Reason."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFont(text_font(12))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.reason: Reason | None = None
        self.clicked.connect(self._choose)

    def show_reason(self, reason: Reason) -> None:
        if reason != self.reason:
            self.reason = reason
            self.setText(f"{SHAPES.get(reason.level, '') if reason.level != TOLD else '○'} {reason.words}".strip())
            self.setAccessibleName(reason.words)
            self.setToolTip(reason.words)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2 * INNER_PX + 2, TALL_PX)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    def _choose(self) -> None:
        if self.reason is not None:
            self.chosen.emit(self.reason)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.reason is None:
            return
        colors, painter = theme.current(), QPainter(self)
        painter.setPen(QColor(colors.accent if self.hasFocus() else colors.line))
        painter.setBrush(QColor(colors.selection if self.underMouse() or self.isDown() else colors.raised))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        painter.setFont(self.font())
        painter.setPen(colors.color(Tone.FAINT if self.reason.level == TOLD else severity_tone(self.reason.level)))
        inner = self.rect().adjusted(INNER_PX, 0, -INNER_PX, 0)
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words)


class ReasonRow(QWidget):
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reasons")
        self._reasons: tuple[Reason, ...] = ()
        self.buttons = [ReasonButton(f"reason_{place}", self) for place in range(MOST)]
        for button in self.buttons:
            button.hide()
            button.chosen.connect(self.chosen)
        self.rest = Line("", Tone.FAINT, font=text_font(12), parent=self)
        self.rest.hide()

    def show_reasons(self, reasons: Sequence[Reason]) -> None:
        if tuple(reasons) != self._reasons:
            self._reasons = tuple(reasons)
            for button, reason in zip(self.buttons, self._reasons, strict=False):
                button.show_reason(reason)
            self._place()

    def sizeHint(self) -> QSize:
        return QSize(300, 2 * TALL_PX + GAP_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """From left to right, line by line; what has no room is counted at the end of the last line."""
        lines = max(1, (self.height() + GAP_PX) // (TALL_PX + GAP_PX))
        wanted = [button.sizeHint().width() for button in self.buttons[: len(self._reasons)]]
        places = flow(wanted, self.width(), lines, REST_PX if len(wanted) > 1 else 0)
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(places))
            if place < len(places):
                line, left, wide = places[place]
                button.setGeometry(left, line * (TALL_PX + GAP_PX), wide, TALL_PX)
        left_out = self._reasons[len(places) :]
        self.rest.setVisible(bool(left_out))
        if left_out and places:
            line, left, wide = places[-1]
            self.rest.say(f"and {figures.number(len(left_out))} more")
            self.rest.setGeometry(left + wide + GAP_PX, line * (TALL_PX + GAP_PX), REST_PX, TALL_PX)
            self.rest.setToolTip("\n".join(reason.words for reason in left_out))


REST_PX = 76
"""Kept free for the count of what has no room."""


def flow(wanted: Sequence[int], width: int, lines: int, spare: int) -> list[tuple[int, int, int]]:
    """Line, left and width of each, as many as there is room for on `lines` lines; what is wider than its line is cut.

    Of the last line `spare` stays free where not all of them come.
    """
    out: list[tuple[int, int, int]] = []
    line, left = 0, 0
    for place, wide in enumerate(wanted):
        last_line, last_one = line == lines - 1, place == len(wanted) - 1
        room = width - left - (spare if last_line and not last_one else 0)
        if left and wide > room and not last_line:
            line, left = line + 1, 0
            last_line = line == lines - 1
            room = width - (spare if last_line and not last_one else 0)
        if wide > room and left and room < LEAST_PX:
            break
        taken = min(wide, room)
        if taken < min(wide, LEAST_PX):
            break
        out.append((line, left, taken))
        left += taken + GAP_PX
    return out
