"""An acting venue for odd cases that a real exchange shows once a year: every order's fate is written down before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.domain import Leg
from core.errors import VenueUnsupported
from core.venues.messages import OrderUpdate, PositionUpdate, Source
from core.venues.protocol import Coverage, Listing, OrderAck, OrderRequest

Fate = Callable[["ScriptedVenue", OrderRequest], Awaitable[OrderAck]]


@dataclass
class ScriptedVenue:
    account: str = "alpha"
    positions: dict[tuple[str, Leg], float] = field(default_factory=dict)
    fates: list[Fate] = field(default_factory=list)
    """What becomes of the next orders; later ones fill."""
    read_errors: list[Exception] = field(default_factory=list)
    requests: list[OrderRequest] = field(default_factory=list)
    arrivals: asyncio.Queue[OrderRequest] = field(default_factory=asyncio.Queue)
    reads: int = 0
    venue: str = "north"
    exchange: str = "scripted"
    coverage: Coverage = Coverage.EXACT
    books: tuple[str, ...] = ("regular",)
    whole_books: frozenset[str] = frozenset()
    symbol_books: frozenset[str] = frozenset()

    async def read_positions(self) -> tuple[PositionUpdate, ...]:
        self.reads += 1
        await asyncio.sleep(0)
        if self.read_errors:
            raise self.read_errors.pop(0)
        return tuple(
            PositionUpdate(self.account, symbol, leg, quantity, 100.0, Source.READING, 0.0)
            for (symbol, leg), quantity in self.positions.items()
            if quantity
        )

    async def place(self, request: OrderRequest) -> OrderAck:
        self.requests.append(request)
        self.arrivals.put_nowait(request)
        await asyncio.sleep(0)
        fate = self.fates.pop(0) if self.fates else fills()
        return await fate(self, request)

    def fill(self, request: OrderRequest, quantity: float) -> None:
        """As a venue does it with reduce-only orders: never beyond zero."""
        for key, held in self.positions.items():
            if key[0] == request.symbol and held * request.side.sign < 0.0:
                left = max(0.0, abs(held) - quantity)
                self.positions[key] = left if held > 0.0 else -left

    async def prepare(self) -> None: ...
    async def list_orders(self, book: str) -> Listing:
        return Listing(self.account, book, (), 0.0, 0.0)

    async def cancel_book(self, book: str) -> None: ...
    async def cancel_symbol(self, book: str, symbol: str) -> None: ...
    async def cancel_orders(self, book: str, orders: Sequence[OrderUpdate]) -> None: ...
    async def close(self) -> None: ...


def fills(part: float = 1.0, *, said: bool = True) -> Fate:
    """Fills this part of the order; `said` is whether the answer names it."""

    async def fate(venue: ScriptedVenue, request: OrderRequest) -> OrderAck:
        filled = request.quantity * part
        venue.fill(request, filled)
        return OrderAck(request.client_order_id, request.quantity, filled if said else None, 100.0)

    return fate


def fails(error: Exception, *, after_filling: float = 0.0) -> Fate:
    async def fate(venue: ScriptedVenue, request: OrderRequest) -> OrderAck:
        venue.fill(request, request.quantity * after_filling)
        raise error

    return fate


def hangs() -> Fate:
    async def fate(venue: ScriptedVenue, request: OrderRequest) -> OrderAck:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    return fate


def having(venues: Mapping[str, Any]) -> Callable[[str], Awaitable[Any]]:
    """How an execution gets at these, and at no other."""

    async def acquire(account: str) -> Any:
        if account not in venues:
            raise VenueUnsupported(f"{account} is not configured", account=account)
        return venues[account]

    return acquire
