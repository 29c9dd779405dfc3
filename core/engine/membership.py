"""What belongs to a scope: its accounts, its holdings, and the scopes it is made of."""

from __future__ import annotations

import numpy as np

from core.book.layout import Layout
from core.book.view import BookView
from core.domain import Scope, ScopeKind
from core.risk.model import Bytes, Ints, RiskMatrix


class Membership:
    def __init__(self, scope: Scope, layout: Layout, may_hold: Ints) -> None:
        """`may_hold`: numbers of the accounts that a strategy's rule allows; of no other scope asked for."""
        if scope.kind is ScopeKind.SYMBOL:
            raise ValueError(f"{scope} is a scope of stops only: nothing is measured by it")
        self._scope = scope
        self._layout = layout
        number = layout.scopes.index(scope)
        self._venue = number - 1
        self._account = number - layout.first_account
        self._strategy = number - layout.first_strategy
        self._may_hold = may_hold

    def owns(self, strategy: str) -> bool:
        """Whether what this strategy does in one of the scope's accounts is the scope's."""
        return self._scope.kind is not ScopeKind.STRATEGY or strategy == self._scope.name

    def holdings(self, view: BookView) -> tuple[Ints, bool]:
        """Indices into the strategies' rows (then True) or into the venues' positions (then False)."""
        layout, positions = self._layout, view.positions
        match self._scope.kind:
            case ScopeKind.STRATEGY:
                return np.flatnonzero(view.rows.strategy == self._strategy), True
            case ScopeKind.ACCOUNT:
                return np.flatnonzero(positions.account == self._account), False
            case ScopeKind.VENUE:
                return np.flatnonzero(layout.account_venue[positions.account] == self._venue), False
            case _:
                return np.arange(len(positions.account)), False

    def accounts(self, view: BookView) -> Ints:
        """Numbers of the accounts; a strategy's are those that it holds something in or may hold something in."""
        layout = self._layout
        match self._scope.kind:
            case ScopeKind.STRATEGY:
                holding = view.rows.account[view.rows.strategy == self._strategy]
                return np.union1d(holding, self._may_hold)
            case ScopeKind.ACCOUNT:
                return np.array([self._account])
            case ScopeKind.VENUE:
                return np.flatnonzero(layout.account_venue == self._venue)
            case _:
                return np.arange(layout.accounts)

    def members(self, view: BookView, matrix: RiskMatrix) -> tuple[Scope, ...]:
        """Most troubled first: venues and strategies of the portfolio, accounts of a venue or a strategy, the venue and
        the strategies of an account."""
        layout = self._layout
        match self._scope.kind:
            case ScopeKind.PORTFOLIO:
                venues = np.arange(1, layout.first_account)
                rows = np.concatenate((venues, np.arange(layout.first_strategy, len(layout.scopes))))
            case ScopeKind.ACCOUNT:
                held = np.unique(view.rows.strategy[view.rows.account == self._account])
                venue = 1 + int(layout.account_venue[self._account])
                rows = np.concatenate(([venue], layout.first_strategy + held))
            case ScopeKind.VENUE:
                rows = layout.first_account + self.accounts(view)
            case _:
                rows = layout.first_account + np.unique(view.rows.account[view.rows.strategy == self._strategy])
        order = np.argsort(-_trouble(matrix, rows), kind="stable")
        return tuple(layout.scopes[row] for row in rows[order].tolist())


def _trouble(matrix: RiskMatrix, rows: Ints) -> Bytes:
    """The worst severity of any limit of each row; one that cannot be evaluated counts as more than medium."""
    severity = matrix.severity[np.ix_(rows, matrix.limited)]
    ranked = np.where(severity < 0, np.int8(5), severity * np.int8(2))
    worst: Bytes = ranked.max(axis=1, initial=0).astype(np.int8)
    return worst
