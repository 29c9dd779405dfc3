"""The frozen arrays that the book hands to risk once per cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.book.columns import Bools, Floats, Ints
from core.domain import Scope

Trusts = npt.NDArray[np.int8]


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
        np.maximum.at(venues, self.account_venue, per_account)
        return np.concatenate(([per_account.max(initial=-np.inf)], venues, per_account, per_strategy))


@dataclass(frozen=True, slots=True)
class PositionArrays:
    """Open positions at the venues, and coins held other than cash; arrays of shape (positions,)."""

    account: Ints
    instrument: Ints
    underlying: Ints
    """Index into `BookView.coins`."""
    leg: Ints
    """Index into `tuple(Leg)`."""
    quantity: Floats
    """Signed, base units."""
    mark: Floats
    """Quote per base unit; NaN unknown. Of a coin: base currency."""
    notional: Floats
    """Signed, base currency at our marks; NaN unknown."""
    unrealised: Floats
    """Base currency; 0 for coins, whose cost nobody tells."""
    initial_margin: Floats
    """Base currency; NaN where the rate is unknown, 0 for coins."""
    is_coin: Bools


@dataclass(frozen=True, slots=True)
class RowArrays:
    """Positions by strategy: what fills attribute and what is left over; arrays of shape (rows,)."""

    account: Ints
    instrument: Ints
    underlying: Ints
    strategy: Ints
    """0 .. strategies - 1; the last is `unattributed`."""
    leg: Ints
    quantity: Floats
    venue_quantity: Floats
    """The venue's whole position in the same account, instrument and leg."""
    mark: Floats
    notional: Floats
    unrealised: Floats
    initial_margin: Floats
    is_coin: Bools


@dataclass(frozen=True, slots=True)
class BookView:
    """Everything risk needs of one moment. Read-only."""

    layout: Layout
    now_s: float
    at_s: float
    base_currency: str
    coins: tuple[str, ...]
    symbols: tuple[tuple[str, str], ...]
    """(endpoint, symbol) per instrument; ("", coin) for a coin held."""
    positions: PositionArrays
    rows: RowArrays

    account_read: Bools
    """Shape (accounts,): whether it was ever read since the start."""
    account_equity: Floats
    """Base currency, now; NaN unknown."""
    account_age_s: Floats
    account_trust: Trusts
    account_pending: Floats
    """Base currency: what moved without an explanation and is counted as a flow for now; 0 settled."""

    equity: Floats
    """Shape (scopes,): base currency. Portfolio and venues: the last known of every member, NaN only if one was never
    known (`trust` tells how good that is). Accounts: now. Strategies: capital + PnL."""
    unit: Floats
    """Shape (scopes,): unit value (flow-adjusted, 1 at the start); NaN unknown."""
    peak: Floats
    day_open: Floats
    """Unit value at 00:00 UTC, or the first one known since."""
    day_peak: Floats
    age_s: Floats
    """Shape (scopes,): the oldest data of any member; inf if one was never read."""
    trust: Trusts
    """Shape (scopes,): the lowest `Trust` of any member."""
    strategy_pnl: Floats
    """Shape (strategies,): base currency since tracking began, realised and unrealised, less fees."""
