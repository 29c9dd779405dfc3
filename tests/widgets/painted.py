"""What a widget really paints: every piece of text with its colour and its place, told by Qt's own painting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPaintDevice, QPaintEngine, QPaintEngineState, QPainter, QTextItem, QTransform
from PySide6.QtWidgets import QWidget

from tests.widgets.contrast import contrast, laid_over


@dataclass(frozen=True, slots=True)
class Text:
    words: str
    color: str
    alpha: float
    box: QRect
    """In pixels of the widget."""


class _Listening(QPaintEngine):
    def __init__(self) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self.texts: list[Text] = []
        self._pen = QColor()
        self._at = QTransform()

    def begin(self, pdev: QPaintDevice) -> bool:
        return True

    def end(self) -> bool:
        return True

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User

    def updateState(self, state: QPaintEngineState) -> None:
        changed = state.state()
        if changed & QPaintEngine.DirtyFlag.DirtyPen:
            self._pen = QColor(state.pen().color())
        if changed & QPaintEngine.DirtyFlag.DirtyTransform:
            self._at = QTransform(state.transform())

    def drawTextItem(self, p: QPointF, textItem: QTextItem) -> None:
        if not textItem.text().strip():
            return
        left = self._at.map(p)
        box = QRect(
            round(left.x()), round(left.y() - textItem.ascent()), round(textItem.width()),
            round(textItem.ascent() + textItem.descent()),
        )  # fmt: skip
        self.texts.append(Text(textItem.text(), self._pen.name(), self._pen.alphaF(), box))

    def drawPixmap(self, *args: object) -> None: ...

    def drawTiledPixmap(self, *args: object) -> None: ...

    def drawImage(self, *args: object) -> None: ...

    def drawPath(self, *args: object) -> None: ...

    def drawRects(self, *args: object) -> None: ...

    def drawLines(self, *args: object) -> None: ...

    def drawPolygon(self, *args: object) -> None: ...

    def drawEllipse(self, *args: object) -> None: ...

    def drawPoints(self, *args: object) -> None: ...


class _Sheet(QPaintDevice):
    """As large as the widget, and of nothing."""

    def __init__(self, size: QSize, engine: _Listening) -> None:
        super().__init__()
        kinds = QPaintDevice.PaintDeviceMetric
        dpi = dict.fromkeys((kinds.PdmDpiX, kinds.PdmDpiY, kinds.PdmPhysicalDpiX, kinds.PdmPhysicalDpiY), 96)
        self._told = {
            kinds.PdmWidth: size.width(), kinds.PdmHeight: size.height(), kinds.PdmWidthMM: size.width() // 4,
            kinds.PdmHeightMM: size.height() // 4, kinds.PdmNumColors: 1 << 24, kinds.PdmDepth: 32,
            kinds.PdmDevicePixelRatio: 1, kinds.PdmDevicePixelRatioScaled: 1 << 16, **dpi,
        }  # fmt: skip
        self._engine = engine

    def paintEngine(self) -> QPaintEngine:
        return self._engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        return self._told.get(metric, 1)


def texts_of(widget: QWidget) -> list[Text]:
    """Every text that `widget` and its visible children paint now, in the order of painting."""
    engine = _Listening()
    sheet = _Sheet(widget.size(), engine)
    painter = QPainter(sheet)
    widget.render(painter, QPoint())
    painter.end()
    return engine.texts


def grounds(widget: QWidget, texts: list[Text]) -> list[str]:
    """The colour that most of each text's box shows in a picture of the widget."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio = image.devicePixelRatio()
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4) & 0xFFFFFF
    found = []
    for text in texts:
        # A little more than the letters: the heavy ones cover most of their own box.
        box = text.box.adjusted(-3, 0, 3, 0)
        left, top = max(0, int(box.left() * ratio)), max(0, int(box.top() * ratio))
        part = rows[top : max(top + 1, int(box.bottom() * ratio)), left : max(left + 1, int(box.right() * ratio))]
        if not part.size:
            found.append("")
            continue
        colors, counts = np.unique(part, return_counts=True)
        order = np.argsort(-counts)
        common = [f"#{int(colors[place]):06x}" for place in order[:2]]
        found.append(common[1] if common[0] == text.color and len(common) > 1 else common[0])
    return found


def hard_to_read(widget: QWidget, least: float, texts: list[Text] | None = None) -> set[str]:
    """`words: colour on ground = ratio` of every text whose contrast is below `least`; `texts` where they are known."""
    texts = texts_of(widget) if texts is None else texts
    told = set()
    for text, ground in zip(texts, grounds(widget, texts), strict=True):
        seen = laid_over(text.color, text.alpha, ground) if ground else ""
        if ground and (ratio := contrast(seen, ground)) < least:
            told.add(f"{text.words!r}: {seen} on {ground} = {ratio:.2f}")
    return told
