"""The palette: everything that can be done and everything that can be gone to, by a few letters of its name.

A part of the window and no window of its own: it lies below the header and never over the stop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from widgets import figures
from widgets.fonts import text_font
from widgets.keyboard_back import give_back
from widgets.line import RIGHT, RIGHT_MIDDLE, Line
from widgets.palette_model import KIND, WHAT, Offer, PaletteModel, Section
from widgets.table import Table
from widgets.theme import Tone

SIZE_PX = (760, 420)
WALKS = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class PaletteLine(QLineEdit):
    """Keeps the keyboard while the list below is walked."""

    walked = Signal(QKeyEvent)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in WALKS:
            self.walked.emit(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # Not where another window comes to the front, or a menu of the line itself.
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.left.emit()


class Palette(QFrame):
    opened = Signal()

    def __init__(self, over: QWidget, below: QWidget) -> None:
        """`over` is covered in part, from under `below` on."""
        super().__init__(over)
        self.setObjectName("palette")
        self.setAccessibleName("Find and do anything")
        self.setProperty("role", "panel")
        self.setAutoFillBackground(True)
        self._over, self._below = over, below
        self._only = ""
        self._named: Callable[[str], None] | None = None
        self._closing = False
        self._came_from: QWidget | None = None
        self.offer = Offer()
        self.line = PaletteLine(self)
        self.line.setObjectName("palette_line")
        self.line.setAccessibleName("What to find or do")
        self.line.setFont(text_font(15))
        self.model = PaletteModel()
        self.table = Table(self.model, "palette_rows", "Found", self)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the line keeps the keyboard, and walks the list
        self.table.horizontalHeader().hide()
        self.table.size_columns(stretched=WHAT)
        self.table.elide_right(WHAT, KIND)
        self.table.spare(KIND, below_px=420)
        self.table.empty_words = "Nothing is called so"
        self.count = Line("", Tone.FAINT, font=text_font(11), align=RIGHT_MIDDLE, elide=RIGHT)
        self.does = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT)
        below_row = QHBoxLayout()
        below_row.addWidget(self.does, 1)
        below_row.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(6)
        column.addWidget(self.line)
        column.addWidget(self.table, 1)
        column.addLayout(below_row)
        self._slices = QTimer(self, interval=0)
        self._slices.timeout.connect(self._take_slice)
        self.line.textChanged.connect(self._find)
        self.line.returnPressed.connect(self.run)
        self.line.walked.connect(self._walk)
        self.line.left.connect(self.close_it)
        self.table.clicked.connect(self.run)
        self.table.selectionModel().currentRowChanged.connect(self._explain)
        self.hide()

    def open(
        self,
        sections: Sequence[Section],
        only: str = "",
        hint: str = "",
        named: Callable[[str], None] | None = None,
    ) -> None:
        """With everything, or with `only` one section; or to ask for a name, which `named` is then told."""
        if not self.isVisible():
            self._came_from = QApplication.focusWidget()
        self._only, self._named = only, named
        self.offer.show(sections)
        self.line.setPlaceholderText(hint or "Command, account, venue, strategy, event or plan")
        self.line.clear()
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus()
        self._slices.start()
        self._find()
        self.opened.emit()

    def close_it(self) -> None:
        if not self.isVisible() or self._closing:
            return
        self._closing = True
        self._slices.stop()
        if self.line.hasFocus():
            give_back(self._came_from, self._over)
        self._came_from = None
        self.hide()
        self._closing = False

    def run(self) -> None:
        """What is chosen; where it is not possible now, that is said and nothing is done."""
        if self._named is not None:
            self._name(self._named)
            return
        entry = self.model.entry(self.table.currentIndex().row())
        if entry is None or entry.refusal:
            return
        # First away, with the keyboard back where it was: what is done may depend on what is chosen there.
        self.line.setFocus()
        self.close_it()
        entry.run()

    def _name(self, named: Callable[[str], None]) -> None:
        name = self.line.text().strip()
        if name:
            self.line.setFocus()
            self.close_it()
            named(name)

    def _take_slice(self) -> None:
        if self.offer.take_slice():
            return
        self._slices.stop()
        if self.line.text().strip() or not self.model.rowCount():
            self._find()

    def _find(self) -> None:
        found = self.offer.find(self.line.text(), self._only)
        self.model.show(found)
        self.table.flush()
        self.table.selectionModel().clear()
        first = self.model.entry(0)
        if first is not None and first.at_hand(self.line.text()):
            self.table.setCurrentIndex(self.model.index(0, 0))
        self.table.scrollToTop()
        self._explain()

    def _explain(self) -> None:
        entry = self.model.entry(self.table.currentIndex().row())
        self.does.say(entry.tip if entry is not None else "")
        shown = self.model.rowCount()
        more = "  looking…" if self._slices.isActive() and self.line.text() else ""
        self.count.say(f"{figures.count(shown, 'entry', 'entries')}{more}" if shown else "")
        self.line.setAccessibleDescription(f"{entry.words}, {entry.kind} {entry.keys}" if entry is not None else "")

    def _walk(self, event: QKeyEvent) -> None:
        self.table.keyPressEvent(event)

    def _place(self) -> None:
        width = min(SIZE_PX[0], self._over.width() - 40)
        top = self._below.geometry().bottom() + 8
        height = min(SIZE_PX[1], self._over.height() - top - 20)
        self.setGeometry((self._over.width() - width) // 2, top, width, height)
