"""The menu of the desk itself, for the mouse: panels, windows, workspaces, lock; made anew whenever it opens."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMenu, QWidget

from widgets.palette_model import Entry


class DeskMenu(QMenu):
    """Opened by `popup`, never by `exec`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("desk_menu")
        self.setAccessibleName("Panels, windows and workspaces")

    def show_entries(self, parts: Sequence[Sequence[Entry]]) -> None:
        """A line between each two of `parts`."""
        self.clear()
        for place, entries in enumerate(parts):
            if place and entries:
                self.addSeparator()
            for entry in entries:
                # Its keys are told here and listened to elsewhere: two listeners would make them ambiguous.
                action = self.addAction(f"{entry.words}\t{entry.keys}" if entry.keys else entry.words)
                action.setToolTip(entry.tip)
                action.setEnabled(not entry.refusal)
                action.triggered.connect(entry.run)
