"""Windows come back to where they were, or to where somebody can see them if that monitor is gone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication

GRIP_PX = 80
"""So much of a window's upper edge has to be in sight, that it can be taken and moved."""


def screens() -> tuple[QRect, ...]:
    """What windows may cover, the first monitor first."""
    return tuple(screen.availableGeometry() for screen in QGuiApplication.screens())


def brought_back(window: QRect, areas: Sequence[QRect]) -> QRect:
    """`window` as it is where enough of it is in sight, else moved into the nearest of `areas`, and no larger."""
    edge = QRect(window.x(), window.y(), window.width(), min(GRIP_PX, window.height()))
    for area in areas:
        seen = edge.intersected(area)
        if seen.width() >= min(GRIP_PX, window.width()) and seen.height() >= min(GRIP_PX // 4, window.height()):
            return window
    if not areas:
        return window
    middle = window.center()
    near = min(areas, key=lambda area: (area.center() - middle).manhattanLength())
    width, height = min(window.width(), near.width()), min(window.height(), near.height())
    x = min(max(window.x(), near.x()), near.x() + near.width() - width)
    y = min(max(window.y(), near.y()), near.y() + near.height() - height)
    return QRect(x, y, width, height)
