"""Panels of a page that can be moved, tabbed, floated, closed and brought back; their arrangement as one line of text.

While nobody arranges them they have no title bars: a calm page is all figures.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from widgets.on_screen import brought_back, screens
from widgets.panel import SnapshotWidget

VERSION = 1
"""Of an arrangement: one of another version is not taken."""
SETTLED_MS = 400
"""After the last movement of a panel an arrangement counts as chosen."""
STEPS = 100
"""Of a page's width and height: finer movements are none."""
ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


@dataclass(frozen=True, slots=True)
class Split:
    """Parts beside or below each other, each with its share of the whole."""

    way: Qt.Orientation
    parts: tuple[tuple[int, Split | SnapshotWidget], ...]

    @property
    def first(self) -> SnapshotWidget:
        part = self.parts[0][1]
        return part.first if isinstance(part, Split) else part


class NoTitle(QWidget):
    """Stands where a title bar would: nothing."""


class Dock(QDockWidget):
    closed = Signal()

    def __init__(self, part: SnapshotWidget, parent: QWidget) -> None:
        super().__init__(part.accessibleName(), parent)
        self.setObjectName(f"dock_{part.objectName()}")
        self.setAccessibleName(f"Panel {part.accessibleName()}")
        # Shares of the page are the person's: a panel must not grow because its figures did.
        part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setWidget(part)
        self._no_title = NoTitle(self)
        self._arranging = True
        self.topLevelChanged.connect(self._title)
        self.arrange(False)

    def arrange(self, on: bool) -> None:
        self._arranging = on
        self._title()

    def _title(self) -> None:
        """A panel in a window of its own keeps a title: by it the window is moved."""
        bare = not self._arranging and not self.isFloating()
        self.setTitleBarWidget(self._no_title if bare else None)  # type: ignore[arg-type]
        self._no_title.setVisible(bare)

    def lock(self, locked: bool, *, hides: bool) -> None:
        """A floating panel of a locked desk takes no act, and shows nothing where figures are hidden."""
        part = self.widget()
        part.setEnabled(not locked)
        part.setVisible(not (locked and hides))

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()


class DockArea(QWidget):
    changed = Signal(str, str)
    """A person changed the arrangement: what it was, and what it is."""

    def __init__(self, name: str, split: Split, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_docks")
        self._split = split
        self.arranging = False
        self._own = False
        """Whether a person chose the arrangement; the default one keeps its shares at every size."""
        self._settled = ""
        self._noted: tuple[object, ...] = ()
        self._noted_shares: tuple[object, ...] = ()
        self._resized = True
        """Since it was last looked at."""
        self.inner = QMainWindow()
        self.inner.setObjectName(f"{name}_panels")
        self.inner.setDockNestingEnabled(True)
        self.inner.setAnimated(False)  # an arrangement that still moves cannot be kept
        self.inner.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.inner)
        self.docks = [Dock(part, self.inner) for part in _leaves(split)]
        self._waiting = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._waiting.timeout.connect(self._settle)
        self.reset()
        for dock in self.docks:
            dock.dockLocationChanged.connect(self._moved)
            dock.topLevelChanged.connect(self._moved)
            dock.visibilityChanged.connect(self._moved)
            dock.installEventFilter(self)

    def dock_of(self, part: QWidget) -> Dock | None:
        """The panel that `part` is, or is in."""
        return next((dock for dock in self.docks if dock is part or dock.isAncestorOf(part)), None)

    def dock_named(self, name: str) -> Dock | None:
        return next((dock for dock in self.docks if dock.objectName() == name), None)

    def arrange(self, on: bool) -> None:
        """Give panels title bars to be moved by, or take them away."""
        self.arranging = on
        for dock in self.docks:
            dock.arrange(on)

    # The arrangement as text

    def state(self) -> str:
        """ "" while it is the default."""
        if self._waiting.isActive():
            self._settle()
        return self._text()

    def restore(self, state: str) -> bool:
        """Whether `state` is an arrangement; the default one is taken where it is none, or empty."""
        self.reset()
        done = not state or self._restore(state)
        if not done:
            self.reset()
        for dock in self.docks:
            if dock.isFloating():
                dock.setGeometry(brought_back(dock.geometry(), screens()))
        self._note()
        return done

    def _restore(self, state: str) -> bool:
        try:
            data = base64.b64decode(state, validate=True)
        except binascii.Error:
            return False
        self._own = self.inner.restoreState(data, VERSION)
        return self._own

    def reset(self) -> None:
        self._own = False
        for dock in self.docks:
            dock.setFloating(False)
            self.inner.removeDockWidget(dock)
        first = self._split.first
        self.inner.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self._dock(first))
        self._place(self._split)
        for dock in self.docks:
            dock.show()
        self._share(self._split, self.width(), self.height())
        self._note()

    def _dock(self, part: SnapshotWidget) -> Dock:
        return next(dock for dock in self.docks if dock.widget() is part)

    def _place(self, split: Split) -> None:
        """The first part of `split` stands in its place already."""
        before = split.first
        for _, part in split.parts[1:]:
            one = part.first if isinstance(part, Split) else part
            self.inner.splitDockWidget(self._dock(before), self._dock(one), split.way)
            before = one
        for _, part in split.parts:
            if isinstance(part, Split):
                self._place(part)

    def _share(self, split: Split, width: int, height: int) -> None:
        whole = sum(share for share, _ in split.parts)
        room = width if split.way is ACROSS else height
        sizes = [max(1, room * share // whole) for share, _ in split.parts]
        firsts = [self._dock(part.first if isinstance(part, Split) else part) for _, part in split.parts]
        self.inner.resizeDocks(firsts, sizes, split.way)
        for (_, part), size in zip(split.parts, sizes, strict=True):
            if isinstance(part, Split):
                self._share(part, *((size, height) if split.way is ACROSS else (width, size)))

    # What a person does

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._own:
            self._share(self._split, self.width(), self.height())
        self._resized = True
        self._moved()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A border that is dragged tells of itself only by the sizes of what it lies between.
        if event.type() is QEvent.Type.Resize:
            self._moved()
        return False

    def _moved(self, *_: object) -> None:
        self._waiting.start()

    def _settle(self) -> None:
        """A change by a person is one that neither this class nor another size of the page made."""
        self._waiting.stop()
        stand, shares = self._standing(), self._shares() if self.isVisible() else self._noted_shares
        moved = stand != self._noted or (shares != self._noted_shares and not self._resized)
        self._noted, self._noted_shares, self._resized = stand, shares, False
        if not moved:
            return
        self._own = True
        before, self._settled = self._settled, self._text()
        if before != self._settled:
            self.changed.emit(before, self._settled)

    def _note(self) -> None:
        self._noted, self._settled, self._resized = self._standing(), self._text(), True
        self._moved()

    def _text(self) -> str:
        return base64.b64encode(self.inner.saveState(VERSION).data()).decode() if self._own else ""

    def _standing(self) -> tuple[object, ...]:
        """Of every panel, whether it is closed or floats, and what it is tabbed with."""
        return tuple(
            "closed"
            if dock.isHidden()
            else "floating"
            if dock.isFloating()
            else tuple(sorted(other.objectName() for other in self.inner.tabifiedDockWidgets(dock)))
            for dock in self.docks
        )

    def _shares(self) -> tuple[object, ...]:
        """Where docked panels lie, as shares of the page."""
        width, height = max(1, self.width()), max(1, self.height())
        found: list[object] = []
        for dock in self.docks:
            if not dock.isFloating() and dock.isVisible() and not self.inner.tabifiedDockWidgets(dock):
                where = dock.geometry()
                shares = (where.x() / width, where.y() / height, where.width() / width, where.height() / height)
                found.append(tuple(round(share * STEPS) for share in shares))
        return tuple(found)


def _leaves(split: Split) -> Sequence[SnapshotWidget]:
    return [leaf for _, part in split.parts for leaf in (_leaves(part) if isinstance(part, Split) else (part,))]
