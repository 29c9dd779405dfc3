"""What is laid over the desk for a while: everything below the header, so that the stop stays in sight and in reach."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from widgets.keyboard_back import give_back

LOWEST_PX = 60
LONGEST_RING = 1_000


class Cover(QFrame):
    """Fills its parent below `above` while it is shown. The Tab key stays inside, with the stop as its last stop."""

    def __init__(self, name: str, title: str, desk: QWidget, above: QWidget, stop: QWidget) -> None:
        super().__init__(desk)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAutoFillBackground(True)
        self._desk, self._above, self._stop = desk, above, stop
        self._had_focus: QWidget | None = None
        self.hide()
        desk.installEventFilter(self)
        above.installEventFilter(self)
        stop.installEventFilter(self)

    def open(self) -> None:
        if not self.isVisible():
            self._had_focus = self.window().focusWidget()
        self._place()
        self.show()
        self.raise_()

    def shut(self) -> None:
        if self.isVisible():
            give_back(self._had_focus, self._desk)
        self._had_focus = None
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.isVisible():
            return False
        if event.type() in {QEvent.Type.Resize, QEvent.Type.Move}:
            self._place()
        if watched is self._stop and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            # The stop is not within, and Qt would go on from it to what is covered.
            if event.key() == Qt.Key.Key_Tab:
                return self.focusNextPrevChild(True)
            if event.key() == Qt.Key.Key_Backtab:
                return self.focusNextPrevChild(False)
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Qt asks here for every widget within."""
        ring = self._ring()
        here = self.window().focusWidget()
        if not ring:
            return False
        place = ring.index(here) if here in ring else (-1 if forward else 0)
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        ring[(place + (1 if forward else -1)) % len(ring)].setFocus(reason)
        return True

    def _ring(self) -> list[QWidget]:
        """Everything that takes the keyboard here, in the order of the Tab key, and the stop behind it."""
        found: list[QWidget] = []
        part = self.nextInFocusChain()
        while part is not None and part is not self and len(found) < LONGEST_RING:
            if self.isAncestorOf(part) and _takes_tab(part):
                found.append(part)
            part = part.nextInFocusChain()
        return [*found, self._stop]

    def _place(self) -> None:
        top = self._above.mapTo(self._desk, self._above.rect().bottomLeft()).y() + 1
        self.setGeometry(QRect(0, top, self._desk.width(), max(LOWEST_PX, self._desk.height() - top)))


def _takes_tab(part: QWidget) -> bool:
    takes = bool(part.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)
    # What stands in for another (the line within an editable list) is that other's, and would be visited twice.
    return takes and part.isVisible() and part.isEnabled() and part.focusProxy() is None
