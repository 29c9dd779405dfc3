"""The shape of a venue family: what things cost there, and where it departs from the usual."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.venues.families.sub_accounts import SubAccountList
from core.venues.messages import Update
from core.venues.plans.plan import Plan

Tap = Callable[[Any, str, Mapping[str, Any], float], tuple[Update, ...]]
"""(ccxt object, account, raw stream message, received_s) to updates."""


TradedSince = Callable[[Any, int], Awaitable[frozenset[str]]]
"""(ccxt object, venue time in milliseconds) to unified symbols."""


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    exchanges: frozenset[str]
    plan: Plan
    """Where its orders are, and how they are listed and cancelled."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Merged under the configuration's own ccxt options."""
    includes_unrealised: bool = True
    """Whether the wallet figures of `read_balance` and of the stream hold unrealised PnL."""
    wallet_of: Callable[[Mapping[str, Any]], Mapping[str, float]] | None = None
    """Coin totals from ccxt's balance; None takes its `total`."""
    tap: Tap | None = None
    """Reads the raw private stream; None lives on ccxt's watch calls and the readings."""
    keep_alive: str = ""
    """Name of ccxt's implicit call that renews the listen key; "" where there is none."""
    listen_key_bucket: str = ""
    """Where ccxt keeps it in its options."""
    ledger: str = ""
    """Name of ccxt's unified call that tells deposits, withdrawals and transfers; "" where none is known."""
    weight_per_minute: int | None = None
    """Request weight per address and minute; None where unknown (ccxt's limiter then paces the watching)."""
    used_weight_header: str = ""
    read_weight: float = 1.0
    """Balance and positions together."""
    trades_weight: float = 1.0
    ledger_weight: float = 1.0
    learned: tuple[str, ...] = ()
    """Options that ccxt learns only in load_markets, and that every object must have to speak to the right endpoint."""
    watched: tuple[str, ...] = ("watchOrders", "watchPositions", "watchBalance", "watchMyTrades")
    """ccxt's private streams to keep open, by their names in `has`."""
    holds_positions: bool = True
    """Whether an account can hold positions; a spot key may not even be allowed to ask for them."""
    marks: tuple[str, ...] = ("watchMarkPrices", "watchTickers")
    """Where prices come from, in order of preference, by names in `has`."""
    flow_reasons: frozenset[str] = frozenset()
    """Reasons of a streamed balance change that the ledger explains: it is read at once."""
    traded_since: TradedSince | None = None
    """Which symbols were traded since then; None where only positions and orders tell."""
    orders_come_in_arrays: bool = False
    """Whether every listing of orders is a JSON array, so that anything else is no listing."""
    sub_accounts: SubAccountList | None = None
    """How the accounts under a master key are listed; None where it is not known."""
    tickers_weight: float = 1.0
    """Tickers of all instruments at once."""
    depth_levels: int = 20
    """Levels per side to ask for; nearly every venue takes 20."""
    depth_weight: float = 1.0
    candles_weight: float = 1.0
    """One page."""
    greeks_weight: float = 1.0
    """One option."""
    counts_volume_in_contracts: bool = False
    """Whether `baseVolume` of a contract's ticker counts contracts, and nothing beside it tells."""
    amounts_in_units: bool = False
    """Whether amounts of contracts are in base units (inverse: quote units), whatever ccxt says of contract sizes."""
    mends_headers: bool = False
    """Whether ccxt signs requests without headers by adding nothing at all to a table, which raises in Python."""
    refused_calls: tuple[str, ...] = ()
    """Methods of the ccxt object that sign something nobody asked for: replaced by nothing before the first call."""
