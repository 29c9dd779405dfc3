"""Where names of lines stand, so that none lies over another or is cut off at an edge."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF

LEFT_PX = 6.0
GAP_PX = 8.0


def label_places(lines: Sequence[tuple[float, float]], width: float, height: float, tall: float) -> list[QRectF | None]:
    """Where the name of each line stands, all in pixels of a plot of `width` by `height`; None where there is no room.

    `lines` are (y of the line, width of its name), the one that matters most first: it has the first choice. A name
    stands above its line, or below it, as far to the left as nothing else is in its way.
    """
    taken: list[QRectF] = []
    out: list[QRectF | None] = []
    for y, wide in lines:
        found = _first_free(y, wide, taken, width, height, tall)
        if found is not None:
            taken.append(found)
        out.append(found)
    return out


def _first_free(y: float, wide: float, taken: list[QRectF], width: float, height: float, tall: float) -> QRectF | None:
    lefts = sorted({LEFT_PX, *(rect.right() + GAP_PX for rect in taken)})
    for left in lefts:
        for top in (y - tall, y):
            place = QRectF(left, top, wide, tall)
            inside = top >= 0.0 and place.bottom() <= height and place.right() <= width
            if inside and not any(place.intersects(other) for other in taken):
                return place
    return None
