"""A paper site without bots, a hub connected to it, and a sink that keeps what it is told."""

from __future__ import annotations

import importlib
import random
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest

from core.clock import SystemClock
from core.domain import LinkState
from core.paper.site import AccountSpec, PaperSite, PaperSpec, PositionSpec, VenueSpec
from core.paper.spec import secret_of
from core.secrets import Credentials
from core.venues.hub import VenueHub
from core.venues.messages import AccountReading, LinkUpdate, Update
from core.venues.settings import AccountSettings, FeedSettings

T = TypeVar("T")
MakeHub = Callable[..., VenueHub]

KEYS = ("api_key", "secret", "password")
BTC, ETH, DOGE = "BTC/USDT:USDT", "ETH/USDT:USDT", "DOGE/USDT:USDT"

# What takes minutes at a real venue, in tenths of a second.
QUICK = FeedSettings(
    reconcile_s=30.0,
    least_gap_s=0.1,
    call_timeout_s=2.0,
    acting_timeout_s=1.5,
    alive_s=0.1,
    retry_s=0.05,
    retry_max_s=0.2,
    flows_s=0.3,
)


async def eventually(holds: Callable[[], Any], timeout_s: float = 6.0) -> None:
    """Wait until something holds; AssertionError if it never does."""
    clock = SystemClock()
    give_up_s = clock.monotonic() + timeout_s
    while not holds():
        assert clock.monotonic() < give_up_s, "it never came to hold"
        await clock.sleep(0.01)


class Told:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.updates: list[Update] = []

    def __call__(self, update: Update) -> None:
        self.updates.append(update)

    def of(self, kind: type[T]) -> list[T]:
        return [update for update in self.updates if isinstance(update, kind)]

    @property
    def readings(self) -> list[AccountReading]:
        return self.of(AccountReading)

    @property
    def link(self) -> LinkUpdate | None:
        links = self.of(LinkUpdate)
        return links[-1] if links else None

    def is_up(self) -> bool:
        return self.link is not None and self.link.state is LinkState.UP

    def is_down(self) -> bool:
        return self.link is not None and self.link.state is LinkState.DOWN


def quiet_spec(**changes: Any) -> PaperSpec:
    """`north` with alpha (long BTC) and beta (flat), `south` with gamma (flat); nobody trades by itself."""

    def account(name: str, *positions: PositionSpec) -> AccountSpec:
        wallet = {"USDT": 100_000.0, "USDC": 5_000.0}
        return AccountSpec(name, f"paper-{name}", secret_of(name, 1), wallet, positions)

    north = VenueSpec("north", (account("alpha", PositionSpec("BTCUSDT", 1.5, "bas")), account("beta")))
    return PaperSpec(
        (north, VenueSpec("south", (account("gamma"),))), **{"step_s": 0.05, "mark_period_s": 0.1} | changes
    )


def settings_of(site: PaperSite, **credentials: str) -> list[AccountSettings]:
    """What the configuration would say of every account of the site."""
    return [
        AccountSettings(
            account=row["name"],
            venue=venue["name"],
            exchange=venue["exchange"],
            credentials=Credentials(**{name: row[name] for name in KEYS if name in row} | credentials),
            ccxt=venue["ccxt"],
        )
        for venue in site.describe()["venues"]
        for row in venue["accounts"]
    ]


def paper_account(site: PaperSite, name: str) -> Any:
    return site.venue_of(name).exchange.accounts[name]


@pytest.fixture(scope="session", autouse=True)
def _ccxt_is_loaded() -> None:
    # Half a second that belongs to no test's own deadline.
    importlib.import_module("ccxt.pro")


@pytest.fixture
async def site() -> AsyncIterator[PaperSite]:
    async with PaperSite(quiet_spec()) as running:
        yield running


@pytest.fixture
async def make_hub(rng: random.Random) -> AsyncIterator[MakeHub]:
    """Makes hubs and closes them."""
    made: list[VenueHub] = []

    def make(accounts: list[AccountSettings], feed: FeedSettings = QUICK) -> VenueHub:
        made.append(VenueHub(accounts, SystemClock(), rng, feed))
        return made[-1]

    yield make
    for hub in made:
        await hub.close()


@pytest.fixture
def hub(site: PaperSite, make_hub: MakeHub) -> VenueHub:
    return make_hub(settings_of(site))
