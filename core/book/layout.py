"""Which scope is which row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.book.attribution import AccountEntry, StrategyRule
from core.book.columns import Floats, Ints
from core.domain import PORTFOLIO, UNATTRIBUTED, Scope, ScopeKind


@dataclass(frozen=True, slots=True)
class Layout:
    """Which scope is which row: the portfolio, the venues, the accounts, the strategies (the unattributed last)."""

    scopes: tuple[Scope, ...]
    account_venue: Ints
    """Shape (accounts,): number of the venue."""
    venues: int
    accounts: int
    strategies: int

    @property
    def first_account(self) -> int:
        return 1 + self.venues

    @property
    def first_strategy(self) -> int:
        return 1 + self.venues + self.accounts

    def sums(self, per_account: Floats, per_strategy: Floats) -> Floats:
        """Shape (scopes,): each account's figure added up for portfolio and venue; NaN where one of them is."""
        venues = np.bincount(self.account_venue, weights=per_account, minlength=self.venues)
        return np.concatenate(([per_account.sum()], venues, per_account, per_strategy))

    def worst(self, per_account: Floats, per_strategy: Floats) -> Floats:
        """Shape (scopes,): the largest of the members."""
        venues = np.full(self.venues, -np.inf)
        with np.errstate(invalid="ignore"):
            np.maximum.at(venues, self.account_venue, per_account)
        return np.concatenate(([per_account.max(initial=-np.inf)], venues, per_account, per_strategy))


def layout_of(accounts: Sequence[AccountEntry], strategies: Sequence[StrategyRule]) -> Layout:
    """Rows in this order: portfolio, venues as they first occur, accounts, strategies, the unattributed rest."""
    venues = list(dict.fromkeys(entry.venue for entry in accounts))
    names = [rule.name for rule in strategies] + [UNATTRIBUTED]
    scopes = (
        PORTFOLIO,
        *(Scope(ScopeKind.VENUE, name) for name in venues),
        *(Scope(ScopeKind.ACCOUNT, entry.name) for entry in accounts),
        *(Scope(ScopeKind.STRATEGY, name) for name in names),
    )
    number = {name: index for index, name in enumerate(venues)}
    numbers = np.array([number[entry.venue] for entry in accounts], dtype=np.int64)
    return Layout(scopes, numbers, len(venues), len(accounts), len(names))
