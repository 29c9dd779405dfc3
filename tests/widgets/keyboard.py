"""Through a window by the Tab key, as somebody goes who has no mouse."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from tests.widgets.spoken import controls

FRAME_PX = 3
"""How far outside of a widget the frame of what has the keyboard may be drawn."""


@dataclass(frozen=True, slots=True)
class Walk:
    stops: tuple[QWidget, ...]
    """In the order of the Tab key, from the first one on."""
    unseen: tuple[QWidget, ...]
    """Those that look the same with the keyboard and without it."""
    back: bool
    """Whether the Tab key came back to where it began: nothing kept it."""


def walk(window: QWidget, first: QWidget, most: int = 400) -> Walk:
    """`first` gets the keyboard, then Tab is pressed until it is there again."""
    stops: list[QWidget] = []
    unseen: list[QWidget] = []
    first.setFocus()
    QApplication.sendPostedEvents()
    for _ in range(most):
        here = QApplication.focusWidget()
        assert here is not None, "nothing has the keyboard"
        if stops and here is first:
            return Walk(tuple(stops), tuple(unseen), back=True)
        if here in stops:
            return Walk(tuple(stops), tuple(unseen), back=False)
        stops.append(here)
        with_keys = _picture(window, here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is here:
            return Walk(tuple(stops), tuple(unseen), back=False)
        if _picture(window, here) == with_keys:
            unseen.append(here)
    return Walk(tuple(stops), tuple(unseen), back=False)


def _picture(window: QWidget, part: QWidget) -> QImage:
    at = part.mapTo(window, QPoint(0, 0))
    return window.grab(QRect(at, part.size()).adjusted(-FRAME_PX, -FRAME_PX, FRAME_PX, FRAME_PX)).toImage()


def out_of_reach(root: QWidget, walked: Walk) -> set[str]:
    """Controls in sight that are enabled and that neither Tab nor the arrows come to."""
    told = set()
    for part in controls(root):
        if part.isEnabled() and part not in walked.stops and not _by_arrows(part, walked):
            told.add(f"{type(part).__name__} {part.objectName()} {part.accessibleName()!r}")
    return told


def _by_arrows(part: QWidget, walked: Walk) -> bool:
    """Of buttons of which one is down at a time the Tab key comes to that one, and the arrows to the others."""
    group = part.group() if isinstance(part, QAbstractButton) else None
    if group is None or not group.exclusive():
        return any(above.focusProxy() is part or part.focusProxy() is above for above in walked.stops)
    return any(button in walked.stops for button in group.buttons())
