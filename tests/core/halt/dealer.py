"""A venue in memory that fills closing orders out of a book that a test writes, and that can tell of its market."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import VenueRefused
from core.venues.protocol import MarketView, OrderAck, OrderRequest
from tests.core.halt.scripted import ScriptedVenue

Levels = tuple[tuple[float, float], ...]


def market(
    symbol: str, bids: Levels = ((99.0, 1.0), (98.0, 100.0)), asks: Levels = ((101.0, 1.0), (102.0, 100.0)),
    *, least: float = 0.1, inverse: bool = False, coin: str = "USDT",
) -> MarketView:  # fmt: skip
    return MarketView(symbol, coin, inverse, bids, asks, least, least, 0.0)


@dataclass
class Dealer(ScriptedVenue):
    endpoint: str = "scripted"
    holds_positions: bool = True
    views: dict[str, MarketView] = field(default_factory=dict)
    fee: float | None = 0.001
    fills: Callable[[OrderRequest], float] = lambda request: request.quantity
    """How much of an order is filled."""
    names_fills: bool = True
    after_place: Callable[[OrderRequest], None] = lambda _: None

    async def read_market(self, symbol: str) -> MarketView:
        self._fail("market")
        return self.views.get(symbol) or market(symbol)

    async def read_taker_fee(self, symbol: str) -> float | None:
        self._fail("fee")
        return self.fee

    async def place(self, request: OrderRequest) -> OrderAck:
        self.before_place(request)
        self._fail("place")
        held = self.positions.get(request.symbol, 0.0)
        if not request.reduce_only or held * request.side.sign >= 0.0:
            raise VenueRefused("ReduceOnly Order is rejected.", account=self.account)
        self.placed.append(request)
        filled = min(self.fills(request), abs(held))
        self.positions[request.symbol] = round(held + request.side.sign * filled, 9)
        self.after_place(request)
        return OrderAck(str(len(self.placed)), request.quantity, filled if self.names_fills else None, None)
