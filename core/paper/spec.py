"""What a paper site is made of, as frozen data, and `make_spec`, which lays out a desk of any size from a seed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain import Leg
from core.errors import PaperError
from core.paper.instruments import DEFAULT_INSTRUMENTS, PaperInstrument
from core.paper.scenarios import Scenario, scenario_named

VENUE_NAMES = ("north", "south", "east", "west", "upper", "lower")


@dataclass(frozen=True, slots=True)
class PositionSpec:
    symbol: str
    quantity: float
    """Signed, base units."""
    prefix: str
    """Client-id prefix of the strategy that opened it (`bas`)."""
    leg: Leg = Leg.NET
    """Which leg of hedge mode it is in; the sign of the quantity has to fit."""


@dataclass(frozen=True, slots=True)
class AccountSpec:
    name: str
    api_key: str
    secret: str
    wallet: Mapping[str, float]
    """Coin to amount."""
    positions: tuple[PositionSpec, ...] = ()
    leverage: Mapping[str, int] = field(default_factory=dict)
    """Symbol to the leverage set at the venue; 20 where not named."""
    bots: tuple[str, ...] = ()
    """Names out of core.paper.bots.BOTS."""
    can_withdraw: bool = False
    hedged: bool = False
    """Hedge mode: positions and orders have legs."""
    isolated: tuple[str, ...] = ()
    """Symbols under isolated margin."""


@dataclass(frozen=True, slots=True)
class VenueSpec:
    name: str
    accounts: tuple[AccountSpec, ...]
    exchange: str = "binanceusdm"
    """Which venue's protocol it speaks, by ccxt's id."""
    port: int = 0
    """On loopback; 0 takes a free one."""


@dataclass(frozen=True, slots=True)
class BotOptions:
    pace: float = 1.0
    """Multiplies how often bots act."""
    size: float = 1.0
    """Multiplies their order sizes."""


@dataclass(frozen=True, slots=True)
class PaperSpec:
    venues: tuple[VenueSpec, ...]
    seed: int = 1
    scenario: Scenario = field(default_factory=lambda: scenario_named("calm"))
    instruments: tuple[PaperInstrument, ...] = DEFAULT_INSTRUMENTS
    weight_limit: int = 2400
    """Request weight per minute and client address."""
    step_s: float = 0.1
    mark_period_s: float = 1.0
    """How often mark-price and ticker streams speak."""
    ping_s: float = 180.0
    listen_key_life_s: float = 3600.0
    funding_period_s: float = 28_800.0
    """Between two payments of funding; paid at the full multiples of the wall clock."""
    bots: BotOptions = BotOptions()

    @property
    def accounts(self) -> tuple[AccountSpec, ...]:
        return tuple(account for venue in self.venues for account in venue.accounts)


STRATEGIES = (
    {"name": "basis", "client_order_id": "bas-*"},
    {"name": "momentum", "client_order_id": "mom-*"},
    {"name": "market-making", "client_order_id": "mm-*"},
)
BOT_SETS = (("basis", "momentum"), ("basis", "market-maker"), ("basis", "momentum", "market-maker"))
LOWEST_LEVERAGE, HIGHEST_LEVERAGE = 2.0, 4.5
LONG_SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT")
SHORT_SYMBOLS = ("XRPUSDT", "LINKUSDT", "LTCUSDT", "TRXUSDT")


def make_spec(accounts: int = 6, venues: int = 2, seed: int = 1, scenario: str | Scenario = "crash") -> PaperSpec:
    """`accounts` of them (`alpha-1`, ...) in turn over `venues`, each with a net long book and two or three bots.

    Account leverages (gross notional over equity) are spread from 2.0 to 4.5. A part of each book is short, so that a
    fall of 30 % takes between 40 and 75 % of an account's equity and not all of it.
    """
    if accounts < 1 or not 1 <= venues <= len(VENUE_NAMES):
        raise PaperError(f"a site has at least one account and between 1 and {len(VENUE_NAMES)} venues")
    rows: list[list[AccountSpec]] = [[] for _ in range(venues)]
    for number in range(accounts):
        rows[number % venues].append(_account(number, accounts, seed))
    return PaperSpec(
        venues=tuple(VenueSpec(VENUE_NAMES[index], tuple(row)) for index, row in enumerate(rows) if row),
        seed=seed,
        scenario=scenario_named(scenario) if isinstance(scenario, str) else scenario,
    )


def secret_of(name: str, seed: int) -> str:
    return hashlib.sha256(f"paper secret {seed} {name}".encode()).hexdigest()


def _account(number: int, count: int, seed: int) -> AccountSpec:
    name = f"alpha-{number + 1}"
    chance = random.Random(f"{seed}:{name}")
    equity = float(chance.randrange(150, 601) * 1000)
    part = number / (count - 1) if count > 1 else 0.5
    gross = LOWEST_LEVERAGE + (HIGHEST_LEVERAGE - LOWEST_LEVERAGE) * part
    # The more an account is levered, the more of it is hedged: net 1.5 to 2.3 times equity.
    net = 1.5 + 0.8 * part
    usdc = round(equity * 0.1) if number % 2 == 0 else 0.0
    wallet = {"USDT": equity - usdc} | ({"USDC": float(usdc)} if usdc else {})
    positions = [
        *_book(chance, LONG_SYMBOLS, equity * (gross + net) / 2, "bas"),
        *_book(chance, SHORT_SYMBOLS, -equity * (gross - net) / 2, "bas"),
    ]
    return AccountSpec(
        name=name,
        api_key=f"paper-{name}",
        secret=secret_of(name, seed),
        wallet=wallet,
        positions=tuple(positions),
        bots=BOT_SETS[number % len(BOT_SETS)],
    )


def _book(chance: random.Random, symbols: tuple[str, ...], notional: float, prefix: str) -> list[PositionSpec]:
    listed = {instrument.symbol: instrument for instrument in DEFAULT_INSTRUMENTS}
    chosen = chance.sample(symbols, 2)
    share = chance.uniform(0.45, 0.7)
    rows: list[PositionSpec] = []
    for symbol, part in zip(chosen, (share, 1 - share), strict=True):
        instrument = listed[symbol]
        quantity = instrument.floor_quantity(abs(notional) * part / instrument.start_price)
        rows.append(PositionSpec(symbol, quantity if notional > 0 else -quantity, prefix))
    return rows
