"""Reads one account by REST: the truth that the streams are measured against."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from core.clock import Clock
from core.errors import VenueBusy, VenueError, VenueUnsupported
from core.venues.acting import learn_weight
from core.venues.budget import RequestBudget
from core.venues.calls import Caller
from core.venues.families.family import Family
from core.venues.legs import one_per_leg
from core.venues.messages import (
    AccountReading,
    BalanceUpdate,
    CoinBalance,
    FillUpdate,
    FlowUpdate,
    OrderUpdate,
    Source,
)
from core.venues.normalise import each, fill_from, flow_from, inverse_among, number, order_from, position_from
from core.venues.plans.account import AccountPlan
from core.venues.plans.moves import Moves
from core.venues.plans.plan import Book
from core.venues.positions import position_rows
from core.venues.rights import RIGHTS

T = TypeVar("T")

ROWS_A_CALL = 1000
MOST_PAGES = 20


class AccountReader:
    def __init__(
        self, account: str, exchange: Any, family: Family, plan: AccountPlan, caller: Caller, budget: RequestBudget,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._account = account
        self._ccxt = exchange
        self._family = family
        self._plan = plan
        self._call = caller
        self._budget = budget
        self._clock = clock
        self.has_unknown = False
        """Whether something was met that the loaded markets do not know."""

    async def read(self, *, orders: bool = True) -> AccountReading:
        """Balance, positions and (with `orders`) resting orders of all books, asked for together; raises VenueError."""
        family = self._family
        books = self._plan.books if orders else ()
        await self._budget.acquire(family.read_weight + sum(book.weight for book in books))
        moves = Moves(self._ccxt, self._plan.plan, self._spent_already)
        began_s = self._clock.monotonic()
        balance, positions, *listings = await asyncio.gather(
            self._spent(lambda: self._ccxt.fetch_balance()),
            self._positions(),
            *(self._rows(moves, book) for book in books),
        )
        ended_s = self._clock.monotonic()
        held, bad_positions = each(
            positions,
            lambda row: position_from(row, self._account, self._market(row), Source.READING, ended_s),
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
            positions=one_per_leg(held, inverse_among(held, self._ccxt.markets)),
            orders=tuple(resting) if orders else None,
            bad_rows=(*bad_positions, *bad_orders),
        )

    async def fills_since(self, symbol: str, since_s: float) -> tuple[FillUpdate, ...]:
        """All own trades of `symbol` since `since_s` (the venue's time), oldest first; raises VenueError."""

        async def page(from_ms: int) -> list[dict[str, Any]]:
            await self._budget.acquire(self._family.trades_weight)
            rows: list[dict[str, Any]] = await self._spent(
                lambda: self._ccxt.fetch_my_trades(symbol, from_ms, ROWS_A_CALL)
            )
            return rows

        rows = await _all_pages(page, int(since_s * 1000))
        received_s = self._clock.monotonic()
        market = self._ccxt.markets.get(symbol) or {}
        fills, _ = each(rows, lambda row: fill_from(row, self._account, market, received_s), "trade")
        return fills

    async def traded_since(self, since_s: float) -> frozenset[str]:
        """Symbols traded since `since_s` as far as a ledger tells; raises VenueError."""
        traded = self._family.traded_since
        if traded is None:
            return frozenset()
        await self._budget.acquire(self._family.ledger_weight)
        return await self._spent(lambda: traded(self._ccxt, int(since_s * 1000)))

    async def flows_since(self, since_s: float) -> tuple[FlowUpdate, ...]:
        """External flows since `since_s` (the venue's time), where it has a ledger for them; raises VenueError."""
        if not self._family.ledger:
            return ()
        ledger = getattr(self._ccxt, self._family.ledger)

        async def page(from_ms: int) -> list[dict[str, Any]]:
            await self._budget.acquire(self._family.ledger_weight)
            rows: list[dict[str, Any]] = await self._spent(lambda: ledger(None, from_ms, ROWS_A_CALL))
            return rows

        rows = await _all_pages(page, int(since_s * 1000))
        received_s = self._clock.monotonic()
        flows, _ = each(rows, lambda row: flow_from(row, self._account, received_s), "ledger row")
        return flows

    async def can_withdraw(self) -> bool | None:
        """Whether the key may withdraw; None where it cannot be told."""
        asked = RIGHTS.get(self._ccxt.id)
        if asked is None:
            return None
        try:
            reply = await self._spent(getattr(self._ccxt, asked.name))
        except VenueError:
            return None
        return asked.read(reply).may_withdraw

    async def clock_offset_ms(self) -> float | None:
        """Our clock minus the venue's, milliseconds; also corrects the timestamps that this object signs with."""
        if not self._ccxt.has.get("fetchTime"):
            return None
        offset_ms = float(await self._spent(lambda: self._ccxt.load_time_difference()))
        self._budget.keep_time(offset_ms / 1000.0)
        return offset_ms

    async def implicit(self, name: str, params: Mapping[str, Any], weight: float) -> Any:
        """The venue's own reply to one of ccxt's implicit calls; raises VenueError."""
        call = getattr(self._ccxt, name, None)
        if call is None:
            raise VenueUnsupported(f"ccxt has no {name}", account=self._account)
        await self._budget.acquire(weight)
        return await self._spent(lambda: call(dict(params)))

    async def _rows(self, moves: Moves, book: Book) -> list[dict[str, Any]]:
        with self._call.translated():
            return await moves.rows(book)

    async def _spent_already(self, call: Callable[[], Awaitable[T]], _weight: float) -> T:
        return await self._spent(call)

    def _order(self, row: Mapping[str, Any], book: str, received_s: float) -> OrderUpdate:
        return order_from(row, self._account, book, self._market(row), Source.READING, received_s)

    def _market(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        market: Mapping[str, Any] | None = self._ccxt.markets.get(row["symbol"])
        if market is None:
            self.has_unknown = True
            raise ValueError("its market is not among those loaded")
        return market

    async def _positions(self) -> list[dict[str, Any]]:
        if not self._family.holds_positions or not self._ccxt.has.get("fetchPositions"):
            return []
        return await position_rows(self._ccxt, self._plan, self._spent)

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


async def _all_pages(page: Callable[[int], Awaitable[list[dict[str, Any]]]], since_ms: int) -> list[dict[str, Any]]:
    """Pages of rows from `since_ms` on until one is not full; a row named on two pages is kept once."""
    rows: dict[str, dict[str, Any]] = {}
    for _ in range(MOST_PAGES):
        found = await page(since_ms)
        for row in found:
            rows[f"{row.get('id')} {row.get('timestamp')} {row.get('currency')} {row.get('amount')}"] = row
        newest_ms = max((int(row.get("timestamp") or 0) for row in found), default=0)
        if len(found) < ROWS_A_CALL or newest_ms <= since_ms:
            break
        since_ms = newest_ms
    return sorted(rows.values(), key=lambda row: row.get("timestamp") or 0)
