"""What people write instead: ccxt as it is configured by default, every account's `cancel_all_orders` gathered."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


@contextlib.asynccontextmanager
async def plain_accounts(description: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """One ccxt object per account, markets loaded beforehand: that is not held against the script."""
    ccxt = importlib.import_module("ccxt.async_support")
    made: dict[str, Any] = {}
    try:
        for venue in description["venues"]:
            first: Any = None
            for account in venue["accounts"]:
                keys = {"apiKey": account["api_key"], "secret": account["secret"]}
                keys |= {"password": account["password"]} if "password" in account else {}
                exchange = getattr(ccxt, venue["exchange"])({**keys, **venue["ccxt"]})
                made[account["name"]] = exchange
                if first is None:
                    first = exchange
                    await first.load_markets()
                else:
                    exchange.set_markets_from_exchange(first)
        yield made
    finally:
        await asyncio.gather(*(exchange.close() for exchange in made.values()))


async def cancel_all(accounts: Mapping[str, Any]) -> int:
    """The plain script; how many accounts it had an error of."""
    replies = await asyncio.gather(*(row.cancel_all_orders() for row in accounts.values()), return_exceptions=True)
    return sum(isinstance(reply, BaseException) for reply in replies)


async def cancel_all_with_care(accounts: Mapping[str, Any], orders: Mapping[str, Sequence[Row]]) -> int:
    """The script of somebody who has met the first two errors: symbol by symbol, and by id where all cannot be had."""
    replies = await asyncio.gather(
        *(_with_care(exchange, orders[name]) for name, exchange in accounts.items()), return_exceptions=True
    )
    return sum(isinstance(reply, BaseException) for reply in replies)


async def _with_care(exchange: Any, orders: Sequence[Row]) -> None:
    for symbol in sorted({row["symbol"] for row in orders}):
        if exchange.has["cancelAllOrders"]:
            await exchange.cancel_all_orders(symbol)
        else:
            resting = await exchange.fetch_open_orders(symbol)
            await exchange.cancel_orders([row["id"] for row in resting], symbol)
