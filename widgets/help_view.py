"""One entry of the help, to be read: its sections, and a picture as wide as there is room."""

from __future__ import annotations

from importlib import resources

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from widgets.fonts import text_font
from widgets.help_entries import Sections

SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class HelpView(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("help_view")
        self.setAccessibleName("Entry of the help")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.title = QLabel("", self)
        self.title.setObjectName("help_title")
        self.title.setWordWrap(True)
        self.title.setFont(text_font(16, QFont.Weight.DemiBold))
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.text = QLabel("", self)
        self.text.setObjectName("help_text")
        self.text.setAccessibleName("Text of the entry")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.text.setTextInteractionFlags(SELECTABLE)
        self.picture = Picture(self)
        inner = QWidget()
        inner.setObjectName("guidance_text")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(10)
        for part in (self.title, self.text, self.picture):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inner)

    def read(self, title: str, sections: Sections, picture: str) -> None:
        text = "\n\n".join(f"{caption}\n{words}" if caption else words for caption, words in sections)
        if (title, text) == (self.title.text(), self.text.text()):
            return
        self.title.setText(title)
        self.text.setText(text)
        self.picture.show_file(picture, f"Picture: {title}")
        self.verticalScrollBar().setValue(0)


class Picture(QLabel):
    """As wide as its place, and never larger than it was taken; sharp on a screen of any density."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("help_picture")
        self._whole = QPixmap()
        self._name = ""
        self.hide()

    def show_file(self, name: str, title: str) -> None:
        if name != self._name:
            self._name = name
            self._whole = _picture(name) if name else QPixmap()
        self.setAccessibleName(title)
        self.setVisible(not self._whole.isNull())
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def sizeHint(self) -> QSize:
        if self._whole.isNull():
            return QSize(0, 0)
        width = min(self._whole.width(), max(80, self.width()))
        return QSize(width, round(width * self._whole.height() / self._whole.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        if self._whole.isNull():
            return
        made = scaled(self._whole, self.sizeHint().width(), self.devicePixelRatioF())
        self.setPixmap(made)
        self.setFixedHeight(round(made.deviceIndependentSize().height()))


def scaled(whole: QPixmap, width: int, ratio: float) -> QPixmap:
    """`width` of the layout wide, with all the pixels that a screen of this density can show."""
    made = whole.scaledToWidth(min(whole.width(), round(width * ratio)), Qt.TransformationMode.SmoothTransformation)
    made.setDevicePixelRatio(made.width() / width)
    return made


def _picture(name: str) -> QPixmap:
    made = QPixmap()
    try:
        made.loadFromData(resources.files("resources").joinpath("pictures").joinpath(name).read_bytes())
    except (ModuleNotFoundError, OSError):
        return QPixmap()
    return made
