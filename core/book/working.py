"""Orders at work, as the book follows them: what rests, and how busily orders are placed, taken back and refused."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.book.accounts import Accounts
from core.book.activity import Activity
from core.book.attribution import OrderNames
from core.book.columns import Bools, Floats
from core.book.layout import Layout
from core.book.marks import Marks
from core.book.positions import Positions
from core.book.resting import Resting
from core.venues.messages import AccountReading, OrderUpdate, Update

COUNT_EVERY_S = 1.0
"""Between two counts of unprotected positions, which go over all of them."""


@dataclass(frozen=True, slots=True)
class WorkingColumns:
    """Arrays of shape (scopes,), NaN unknown; see `RestingColumns` and `ActivityColumns`."""

    resting: Floats
    added: Floats
    """What gross exposure grows by if everything fills on its worse side."""
    unprotected: Floats
    order_rate: Floats
    cancel_rate: Floats
    reject_rate: Floats
    protected: float = math.nan
    """Gross notional of the positions that protective orders guard, base currency; NaN unknown."""


class Working:
    """`before` and `after` enclose the book's own taking of an update."""

    def __init__(self, accounts: Accounts, marks: Marks, positions: Positions, names: OrderNames) -> None:
        self._activity = Activity(accounts, names)
        self._resting = Resting(accounts, marks, positions, names)
        self._unprotected: Floats = np.empty(0)
        self._protected = math.nan
        self._counted_s = -math.inf

    @property
    def resting(self) -> Resting:
        return self._resting

    def before(self, account: int, update: Update) -> None:
        if isinstance(update, OrderUpdate | AccountReading):
            self._activity.apply(account, update)

    def after(self, account: int, update: Update) -> None:
        self._resting.apply(account, update)

    def columns(self, layout: Layout, worth: Floats, unread: Bools, now_s: float) -> WorkingColumns:
        """`worth` as in `Prices`; `unread`: shape (accounts + strategies,), whose orders nobody knows."""
        accounts, strategies = unread[: layout.accounts], unread[layout.accounts :]
        if now_s - self._counted_s >= COUNT_EVERY_S:
            self._counted_s = now_s
            self._unprotected = self._resting.unprotected(layout, accounts, strategies)
            self._protected = self._resting.protected(worth)
        rests = self._resting.columns(layout, worth, accounts, strategies)
        busy = self._activity.columns(layout, now_s, accounts, strategies)
        return WorkingColumns(
            resting=rests.resting,
            added=rests.added,
            unprotected=self._unprotected,
            order_rate=busy.order_rate,
            cancel_rate=busy.cancel_rate,
            reject_rate=busy.reject_rate,
            protected=self._protected,
        )
