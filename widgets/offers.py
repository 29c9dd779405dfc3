"""The list of words under a field in which a filter is written."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.filtering.completing import Option
from widgets import theme
from widgets.columns import DISPLAY, EXPLAINED_ALOUD, FONT, FOREGROUND, NOWHERE, READ_ALOUD, Index
from widgets.fonts import figure_font, text_font
from widgets.theme import Tone

ROW_PX = 22
WIDTH_PX = 430
MOST_ROWS = 12


class OfferModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.options: tuple[Option, ...] = ()

    def show(self, options: tuple[Option, ...]) -> None:
        if options != self.options:
            self.beginResetModel()
            self.options = options
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.options)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if not index.isValid():
            return None
        option = self.options[index.row()]
        if role == DISPLAY:
            return option.word.strip()
        if role == FONT:
            return figure_font()
        if role == FOREGROUND:
            return theme.brush(Tone.STRONG)
        if role == READ_ALOUD:
            return f"{option.word.strip()}: {option.says}" if option.says else option.word.strip()
        return option.says if role == EXPLAINED_ALOUD else None


class OfferDelegate(QStyledItemDelegate):
    """What a word means stands at its right, where there is room for it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        says = str(index.data(EXPLAINED_ALOUD) or "")
        taken = option.fontMetrics.horizontalAdvance(str(index.data(DISPLAY))) + 34
        room: QRect = option.rect.adjusted(taken, 0, -9, 0)
        if not says or room.width() < 40:
            return
        painter.save()
        painter.setFont(text_font(11))
        painter.setPen(theme.current().color(Tone.FAINT))
        told = painter.fontMetrics().elidedText(says, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), told)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(WIDTH_PX, ROW_PX)


class OfferList(QListView):
    """A part of the window and no window of its own: it takes neither the keyboard nor the stop's place."""

    taken = Signal(object)
    """The Option."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("filter_words")
        self.setAccessibleName("Words that may follow")
        self.setProperty("role", "offers")
        self.offers = OfferModel(self)
        self.setModel(self.offers)
        self.setItemDelegate(OfferDelegate(self))
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._click)
        self.hide()

    def offer(self, options: tuple[Option, ...], under: QWidget) -> None:
        """Stand under this widget with these; away where there is nothing to offer."""
        self.offers.show(options)
        self.setCurrentIndex(QModelIndex())
        if not options:
            self.hide()
            return
        window = under.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        at = under.mapTo(window, under.rect().bottomLeft())
        height = min(len(options), MOST_ROWS) * ROW_PX + 2 * self.frameWidth() + 2
        width = min(WIDTH_PX, window.width() - at.x() - 4)
        self.setGeometry(at.x(), at.y() + 2, width, min(height, max(ROW_PX, window.height() - at.y() - 6)))
        self.raise_()
        self.show()

    def step(self, by: int) -> None:
        """To the next word, or the one before; around at the ends."""
        count = len(self.offers.options)
        here = self.currentIndex().row() if self.currentIndex().isValid() else (-1 if by > 0 else count)
        self.setCurrentIndex(self.offers.index((here + by) % count))

    @property
    def chosen(self) -> Option | None:
        index = self.currentIndex()
        return self.offers.options[index.row()] if index.isValid() else None

    def _click(self, index: QModelIndex) -> None:
        self.taken.emit(self.offers.options[index.row()])
