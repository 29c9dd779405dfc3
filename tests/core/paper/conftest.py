"""An engine with one funded account, a quiet site, and ccxt clients that are always closed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import ccxt.pro as ccxt
import pytest

from core.clock import ManualClock, SystemClock
from core.domain import Side
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.engine.holdings import LedgerKind
from core.paper.engine.model import Cause, Order, OrderKind, OrderRequest, Reason, Refusal
from core.paper.engine.rules import DEFAULT_RULES, EngineRules
from core.paper.instruments import DEFAULT_INSTRUMENTS, ContractKind
from core.paper.listings import Listing, coin_margined, spot_pairs
from core.paper.market import Market
from core.paper.quotes import Quotes
from core.paper.site import AccountSpec, PaperSite, PaperSpec, PositionSpec, VenueSpec
from core.paper.spec import secret_of

Client = Any
Connect = Callable[[str], Awaitable[Client]]


async def eventually(holds: Callable[[], bool], timeout_s: float = 4.0) -> None:
    """Wait until something holds; TimeoutError if it never does."""
    async with asyncio.timeout(timeout_s):
        while not holds():
            await SystemClock().sleep(0.01)


LISTS: dict[ContractKind, Callable[[Market], Quotes]] = {
    ContractKind.LINEAR: lambda market: market,
    ContractKind.INVERSE: lambda market: Listing(coin_margined(market.instruments), market),
    ContractKind.SPOT: lambda market: Listing(spot_pairs(market.instruments), market),
}
WALLETS = {
    ContractKind.LINEAR: {"USDT": 100_000.0},
    ContractKind.INVERSE: {"BTC": 2.0, "ETH": 30.0},
    ContractKind.SPOT: {"USDT": 100_000.0, "BTC": 1.0, "ETH": 10.0},
}


class Engine:
    """One exchange on a clock that tests move, with an account of about 100,000 dollars."""

    def __init__(
        self, seed: int = 1, kind: ContractKind = ContractKind.LINEAR, rules: EngineRules = DEFAULT_RULES
    ) -> None:
        self.clock = ManualClock()
        self.walk = Market(DEFAULT_INSTRUMENTS, seed, 0.1)
        self.market = LISTS[kind](self.walk)
        self.exchange = Exchange(self.market, self.clock.now, rules)
        self.account: Account = self.exchange.add_account("one", "key-one", "secret-one")
        for coin, amount in WALLETS[kind].items():
            self.exchange.flow(self.account, coin, amount, Cause.DEPOSIT)
        self.events: list[Any] = []
        self.exchange.events.connect(self.events.append)

    def step(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.walk.step()
            self.exchange.match()
            self.clock.advance(0.1)

    def move(self, symbol: str, price: float) -> None:
        """Put the price of a symbol's coin somewhere, and let what rests meet it."""
        self.walk.shock_price(self.market.instrument(symbol).base + "USDT", price)
        self.exchange.match()

    def trade(self, symbol: str, side: Side, quantity: float, **more: Any) -> Order:
        """A market order."""
        return self.exchange.place(self.account, OrderRequest(symbol, side, OrderKind.MARKET, quantity, **more))

    def refused(self, call: Callable[[], Any]) -> Reason:
        with pytest.raises(Refusal) as caught:
            call()
        return caught.value.reason

    def booked(self, kind: LedgerKind) -> list[float]:
        return [row.amount for row in self.account.ledger if row.kind is kind]


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


def wide_spec(**changes: Any) -> PaperSpec:
    """No bots: `hedge` and `pots` (isolated BTC) on USD-M, `coin` and `coin-legs` on COIN-M, `wallet` on spot."""

    def account(name: str, wallet: dict[str, float], *positions: PositionSpec, **more: Any) -> AccountSpec:
        return AccountSpec(name, f"paper-{name}", secret_of(name, 1), wallet, positions, **more)

    dollars, coins = {"USDT": 100_000.0}, {"BTC": 2.0, "ETH": 30.0}
    venues = (
        VenueSpec("north", (account("hedge", dollars, hedged=True), account("pots", dollars, isolated=("BTCUSDT",)))),
        VenueSpec(
            "coin",
            (
                account("coin", coins, PositionSpec("BTCUSD_PERP", 300, "bas")),
                account("coin-legs", coins, hedged=True, isolated=("ETHUSD_PERP",)),
            ),
            exchange="binancecoinm",
        ),
        VenueSpec("spot", (account("wallet", {**dollars, **coins, "USDC": 5_000.0}),), exchange="binance"),
    )
    return PaperSpec(venues, **changes)


def unified_spec(**changes: Any) -> PaperSpec:
    """One Bybit venue, no bots: `uta` holds contracts in three settle coins, `flat` none, `legs` is in hedge mode."""

    def account(name: str, *positions: PositionSpec, **more: Any) -> AccountSpec:
        wallet = {"USDT": 100_000.0, "USDC": 50_000.0, "BTC": 2.0, "ETH": 30.0}
        return AccountSpec(name, f"paper-{name}", secret_of(name, 1), wallet, positions, **more)

    sizes = {"BTCUSDT": 0.5, "ETHPERP": 3, "BTCUSD": -5_000}
    held = [PositionSpec(symbol, quantity, "bas") for symbol, quantity in sizes.items()]
    accounts = (account("uta", *held), account("flat"), account("legs", hedged=True))
    quick = {"step_s": 0.05, "mark_period_s": 0.1}
    return PaperSpec((VenueSpec("unified", accounts, exchange="bybit"),), **quick | changes)


@pytest.fixture
async def unified() -> AsyncIterator[PaperSite]:
    async with PaperSite(unified_spec()) as running:
        yield running


def okx_spec(**changes: Any) -> PaperSpec:
    """No bots, one OKX venue: `one` (long 1.5 BTC and 300 dollar contracts), `two` (flat), `legs` (hedge mode)."""

    def account(name: str, *positions: PositionSpec, **more: Any) -> AccountSpec:
        wallet, passphrase = {"USDT": 100_000.0, "BTC": 1.0}, f"passphrase of {name}"
        return AccountSpec(name, f"paper-{name}", secret_of(name, 1), wallet, positions, password=passphrase, **more)

    held = (PositionSpec("BTC-USDT-SWAP", 150, "bas"), PositionSpec("BTC-USD-SWAP", 300, "bas"))
    venue = VenueSpec("unified", (account("one", *held), account("two"), account("legs", hedged=True)), exchange="okx")
    return PaperSpec((venue,), **changes)


@pytest.fixture
async def okx() -> AsyncIterator[PaperSite]:
    # With limits wide enough for tests that have no patience.
    async with PaperSite(okx_spec(step_s=0.05, mark_period_s=0.1, weight_limit=240_000)) as running:
        yield running


@pytest.fixture
async def connect_unified(unified: PaperSite) -> AsyncIterator[Callable[..., Client]]:
    async with connecting(unified) as make:
        yield make


@pytest.fixture
async def connect_okx(okx: PaperSite) -> AsyncIterator[Callable[..., Client]]:
    async with connecting(okx) as make:
        yield make


@pytest.fixture
async def wide() -> AsyncIterator[PaperSite]:
    async with PaperSite(wide_spec(step_s=0.05, mark_period_s=0.1)) as running:
        yield running


@pytest.fixture
async def site() -> AsyncIterator[PaperSite]:
    async with PaperSite(quiet_spec(step_s=0.05, mark_period_s=0.1)) as running:
        yield running


def client_of(site: PaperSite, account: str, **config: Any) -> Client:
    for venue in site.describe()["venues"]:
        for row in venue["accounts"]:
            if row["name"] == account:
                keys = {"apiKey": row["api_key"], "secret": row["secret"], "password": row.get("password")}
                keys["timeout"] = 3000
                client = getattr(ccxt, venue["exchange"])({**keys, "enableRateLimit": False, **venue["ccxt"], **config})
                client.options.setdefault("fetchOpenOrders", {})["warnWithoutSymbol"] = False
                return client
    raise KeyError(account)


@contextlib.asynccontextmanager
async def connecting(site: PaperSite) -> AsyncIterator[Callable[..., Client]]:
    """Makes unmodified ccxt clients of a site's accounts, and closes them."""
    made: list[Client] = []

    def make(account: str, **config: Any) -> Client:
        made.append(client_of(site, account, **config))
        return made[-1]

    yield make
    await asyncio.gather(*(client.close() for client in made))


@pytest.fixture
async def connect(site: PaperSite) -> AsyncIterator[Callable[..., Client]]:
    async with connecting(site) as make:
        yield make


@pytest.fixture
async def connect_wide(wide: PaperSite) -> AsyncIterator[Callable[..., Client]]:
    async with connecting(wide) as make:
        yield make
