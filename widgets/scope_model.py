"""The risk matrix as a table model: one row per scope, flat or as a tree, one column per chosen metric.

A source row is a node of `ScopeNodes`: a scope, or a strategy under one of the accounts that it holds something in,
which shows the figures of the whole strategy: there are no others.

A snapshot is taken up without looking at its cells: what a row says is computed when the row is painted, and what a
column says when it is sorted by.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.domain import Trust
from core.snapshot import MetricInfo, Snapshot
from widgets import figures
from widgets.choice import ColumnChoice
from widgets.columns import DISPLAY, READ_ALOUD, Column, Index, Order
from widgets.explain import cell_line, cell_tip, metric_tip
from widgets.marks import BLIND, TRUST_TONES, TRUST_WORDS, severity_mark, severity_tone
from widgets.reasons import unknown_metrics
from widgets.scope_order import ScopeOrder
from widgets.standing import least_head, nearest_metric, rank_of, worst_of
from widgets.theme import Tone

LEAD = (
    Column("SCOPE", 190, tip="The portfolio, a venue, an account or a strategy; Enter opens its page"),
    Column("STATE", 106, bold=True, tip="The worst severity of any metric of the scope"),
    Column("TREND", 84, tip="Flow-adjusted unit value, recent"),
    Column("LIMIT USED", 98, tip="Share of the nearest limit that is used, whichever metric it is on"),
)
TAIL = (
    Column("AGE", 74, figures=True, tip="Age of the oldest figure of the scope"),
    Column("TRUST", 84, tip="The least trusted figure of the scope"),
)
SCOPE, STATE, TREND, USED = range(4)
SHUT, OPEN, LEAF = "▸ ", "▾ ", "   "
INDENT = "    "
NO_LIMIT = "no limit"
_LEAST_PX, _LETTER_PX, _EDGES_PX = 92, 7.4, 24


def two_lines(title: str) -> str:
    """Broken at the space nearest to the middle, where it is long."""
    spaces = [place for place, letter in enumerate(title) if letter == " "]
    if len(title) < 11 or not spaces:
        return title
    middle = min(spaces, key=lambda place: abs(place - len(title) / 2))
    return f"{title[:middle]}\n{title[middle + 1 :]}"


def _metric_column(info: MetricInfo) -> Column:
    title = two_lines(info.title.upper())
    longest = max(map(len, title.split("\n")))
    return Column(title, max(_LEAST_PX, int(_LETTER_PX * longest) + _EDGES_PX), figures=True)


class ScopeModel(ScopeOrder):
    marks_figures = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__((*LEAD, *TAIL), parent)
        self._metrics: tuple[MetricInfo, ...] = ()
        self._choice = ColumnChoice()
        self._places: tuple[int, ...] = ()
        """The matrix's column of each metric that is shown."""
        self._limited: dict[int, int] = {}
        """Of the matrix's columns those with a limit, and where their headroom stands."""
        self._standing: dict[int, tuple[int, float]] = {}
        """Worst severity and least headroom of the rows that were asked for since the last snapshot."""

    @property
    def lowest(self) -> int:
        """The first column after the metrics."""
        return len(self.columns) - len(TAIL)

    @property
    def metrics(self) -> tuple[MetricInfo, ...]:
        """All there are, shown or not."""
        return self._metrics

    @property
    def choice(self) -> ColumnChoice:
        return self._choice

    def metric(self, column: int) -> MetricInfo | None:
        """The metric that a column shows; None of the columns that every scope has."""
        place = self._place(column)
        return None if place is None else self._metrics[place]

    def choose(self, choice: ColumnChoice) -> bool:
        """Show these metrics. Returns whether the columns are others than before; rows and their order stay."""
        self._choice = choice
        return self._set_columns(self._metrics)

    def show(self, snapshot: Snapshot, *, resort: bool = True) -> bool:
        """Returns whether the columns are others than before."""
        matrix = snapshot.matrix
        renewed = matrix.metrics != self._metrics and self._set_columns(matrix.metrics)
        self._snapshot = snapshot
        self._standing.clear()
        self._limited = {column: place for place, column in enumerate(matrix.limited.tolist())}
        self._follow(matrix.scopes, snapshot, anew=resort or renewed)
        return renewed

    def _set_columns(self, metrics: tuple[MetricInfo, ...]) -> bool:
        places = self._choice.columns(metrics)
        if metrics == self._metrics and places == self._places:
            return False
        # By name: the column that rows are sorted by may stand elsewhere now, or nowhere.
        sorted_by = self.columns[self._sorted_by].title if 0 <= self._sorted_by < len(self.columns) else ""
        self.beginResetModel()
        self._metrics, self._places = metrics, places
        self.columns = [*LEAD, *(_metric_column(metrics[place]) for place in places), *TAIL]
        titles = [column.title for column in self.columns]
        self._sorted_by = titles.index(sorted_by) if sorted_by in titles else -1
        self.endResetModel()
        return True

    def _place(self, column: int) -> int | None:
        return self._places[column - len(LEAD)] if len(LEAD) <= column < self.lowest else None

    # What a row says

    def _stands(self, row: int) -> tuple[int, float]:
        found = self._standing.get(row)
        if found is None:
            one = slice(row, row + 1)
            found = int(worst_of(self._matrix, one)[0]), float(least_head(self._matrix, one)[0])
            self._standing[row] = found
        return found

    def state(self, node: int) -> int:
        """The worst severity of a row."""
        return self._stands(self.row_of(node))[0]

    def used(self, node: int, column: int = USED) -> float:
        """How much of the limit of a cell (or of the nearest one of the row) is used; NaN without one."""
        row = self.row_of(node)
        if column == USED:
            head = self._stands(row)[1]
            return np.nan if head == np.inf else 1.0 - head
        place = self._place(column)
        limit = None if place is None else self._limited.get(place)
        return np.nan if limit is None else 1.0 - float(self._matrix.headroom[row, limit])

    def spark(self, node: int) -> npt.NDArray[np.float64]:
        row = self.row_of(node)
        lines = None if self._snapshot is None else self._snapshot.sparklines
        return np.empty(0) if lines is None or row >= len(lines) else lines[row]

    def natural_order(self) -> Order:
        return self._nodes.by_kind

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        place = self._place(column)
        if column == SCOPE or self._snapshot is None:
            return self.sieve.by_name
        if place is not None:
            return self._matrix.value[:, place]
        if column == STATE:
            return rank_of(worst_of(self._matrix)).astype(np.float64)
        if column == TREND:
            return self.trends()
        if column == USED:
            head = least_head(self._matrix)
            return np.where(head == np.inf, np.nan, 1.0 - head)
        tail = self._matrix.age_s if column == self.lowest else self._matrix.trust
        return tail.astype(np.float64)

    def trends(self) -> npt.NDArray[np.float64]:
        """Per scope how far its unit value moved over its sparkline; NaN where that cannot be told."""
        lines = None if self._snapshot is None else self._snapshot.sparklines
        if lines is None or len(lines) != len(self.scopes) or not lines.size:
            return np.full(len(self.scopes), np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(lines[:, -1] / lines[:, 0] - 1.0)

    def told(self, node: int, column: int) -> str:
        """What a cell says, drawn ones in figures."""
        if column == TREND:
            line = self.spark(node)
            ends = (float(line[0]), float(line[-1])) if len(line) else (np.nan, np.nan)
            return figures.percent(ends[1] / ends[0] - 1.0 if ends[0] else np.nan, plus=True)
        if column == USED:
            used = self.used(node)
            return NO_LIMIT if np.isnan(used) else figures.percent(used)
        return self.text(node, column)

    # Columns by name

    def column_name(self, column: int) -> str:
        """By which a view remembers it; "" for none."""
        info = self.metric(column) if 0 <= column < len(self.columns) else None
        if info is not None:
            return info.name
        return self.columns[column].title.lower() if 0 <= column < len(self.columns) else ""

    def column_named(self, name: str) -> int:
        """-1 while it is not shown."""
        names = [self.column_name(at) for at in range(len(self.columns))] if name else []
        return names.index(name) if name in names else -1

    def text(self, node: int, column: int) -> str:
        if self._snapshot is None or column in {TREND, USED}:
            return ""
        if column == SCOPE:
            return f"{self._mark(node)}{self._name(node)}"
        row = self.row_of(node)
        if column == STATE:
            return severity_mark(self.state(row))
        place = self._place(column)
        if place is not None:
            value = float(self._matrix.value[row, place])
            return figures.figure(value, self._metrics[place].unit, self._snapshot.base_currency)
        if column == self.lowest:
            age_s = float(self._matrix.age_s[row])
            return figures.NEVER if np.isnan(age_s) else figures.seconds(age_s)
        return TRUST_WORDS[Trust(int(self._matrix.trust[row]))]

    def _name(self, node: int) -> str:
        words = self.scopes[self.row_of(node)].words
        return words if node < self._nodes.rows else f"{words}, all of it"

    def _mark(self, node: int) -> str:
        if not self._is_tree:
            return ""
        opened = self.is_open(node)
        return INDENT * self.depth(node) + (LEAF if opened is None else OPEN if opened else SHUT)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        if role == READ_ALOUD and self._is_tree and index.isValid() and index.column() == SCOPE:
            return self._spoken(self.source(index.row()))
        return super().data(index, role)

    def _spoken(self, node: int) -> str:
        """A row of the tree in words, as the marks say it to the eye."""
        opened = self.is_open(node)
        inside = figures.number(int(self._nodes.inside[node]))
        fold = "" if opened is None else f", {'open' if opened else 'shut'}, {inside} inside"
        return f"{self._name(node)}, level {self.depth(node) + 1}{fold}"

    def tone(self, node: int, column: int) -> Tone:
        if self._snapshot is None or column == SCOPE:
            return Tone.STRONG if node < self._nodes.rows else Tone.NORMAL
        row = self.row_of(node)
        place = self._place(column)
        if place is not None:
            severity = int(self._matrix.severity[row, place])
            if severity == BLIND or np.isnan(self._matrix.value[row, place]):
                return Tone.UNKNOWN
            return severity_tone(severity) if severity > 0 else Tone.NORMAL
        if column in {STATE, TREND, USED}:
            return severity_tone(self.state(row))
        return TRUST_TONES[Trust(int(self._matrix.trust[row]))] if column > self.lowest else Tone.FAINT

    def tip(self, node: int, column: int) -> str:
        if self._snapshot is None:
            return ""
        row = self.row_of(node)
        place = nearest_metric(self._matrix, row) if column in {STATE, USED} else self._place(column)
        if place is not None:
            return cell_tip(self._snapshot, row, place)
        told = unknown_metrics(self._snapshot, self.scopes[row])
        if node >= self._nodes.rows:
            holder = self.scopes[int(self._nodes.parent[node])].words
            told = f"figures of the whole strategy, which holds something in {holder}" + (f"\n{told}" if told else "")
        return f"{self.scopes[row].words}\n{told}" if told else self.scopes[row].words

    def line(self, node: int, column: int) -> str:
        """What the tip says, in one line."""
        row = self.row_of(node)
        place = nearest_metric(self._matrix, row) if column in {STATE, USED} else self._place(column)
        if self._snapshot is None or place is None:
            return self.tip(node, column).replace("\n", " · ")
        return cell_line(self._snapshot, row, place)

    def head_tip(self, section: int) -> str:
        info = self.metric(section)
        if info is None:
            return super().head_tip(section)
        return metric_tip(info, None if self._snapshot is None else self._snapshot.matrix)
