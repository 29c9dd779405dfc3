"""The risk matrix as a table model: one row per scope, one column per metric."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject

from core.domain import Scope, ScopeKind, Trust
from core.snapshot import MetricInfo, Snapshot
from widgets import figures
from widgets.columns import Column, ColumnModel, Order
from widgets.marks import BLIND, RANKS, TRUST_TONES, TRUST_WORDS, scope_words, severity_mark, severity_tone
from widgets.reading import reading_at
from widgets.theme import Tone

LEAD = (
    Column("SCOPE", 190),
    Column("STATE", 106, bold=True, tip="The worst severity of any metric of the scope"),
    Column("TREND", 84, tip="Flow-adjusted unit value, recent"),
    Column("LIMIT USED", 98, tip="Share of the nearest limit that is used"),
)
TAIL = (
    Column("AGE", 74, figures=True, tip="Age of the oldest figure of the scope"),
    Column("TRUST", 84, tip="The least trusted figure of the scope"),
)
SCOPE, STATE, TREND, USED = range(4)
_GROUPS = {ScopeKind.PORTFOLIO: 0, ScopeKind.VENUE: 1, ScopeKind.ACCOUNT: 2, ScopeKind.STRATEGY: 3}
_RANK = np.array([RANKS[level] for level in range(-1, 5)])


def _metric_column(info: MetricInfo) -> Column:
    tip = f"{info.title} ({info.unit})\n{info.formula}\nSource: {info.source}"
    return Column(info.title.upper(), max(84, int(7.8 * len(info.title)) + 26), figures=True, tip=tip)


def worst_of(severity: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Per row the most urgent severity, where *cannot be evaluated* ranks above medium."""
    if not severity.shape[1]:
        return np.zeros(len(severity), dtype=np.int8)
    ranks = _RANK[severity + 1]
    worst: npt.NDArray[np.int8] = severity[np.arange(len(severity)), ranks.argmax(axis=1)]
    return worst


class ScopeModel(ColumnModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__((*LEAD, *TAIL), parent)
        self._snapshot: Snapshot | None = None
        self._metrics: tuple[MetricInfo, ...] = ()
        self._scopes: tuple[Scope, ...] = ()
        self._words: tuple[str, ...] = ()
        self._natural: Order = np.empty(0, dtype=np.intp)
        self._by_name = np.empty(0)
        self.state = np.empty(0, dtype=np.int8)
        self.used = np.empty(0)
        self._age = np.empty(0)
        self._trust = np.empty(0, dtype=np.int8)

    @property
    def lowest(self) -> int:
        """The first column after the metrics."""
        return len(self.columns) - len(TAIL)

    def show(self, snapshot: Snapshot, *, resort: bool = True) -> bool:
        """Returns whether the columns are others than before."""
        matrix = snapshot.matrix
        renewed = matrix.metrics != self._metrics
        if renewed:
            self.beginResetModel()
            self._metrics = matrix.metrics
            self.columns = [*LEAD, *map(_metric_column, matrix.metrics), *TAIL]
            self.endResetModel()
        self._snapshot = snapshot
        self.state = worst_of(matrix.severity)
        shape = {"axis": 1, "initial": np.inf}
        self.used = 1.0 - np.where(np.isnan(matrix.headroom), np.inf, matrix.headroom).min(**shape)  # type: ignore[call-overload]
        self.used[np.isneginf(self.used)] = np.nan
        self._age = np.where(np.isnan(matrix.age_s), np.inf, matrix.age_s)
        self._trust = matrix.trust
        if matrix.scopes is not self._scopes and matrix.scopes != self._scopes:
            self._name_rows(matrix.scopes)
        self.take(matrix.scopes, resort=resort)
        return renewed

    def _name_rows(self, scopes: tuple[Scope, ...]) -> None:
        self._scopes = scopes
        self._words = tuple(scope_words(scope) for scope in scopes)
        groups = np.array([_GROUPS[scope.kind] for scope in scopes], dtype=np.int64)
        self._natural = np.argsort(groups, kind="stable")
        ranks = np.empty(len(scopes))
        ranks[np.argsort(np.array(self._words, dtype=np.str_), kind="stable")] = np.arange(len(scopes))
        self._by_name = ranks

    def scope(self, row: int) -> Scope:
        return self._scopes[row]

    def spark(self, row: int) -> npt.NDArray[np.float64]:
        lines = None if self._snapshot is None else self._snapshot.sparklines
        return np.empty(0) if lines is None or row >= len(lines) else lines[row]

    def natural_order(self) -> Order:
        return self._natural

    def matches(self, needle: str) -> npt.NDArray[np.bool_]:
        return np.fromiter((needle in word.lower() for word in self._words), np.bool_, len(self._words))

    def sort_keys(self, column: int) -> npt.NDArray[np.float64]:
        if column == SCOPE or self._snapshot is None:
            return self._by_name
        if column == STATE:
            return _RANK[self.state + 1].astype(np.float64)
        if column == TREND:
            lines = self._snapshot.sparklines
            return lines[:, -1] / lines[:, 0] if lines.size and lines.all() else np.zeros(len(self._scopes))
        if column == USED:
            return self.used
        tail = column - self.lowest
        if tail >= 0:
            return np.asarray((self._age, self._trust)[tail], dtype=np.float64)
        return self._snapshot.matrix.value[:, column - len(LEAD)]

    def text(self, row: int, column: int) -> str:
        if self._snapshot is None:
            return ""
        if column == SCOPE:
            return self._words[row]
        if column == STATE:
            return severity_mark(int(self.state[row]))
        tail = column - self.lowest
        if column in {TREND, USED}:
            return ""
        if tail == 0:
            return figures.seconds(float(self._age[row]))
        if tail == 1:
            return TRUST_WORDS[Trust(int(self._trust[row]))]
        place = column - len(LEAD)
        value = float(self._snapshot.matrix.value[row, place])
        return figures.figure(value, self._metrics[place].unit, self._snapshot.base_currency)

    def tone(self, row: int, column: int) -> Tone:
        if self._snapshot is None or column == SCOPE:
            return Tone.STRONG
        if column in {STATE, TREND, USED}:
            return severity_tone(int(self.state[row]))
        tail = column - self.lowest
        if tail >= 0:
            return TRUST_TONES[Trust(int(self._trust[row]))] if tail == 1 else Tone.FAINT
        matrix, place = self._snapshot.matrix, column - len(LEAD)
        severity = int(matrix.severity[row, place])
        if severity == BLIND or np.isnan(matrix.value[row, place]):
            return Tone.UNKNOWN
        return severity_tone(severity) if severity > 0 else Tone.NORMAL

    def tip(self, row: int, column: int) -> str:
        if self._snapshot is None or not len(LEAD) <= column < self.lowest:
            return self._words[row] if column == SCOPE else ""
        found = reading_at(self._snapshot.matrix, row, column - len(LEAD))
        base = self._snapshot.base_currency
        limit = found.limit_text(base) or "none"
        trust = TRUST_WORDS[Trust(found.trust)]
        return f"{found.info.title} {found.text(base)}\nlimit {limit}\nage {figures.seconds(found.age_s)}, {trust}"
