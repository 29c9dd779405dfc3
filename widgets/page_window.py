"""A page in a window of its own, for another monitor; it carries a stop like every window does."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QPushButton, QVBoxLayout, QWidget

from core.snapshot import Snapshot
from widgets import theme
from widgets.fonts import text_font
from widgets.line import RIGHT, Line
from widgets.lock_screen import LockScreen
from widgets.panel import SnapshotWidget
from widgets.stop_button import CHORD, StopButton
from widgets.theme import Tone


class SmallStop(StopButton):
    """The same button in one line, for windows that show a part of the desk."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("small_stop")

    def sizeHint(self) -> QSize:
        return QSize(250, 38)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colors.strong) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.stop_frame))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.stop_down if self.isDown() else colors.stop_face))
        face = QRectF(5, 5, self.width() * 0.58, self.height() - 10)
        painter.drawRoundedRect(face, 3, 3)
        self._write(painter, face, self.words[0], text_font(15, QFont.Weight.Bold), colors.stop_word)
        beside = QRectF(face.right(), 0, self.width() - face.right(), self.height())
        self._write(painter, beside, CHORD, text_font(11), colors.stop_ink)


class Elsewhere(SnapshotWidget):
    """Stands in the main window where a page stood that has a window of its own."""

    back_asked = Signal(int)
    shown_asked = Signal(int)

    def __init__(self, place: int, title: str, parent: QWidget | None = None) -> None:
        """`place` of the page in `nav.PAGES`."""
        super().__init__("elsewhere", f"{title}, in a window of its own", parent)
        self._place = place
        self.words = Line(f"{title} is in a window of its own.", Tone.STRONG, font=text_font(15))
        self.show_it = QPushButton("Show that window", self)
        self.bring_back = QPushButton("Bring it back here", self)
        for name, button in (("show_own_window", self.show_it), ("bring_page_back", self.bring_back)):
            button.setObjectName(name)
            button.setAccessibleName(button.text())
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.show_it)
        row.addWidget(self.bring_back)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self.words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        column.addLayout(row)
        column.addStretch(2)
        self.show_it.clicked.connect(self._show)
        self.bring_back.clicked.connect(self._back)

    def _show(self) -> None:
        self.shown_asked.emit(self._place)

    def _back(self) -> None:
        self.back_asked.emit(self._place)

    def draw(self, snapshot: Snapshot) -> None:
        """It says where the page is, and nothing of the book."""


class PageWindow(QMainWindow):
    closed = Signal(int)

    def __init__(self, place: int, page: SnapshotWidget, title: str) -> None:
        super().__init__()
        self._place = place
        self.setObjectName(f"window_{page.objectName()}")
        self.setAccessibleName(f"{title}, in a window of its own")
        self.setWindowTitle(f"Scram - {title}")
        # The desk ends with its main window, whatever else is open.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.page = page
        self.title = Line(title, Tone.STRONG, font=text_font(16, QFont.Weight.DemiBold))
        self.state = Line("", Tone.FAINT, font=text_font(12), elide=RIGHT)
        self.stop = SmallStop(self)
        whole = QWidget(self)
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 10, 0)
        row.setSpacing(14)
        row.addWidget(self.title)
        row.addWidget(self.state, 1)
        row.addWidget(self.stop)
        self._column = QVBoxLayout(whole)
        self._column.setContentsMargins(0, 0, 0, 8)
        self._column.setSpacing(6)
        self._column.addLayout(row)
        self._inner = QVBoxLayout()
        self._inner.setContentsMargins(10, 0, 10, 0)
        self._inner.addWidget(page)
        self._column.addLayout(self._inner, 1)
        self.setCentralWidget(whole)
        self.lock_screen = LockScreen(whole, self.stop, asks=False)
        self.resize(1100, 700)
        page.show()
        page.setFocus()  # not the stop, on which the space bar would fire it

    def show_snapshot(self, snapshot: Snapshot, state: str, tone: Tone) -> None:
        """`state`: what the main window says of the whole book."""
        self.stop.show_snapshot(snapshot)
        self.state.say(state, tone)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit(self._place)
