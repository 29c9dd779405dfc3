"""Recent course, bounded: unit values of every scope for sparklines, and a few metrics of the portfolio."""

from __future__ import annotations

import numpy as np

from core.book.view import BookView
from core.domain import Scope
from core.risk.model import Floats, RiskMatrix, ScopeHistory

_NAMES = ("drawdown", "gross_exposure", "net_exposure", "equity")


class Ring:
    """The last `length` columns of shape (rows,); older ones are overwritten."""

    def __init__(self, rows: int, length: int) -> None:
        self._data: Floats = np.full((length, rows), np.nan)
        self._next = 0
        self.count = 0

    def push(self, column: Floats) -> None:
        self._data[self._next] = column
        self._next = (self._next + 1) % len(self._data)
        self.count = min(self.count + 1, len(self._data))

    def read(self) -> Floats:
        """Shape (rows, length): a copy, oldest first; NaN where nothing was pushed yet."""
        return np.ascontiguousarray(np.roll(self._data, -self._next, axis=0).T)


class History:
    """Fed once per cycle; keeps a point per `spark_every_s` and `every_s` seconds of wall time."""

    def __init__(
        self,
        scopes: tuple[Scope, ...],
        *,
        points: int = 60,
        spark_every_s: float = 10.0,
        length: int = 3_600,
        every_s: float = 1.0,
    ) -> None:
        self._spark = Ring(len(scopes), points)
        self._spark_every_s = spark_every_s
        self._spark_at_s = -np.inf
        self._whole = Ring(1 + len(_NAMES), length)
        self._every_s = every_s
        self._whole_at_s = -np.inf
        self._frozen: Floats | None = None
        self._history: ScopeHistory | None = None

    def record(self, view: BookView, matrix: RiskMatrix) -> None:
        """Take one cycle."""
        if view.at_s - self._spark_at_s >= self._spark_every_s:
            self._spark_at_s = view.at_s
            self._spark.push(view.unit)
            self._frozen = None
        if view.at_s - self._whole_at_s >= self._every_s:
            self._whole_at_s = view.at_s
            row = [float(matrix.value[0, matrix.column(name)]) for name in _NAMES]
            self._whole.push(np.array([view.at_s, *row]))
            self._history = None

    def sparklines(self) -> Floats:
        """Shape (scopes, points): unit values, oldest first, NaN where unknown. Read-only copy."""
        if self._frozen is None:
            self._frozen = self._spark.read()
            self._frozen.flags.writeable = False
        return self._frozen

    def portfolio(self) -> ScopeHistory:
        """The portfolio's last hour at one point per second, oldest first. Read-only copy."""
        if self._history is None:
            rows = self._whole.read()[:, -self._whole.count :] if self._whole.count else np.empty((1 + len(_NAMES), 0))
            rows.flags.writeable = False
            self._history = ScopeHistory(rows[0], rows[1], rows[2], rows[3], rows[4])
        return self._history
