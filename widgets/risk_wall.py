"""One cell per account, worst first: the shape of the trouble at a glance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget

from core.domain import Scope, ScopeKind
from core.snapshot import RiskMatrix, Snapshot
from widgets import figures, theme
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.marks import BLIND, INSIDE, SHAPES, severity_mark, severity_tone
from widgets.panel import Panel
from widgets.reading import reading_at
from widgets.standing import least_head, nearest_metric, worst_of
from widgets.theme import Tone

LARGEST_CELL = 22
TILE = QSize(158, 44)
_ORDER = np.array([3.0, 6.0, 5.0, 4.0, 2.0, 1.0])
"""Place on the wall of severity -1, 0, 1, 2, 3, 4: critical, high, unknown, medium, low, calm."""


def account_rows(scopes: tuple[Scope, ...]) -> npt.NDArray[np.intp]:
    """Rows of the accounts, in the matrix's order."""
    kinds = (scope.kind is ScopeKind.ACCOUNT for scope in scopes)
    return np.flatnonzero(np.fromiter(kinds, np.bool_, len(scopes)))


def wall_rows(
    matrix: RiskMatrix, rows: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """`rows` worst first, with severity and least headroom of each."""
    severity, head = worst_of(matrix, rows), least_head(matrix, rows)
    order = np.lexsort((head, _ORDER[severity + 1]))
    return rows[order], severity[order], head[order]


def cell_px(cells: int, width: int, height: int) -> int:
    """The largest square with which all cells fit."""
    for size in range(LARGEST_CELL, 1, -1):
        if (width // size) * (height // size) >= cells:
            return size
    return 1


class WallView(QWidget):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wall")
        self.setAccessibleName("Risk wall, one cell per account, worst first")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._matrix: RiskMatrix | None = None
        self._rows = np.empty(0, dtype=np.intp)
        self._severity = np.empty(0, dtype=np.int8)
        self._head = np.empty(0)
        self._scopes: tuple[Scope, ...] = ()
        self._accounts = np.empty(0, dtype=np.intp)
        self._base = ""
        self._cursor = 0

    def sizeHint(self) -> QSize:
        return QSize(300, 70)

    def show_matrix(self, matrix: RiskMatrix, base: str) -> npt.NDArray[np.int8]:
        self._matrix, self._base = matrix, base
        if matrix.scopes is not self._scopes:
            # Who is an account does not change from one snapshot to the next: 100,000 of them are asked once.
            self._scopes, self._accounts = matrix.scopes, account_rows(matrix.scopes)
        self._rows, self._severity, self._head = wall_rows(matrix, self._accounts)
        self.update()
        return self._severity

    def _tiled(self) -> bool:
        """Few accounts have room for their names."""
        return len(self._rows) <= max(1, self.width() // TILE.width()) * (self.height() // TILE.height())

    def _tile(self, place: int) -> QRect:
        across = max(1, self.width() // TILE.width())
        left, top = place % across * TILE.width(), place // across * TILE.height()
        return QRect(left, top, TILE.width() - 5, TILE.height() - 5)

    def _paint_tiles(self, painter: QPainter) -> None:
        colors = theme.current()
        for place in range(len(self._rows)):
            area = self._tile(place)
            level = int(self._severity[place])
            painter.fillRect(area, QColor(colors.raised))
            painter.fillRect(QRect(area.left(), area.top(), 4, area.height()), self._shade(level))
            painter.setFont(text_font(12))
            painter.setPen(colors.color(Tone.STRONG))
            inner = area.adjusted(11, 3, -6, -3)
            name = painter.fontMetrics().elidedText(self.scope(place).name, Qt.TextElideMode.ElideMiddle, inner.width())
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft), name)
            painter.setFont(text_font(11))
            painter.setPen(colors.color(severity_tone(level)))
            words = self.words(place).split("\n")[1].replace(" of its nearest limit used", " used")
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft), shown)
            if self.hasFocus() and place == self._cursor:
                painter.setPen(QColor(colors.accent))
                painter.drawRect(area)

    @staticmethod
    def _shade(level: int) -> QColor:
        colors = theme.current()
        return QColor(colors.track) if level == INSIDE else colors.color(severity_tone(level))

    def _grid(self) -> tuple[int, int]:
        if self._tiled():
            return TILE.height(), max(1, self.width() // TILE.width())
        size = cell_px(len(self._rows), self.width(), self.height())
        return size, max(1, self.width() // size)

    def picture(self) -> QImage:
        """All cells in one image: ten thousand rectangles would be drawn one by one otherwise."""
        size, across = self._grid()
        down = -(-len(self._rows) // across)
        colors = theme.current()
        shades = np.array([self._shade(level).rgb() for level in range(-1, 5)], dtype=np.uint32)
        ground = np.uint32(QColor(colors.panel).rgb())
        cells = np.full(across * down, ground, dtype=np.uint32)
        cells[: len(self._rows)] = shades[self._severity + 1]
        image = np.repeat(np.repeat(cells.reshape(down, across), size, axis=0), size, axis=1)
        if size > 2:
            image[size - 1 :: size, :] = ground
            image[:, size - 1 :: size] = ground
        image = np.ascontiguousarray(image)
        made = QImage(image.data, image.shape[1], image.shape[0], image.shape[1] * 4, QImage.Format.Format_RGB32)
        return made.copy()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not len(self._rows):
            painter.setFont(text_font())
            painter.setPen(theme.current().color(Tone.FAINT))
            painter.drawText(2, 18, "No account is known yet")
            return
        if self._tiled():
            self._paint_tiles(painter)
            return
        painter.drawImage(0, 0, self.picture())
        if self.hasFocus():
            size, across = self._grid()
            place = min(self._cursor, len(self._rows) - 1)
            painter.setPen(QColor(theme.current().strong))
            painter.drawRect(QRect(place % across * size - 1, place // across * size - 1, size, size))

    def place_at(self, point: QPoint) -> int | None:
        size, across = self._grid()
        wide = TILE.width() if self._tiled() else size
        column, row = point.x() // wide, point.y() // size
        place = row * across + column
        return place if 0 <= column < across and 0 <= place < len(self._rows) else None

    def words(self, place: int) -> str:
        if self._matrix is None:
            return ""
        name = self.scope(place).name
        head = float(self._head[place])
        used = f"{figures.percent(1 - head)} of its nearest limit used" if head < np.inf else "no limit evaluated"
        told = f"{name}\n{severity_mark(int(self._severity[place]))} · {used}"
        column = nearest_metric(self._matrix, int(self._rows[place]))
        if column is None:
            return told
        near = reading_at(self._matrix, int(self._rows[place]), column)
        until = figures.until_breach(near.breach_in_s, near.headroom)
        limit = f"{near.text(self._base)} of {near.limit_text(self._base)}"
        return f"{told}\n{near.info.title.lower()} {limit} · time to breach {until}"

    def scope(self, place: int) -> Scope:
        assert self._matrix is not None
        return self._matrix.scopes[int(self._rows[place])]

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            place = self.place_at(event.pos())
            QToolTip.showText(event.globalPos(), "" if place is None else self.words(place), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if place is not None:
            self._go_to(place)
            self.scope_selected.emit(self.scope(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        across = self._grid()[1]
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -across, Qt.Key.Key_Down: across}
        key = Qt.Key(event.key())
        if key in steps and len(self._rows):
            self._go_to(min(len(self._rows) - 1, max(0, self._cursor + steps[key])))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._cursor < len(self._rows):
            self.scope_selected.emit(self.scope(self._cursor))
        else:
            super().keyPressEvent(event)

    def _go_to(self, place: int) -> None:
        self._cursor = place
        self.setAccessibleDescription(self.words(place))
        self.update()


class RiskWall(Panel):
    scope_selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("risk_wall", "Risk wall", parent)
        self.wall = WallView(self)
        self.wall.scope_selected.connect(self.scope_selected)
        self.body.addWidget(self.wall, 1)
        row = self._legend_row()
        self.body.addWidget(row)

    def _legend_row(self) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(14)
        self.legend = {
            level: Line("", severity_tone(level), font=text_font(12), elide=RIGHT)
            for level in (4, 3, BLIND, 2, 1, INSIDE)
        }
        for line in self.legend.values():
            row.addWidget(line)
        row.addStretch(1)
        return holder

    def draw(self, snapshot: Snapshot) -> None:
        severity = self.wall.show_matrix(snapshot.matrix, snapshot.base_currency)
        self.note.say(f"{figures.count(len(severity), 'account')} · one cell each · worst first")
        for level, line in self.legend.items():
            seen = int((severity == level).sum())
            word = {BLIND: "unknown", INSIDE: "calm"}.get(level) or severity_mark(level).split()[-1].lower()
            line.setVisible(bool(seen) or level == INSIDE)
            line.say(f"{SHAPES[level]} {word} {figures.number(seen)}".strip())
