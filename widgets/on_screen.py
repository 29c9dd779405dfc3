"""Windows come back to where they were, or to where somebody can see them if that monitor is gone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication

GRIP_PX = 80
"""So much of either end of a window's upper edge has to be in sight."""

TITLE_PX = 40
"""What window managers add to a window's height, at most."""


def screens() -> tuple[QRect, ...]:
    """What windows may cover, the first monitor first."""
    return tuple(screen.availableGeometry() for screen in QGuiApplication.screens())


def fitting(size: QSize, areas: Sequence[QRect]) -> QSize:
    """A window's size, no larger than what the first monitor has room for beside the frame."""
    return size.boundedTo(areas[0].size() - QSize(0, TITLE_PX)) if areas else size


def brought_back(window: QRect, areas: Sequence[QRect]) -> QRect:
    """`window` as it is where both ends of its upper edge are in sight, else moved into the nearest of `areas`, and no
    larger: it is taken by its left end, and the stop stands at the right one."""
    wide, high = min(GRIP_PX, window.width()), min(GRIP_PX, window.height())
    left = QRect(window.x(), window.y(), wide, high)
    if _in_sight(left, areas) and _in_sight(left.translated(window.width() - wide, 0), areas):
        return window
    if not areas:
        return window
    middle = window.center()
    near = min(areas, key=lambda area: (area.center() - middle).manhattanLength())
    width, height = min(window.width(), near.width()), min(window.height(), near.height())
    x = min(max(window.x(), near.x()), near.x() + near.width() - width)
    y = min(max(window.y(), near.y()), near.y() + near.height() - height)
    return QRect(x, y, width, height)


def _in_sight(corner: QRect, areas: Sequence[QRect]) -> bool:
    seen = (corner.intersected(area) for area in areas)
    # A window is taken by its upper edge: a single line of it above the screen, and nobody reaches it any more.
    return any(
        part.width() == corner.width() and part.y() == corner.y() and part.height() >= corner.height() // 4
        for part in seen
    )
