"""The cells of the risk wall: fitted or zoomed, under the mouse and under the keyboard."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from core.domain import Scope, ScopeKind
from core.snapshot import Bytes, Floats, RiskMatrix
from widgets import figures, theme
from widgets.fonts import text_font
from widgets.marks import severity_mark
from widgets.reading import reading_at
from widgets.scope_rows import ScopeRows
from widgets.standing import nearest_metric
from widgets.theme import Tone
from widgets.wall_cells import Cells, cells_of, fitting, zoomed
from widgets.wall_order import wall_rows
from widgets.wall_painting import paint_cursor, paint_named, picture

NOTCH = 120
"""Of a wheel: eighths of a degree."""
DRAG_PX = 4
"""A press that moves less is a click."""


class WallView(QAbstractScrollArea):
    scope_selected = Signal(object)
    zoomed = Signal(bool)
    """Whether cells are larger than they would be if all of them were in sight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wall")
        self.setAccessibleName("Risk wall, one cell per account, worst first")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self._matrix: RiskMatrix | None = None
        self._accounts = ScopeRows()
        self._rows: npt.NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._severity: Bytes = np.empty(0, dtype=np.int8)
        self._head: Floats = np.empty(0)
        self._base = ""
        self._cursor = 0
        self._size: tuple[int, int] | None = None
        """Of a cell while it is zoomed; None while all are in sight."""
        self._pressed: QPoint | None = None
        self._dragged = False
        self._wheel = 0

    def sizeHint(self) -> QSize:
        return QSize(300, 70)

    # What is shown

    def show_matrix(self, matrix: RiskMatrix, base: str) -> Bytes:
        """Returns the severities, worst first. The cursor stays with its account, wherever that stands now."""
        held = self.scope(self._cursor) if self._cursor < len(self._rows) else None
        self._matrix, self._base = matrix, base
        self._rows, self._severity, self._head = wall_rows(matrix, self._accounts.of(matrix, ScopeKind.ACCOUNT))
        if held is not None and (row := matrix.rows.get(held)) is not None:
            self._cursor = int(np.flatnonzero(self._rows == row)[0])
        self._measure()
        self._tell()
        self.viewport().update()
        return self._severity

    @property
    def cells(self) -> Cells:
        area = self.viewport().size()
        if self._size is None:
            return fitting(len(self._rows), area.width(), area.height())
        return cells_of(len(self._rows), self._size, area.width())

    @property
    def current(self) -> int:
        return min(self._cursor, max(0, len(self._rows) - 1))

    def words(self, place: int) -> str:
        if self._matrix is None:
            return ""
        told = f"{self.scope(place).name}\n{severity_mark(int(self._severity[place]))} · {self._used(place)}"
        column = nearest_metric(self._matrix, int(self._rows[place]))
        if column is None:
            return told
        near = reading_at(self._matrix, int(self._rows[place]), column)
        until = figures.until_breach(near.breach_in_s, near.headroom)
        limit = f"{near.text(self._base)} of {near.limit_text(self._base)}"
        return f"{told}\n{near.info.title.lower()} {limit} · time to breach {until}"

    def _used(self, place: int) -> str:
        head = float(self._head[place])
        return f"{figures.percent(1 - head)} of its nearest limit used" if head < np.inf else "no limit evaluated"

    def _short(self, place: int) -> tuple[str, str]:
        head = float(self._head[place])
        used = f"{figures.percent(1 - head)} used" if head < np.inf else "no limit evaluated"
        return self.scope(place).name, f"{severity_mark(int(self._severity[place]))} · {used}"

    def scope(self, place: int) -> Scope:
        assert self._matrix is not None
        return self._matrix.scopes[int(self._rows[place])]

    # Zooming and scrolling

    def zoom(self, steps: int, at: int | None = None) -> None:
        """By so many steps; the cell `at` (or the current one) stays in sight. Below the first all are seen."""
        kept = self.current if at is None else at
        before = self.cells
        y = before.area(kept).top() - self.verticalScrollBar().value()
        area = self.viewport().size()
        after = zoomed(before, steps, area.width())
        fits = fitting(len(self._rows), area.width(), area.height())
        self._size = None if after.width <= fits.width else (after.width, after.height)
        self._measure()
        self.verticalScrollBar().setValue(self.cells.area(kept).top() - y)
        self._see(self.current if at is None else at)
        self.zoomed.emit(self._size is not None)
        self.viewport().update()

    def fit(self) -> None:
        self._size = None
        self._measure()
        self.zoomed.emit(False)
        self.viewport().update()

    def _measure(self) -> None:
        bar, cells = self.verticalScrollBar(), self.cells
        bar.setRange(0, max(0, cells.tall - self.viewport().height()))
        bar.setPageStep(max(1, self.viewport().height()))
        bar.setSingleStep(cells.height)
        # Not as needed: a bar that comes and goes by itself would change what fits.
        fits = self._size is None and cells.tall <= self.viewport().height()
        wanted = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        if wanted is not self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(wanted)

    def _see(self, place: int) -> None:
        """Scroll so far that the cell lies in sight, and no farther."""
        if not len(self._rows):
            return
        bar, area = self.verticalScrollBar(), self.cells.area(place)
        lowest = area.bottom() + 1 - self.viewport().height()
        bar.setValue(min(area.top(), max(bar.value(), lowest)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if not len(self._rows):
            painter.setFont(text_font())
            painter.setPen(theme.current().color(Tone.FAINT))
            painter.drawText(2, 18, "No account is known yet")
            return
        cells, top, height = self.cells, self.verticalScrollBar().value(), self.viewport().height()
        if cells.named:
            painter.translate(0, -top)
            for place in cells.seen(top, height):
                level = int(self._severity[place])
                paint_named(painter, cells.area(place), level, self._short(place), cells.named)
        else:
            painter.drawImage(0, top // cells.height * cells.height - top, picture(cells, self._severity, top, height))
            painter.translate(0, -top)
        if self.hasFocus():
            paint_cursor(painter, cells.area(self.current))

    # Mouse

    def place_at(self, point: QPoint) -> int | None:
        return self.cells.place_at(point + QPoint(0, self.verticalScrollBar().value()))

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            place = self.place_at(event.pos())
            QToolTip.showText(event.globalPos(), "" if place is None else self.words(place), self)
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed, self._dragged = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        moved = event.position().toPoint() - self._pressed
        if self._dragged or (self._size is not None and moved.manhattanLength() >= DRAG_PX):
            self._dragged, self._pressed = True, event.position().toPoint()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        place = self.place_at(event.position().toPoint())
        if pressed is not None and not self._dragged and place is not None:
            self._go_to(place)
            self.scope_selected.emit(self.scope(place))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms; with Shift it scrolls."""
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.verticalScrollBar()
            delta = event.angleDelta().y() or event.angleDelta().x()  # with Shift some systems turn it sideways
            bar.setValue(bar.value() - delta * bar.singleStep() // NOTCH)
            return
        self._wheel += event.angleDelta().y()
        steps, self._wheel = int(self._wheel / NOTCH), self._wheel - int(self._wheel / NOTCH) * NOTCH
        if steps and len(self._rows):
            self.zoom(steps, self.place_at(event.position().toPoint()))

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not len(self._rows):
            super().keyPressEvent(event)
        elif (place := self._place_by(key)) is not None:
            self._go_to(place)
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom(1)
        elif key in {Qt.Key.Key_Minus, Qt.Key.Key_Underscore}:
            self.zoom(-1)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.scope_selected.emit(self.scope(self.current))
        else:
            super().keyPressEvent(event)

    def _place_by(self, key: Qt.Key) -> int | None:
        cells, last = self.cells, len(self._rows) - 1
        page = max(1, self.viewport().height() // cells.height) * cells.across
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -cells.across, Qt.Key.Key_Down: cells.across,
            Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page, Qt.Key.Key_Home: -last, Qt.Key.Key_End: last,
        }  # fmt: skip
        return min(last, max(0, self.current + steps[key])) if key in steps else None

    def _go_to(self, place: int) -> None:
        self._cursor = place
        self._see(place)
        self._tell()
        self.viewport().update()

    def _tell(self) -> None:
        """To whoever cannot see it: the account under the cursor."""
        words = self.words(self.current).replace("\n", " · ") if len(self._rows) else "No account is known yet"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
