"""A scripted venue that also shows an order book and can be asked for an order by our id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.venues.order_fate import OrderFate
from core.venues.protocol import MarketView, OrderAck, OrderRequest
from tests.core.mitigation.scripted_venue import ScriptedVenue

Levels = tuple[tuple[float, float], ...]
BIDS: Levels = ((99.9, 4.0), (99.2, 4.0), (90.0, 1_000.0))
ASKS: Levels = ((100.1, 4.0), (100.8, 4.0), (110.0, 1_000.0))


@dataclass
class BookVenue(ScriptedVenue):
    bids: Levels = BIDS
    asks: Levels = ASKS
    least: float = 0.1
    endpoint: str = "scripted"
    holds_positions: bool = True
    book_errors: list[Exception] = field(default_factory=list)
    fates_of: dict[str, OrderFate] = field(default_factory=dict)
    """What the venue's own books say of each order; written by `place` unless a test does."""
    lookups: list[str] = field(default_factory=list)
    before_place: Callable[[OrderRequest], None] = lambda _: None
    keeps_books: bool = True
    """Whether orders that got no answer are in its books all the same."""

    async def read_market(self, symbol: str) -> MarketView:
        if self.book_errors:
            raise self.book_errors.pop(0)
        return MarketView(symbol, "USDT", False, self.bids, self.asks, self.least, self.least, 0.0)

    async def read_taker_fee(self, symbol: str) -> float | None:
        return None

    async def find_order(self, symbol: str, client_order_id: str) -> OrderFate | None:
        self.lookups.append(client_order_id)
        return self.fates_of.get(client_order_id)

    async def place(self, request: OrderRequest) -> OrderAck:
        self.before_place(request)
        held = self._held(request)
        try:
            return await ScriptedVenue.place(self, request)
        finally:
            if self.keeps_books:
                self.fates_of[request.client_order_id] = OrderFate(held - self._held(request), ended=True)

    def _held(self, request: OrderRequest) -> float:
        return sum(
            abs(held) for key, held in self.positions.items()
            if key[0] == request.symbol and held * request.side.sign < 0.0
        )  # fmt: skip
