"""Watching an account of the paper site in a test, and the state that its updates add up to."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Iterable
from typing import Any

from core.clock import SystemClock
from core.paper.site import PaperSite
from core.tasks import spawn, stop_all
from core.venues.hub import VenueHub
from core.venues.messages import (
    AccountReading,
    BalanceUpdate,
    CoinBalance,
    OrderUpdate,
    PositionUpdate,
    Update,
)
from core.venues.settings import AccountSettings
from tests.core.venues.conftest import Told, eventually, paper_account

NOTHING = 1e-9


class Folded:
    """What somebody believes who takes one reading and then only what the stream says."""

    def __init__(self, reading: AccountReading, updates: Iterable[Update] = ()) -> None:
        self.coins: dict[str, float] = {}
        self.positions: dict[str, float] = {row.symbol: row.quantity for row in reading.positions}
        self.orders: set[tuple[str, str]] = {(row.book, row.order_id) for row in reading.orders or ()}
        self._take_coins(reading.balance.coins)
        for update in updates:
            self.take(update)

    def take(self, update: Update) -> None:
        if isinstance(update, BalanceUpdate):
            self._take_coins(update.coins)
        elif isinstance(update, PositionUpdate):
            self.positions[update.symbol] = update.quantity
        elif isinstance(update, OrderUpdate):
            key = (update.book, update.order_id)
            self.orders = self.orders | {key} if update.is_open else self.orders - {key}

    def _take_coins(self, coins: Iterable[CoinBalance]) -> None:
        self.coins |= {row.coin: row.total for row in coins}

    def state(self) -> dict[str, Any]:
        return {
            "coins": {coin: round(total, 6) for coin, total in self.coins.items() if abs(total) > NOTHING},
            "positions": {symbol: round(held, 9) for symbol, held in self.positions.items() if abs(held) > NOTHING},
            "orders": self.orders,
        }


def unified(symbol: str) -> str:
    return f"{symbol.removesuffix('USDT')}/USDT:USDT"


def state_at_the_venue(site: PaperSite, account: str) -> dict[str, Any]:
    row = paper_account(site, account)
    regular = {("regular", str(order.order_id)) for order in row.open_orders()}
    return {
        "coins": {coin: round(total, 6) for coin, total in row.wallets.items() if abs(total) > NOTHING},
        "positions": {unified(held.symbol): round(held.quantity, 9) for held in row.open_positions()},
        "orders": regular | {("trigger", str(trigger.trigger_id)) for trigger in row.open_triggers()},
    }


def pinging(rows: Iterable[AccountSettings], milliseconds: int = 150) -> list[AccountSettings]:
    """The same accounts, with streams that prove every so often that they live."""
    return [dataclasses.replace(row, ccxt={**row.ccxt, "streaming": {"keepAlive": milliseconds}}) for row in rows]


@contextlib.asynccontextmanager
async def watching(hub: VenueHub, account: str) -> AsyncIterator[Told]:
    told = Told()
    task = spawn(hub.watching(account).run(told), name=f"watching {account}")
    try:
        yield told
    finally:
        await stop_all([task])


async def settled(site: PaperSite, hub: VenueHub, account: str, told: Told) -> AccountReading:
    """Wait for a stream that is served and a whole reading that began after it was; the reading."""
    await eventually(lambda: told.is_up() and account in site.venue_of(account).server.hub.users())
    return await a_fresh_reading(hub, account, told)


async def a_fresh_reading(hub: VenueHub, account: str, told: Told) -> AccountReading:
    since_s = SystemClock().monotonic()

    def fresh() -> list[AccountReading]:
        return [row for row in told.readings if row.began_s > since_s]

    hub.watching(account).read_soon()
    await eventually(fresh)
    return fresh()[-1]
