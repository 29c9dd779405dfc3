"""What every part of the desk is: a frame that is handed snapshots and draws them only while somebody can see it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.snapshot import Snapshot
from widgets.fonts import text_font
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.theme import Tone


class SnapshotWidget(QFrame):
    """Keeps the last snapshot; `draw` is called with it when shown, and at once while visible."""

    asked = Signal(object)
    """An intent that a person wishes; its operator is left "" and is filled in by the window, which knows the name."""
    undoable = Signal(object)
    """A `widgets.undo.Step` that was done here and may be taken back."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._snapshot: Snapshot | None = None
        self._behind = False

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._behind = not self.isVisible()
        if not self._behind:
            self.draw(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        """Show `snapshot`; implemented by every part."""
        raise NotImplementedError

    def restyle(self) -> None:
        """The theme changed; only parts that keep pens or pictures need to do anything."""

    def write_anew(self) -> None:
        """Numerals or the zone of times are others now: what is kept as pictures or text is made again."""
        self.restyle()
        self.update()
        self._behind = not self.isVisible()
        if self._snapshot is not None and not self._behind:
            self.draw(self._snapshot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind and self._snapshot is not None:
            self._behind = False
            self.draw(self._snapshot)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.restyle()
            self.update()


class Panel(SnapshotWidget):
    """A card with a caption, a note at its right, and a body."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(name, title, parent)
        self.setProperty("role", "panel")
        self.caption = Line(title.upper(), Tone.FAINT, font=text_font(11, QFont.Weight.DemiBold), elide=RIGHT)
        self.note = Line("", Tone.FAINT, font=text_font(12), align=RIGHT_MIDDLE, elide=RIGHT)
        self.top = QHBoxLayout()
        self.top.setSpacing(10)
        self.top.addWidget(self.caption)
        self.top.addWidget(self.note, 1)
        self.body = QVBoxLayout()
        self.body.setSpacing(4)
        self.whole = QVBoxLayout(self)
        self.whole.setContentsMargins(11, 8, 11, 9)
        self.whole.setSpacing(5)
        self.whole.addLayout(self.top)
        self.whole.addLayout(self.body, 1)
