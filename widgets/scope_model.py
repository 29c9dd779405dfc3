"""The risk matrix as a table model: one row per scope, one column per chosen metric.

A snapshot is taken up without looking at its cells: what a row says is computed when the row is painted, and what a
column says when it is sorted by.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QModelIndex, QObject

from core.domain import Scope, ScopeKind, Trust
from core.snapshot import MetricInfo, RiskMatrix, Snapshot
from widgets import figures
from widgets.choice import ColumnChoice
from widgets.columns import Column, ColumnModel, Order
from widgets.explain import cell_line, cell_tip, metric_tip
from widgets.marks import BLIND, TRUST_TONES, TRUST_WORDS, scope_words, severity_mark, severity_tone
from widgets.reasons import unknown_metrics
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
_GROUPS = {ScopeKind.PORTFOLIO: 0, ScopeKind.VENUE: 1, ScopeKind.ACCOUNT: 2, ScopeKind.STRATEGY: 3}
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


class ScopeModel(ColumnModel):
    marks_figures = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__((*LEAD, *TAIL), parent)
        self._snapshot: Snapshot | None = None
        self._metrics: tuple[MetricInfo, ...] = ()
        self._choice = ColumnChoice()
        self._places: tuple[int, ...] = ()
        """The matrix's column of each metric that is shown."""
        self._scopes: tuple[Scope, ...] = ()
        self._words: tuple[str, ...] = ()
        self._natural: Order = np.empty(0, dtype=np.intp)
        self._by_name = np.empty(0)
        self._limited: dict[int, int] = {}
        """Of the matrix's columns those with a limit, and where their headroom stands."""
        self._standing: dict[int, tuple[int, float]] = {}
        """Worst severity and least headroom of the rows that were asked for since the last snapshot."""
        self._matched: tuple[str, npt.NDArray[np.bool_]] = ("", np.empty(0, dtype=np.bool_))

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

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return self._scopes

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
        if matrix.scopes is not self._scopes and matrix.scopes != self._scopes:
            self._name_rows(matrix.scopes)
        self.take(matrix.scopes, resort=resort)
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

    def _name_rows(self, scopes: tuple[Scope, ...]) -> None:
        self._scopes = scopes
        self._words = tuple(scope_words(scope) for scope in scopes)
        groups = np.array([_GROUPS[scope.kind] for scope in scopes], dtype=np.int64)
        self._natural = np.argsort(groups, kind="stable")
        ranks = np.empty(len(scopes))
        ranks[np.argsort(np.array(self._words, dtype=np.str_), kind="stable")] = np.arange(len(scopes))
        self._by_name = ranks
        self._matched = ("", np.empty(0, dtype=np.bool_))

    @property
    def _matrix(self) -> RiskMatrix:
        assert self._snapshot is not None, "no snapshot was shown yet"
        return self._snapshot.matrix

    def _place(self, column: int) -> int | None:
        return self._places[column - len(LEAD)] if len(LEAD) <= column < self.lowest else None

    def index_of(self, key: Hashable) -> QModelIndex:
        row = None if self._snapshot is None or not isinstance(key, Scope) else self._matrix.rows.get(key)
        found = [] if row is None else np.flatnonzero(self._shown == row).tolist()
        return self.index(found[0], 0) if found else QModelIndex()

    def scope(self, row: int) -> Scope:
        return self._scopes[row]

    def _stands(self, row: int) -> tuple[int, float]:
        found = self._standing.get(row)
        if found is None:
            one = slice(row, row + 1)
            found = int(worst_of(self._matrix, one)[0]), float(least_head(self._matrix, one)[0])
            self._standing[row] = found
        return found

    def state(self, row: int) -> int:
        """The worst severity of a row."""
        return self._stands(row)[0]

    def used(self, row: int, column: int = USED) -> float:
        """How much of the limit of a cell (or of the nearest one of the row) is used; NaN without one."""
        if column == USED:
            head = self._stands(row)[1]
            return np.nan if head == np.inf else 1.0 - head
        place = self._place(column)
        limit = None if place is None else self._limited.get(place)
        return np.nan if limit is None else 1.0 - float(self._matrix.headroom[row, limit])

    def spark(self, row: int) -> npt.NDArray[np.float64]:
        lines = None if self._snapshot is None else self._snapshot.sparklines
        return np.empty(0) if lines is None or row >= len(lines) else lines[row]

    def natural_order(self) -> Order:
        return self._natural

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        if self._matched[0] != needle or len(self._matched[1]) != len(self._words):
            found = np.fromiter((needle in word.lower() for word in self._words), np.bool_, len(self._words))
            self._matched = (needle, found)
        return self._matched[1]

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        place = self._place(column)
        if column == SCOPE or self._snapshot is None:
            return self._by_name
        if place is not None:
            return self._matrix.value[:, place]
        if column == STATE:
            return rank_of(worst_of(self._matrix)).astype(np.float64)
        if column == TREND:
            return self._trends(self._snapshot.sparklines)
        if column == USED:
            head = least_head(self._matrix)
            return np.where(head == np.inf, np.nan, 1.0 - head)
        tail = self._matrix.age_s if column == self.lowest else self._matrix.trust
        return tail.astype(np.float64)

    def _trends(self, lines: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if not lines.size:
            return np.full(len(self._scopes), np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(lines[:, -1] / lines[:, 0])

    def text(self, row: int, column: int) -> str:
        if self._snapshot is None or column in {TREND, USED}:
            return ""
        if column == SCOPE:
            return self._words[row]
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

    def tone(self, row: int, column: int) -> Tone:
        if self._snapshot is None or column == SCOPE:
            return Tone.STRONG
        place = self._place(column)
        if place is not None:
            severity = int(self._matrix.severity[row, place])
            if severity == BLIND or np.isnan(self._matrix.value[row, place]):
                return Tone.UNKNOWN
            return severity_tone(severity) if severity > 0 else Tone.NORMAL
        if column in {STATE, TREND, USED}:
            return severity_tone(self.state(row))
        return TRUST_TONES[Trust(int(self._matrix.trust[row]))] if column > self.lowest else Tone.FAINT

    def tip(self, row: int, column: int) -> str:
        if self._snapshot is None:
            return ""
        place = nearest_metric(self._matrix, row) if column in {STATE, USED} else self._place(column)
        if place is not None:
            return cell_tip(self._snapshot, row, place)
        told = unknown_metrics(self._snapshot, self._scopes[row])
        return f"{self._words[row]}\n{told}" if told else self._words[row]

    def line(self, row: int, column: int) -> str:
        """What the tip says, in one line."""
        place = nearest_metric(self._matrix, row) if column in {STATE, USED} else self._place(column)
        if self._snapshot is None or place is None:
            return self.tip(row, column).replace("\n", " · ")
        return cell_line(self._snapshot, row, place)

    def head_tip(self, section: int) -> str:
        info = self.metric(section)
        if info is None:
            return super().head_tip(section)
        return metric_tip(info, None if self._snapshot is None else self._snapshot.matrix)
