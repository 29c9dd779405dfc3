"""Reads one account by REST: the truth that the streams are measured against."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from core.clock import Clock
from core.errors import VenueBusy, VenueError
from core.venues.acting import learn_weight
from core.venues.budget import RequestBudget
from core.venues.calls import Caller
from core.venues.families.family import Family
from core.venues.messages import (
    AccountReading,
    BalanceUpdate,
    CoinBalance,
    FillUpdate,
    FlowUpdate,
    OrderUpdate,
    Source,
)
from core.venues.normalise import each, fill_from, flow_from, number, order_from, position_from

T = TypeVar("T")

FILLS_A_CALL = 500


class AccountReader:
    def __init__(
        self, account: str, exchange: Any, family: Family, caller: Caller, budget: RequestBudget, clock: Clock
    ) -> None:
        self._account = account
        self._ccxt = exchange
        self._family = family
        self._call = caller
        self._budget = budget
        self._clock = clock

    async def read(self, *, orders: bool = True) -> AccountReading:
        """Balance, positions and (with `orders`) resting orders of all books, asked for together; raises VenueError."""
        family = self._family
        books = family.books if orders else ()
        await self._budget.acquire(family.read_weight + sum(book.list_weight for book in books))
        began_s = self._clock.monotonic()
        balance, positions, *listings = await asyncio.gather(
            self._spent(lambda: self._ccxt.fetch_balance()),
            self._spent(self._positions),
            *(
                self._spent(partial(self._ccxt.fetch_open_orders, None, None, None, dict(book.params)))
                for book in books
            ),
        )
        ended_s = self._clock.monotonic()
        markets = self._ccxt.markets
        held, bad_positions = each(
            positions,
            lambda row: position_from(row, self._account, markets[row["symbol"]], Source.READING, ended_s),
            "position",
        )
        resting: list[OrderUpdate] = []
        bad_orders: list[str] = []
        for book, rows in zip(books, listings, strict=True):
            good, bad = each(rows, partial(self._order, book=book.name, received_s=ended_s), "order")
            resting.extend(good)
            bad_orders.extend(bad)
        return AccountReading(
            account=self._account,
            began_s=began_s,
            ended_s=ended_s,
            balance=self._balance(balance, ended_s),
            positions=held,
            orders=tuple(resting) if orders else None,
            bad_rows=(*bad_positions, *bad_orders),
        )

    async def fills_since(self, symbols: Iterable[str], since_s: float) -> tuple[FillUpdate, ...]:
        """Own trades of `symbols` since `since_s` (wall time); raises VenueError."""
        fills: list[FillUpdate] = []
        for symbol in sorted(symbols):
            await self._budget.acquire(self._family.trades_weight)
            rows = await self._spent(partial(self._ccxt.fetch_my_trades, symbol, int(since_s * 1000), FILLS_A_CALL))
            received_s = self._clock.monotonic()
            market = self._ccxt.markets[symbol]
            parse = partial(fill_from, account=self._account, market=market, received_s=received_s)
            good, _ = each(rows, parse, "trade")
            fills.extend(good)
        return tuple(sorted(fills, key=lambda fill: fill.at_s))

    async def flows_since(self, since_s: float) -> tuple[FlowUpdate, ...]:
        """External flows since `since_s` (wall time), where the venue has a ledger for them; raises VenueError."""
        if not self._family.ledger:
            return ()
        await self._budget.acquire(self._family.ledger_weight)
        call = getattr(self._ccxt, self._family.ledger)
        rows = await self._spent(lambda: call(None, int(since_s * 1000), FILLS_A_CALL))
        received_s = self._clock.monotonic()
        flows, _ = each(rows, lambda row: flow_from(row, self._account, received_s), "ledger row")
        return flows

    async def can_withdraw(self) -> bool | None:
        """Whether the key may withdraw; None where it cannot be told."""
        call = getattr(self._ccxt, self._family.permissions, None) if self._family.permissions else None
        if call is None:
            return None
        try:
            reply = await self._spent(lambda: call())
        except VenueError:
            return None
        return self._family.can_withdraw(reply)

    async def clock_offset_ms(self) -> float | None:
        """Our clock minus the venue's, milliseconds; also corrects the timestamps that this object signs with."""
        if not self._ccxt.has.get("fetchTime"):
            return None
        return float(await self._spent(lambda: self._ccxt.load_time_difference()))

    def _order(self, row: Mapping[str, Any], book: str, received_s: float) -> OrderUpdate:
        market = self._ccxt.markets.get(row["symbol"]) or {}
        return order_from(row, self._account, book, market, Source.READING, received_s)

    async def _positions(self) -> list[dict[str, Any]]:
        if not self._ccxt.has.get("fetchPositions"):
            return []
        rows: list[dict[str, Any]] = await self._ccxt.fetch_positions()
        return rows

    async def _spent(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            result = await self._call(call)
        except VenueBusy as error:
            self._budget.refused(error.retry_after_s)
            raise
        learn_weight(self._ccxt, self._family, self._budget)
        return result

    def _balance(self, balance: dict[str, Any], received_s: float) -> BalanceUpdate:
        family = self._family
        totals = family.wallet_of(balance) if family.wallet_of else (balance.get("total") or {})
        coins = tuple(
            CoinBalance(coin, amount, family.includes_unrealised)
            for coin, raw in totals.items()
            if (amount := number(raw)) is not None and amount != 0.0
        )
        return BalanceUpdate(self._account, coins, complete=True, source=Source.READING, received_s=received_s)
