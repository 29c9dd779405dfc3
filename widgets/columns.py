"""A table model over columns with its own order: sorting and filtering are one permutation, and rows have identity.

A sorting proxy takes seconds where `argsort` takes milliseconds, and re-sorts on every change it hears of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QFont

from widgets import theme
from widgets.fonts import figure_font, text_font
from widgets.marks import marked
from widgets.theme import Tone

Index = QModelIndex | QPersistentModelIndex
Order = npt.NDArray[np.intp]
NOWHERE = QModelIndex()
DISPLAY = int(Qt.ItemDataRole.DisplayRole)
FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
FONT = int(Qt.ItemDataRole.FontRole)
TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
READ_ALOUD = int(Qt.ItemDataRole.AccessibleTextRole)
EXPLAINED_ALOUD = int(Qt.ItemDataRole.AccessibleDescriptionRole)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: int
    figures: bool = False
    """Right-aligned, in the figure face."""
    tip: str = ""
    bold: bool = False


def nan_last(values: npt.NDArray[np.float64], descending: bool) -> Order:
    """A stable order with what is unknown at the end, whichever way it goes."""
    unknown = np.isnan(values)
    known = np.flatnonzero(~unknown)
    keys = values[known]
    return np.concatenate([known[stable_order(-keys if descending else keys)], np.flatnonzero(unknown)])


def stable_order(keys: npt.NDArray[np.float64]) -> Order:
    """As numpy's stable sort, which takes five times as long where hardly any two keys are the same: these few are put
    in their order afterwards."""
    order = np.argsort(keys)
    ranked = keys[order]
    same = ranked[1:] == ranked[:-1]
    ties = int(np.count_nonzero(same))
    if ties > len(keys) // 4:
        return np.argsort(keys, kind="stable")
    if ties:
        tied = np.zeros(len(keys), dtype=np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        places = np.flatnonzero(tied)
        run = np.cumsum(~same)[places - 1]
        run[places == 0] = 0
        order[places] = order[places][np.lexsort((order[places], run))]
    return order


def _told_apart(keys: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """A venue that lists the same twice costs nobody the whole table: what comes again is the second of its key."""
    seen: Counter[Hashable] = Counter()
    made: list[Hashable] = []
    for key in keys:
        made.append((key, seen[key]) if seen[key] else key)
        seen[key] += 1
    return tuple(made)


def ranks(words: Iterable[str]) -> npt.NDArray[np.float64]:
    """What a column of words is sorted by. Most words stand there many times: only different ones are compared."""
    told = list(words)
    place = {word: float(rank) for rank, word in enumerate(sorted(set(told)))}
    return np.fromiter((place[word] for word in told), np.float64, len(told))


class ColumnModel(QAbstractTableModel):
    """Subclasses hold the columns and say `text`, `tone` and `sort_keys` of a source row; this class owns the order."""

    marks_figures = False
    """Whether figures say by their colour how they stand: then they get the shape of it, too."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: list[Column] = list(columns)
        self._keys: tuple[Hashable, ...] = ()
        self._height = 0
        """Source rows that there are, shown or not."""
        self._shown: Order = np.empty(0, dtype=np.intp)
        self._sorted_by = -1
        self._descending = False
        self._filter = ""

    # What a subclass says of its rows

    def text(self, row: int, column: int) -> str:
        raise NotImplementedError

    def tone(self, row: int, column: int) -> Tone:
        return Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        return ""

    def head_tip(self, section: int) -> str:
        return self.columns[section].tip

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        """One number per source row; text columns hand in ranks."""
        raise NotImplementedError

    def natural_order(self) -> Order:
        """The order while no column is chosen."""
        return np.arange(self._height, dtype=np.intp)

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        """Which source rows the filter text lets through."""
        return np.ones(self._height, dtype=np.bool_)

    # Order, filter, identity

    def set_filter(self, text: str) -> None:
        needle = text.strip().lower()
        if needle != self._filter:
            self._filter = needle
            self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by = column
        self._descending = order == Qt.SortOrder.DescendingOrder
        self._arrange()

    @property
    def sorted_by(self) -> tuple[int, Qt.SortOrder]:
        """The chosen column, -1 for the natural order, and the way it is sorted."""
        way = Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder
        return self._sorted_by, way

    def key(self, index: Index) -> Hashable | None:
        return self._keys[self.source(index.row())] if index.isValid() else None

    def source(self, row: int) -> int:
        """The source row under a shown row."""
        return int(self._shown[row])

    def index_of(self, key: Hashable) -> QModelIndex:
        if key not in self._keys:
            return QModelIndex()
        found = np.flatnonzero(self._shown == self._keys.index(key)).tolist()
        return self.index(found[0], 0) if found else QModelIndex()

    def take(self, keys: tuple[Hashable, ...], *, resort: bool = True) -> None:
        """The subclass has new columns, one row per key: keep what stays, drop what went, add what came.

        Without `resort` the order of known rows stands until a row comes or goes.
        """
        same = keys is self._keys or keys == self._keys
        if same and not resort:
            return
        if not same:
            where = {key: row for row, key in enumerate(keys)}
            if len(where) < len(keys):
                keys = _told_apart(keys)
                where = {key: row for row, key in enumerate(keys)}
            old = [where.get(self._keys[row], -1) for row in self._shown.tolist()]
            self._shown = np.array(old, dtype=np.intp)
        self._keys, self._height = keys, len(keys)
        self._arrange()

    def _ordered(self) -> Order:
        """All source rows, as they are sorted now."""
        if self._sorted_by < 0 or self._sorted_by >= len(self.columns):
            return self.natural_order()
        return nan_last(self.sort_keys(self._sorted_by), self._descending)

    def _wanted(self) -> Order:
        """The source rows in sight, in their order."""
        order = self._ordered()
        return order[self.matches(self._filter)[order]] if self._filter else order

    def _arrange(self) -> None:
        """Go from the shown order to the wanted one in the few steps that views and persistent indexes can follow."""
        wanted = self._wanted()
        if np.array_equal(wanted, self._shown):
            return
        stays = np.zeros(self._height + 1, dtype=np.bool_)
        stays[wanted] = True
        keep = stays[self._shown]
        if not keep.all():
            self._drop(keep)
        missing = np.ones(self._height, dtype=np.bool_)
        missing[self._shown] = False
        added = wanted[missing[wanted]]
        if len(added):
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(added) - 1)
            self._shown = np.concatenate([self._shown, added])
            self.endInsertRows()
        place = np.empty(self._height, dtype=np.intp)
        place[self._shown] = np.arange(len(self._shown), dtype=np.intp)
        self._move(place[wanted])

    def _drop(self, keep: npt.NDArray[np.bool_]) -> None:
        """Rows that go are moved to the end first: one removal, however scattered they stood."""
        self._move(np.concatenate([np.flatnonzero(keep), np.flatnonzero(~keep)]))
        left = int(keep.sum())
        self.beginRemoveRows(QModelIndex(), left, len(self._shown) - 1)
        self._shown = self._shown[:left]
        self.endRemoveRows()

    def _move(self, places: Order) -> None:
        """Show at row i what stood at `places[i]`."""
        if np.array_equal(places, np.arange(len(places))):
            return
        self.layoutAboutToBeChanged.emit()
        moved = np.empty(len(places), dtype=np.intp)
        moved[places] = np.arange(len(places), dtype=np.intp)
        before = self.persistentIndexList()
        after = [self.index(int(moved[index.row()]), index.column()) for index in before]
        self._shown = self._shown[places]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    # Qt's side

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        row = int(self._shown[index.row()]) if index.isValid() else -1
        if row < 0:
            return None
        column = index.column()
        if role == DISPLAY:
            text = self.text(row, column)
            return marked(text, self.tone(row, column)) if self.marks_figures else text
        if role == FOREGROUND:
            return self._brush(row, column)
        if role == ALIGNMENT:
            return RIGHT if self.columns[column].figures else LEFT
        if role == FONT:
            return self._font(column)
        if role in (TOOLTIP, EXPLAINED_ALOUD):
            return self.tip(row, column)
        return None

    def _brush(self, row: int, column: int) -> QBrush:
        return theme.brush(self.tone(row, column))

    def _font(self, column: int) -> QFont:
        described = self.columns[column]
        if described.figures:
            return figure_font()
        return text_font(12, QFont.Weight.DemiBold if described.bold else QFont.Weight.Normal)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        described = self.columns[section]
        if role == DISPLAY:
            return described.title
        if role == ALIGNMENT:
            return RIGHT if described.figures else LEFT
        if role in (TOOLTIP, EXPLAINED_ALOUD):
            return self.head_tip(section)
        if role == READ_ALOUD:
            return described.title.replace("\n", " ")
        return None
