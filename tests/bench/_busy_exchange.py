"""Paper exchanges under load, in a process of their own: many accounts that trade, and quiet ones that are probed.

`python -m tests.bench._busy_exchange ACCOUNTS QUIET RATE`. The first line on standard output describes the site; a line
on standard input sets the load going; at the end of standard input the last line says when each probe's message was
written to its socket (monotonic, which all processes of one machine share).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import threading
from dataclasses import replace
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from app.loop import run_headless
from core.clock import SystemClock
from core.domain import Side
from core.paper import hub
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Order, OrderKind, OrderRequest, Refusal, TimeInForce
from core.paper.scenarios import calm
from core.paper.site import AccountSpec, PaperSite, PaperSpec, PositionSpec, make_spec
from core.paper.spec import secret_of
from core.tasks import spawn, stop_all

VENUES = 4
QUIET = "quiet-"
QUIET_WALLET, QUIET_SYMBOL, QUIET_QUANTITY = 100_000.0, "BTCUSDT", 1.0
"""Leverage 0.64; a probe more than doubles it."""
STEP = 0.001
"""Each probe of an account is larger by this than the one before, so that its quantity names it."""
PROBE_EVERY_S, PROBE_LASTS_S = 0.03, 1.0
REST_S = 1.5
"""A quiet account has that long to be found inside its limit again; with few of them probes are as seldom as that."""
SLICE_S = 0.005
FILL_SHARE = 0.1
"""Of the orders: takers, which tell of an order, a position and a fill; the others are placed and cancelled."""


def busy_spec(accounts: int, quiet: int) -> PaperSpec:
    made = make_spec(accounts, VENUES, 1, replace(calm(), volatility_factor=1.0))
    left = itertools.count(1)
    venues = []
    for venue in made.venues:
        rows = [replace(row, bots=()) for row in venue.accounts]
        for place in range(len(rows) - quiet // VENUES, len(rows)):
            rows[place] = _quiet(f"{QUIET}{next(left)}")
        venues.append(replace(venue, accounts=tuple(rows)))
    return replace(made, venues=tuple(venues), weight_limit=10_000_000)


def _quiet(name: str) -> AccountSpec:
    position = PositionSpec(QUIET_SYMBOL, QUIET_QUANTITY, "bas")
    return AccountSpec(name, f"paper-{name}", secret_of(name, 1), {"USDT": QUIET_WALLET}, (position,))


class Stamped:
    """A socket that notes when the messages of probes are written."""

    def __init__(self, socket: web.WebSocketResponse, written: dict[str, float]) -> None:
        self._socket = socket
        self._written = written
        self._clock = SystemClock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def __aiter__(self) -> Any:
        return self._socket.__aiter__()

    async def send_frame(self, frame: bytes, kind: WSMsgType) -> None:
        if b'"ACCOUNT_UPDATE"' in frame:
            at_s = self._clock.monotonic()
            rows = orjson.loads(frame)["a"]["P"]
            if rows:
                self._written[rows[0]["pa"]] = at_s
        await self._socket.send_frame(frame, kind)


class Load:
    """Orders placed, filled and cancelled at a steady rate of messages; and one probe every `PROBE_EVERY_S`."""

    def __init__(self, site: PaperSite, rate: float) -> None:
        self._rate = rate
        self._chance = random.Random(1)
        self._told = 0
        self._quiet: list[tuple[Exchange, Account]] = []
        busy: list[tuple[Exchange, Account]] = []
        for venue in site.venues:
            venue.exchange.events.connect(self._count)
            for name, account in venue.exchange.accounts.items():
                (self._quiet if name.startswith(QUIET) else busy).append((venue.exchange, account))
        self._busy = itertools.cycle(self._chance.sample(busy, len(busy)))
        self._resting: dict[str, Order] = {}

    def _count(self, _: object) -> None:
        self._told += 1

    async def run(self) -> None:
        clock = SystemClock()
        began_s = clock.monotonic()
        self._told = 0
        while True:
            while self._told < self._rate * (clock.monotonic() - began_s):
                self._trade(*next(self._busy))
            await clock.sleep(SLICE_S)

    def _trade(self, exchange: Exchange, account: Account) -> None:
        resting = self._resting.pop(account.name, None)
        if resting is not None and resting.status.is_open:
            exchange.cancel(account, resting)
            return
        held = self._chance.choice(account.open_positions())
        side = Side.SELL if held.quantity < 0 else Side.BUY
        instrument = exchange.market.instrument(held.symbol)
        mark = exchange.market.mark_of(held.symbol)
        quantity = instrument.floor_quantity(max(100.0, instrument.notional_min * 2) / mark + instrument.step)
        try:
            if self._chance.random() < FILL_SHARE:
                side = self._chance.choice((side, side.opposite))
                exchange.place(account, OrderRequest(held.symbol, side, OrderKind.MARKET, quantity))
                return
            price = instrument.round_price(mark * (1 - side.sign * 0.02))
            request = OrderRequest(held.symbol, side, OrderKind.LIMIT, quantity, price, TimeInForce.POST_ONLY)
            self._resting[account.name] = exchange.place(account, request)
        except Refusal:
            return

    async def probe(self) -> None:
        clock = SystemClock()
        every_s = max(PROBE_EVERY_S, (PROBE_LASTS_S + REST_S) / len(self._quiet))
        for number in itertools.count():
            exchange, account = self._quiet[number % len(self._quiet)]
            # Among all quiet accounts no quantity comes twice.
            quantity = round(QUIET_QUANTITY + (number + 1) * STEP, 3)
            exchange.place(account, OrderRequest(QUIET_SYMBOL, Side.BUY, OrderKind.MARKET, quantity))
            asyncio.get_running_loop().call_later(PROBE_LASTS_S, self._undo, exchange, account, quantity)
            await clock.sleep(every_s)

    @staticmethod
    def _undo(exchange: Exchange, account: Account, quantity: float) -> None:
        exchange.place(account, OrderRequest(QUIET_SYMBOL, Side.SELL, OrderKind.MARKET, quantity))


async def _serve(accounts: int, quiet: int, rate: float, stop: asyncio.Event) -> int:
    written: dict[str, float] = {}
    connect = hub.Connection.__init__

    def stamped(connection: Any, socket: Any, session: Any, transport: Any) -> None:
        connect(
            connection, Stamped(socket, written) if session.account.startswith(QUIET) else socket, session, transport
        )

    hub.Connection.__init__ = stamped  # type: ignore[method-assign]
    start = asyncio.Event()
    _listen(asyncio.get_running_loop(), start, stop)
    async with PaperSite(busy_spec(accounts, quiet), SystemClock()) as site:
        print(json.dumps(site.describe()), flush=True)
        load = Load(site, rate)
        started = spawn(start.wait(), name="start")
        ended = spawn(stop.wait(), name="stop")
        await asyncio.wait((started, ended), return_when=asyncio.FIRST_COMPLETED)
        work = [spawn(load.run(), name="load"), spawn(load.probe(), name="probes")] if start.is_set() else []
        await ended
        await stop_all([*work, started])
    print(json.dumps(written), flush=True)
    return 0


def _listen(loop: asyncio.AbstractEventLoop, start: asyncio.Event, stop: asyncio.Event) -> None:
    def read() -> None:
        if sys.stdin.readline():
            loop.call_soon_threadsafe(start.set)
            sys.stdin.read()
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=read, name="orders from the bench", daemon=True).start()


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(run_headless(lambda stop: _serve(given[0], given[1], float(given[2]), stop)))
