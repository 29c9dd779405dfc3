"""The limits that a plan has to do with, picked in a cycle and spelled out where the plan is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from core.book.view import BookView
from core.domain import Scope, ScopeKind
from core.mitigation.plan import PlanLimit
from core.mitigation.planning.guards import MAY_WORSEN
from core.risk.limits import UNKNOWN, CompiledLimits, Judged
from core.risk.limits.checks import checks_at
from core.risk.matrix import RiskModel
from core.risk.model import Floats, Ints


class LimitRows(Sequence[PlanLimit]):
    """Cells of the limits as they stood at one moment, seen as records that are made when somebody looks."""

    def __init__(self, limits: CompiledLimits, judged: Judged, age_s: Floats, cells: Ints) -> None:
        self._limits, self._judged, self._age_s, self._cells = limits, judged, age_s, cells

    @classmethod
    def around(cls, risk: RiskModel, view: BookView, scopes: Sequence[Scope]) -> Sequence[PlanLimit]:
        """All limits of these scopes; of the others, whose positions a plan may touch too, those that it may worsen."""
        standing = risk.judged
        if standing is None:
            return ()
        limits, judged = standing
        if judged.severity.shape != limits.row.shape:
            return ()
        near = np.isin(limits.row, [limits.rows[scope] for scope in scopes])
        names = [number for number, info in enumerate(limits.metrics) if info.name in MAY_WORSEN]
        worse = np.isin(limits.column, names) & (limits.span_s == 0.0)
        wanted = (limits.limit >= 0) & (near | (worse & _touched(limits, view, scopes[0])))
        return cls(limits, judged, view.age_s, np.flatnonzero(wanted))

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[PlanLimit]:
        return iter(self._records(self._cells))

    @overload
    def __getitem__(self, index: int) -> PlanLimit: ...
    @overload
    def __getitem__(self, index: slice) -> list[PlanLimit]: ...
    def __getitem__(self, index: int | slice) -> PlanLimit | list[PlanLimit]:
        if isinstance(index, slice):
            return self._records(self._cells[index])
        return self._records(self._cells[[index]])[0]

    def _records(self, cells: Ints) -> list[PlanLimit]:
        checks = checks_at(self._limits, self._judged, self._age_s, cells)
        return [
            PlanLimit(
                scope=check.scope,
                metric=check.metric,
                value=float("nan") if check.outcome == UNKNOWN else check.value,
                threshold=check.threshold,
                clear_level=check.clear_level,
                severity=check.severity,
                worse_is=-1 if sign < 0.0 else 1,
                reduce_share=check.limit.reduce_share,
            )
            for check, sign in zip(checks, self._limits.sign[cells].tolist(), strict=True)
        ]


def _touched(limits: CompiledLimits, view: BookView, scope: Scope) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which cells are of scopes that share positions with this one: its accounts, and strategies wherever they are."""
    layout, row = view.layout, limits.row
    strategy = row >= layout.first_strategy
    account = (row >= layout.first_account) & ~strategy
    number = np.where(account, row - layout.first_account, 0)
    match scope.kind:
        case ScopeKind.ACCOUNT:
            return np.asarray(strategy)
        case ScopeKind.VENUE:
            venue = layout.account_venue[number] if layout.accounts else number
            return np.asarray(strategy | (account & (venue == limits.rows[scope] - 1)))
        case _:
            return np.ones(len(row), dtype=np.bool_)
