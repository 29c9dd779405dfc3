"""The least of an acting venue that an execution needs, over an unmodified ccxt client of the paper exchange."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ccxt
import ccxt.pro as ccxt_pro

from core.clock import SystemClock
from core.domain import Leg
from core.errors import VenueBusy, VenueError, VenueGarbled, VenueRefused, VenueTimeout, VenueUnreachable
from core.paper.site import PaperSite
from core.venues.messages import OrderUpdate, PositionUpdate, Source
from core.venues.protocol import Coverage, Listing, OrderAck, OrderRequest

_ERRORS: tuple[tuple[type[Exception], type[VenueError]], ...] = (
    (ccxt.RequestTimeout, VenueTimeout),
    (ccxt.BadResponse, VenueGarbled),
    (ccxt.RateLimitExceeded, VenueBusy),
    (ccxt.DDoSProtection, VenueBusy),
    (ccxt.NetworkError, VenueUnreachable),
    (ccxt.ExchangeError, VenueRefused),
)


class PaperActing:
    def __init__(self, site: PaperSite, account: str, timeout_ms: int = 1_000) -> None:
        self.account = account
        self.venue = self.exchange = "paper"
        self.coverage = Coverage.EXACT
        self.books: tuple[str, ...] = ("regular", "trigger")
        self.whole_books: frozenset[str] = frozenset()
        self.symbol_books: frozenset[str] = frozenset()
        for venue in site.describe()["venues"]:
            for row in venue["accounts"]:
                if row["name"] == account:
                    keys = {"apiKey": row["api_key"], "secret": row["secret"], "timeout": timeout_ms}
                    self.client: Any = ccxt_pro.binanceusdm({**keys, "enableRateLimit": False, **venue["ccxt"]})

    async def prepare(self) -> None:
        await self.client.load_markets()

    async def read_positions(self) -> tuple[PositionUpdate, ...]:
        rows = await self._call(self.client.fetch_positions())
        now_s = SystemClock().monotonic()
        return tuple(
            PositionUpdate(
                self.account, row["symbol"], Leg.NET, row["contracts"] * (1.0 if row["side"] == "long" else -1.0),
                row["entryPrice"], Source.READING, now_s,
            )
            for row in rows
            if row["contracts"]
        )  # fmt: skip

    async def place(self, request: OrderRequest) -> OrderAck:
        params = {"reduceOnly": request.reduce_only, "newClientOrderId": request.client_order_id}
        side = request.side.value
        row = await self._call(
            self.client.create_order(request.symbol, "market", side, request.quantity, request.price, params)
        )
        if not row["id"]:
            raise VenueGarbled("no order id", account=self.account)
        return OrderAck(str(row["id"]), row["amount"], row["filled"], row["average"])

    async def _call(self, work: Any) -> Any:
        try:
            return await work
        except ccxt.BaseError as error:
            for kind, ours in _ERRORS:
                if isinstance(error, kind):
                    raise ours(type(error).__name__, account=self.account) from error
            raise VenueError(type(error).__name__, account=self.account) from error

    async def list_orders(self, book: str) -> Listing:
        return Listing(self.account, book, (), 0.0, 0.0)

    async def cancel_book(self, book: str) -> None: ...
    async def cancel_symbol(self, book: str, symbol: str) -> None: ...
    async def cancel_orders(self, book: str, orders: Sequence[OrderUpdate]) -> None: ...
    async def close(self) -> None:
        await self.client.close()
