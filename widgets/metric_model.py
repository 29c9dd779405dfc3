"""All metrics of one scope, family by family: value, limit, time to breach, age and trust."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.domain import Trust
from core.snapshot import MetricInfo, Snapshot
from widgets import figures
from widgets.bar import paint_bar
from widgets.choice import families, family_title
from widgets.columns import DISPLAY, FONT, Column, ColumnModel, Index
from widgets.explain import cell_tip, metric_tip
from widgets.fonts import text_font
from widgets.marks import TRUST_TONES, TRUST_WORDS
from widgets.reading import Reading, reading_at
from widgets.theme import Tone

COLUMNS = (
    Column("METRIC", 142),
    Column("VALUE", 98, figures=True),
    Column("LIMIT", 70, figures=True, tip="The next threshold, and how much of the way to it is gone"),
    Column("BREACH IN", 88, figures=True, tip="Until the next threshold at the present drift"),
    Column("AGE", 58, figures=True),
    Column("TRUST", 72),
)
METRIC, VALUE, LIMIT, BREACH, AGE, TRUST = range(len(COLUMNS))

THIN_PX = 2.0


class MetricModel(ColumnModel):
    """A row is a family's heading or a metric; keys are `family:drawdown` and `drawdown_day`."""

    marks_figures = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self._snapshot: Snapshot | None = None
        self._row: int | None = None
        self._metrics: tuple[MetricInfo, ...] = ()
        self._places: list[int | None] = []
        """The matrix's column of each row; None of a heading."""
        self._heads: list[str] = []
        self._names: tuple[str, ...] = ()

    def show(self, snapshot: Snapshot, row: int | None) -> bool:
        """`row` of the matrix; None of a scope that is not in it. Returns whether the rows are others than before."""
        self._snapshot, self._row = snapshot, row
        metrics = snapshot.matrix.metrics if row is not None else ()
        renewed = metrics != self._metrics
        if renewed:
            self._metrics = metrics
            self._list(metrics)
        self.take(self._names)
        return renewed

    def _list(self, metrics: tuple[MetricInfo, ...]) -> None:
        places: list[int | None] = []
        heads: list[str] = []
        for family in families(metrics):
            inside: list[int | None] = [column for column, info in enumerate(metrics) if info.family == family]
            places += [None, *inside]
            heads += [family] * (1 + len(inside))
        self._places, self._heads = places, heads
        self._names = tuple(
            f"family:{family}" if place is None else metrics[place].name
            for place, family in zip(places, heads, strict=True)
        )

    def metric(self, row: int) -> MetricInfo | None:
        """Of a source row; None of a heading."""
        place = self._places[row]
        return None if place is None else self._metrics[place]

    def headings(self) -> list[int]:
        """Shown rows that are headings."""
        return [row for row in range(len(self._shown)) if self._places[self.source(row)] is None]

    def reading(self, row: int) -> Reading | None:
        place = self._places[row]
        if place is None or self._snapshot is None or self._row is None:
            return None
        return reading_at(self._snapshot.matrix, self._row, place)

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        return np.arange(len(self._names), dtype=np.float64)

    def text(self, row: int, column: int) -> str:
        found = self.reading(row)
        if found is None or self._snapshot is None:
            return family_title(self._heads[row]).upper() if column == METRIC else ""
        base = self._snapshot.base_currency
        if column == METRIC:
            return found.info.title
        if column == VALUE:
            return found.text(base)
        if column == LIMIT:
            return found.limit_text(base)
        if column == BREACH:
            return "" if math.isnan(found.threshold) else figures.until_breach(found.breach_in_s, found.headroom)
        if column == AGE:
            return figures.seconds(found.age_s)
        return TRUST_WORDS[Trust(found.trust)] if column == TRUST else ""

    def tone(self, row: int, column: int) -> Tone:
        found = self.reading(row)
        if found is None:
            return Tone.FAINT
        if column in {VALUE, BREACH}:
            return found.tone if column != BREACH or found.severity else Tone.NORMAL
        if column == TRUST:
            return TRUST_TONES[Trust(found.trust)]
        return Tone.NORMAL if column == METRIC else Tone.FAINT

    def used(self, row: int) -> float:
        found = self.reading(row)
        return math.nan if found is None else found.used

    def tip(self, row: int, column: int) -> str:
        place = self._places[row]
        if place is None or self._snapshot is None or self._row is None:
            return ""
        if column == METRIC:
            return metric_tip(self._metrics[place], self._snapshot.matrix)
        return cell_tip(self._snapshot, self._row, place)

    def data(self, index: Index, role: int = DISPLAY) -> object:
        row = self.source(index.row()) if index.isValid() else -1
        if role == FONT and row >= 0 and self._places[row] is None:
            return text_font(11, QFont.Weight.DemiBold)
        return super().data(index, role)


class MetricDelegate(QStyledItemDelegate):
    """Paints how much of a limit is used as a bar beneath it."""

    def __init__(self, model: MetricModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if index.column() != LIMIT:
            return
        row = self._model.source(index.row())
        used = self._model.used(row)
        if not math.isnan(used):
            tone = self._model.tone(row, VALUE)
            area = QRectF(option.rect)
            below = area.adjusted(9, area.height() - THIN_PX - 2, -6, -2)
            paint_bar(painter, below, used, Tone.ACCENT if tone is Tone.STRONG else tone)
