"""The way through pages that are read as they are asked for: newer, older, the newest."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget


class Pager(QWidget):
    turned = Signal(object)
    """Before which record the page that is wanted ends; None for the newest."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_pager")
        self.setAccessibleName("Pages")
        self.newer = self._button(f"{name}_newer", "◂ Newer", "The page before this one")
        self.older = self._button(f"{name}_older", "Older ▸", "The page behind this one")
        self.refresh = self._button(f"{name}_refresh", "Newest", "Read the newest again")
        self.newer.clicked.connect(self._go_newer)
        self.older.clicked.connect(self._go_older)
        self.refresh.clicked.connect(self.newest)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self.newer, self.older, self.refresh):
            row.addWidget(part)
        self._trail: list[int | None] = []
        """Where the pages before this one began."""
        self._before: int | None = None
        self._last: int | None = None
        """The oldest record of the page that is shown; None while it is not there yet."""
        self._weigh(more=False)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    @property
    def page(self) -> int:
        """Counted from 1."""
        return len(self._trail) + 1

    def newest(self) -> None:
        self._trail.clear()
        self._turn(None)

    def arrived(self, last: int | None, *, more: bool) -> None:
        """The page that was asked for is shown: it ends with this record, and there may be older ones."""
        self._last = last
        self._weigh(more=more)

    def _go_older(self) -> None:
        if self._last is not None:
            self._trail.append(self._before)
            self._turn(self._last)

    def _go_newer(self) -> None:
        if self._trail:
            self._turn(self._trail.pop())

    def _turn(self, before: int | None) -> None:
        self._before, self._last = before, None
        self._weigh(more=False)
        self.turned.emit(before)

    def _weigh(self, *, more: bool) -> None:
        self.older.setEnabled(more and self._last is not None)
        self.newer.setEnabled(bool(self._trail))
