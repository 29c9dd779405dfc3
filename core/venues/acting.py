"""One account's acting side over ccxt: no limiter, its own session, a deadline on every call, nothing cached."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from core.clock import Clock
from core.errors import VenueBusy, VenueGarbled, VenueRefused, VenueUnsupported
from core.venues.budget import RequestBudget
from core.venues.calls import Caller, is_gone, retry_after_s
from core.venues.connect import Wires, construct, dispose, load_ccxt
from core.venues.families.family import Family, OrderBook
from core.venues.markets import SharedMarkets
from core.venues.messages import OrderUpdate, PositionUpdate, Source
from core.venues.normalise import each, order_from, position_from
from core.venues.protocol import Listing, OrderAck, OrderRequest
from core.venues.scrub import Scrubber
from core.venues.settings import AccountSettings, FeedSettings

T = TypeVar("T")

IDS_AT_ONCE = 10
"""Concurrent cancels by id where the venue takes no list."""


class CcxtActing:
    def __init__(
        self,
        settings: AccountSettings,
        family: Family,
        markets: SharedMarkets,
        budget: RequestBudget,
        wires: Wires,
        feed: FeedSettings,
        clock: Clock,
    ) -> None:
        self.account = settings.account
        self.venue = settings.venue
        self.exchange = settings.exchange
        self.coverage = family.coverage
        self.books = tuple(book.name for book in family.books)
        self._books = {book.name: book for book in family.books}
        self._settings = settings
        self._family = family
        self._markets = markets
        self._budget = budget
        self._wires = wires
        self._feed = feed
        self._clock = clock
        self._ccxt: Any = None
        self._session: Any = None
        self._preparing = asyncio.Lock()
        self._ready = False
        scrub = Scrubber(settings.credentials.values())
        self._caller = Caller(self.account, scrub, feed.acting_timeout_s, lambda: retry_after_s(self._ccxt))

    # -- life -----------------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        async with self._preparing:
            if self._ready:
                return
            if self._ccxt is None:
                ccxt = await load_ccxt()
                self._session = await self._wires.session()
                self._ccxt = construct(ccxt, self._settings, self._family, self._session, acting=True)
            if not self._ccxt.markets:
                await self._markets.share_with(self._ccxt)
            self._ready = True

    async def close(self) -> None:
        async with self._preparing:
            if self._ccxt is not None:
                await dispose(self._ccxt, self._session)
            self._ccxt, self._session, self._ready = None, None, False

    # -- orders ---------------------------------------------------------------------------------------------------

    async def list_orders(self, book: str) -> Listing:
        recipe = self._books[book]
        began_s = self._clock.monotonic()
        rows = await self._do(
            lambda: self._ccxt.fetch_open_orders(None, None, None, dict(recipe.params)), recipe.list_weight
        )
        ended_s = self._clock.monotonic()
        markets = self._ccxt.markets
        orders, bad = each(
            rows,
            lambda row: order_from(row, self.account, book, markets.get(row["symbol"]) or {}, Source.READING, ended_s),
            "listed order",
        )
        if bad:
            # A row that cannot be read is an order that cannot be counted: the listing is not complete.
            raise VenueGarbled(bad[0], account=self.account)
        return Listing(self.account, book, orders, began_s, ended_s)

    async def cancel_symbol(self, book: str, symbol: str) -> None:
        if not self._has("cancelAllOrders"):
            raise VenueUnsupported(f"{self.exchange} has no cancel by symbol", account=self.account)
        params = dict(self._books[book].params)
        await self._do(lambda: self._ccxt.cancel_all_orders(symbol, params))

    async def cancel_orders(self, book: str, orders: Sequence[OrderUpdate]) -> None:
        slots = asyncio.Semaphore(IDS_AT_ONCE)
        recipe = self._books[book]

        async def cancel(order: OrderUpdate) -> None:
            async with slots:
                await self._cancel_one(recipe, order)

        results = await asyncio.gather(*(cancel(order) for order in orders), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _cancel_one(self, recipe: OrderBook, order: OrderUpdate) -> None:
        async def cancel() -> None:
            try:
                await self._ccxt.cancel_order(order.order_id, order.symbol, dict(recipe.params))
            except Exception as error:
                if not is_gone(error):
                    raise

        await self._do(cancel)

    async def place(self, request: OrderRequest) -> OrderAck:
        market = await self._market(request.symbol)
        contracts = self._contracts(request, market)
        kind = "market" if request.price is None else "limit"
        params: dict[str, Any] = {"clientOrderId": request.client_order_id}
        if request.reduce_only:
            params["reduceOnly"] = True
        row = await self._do(
            lambda: self._ccxt.create_order(request.symbol, kind, request.side.value, contracts, request.price, params)
        )
        size = float(market.get("contractSize") or 1.0)
        filled = row.get("filled")
        return OrderAck(
            order_id=str(row["id"]),
            quantity=contracts * size,
            filled=None if filled is None else float(filled) * size,
            average_price=row.get("average"),
        )

    async def read_positions(self) -> tuple[PositionUpdate, ...]:
        rows = await self._do(lambda: self._ccxt.fetch_positions(), 5)
        received_s = self._clock.monotonic()
        markets = self._ccxt.markets
        positions, bad = each(
            rows,
            lambda row: position_from(row, self.account, markets[row["symbol"]], Source.READING, received_s),
            "position",
        )
        if bad:
            raise VenueGarbled(bad[0], account=self.account)
        return positions

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _market(self, symbol: str) -> dict[str, Any]:
        await self.prepare()
        if symbol not in self._ccxt.markets:
            raise VenueRefused(f"{self.exchange} has no market {symbol}", account=self.account)
        market: dict[str, Any] = self._ccxt.markets[symbol]
        return market

    def _contracts(self, request: OrderRequest, market: dict[str, Any]) -> float:
        """The order's size in contracts, rounded down to the venue's step; raises VenueRefused below the minimum."""
        step = (market.get("precision") or {}).get("amount")
        wanted = request.quantity / float(market.get("contractSize") or 1.0)
        # A hair above the next step is that step: 0.3 / 0.1 is 2.9999999999999996 in floating point.
        contracts = wanted if not step else math.floor(wanted / step * (1 + 1e-12)) * step
        contracts = round(contracts, 12)
        least = float(((market.get("limits") or {}).get("amount") or {}).get("min") or 0.0)
        if contracts <= 0.0 or contracts < least:
            raise VenueRefused(
                f"{request.quantity:g} of {request.symbol} is below the least order of {least:g} contracts",
                account=self.account,
            )
        return contracts

    def _has(self, capability: str) -> bool:
        return self._ccxt is not None and bool(self._ccxt.has.get(capability))

    async def _do(self, call: Callable[[], Awaitable[T]], weight: float = 1.0) -> T:
        await self.prepare()
        self._budget.spend(weight)
        try:
            result = await self._caller(call)
        except VenueBusy as error:
            self._budget.refused(error.retry_after_s)
            raise
        learn_weight(self._ccxt, self._family, self._budget)
        return result


def learn_weight(exchange: Any, family: Family, budget: RequestBudget) -> None:
    """Take over the venue's own count of this minute's weight, where it tells."""
    if not family.used_weight_header:
        return
    headers = getattr(exchange, "last_response_headers", None) or {}
    for name, value in headers.items():
        if str(name).lower() == family.used_weight_header and str(value).isdigit():
            budget.learned(float(value))
