"""What a venue's own books say of one order, found by the id that its sender gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from core.errors import VenueGarbled, VenueUnsupported
from core.venues.calls import is_gone
from core.venues.normalise import CLOSED_STATES, contract_size_of, number
from core.venues.placing import BINANCE, BYBIT, OKX


@dataclass(frozen=True, slots=True)
class OrderFate:
    filled: float
    """In the unit of `PositionUpdate.quantity`."""
    ended: bool
    """Whether no more of it can be filled."""


@runtime_checkable
class LookupVenue(Protocol):
    """An acting side that can be asked what became of an order of ours."""

    async def find_order(self, symbol: str, client_order_id: str) -> OrderFate | None:
        """None where the venue knows no such order (yet, or any more); raises VenueUnsupported where it cannot be
        asked by that id."""
        ...


async def find_order(exchange: Any, market: Mapping[str, Any], symbol: str, client_order_id: str) -> OrderFate | None:
    """Asks through ccxt, whose name for the id differs from venue to venue.

    Raises VenueUnsupported, VenueGarbled and ccxt's own errors.
    """
    try:
        row = await _ask(exchange, symbol, client_order_id)
    except Exception as error:
        if is_gone(error):
            return None
        raise
    if row is None:
        return None
    if row.get("clientOrderId") != client_order_id:
        raise VenueGarbled(f"{exchange.id} was asked for the order {client_order_id} and told of another one")
    filled = number(row.get("filled"))
    if filled is None:
        raise VenueGarbled(f"{exchange.id} does not say how much of the order {client_order_id} was filled")
    return OrderFate(filled * contract_size_of(market), str(row.get("status")) in CLOSED_STATES)


async def _ask(exchange: Any, symbol: str, client_order_id: str) -> Mapping[str, Any] | None:
    if exchange.id in BYBIT:
        # With an id `/v5/order/realtime` tells of ended orders too (the last 500); ccxt's fetchOrder takes the venue's
        # own id only: https://bybit-exchange.github.io/docs/v5/order/open-order
        rows = await exchange.fetch_open_orders(symbol, None, None, {"orderLinkId": client_order_id})
        return next((row for row in rows if row.get("clientOrderId") == client_order_id), None)
    if exchange.id not in BINANCE | OKX:
        raise VenueUnsupported(f"{exchange.id} cannot be asked for an order by the id that we gave it")
    found: Mapping[str, Any] = await exchange.fetch_order(None, symbol, {"clientOrderId": client_order_id})
    return found
