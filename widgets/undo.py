"""What a person did on the desk and may take back: mutes, what was put aside, columns, filters, layouts.

An acknowledgement stands in the journal and an order at the venue: neither is ever a step here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Step:
    """Handed out through `SnapshotWidget.undoable` after it was done."""

    words: str
    """What it was, fit to stand after `Undone:` (`the columns of the scope table`)."""
    undo: Callable[[], None]
    redo: Callable[[], None]


class UndoStack(QObject):
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._done: deque[Step] = deque(maxlen=MOST_STEPS)
        self._undone: list[Step] = []
        self._at_it = False

    def push(self, step: Step) -> None:
        """What follows from undoing or redoing something is no step of its own."""
        if not self._at_it:
            self._done.append(step)
            self._undone.clear()
            self.changed.emit()

    @property
    def next_undo(self) -> str:
        """What would be undone, in words; "" where there is nothing."""
        return self._done[-1].words if self._done else ""

    @property
    def next_redo(self) -> str:
        return self._undone[-1].words if self._undone else ""

    def undo(self) -> str:
        """What was undone, in words; "" where there was nothing."""
        if not self._done or self._at_it:
            return ""
        step = self._done.pop()
        self._do(step.undo)
        self._undone.append(step)
        self.changed.emit()
        return step.words

    def redo(self) -> str:
        if not self._undone or self._at_it:
            return ""
        step = self._undone.pop()
        self._do(step.redo)
        self._done.append(step)
        self.changed.emit()
        return step.words

    def _do(self, act: Callable[[], None]) -> None:
        self._at_it = True
        try:
            act()
        finally:
            self._at_it = False
