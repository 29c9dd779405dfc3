"""How cells of the risk wall lie: row by row in as many columns as there is room for, at any size of a cell."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect

LARGEST_CELL_PX = 22
SMALL_PX = 8
SQUARES_PX = (3, 4, 6, 8, 11, 15, 22, 30)
"""Sides of the cells that zooming goes through."""
NAMED = ((124, 24), (176, 44))
"""Width and height of cells with a name, and with a name and figures."""
STEPS = (*((side, side) for side in SQUARES_PX), *NAMED)


@dataclass(frozen=True, slots=True)
class Cells:
    """All in pixels."""

    count: int
    width: int
    """Of one cell, the gap after it included."""
    height: int
    across: int

    @property
    def rows(self) -> int:
        return -(-self.count // self.across)

    @property
    def tall(self) -> int:
        """Of all of them together."""
        return self.rows * self.height

    @property
    def named(self) -> int:
        """Lines of text that a cell has room for: 0 to 2."""
        return (self.width >= NAMED[0][0]) + (self.width >= NAMED[1][0])

    @property
    def gap(self) -> int:
        return 0 if self.width < 3 else 1 if not self.named else 4

    def place_at(self, point: QPoint) -> int | None:
        """The cell at a point of the whole wall; None where there is none."""
        column, row = point.x() // self.width, point.y() // self.height
        place = row * self.across + column
        return place if 0 <= column < self.across and 0 <= place < self.count else None

    def area(self, place: int) -> QRect:
        left, top = place % self.across * self.width, place // self.across * self.height
        return QRect(left, top, self.width - self.gap, self.height - self.gap)

    def seen(self, top: int, height: int) -> range:
        """Cells of which anything lies within `height` from `top` on."""
        first = max(0, top // self.height) * self.across
        last = -(-(top + height) // self.height) * self.across
        return range(min(first, self.count), min(last, self.count))


def cells_of(count: int, size: tuple[int, int], width: int) -> Cells:
    return Cells(count, size[0], size[1], max(1, width // size[0]))


def fitting(count: int, width: int, height: int) -> Cells:
    """The largest cells with which all of them fit; with names where there is room for all."""
    for size in reversed(NAMED):
        if (made := cells_of(count, size, width)).tall <= height and width >= size[0]:
            return made
    for side in range(LARGEST_CELL_PX, 0, -1):
        # Small cells may be taller than wide: of two pixels each, half a pixel would be a quarter of the wall.
        for tall in range(side + side // 2 if side < SMALL_PX else side, side - 1, -1):
            if (made := cells_of(count, (side, tall), width)).tall <= height:
                return made
    return cells_of(count, (1, 1), width)


def zoomed(cells: Cells, steps: int, width: int) -> Cells:
    """So many steps larger (or smaller, below zero); the same where there are no more."""
    for _ in range(abs(steps)):
        wider = [size for size in STEPS if size[0] > cells.width]
        less = [size for size in STEPS if size[0] < cells.width]
        size = (wider[0] if wider else None) if steps > 0 else (less[-1] if less else None)
        if size is None or (size[0] > width and steps > 0):
            break
        cells = cells_of(cells.count, size, width)
    return cells
