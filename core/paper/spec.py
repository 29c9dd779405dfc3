"""What a paper site is made of, as frozen data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain import Leg
from core.paper.instruments import DEFAULT_INSTRUMENTS, PaperInstrument
from core.paper.scenarios import Scenario, scenario_named

VENUE_NAMES = ("north", "south", "east", "west", "upper", "lower")


@dataclass(frozen=True, slots=True)
class PositionSpec:
    symbol: str
    quantity: float
    """Signed, in the instrument's units."""
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
    """Names out of core.paper.bot_names.BOTS."""
    can_withdraw: bool = False
    hedged: bool = False
    """Hedge mode: positions and orders have legs."""
    isolated: tuple[str, ...] = ()
    """Symbols under isolated margin."""
    password: str = ""
    """The key's passphrase, at venues that have one."""


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
    """Request weight per minute and client address. Venues that limit each endpoint by itself have their own limits at
    the default, and others in proportion."""
    minute_s: float = 60.0
    """What is a minute to that; less lets a test wait for the next one."""
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


def secret_of(name: str, seed: int) -> str:
    return hashlib.sha256(f"paper secret {seed} {name}".encode()).hexdigest()
