"""An engine with one funded account, a quiet site, and ccxt clients that are always closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import ccxt.pro as ccxt
import pytest

from core.clock import ManualClock, SystemClock
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Cause
from core.paper.instruments import DEFAULT_INSTRUMENTS
from core.paper.market import Market
from core.paper.site import AccountSpec, PaperSite, PaperSpec, PositionSpec, VenueSpec
from core.paper.spec import secret_of

Client = Any
Connect = Callable[[str], Awaitable[Client]]


async def eventually(holds: Callable[[], bool], timeout_s: float = 4.0) -> None:
    """Wait until something holds; TimeoutError if it never does."""
    async with asyncio.timeout(timeout_s):
        while not holds():
            await SystemClock().sleep(0.01)


class Engine:
    """One exchange on a clock that tests move, with an account of 100,000 USDT."""

    def __init__(self, seed: int = 1) -> None:
        self.clock = ManualClock()
        self.market = Market(DEFAULT_INSTRUMENTS, seed, 0.1)
        self.exchange = Exchange(self.market, self.clock.now)
        self.account: Account = self.exchange.add_account("one", "key-one", "secret-one")
        self.exchange.flow(self.account, "USDT", 100_000.0, Cause.DEPOSIT)
        self.events: list[Any] = []
        self.exchange.events.connect(self.events.append)

    def step(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.market.step()
            self.exchange.match()
            self.clock.advance(0.1)

    def move(self, symbol: str, price: float) -> None:
        self.market.shock_price(symbol, price)
        self.exchange.match()


@pytest.fixture
def engine() -> Engine:
    return Engine()


def quiet_spec(**changes: Any) -> PaperSpec:
    """Two venues, no bots: `north` with alpha (long BTC) and beta (flat), `south` with gamma (flat)."""

    def account(name: str, *positions: PositionSpec) -> AccountSpec:
        wallet = {"USDT": 100_000.0, "USDC": 5_000.0}
        return AccountSpec(name, f"paper-{name}", secret_of(name, 1), wallet, positions)

    north = VenueSpec("north", (account("alpha", PositionSpec("BTCUSDT", 1.5, "bas")), account("beta")))
    return PaperSpec((north, VenueSpec("south", (account("gamma"),))), **changes)


@pytest.fixture
async def site() -> AsyncIterator[PaperSite]:
    async with PaperSite(quiet_spec(step_s=0.05, mark_period_s=0.1)) as running:
        yield running


def client_of(site: PaperSite, account: str, **config: Any) -> Client:
    for venue in site.describe()["venues"]:
        for row in venue["accounts"]:
            if row["name"] == account:
                keys = {"apiKey": row["api_key"], "secret": row["secret"], "timeout": 3000}
                client = ccxt.binanceusdm({**keys, "enableRateLimit": False, **venue["ccxt"], **config})
                client.options["fetchOpenOrders"]["warnWithoutSymbol"] = False
                return client
    raise KeyError(account)


@pytest.fixture
async def connect(site: PaperSite) -> AsyncIterator[Callable[..., Client]]:
    """Makes unmodified ccxt clients of the site's accounts."""
    made: list[Client] = []

    def make(account: str, **config: Any) -> Client:
        made.append(client_of(site, account, **config))
        return made[-1]

    yield make
    await asyncio.gather(*(client.close() for client in made))
