"""Paper exchanges full of resting orders, in a process of their own, which keep count of what a stop costs them.

`python -m tests.bench._resting_exchange BINANCE OKX WEIGHT`: so many accounts of each, WEIGHT a minute and address. One
command a line on standard input, one JSON line in answer:

    fill    takes away whatever rests, lets 8 regular orders and 2 triggers rest in each account; tells them
    mark    counts anew from now on
    count   since the mark: requests, weight, refusals, and when the first cancel came in (monotonic)
    held    orders that still rest, by kind
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.loop import run_headless
from core.clock import SystemClock
from core.domain import Side
from core.paper.budget import LogEntry
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import OrderKind, OrderRequest, TriggerKind, TriggerRequest
from core.paper.site import PaperSite, PaperSpec, make_spec

COINS = ("BTC", "ETH", "SOL", "XRP")
REGULAR_PER_COIN = 2
TRIGGERED = ("BTC", "ETH")
AWAY = 0.1
"""How far from the market they rest, as a share of the price."""
NOTIONAL = 200.0


def spec_of(binance: int, okx: int, weight: int) -> PaperSpec:
    made = make_spec(max(1, binance), 1, 1, "calm", okx=okx)
    venues = tuple(
        replace(venue, accounts=tuple(replace(row, bots=(), positions=()) for row in venue.accounts))
        for venue in made.venues
    )
    return replace(made, venues=venues, weight_limit=weight)


@dataclass
class Tally:
    """What came in since the mark."""

    requests: int = 0
    weight: int = 0
    refused: int = 0
    first_cancel_s: float | None = None

    def note(self, entry: LogEntry) -> None:
        self.requests += 1
        self.weight += entry.weight
        self.refused += entry.status in {418, 429}
        if (entry.method == "DELETE" or "cancel" in entry.path) and entry.status == 200:
            earlier = self.first_cancel_s
            self.first_cancel_s = entry.monotonic_s if earlier is None else min(earlier, entry.monotonic_s)


class RestingExchange:
    def __init__(self, site: PaperSite) -> None:
        self._site = site
        self._tally = Tally()
        add = site.log.add

        def noting(entry: LogEntry) -> None:
            self._tally.note(entry)
            add(entry)

        site.log.add = noting  # type: ignore[method-assign]

    def fill(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for exchange, account in self._accounts():
            for order in account.open_orders():
                exchange.cancel(account, order)
            for trigger in account.open_triggers():
                exchange.cancel_trigger(account, trigger)
            rows += _orders(exchange, account)
        return rows

    def mark(self) -> bool:
        self._tally = Tally()
        return True

    def count(self) -> dict[str, Any]:
        return vars(self._tally).copy()

    def held(self) -> dict[str, int]:
        accounts = [account for _, account in self._accounts()]
        return {
            "regular": sum(len(account.open_orders()) for account in accounts),
            "trigger": sum(len(account.open_triggers()) for account in accounts),
        }

    def _accounts(self) -> Iterator[tuple[Exchange, Account]]:
        for venue in self._site.venues:
            for account in venue.exchange.accounts.values():
                yield venue.exchange, account


def _orders(exchange: Exchange, account: Account) -> Iterator[dict[str, Any]]:
    is_okx = "BTC-USDT-SWAP" in exchange.market.index
    for coin in COINS:
        symbol = f"{coin}-USDT-SWAP" if is_okx else f"{coin}USDT"
        instrument = exchange.market.instrument(symbol)
        mark = exchange.market.mark_of(symbol)
        low = instrument.round_price(mark * (1 - AWAY))
        unit = low * instrument.contract_size
        quantity = instrument.floor_quantity(max(NOTIONAL, 2 * instrument.notional_min) / unit + instrument.step)
        told = {"account": account.name, "market": symbol, "symbol": f"{coin}/USDT:USDT", "price": low}
        for _ in range(REGULAR_PER_COIN):
            order = exchange.place(account, OrderRequest(symbol, Side.BUY, OrderKind.LIMIT, quantity, low))
            yield {**told, "id": str(order.order_id), "client_id": order.client_id, "kind": "regular"}
        if coin in TRIGGERED:
            above = instrument.round_price(mark * (1 + AWAY))
            wanted = TriggerRequest(symbol, Side.BUY, TriggerKind.STOP_MARKET, above, quantity)
            trigger = exchange.place_trigger(account, wanted)
            yield {**told, "id": str(trigger.trigger_id), "client_id": trigger.client_id, "kind": "trigger"}


async def _serve(spec: PaperSpec, stop: asyncio.Event) -> int:
    loop = asyncio.get_running_loop()
    async with PaperSite(spec, SystemClock()) as site:
        site.running = False
        exchange = RestingExchange(site)
        acts: dict[str, Callable[[], Any]] = {
            "fill": exchange.fill, "mark": exchange.mark, "count": exchange.count, "held": exchange.held,
        }  # fmt: skip
        print(json.dumps(site.describe()), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(acts[line.strip()]()), flush=True)
    return 0


if __name__ == "__main__":
    binance, okx, weight = (int(word) for word in sys.argv[1:])
    sys.exit(run_headless(lambda stop: _serve(spec_of(binance, okx, weight), stop)))
