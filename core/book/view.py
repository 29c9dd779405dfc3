"""The frozen arrays that the book hands to risk once per cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.book.columns import Bools, Floats
from core.book.detail import Detail, PositionArrays, RowArrays
from core.book.layout import Layout
from core.book.totals import Totals
from core.book.working import WorkingColumns

Trusts = npt.NDArray[np.int8]


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
    totals: Totals
    working: WorkingColumns
    """Resting orders, and how busy they are."""
    detail: Detail

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
    worth: Floats
    """Shape (scopes,): base currency that the unit value is of: `worth` / `unit` units are out."""
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

    @property
    def positions(self) -> PositionArrays:
        """One by one; see `Detail`."""
        return self.detail.positions

    @property
    def rows(self) -> RowArrays:
        """One by one and by strategy; see `Detail`."""
        return self.detail.rows
