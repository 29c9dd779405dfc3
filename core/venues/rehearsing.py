"""Makes the cancels of a plan ready to the last byte, signature included, and holds them back before the wire."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from core.venues.messages import OrderUpdate
from core.venues.plans.moves import Moves
from core.venues.plans.plan import Book, Plan


class _HeldBackError(Exception):
    """In place of a reply: the request was ready and was not sent."""


async def rehearse(
    exchange: Any, plan: Plan, book: Book, symbols: Iterable[str], orders: Sequence[OrderUpdate]
) -> tuple[str, ...]:
    """The method of each request that would empty `book`: whole, by each of `symbols`, and these `orders` by id.

    `exchange` is a ccxt object with its markets; nothing of it changes and nothing leaves. Raises what ccxt or the plan
    raises where a request cannot be made.
    """
    held: list[str] = []

    async def hold_back(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        held.append(method)
        raise _HeldBackError

    async def ask(request: Callable[[], Awaitable[Any]], _weight: float) -> Any:
        try:
            return await request()
        except _HeldBackError:
            return None

    stand_in = copy.copy(exchange)
    # ccxt complains of every object that is dropped with a session; this one never had one of its own.
    stand_in.session = stand_in.socks_proxy_sessions = None
    stand_in.fetch = hold_back
    moves = Moves(stand_in, plan, ask)
    if book.empty:
        await moves.empty(book)
    if book.empty_symbol:
        for symbol in symbols:
            await moves.empty_symbol(book, symbol)
    if book.cancel is not None and orders:
        await moves.cancel(book, orders)
    return tuple(held)
