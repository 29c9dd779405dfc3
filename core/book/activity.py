"""How busily orders are placed, taken back and refused: per account and per strategy, over the last minute."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.book.accounts import Accounts
from core.book.attribution import OrderNames
from core.book.columns import NAN, Bools, Floats
from core.book.layout import Layout
from core.domain import UNATTRIBUTED
from core.venues.messages import AccountReading, OrderEnd, OrderUpdate

WINDOW_S = 60.0
BUCKET_S = 5.0
"""Granularity: the window is the last full twelve buckets and the one that runs."""
LEAST_ORDERS = 10.0
"""A share of refused orders is taken of no fewer: one refused order alone is no pattern."""
REMEMBERED = 100_000
"""Ended orders that are known to have ended, so that a second word on them counts for nothing; the oldest are forgotten
first."""

Counts = npt.NDArray[np.int32]
_NEW, _CANCELED, _REFUSED = range(3)


@dataclass(frozen=True, slots=True)
class ActivityColumns:
    """Shape (scopes,); portfolio and venues add up their accounts, a share is the share of all their orders."""

    order_rate: Floats
    """Per minute."""
    cancel_rate: Floats
    """Per minute."""
    reject_rate: Floats
    """Share of orders that the venue turned down."""


class Activity:
    """Counts each order once as new and once as ended, however often it is spoken of. Times are monotonic.

    14 counts of 4 bytes for each of three happenings: 168 bytes per account.
    """

    def __init__(self, accounts: Accounts, names: OrderNames) -> None:
        buckets = round(WINDOW_S / BUCKET_S) + 1
        self._accounts = accounts
        self._names = names
        self._numbers = {rule.name: number for number, rule in enumerate(names.rules)}
        self._numbers[UNATTRIBUTED] = len(names.rules)
        self._first_strategy = len(accounts.entries)
        width = self._first_strategy + len(self._numbers)
        self._buckets: Counts = np.zeros((buckets, 3, width), dtype=np.int32)
        self._total: Counts = np.zeros((3, width), dtype=np.int32)
        self._bucket = -1
        self._ended: OrderedDict[tuple[int, str], None] = OrderedDict()

    def apply(self, account: int, update: OrderUpdate | AccountReading) -> None:
        """Take an update before the book does: what is open then is known already.

        Nothing is new before a reading has listed an account's orders, nor in that listing: it shows what was placed
        before anybody counted.
        """
        orders = self._accounts.orders[account]
        if isinstance(update, OrderUpdate):
            if update.received_s >= self._accounts.began_s[account]:
                self._order(account, update, known=update.order_id in orders.open or not orders.listed)
        elif update.orders is not None and orders.listed:
            for order in update.orders:
                if order.order_id not in orders.open:
                    self._order(account, order, known=False)

    def _order(self, account: int, order: OrderUpdate, *, known: bool) -> None:
        if known and order.is_open:
            return
        key = (account, order.order_id or order.client_order_id)
        if key in self._ended:
            return
        self._turn(order.received_s)
        name = self._names.strategy(order.account, order.symbol, order.client_order_id)
        strategy = self._numbers.get(name, len(self._numbers) - 1)
        if not known:
            self._count(_NEW, account, strategy)
        if order.is_open:
            return
        self._ended[key] = None
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
        if order.ended is OrderEnd.CANCELED:
            self._count(_CANCELED, account, strategy)
        elif order.ended is OrderEnd.REJECTED:
            self._count(_REFUSED, account, strategy)

    def columns(
        self, layout: Layout, now_s: float, unknown_accounts: Bools, unknown_strategies: Bools
    ) -> ActivityColumns:
        """The rates at `now_s`; NaN where a scope's orders are not known, as the two masks say."""
        self._turn(now_s)
        seconds = WINDOW_S + now_s % BUCKET_S
        sums = []
        for happening in self._total.astype(np.float64):
            per_account, per_strategy = happening[: self._first_strategy], happening[self._first_strategy :]
            per_account[unknown_accounts] = NAN
            per_strategy[unknown_strategies] = NAN
            sums.append(layout.sums(per_account, per_strategy))
        placed, canceled, refused = sums
        per_minute = 60.0 / seconds
        return ActivityColumns(placed * per_minute, canceled * per_minute, refused / np.maximum(placed, LEAST_ORDERS))

    def _count(self, what: int, account: int, strategy: int) -> None:
        place = self._bucket % len(self._buckets)
        for column in (account, self._first_strategy + strategy):
            self._buckets[place, what, column] += 1
            self._total[what, column] += 1

    def _turn(self, now_s: float) -> None:
        """Let what is older than the window go."""
        bucket = int(now_s // BUCKET_S)
        if bucket <= self._bucket:
            return
        count = len(self._buckets)
        for passed in range(max(self._bucket + 1, bucket - count + 1), bucket + 1):
            place = passed % count
            self._total -= self._buckets[place]
            self._buckets[place] = 0
        self._bucket = bucket
