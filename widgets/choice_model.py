"""Every metric with a box to tick, under its family; a search leaves what fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QFont

from core.snapshot import MetricInfo
from widgets import theme
from widgets.choice import ColumnChoice, family_title
from widgets.columns import DISPLAY, EXPLAINED_ALOUD, FONT, FOREGROUND, NOWHERE, TOOLTIP, Index
from widgets.explain import metric_tip
from widgets.fonts import text_font
from widgets.theme import Tone

TICK = int(Qt.ItemDataRole.CheckStateRole)


@dataclass(frozen=True, slots=True)
class Row:
    family: str
    metric: MetricInfo | None = None
    """None: the family's own row, which ticks all of it."""

    @property
    def text(self) -> str:
        return self.metric.title if self.metric is not None else family_title(self.family)


def fits(info: MetricInfo, needle: str) -> bool:
    """Whether a search finds it: in what it is called, in its formula, in its source."""
    return needle in f"{info.title} {info.name} {info.family} {info.formula} {info.source}".lower()


class ChoiceModel(QAbstractListModel):
    changed = Signal(object)
    """The ColumnChoice that a tick has made."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._metrics: tuple[MetricInfo, ...] = ()
        self._choice = ColumnChoice()
        self._shown: frozenset[str] = frozenset()
        self._needle = ""
        self.rows: tuple[Row, ...] = ()

    def show(self, metrics: tuple[MetricInfo, ...], choice: ColumnChoice) -> None:
        if metrics != self._metrics:
            self._metrics = metrics
            self._list()
        self._choice = choice
        self._shown = frozenset(metrics[column].name for column in choice.columns(metrics))
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1), [TICK])

    def search(self, text: str) -> None:
        needle = text.strip().lower()
        if needle != self._needle:
            self._needle = needle
            self._list()

    def _list(self) -> None:
        self.beginResetModel()
        rows: list[Row] = []
        for info in self._metrics:
            if self._needle and not fits(info, self._needle):
                continue
            if not any(row.family == info.family for row in rows):
                rows.append(Row(info.family))
            rows.append(Row(info.family, info))
        # Families stand together even where the matrix does not hold them so.
        order = {row.family: place for place, row in enumerate(rows) if row.metric is None}
        self.rows = tuple(sorted(rows, key=lambda row: order[row.family]))
        self.endResetModel()

    def _names(self, row: Row) -> tuple[str, ...]:
        if row.metric is not None:
            return (row.metric.name,)
        return tuple(one.metric.name for one in self.rows if one.family == row.family and one.metric is not None)

    def ticked(self, place: int) -> Qt.CheckState:
        names = self._names(self.rows[place])
        shown = sum(name in self._shown for name in names)
        if not shown:
            return Qt.CheckState.Unchecked
        return Qt.CheckState.Checked if shown == len(names) else Qt.CheckState.PartiallyChecked

    # Qt's side

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable if index.isValid() else super().flags(index)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == DISPLAY:
            return row.text if row.metric is None else f"   {row.text}"
        if role == TICK:
            return self.ticked(index.row())
        if role == FONT:
            return text_font(12, QFont.Weight.DemiBold if row.metric is None else QFont.Weight.Normal)
        if role == FOREGROUND:
            return theme.brush(Tone.FAINT if row.metric is None else Tone.NORMAL)
        if role in (TOOLTIP, EXPLAINED_ALOUD):
            return metric_tip(row.metric) if row.metric is not None else f"All metrics of the family {row.text}"
        return None

    def setData(self, index: Index, value: Any, role: int = DISPLAY) -> bool:
        if role != TICK or not index.isValid():
            return False
        # A family that is ticked in part is ticked whole first.
        shown = self.ticked(index.row()) is not Qt.CheckState.Checked
        names = self._names(self.rows[index.row()])
        choice = self._choice.with_metrics(names, self._metrics, shown=shown)
        self.show(self._metrics, choice)
        self.changed.emit(choice)
        return True


def place_of(model: ChoiceModel, name: str) -> QModelIndex:
    """Where a metric stands in the list; nowhere while the search leaves it out."""
    found = (place for place, row in enumerate(model.rows) if row.metric is not None and row.metric.name == name)
    place = next(found, None)
    return QModelIndex() if place is None else model.index(place)
