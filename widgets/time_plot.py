"""Curves over time with levels across them; the library that plots is loaded with the first figures, not before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.snapshot import Floats
from widgets import theme
from widgets.fonts import text_font
from widgets.label_places import label_places
from widgets.theme import Tone

TONES = (Tone.STRONG, Tone.GAIN)
"""Of the curves, in their order."""
LABEL_PX = 14.0


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the plot with its name."""

    value: float
    words: str
    tone: Tone
    rank: int
    """How much its name matters where not all have room."""


class TimePlot(QWidget):
    def __init__(
        self,
        name: str,
        title: str,
        words: Callable[[float], str],
        *,
        curves: int = 1,
        filled: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`words` tells a value beside the axis; `filled` shades down from zero to the curve."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.empty_words = "No course is known yet"
        self._words = words
        self._count = curves
        self._filled = filled
        self._levels: tuple[Level, ...] = ()
        self.plot: Any = None
        """The `pyqtgraph.PlotWidget`; None before there was anything to draw."""
        self.curves: list[Any] = []
        self._lines: list[Any] = []
        self._labels: list[Any] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def show_nothing(self) -> None:
        """Nothing is known: an axis would invent a scale and a time."""
        if self.plot is not None:
            self.plot.hide()
            self._levels = ()
            self._draw_levels()
            for line in self.curves:
                line.setData([], [])
        self.update()

    def show_course(
        self,
        at_s: Floats,
        values: Sequence[Floats],
        across: tuple[float, float],
        span: tuple[float, float],
        levels: tuple[Level, ...] = (),
    ) -> None:
        """`across` is the time range, `span` the range of values; NaN in a curve is a gap in it."""
        if self.plot is None:
            self._make()
        for line, shown in zip(self.curves, values, strict=True):
            line.setData(at_s, shown, connect="finite")
        self.plot.setXRange(*across, padding=0)
        self.plot.setYRange(*span, padding=0)
        self.plot.show()
        if levels != self._levels:
            self._levels = levels
            self._draw_levels()
        self._place_labels()

    def restyle(self) -> None:
        """The theme changed: pens and labels keep their colours otherwise."""
        if self.plot is None:
            return
        from widgets import plots

        plots.dress(self.plot)
        for line, tone in zip(self.curves, TONES, strict=False):
            line.setPen(plots.pen(tone))
            if self._filled:
                plots.fill(line)
        self._draw_levels()
        self._place_labels()

    @property
    def labels(self) -> list[Any]:
        """Of the levels that have a name beside them now."""
        return [label for label in self._labels if label.isVisible()]

    def _make(self) -> None:
        from widgets import plots

        self.plot = plots.plot_widget(f"{self.objectName()}_plot", self._words, self)
        self.plot.setAccessibleName(self.accessibleName())
        self.curves = [plots.curve(self.plot) for _ in range(self._count)]
        self.plot.getViewBox().sigResized.connect(self._place_labels)
        self.layout().addWidget(self.plot)  # type: ignore[union-attr]
        self.restyle()

    def _draw_levels(self) -> None:
        from widgets import plots

        for item in (*self._lines, *self._labels):
            self.plot.removeItem(item)
        ranked = sorted(self._levels, key=lambda level: -level.rank)
        self._lines = [plots.level_line(self.plot, level.value, level.tone) for level in ranked]
        self._labels = [plots.level_label(self.plot, level.words, level.tone) for level in ranked]

    def _place_labels(self, *_: object) -> None:
        box = self.plot.getViewBox()
        (left, right), (low, high) = box.viewRange()
        wide, tall = box.width(), box.height()
        if wide <= 0.0 or tall <= 0.0 or high <= low:
            return
        metrics = QFontMetricsF(text_font(11))
        ranked = sorted(self._levels, key=lambda level: -level.rank)
        asked = [
            ((high - level.value) / (high - low) * tall, metrics.horizontalAdvance(level.words) + 4.0)
            for level in ranked
        ]
        for label, place in zip(self._labels, label_places(asked, wide, tall, LABEL_PX), strict=True):
            label.setVisible(place is not None)
            if place is not None:
                x = left + place.left() / wide * (right - left)
                label.setPos(x, high - place.top() / tall * (high - low))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.plot is None or self.plot.isHidden():
            painter = QPainter(self)
            painter.setFont(text_font())
            painter.setPen(theme.current().color(Tone.FAINT))
            painter.drawText(2, 18, self.empty_words)
