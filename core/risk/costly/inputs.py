"""What the costly columns are computed from: copies of one moment, handed to a thread that nothing reaches into."""

from __future__ import annotations

from dataclasses import dataclass

from core.book.columns import Bools, Floats, Ints
from core.book.layout import Layout
from core.risk.settings import RiskSettings


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held, one row per account, instrument, leg and strategy; arrays of shape (rows,).

    The rows of one venue position (`slot`) add up to it.
    """

    slot: Ints
    """Numbers the venue's positions: rows of strategies that share one have the same."""
    account: Ints
    venue: Ints
    strategy: Ints
    """0 .. strategies - 1, the last is `unattributed`; -1 for cash, which is nobody's."""
    instrument: Ints
    underlying: Ints
    """Index into `coins`."""
    coin: Ints
    """What it settles in, or the coin itself: index into `coins`."""
    quantity: Floats
    """Signed, base units."""
    notional: Floats
    """Signed, base currency at our marks (options by their delta); 0 for cash, NaN unknown."""
    is_coin: Bools


@dataclass(frozen=True, slots=True)
class Collateral:
    """Equity by coin, one row per account and coin; arrays of shape (rows,)."""

    account: Ints
    coin: Ints
    value: Floats
    """Base currency: the balance and the unrealised PnL that settles in the coin; NaN unknown."""


@dataclass(frozen=True, slots=True)
class Returns:
    """Simple returns on a common grid, oldest first; NaN where a sample is missing (never 0)."""

    at_s: Floats
    """Shape (periods,): wall time of each period's end."""
    period_s: float
    value: Floats
    """Shape (periods, series)."""


@dataclass(frozen=True, slots=True)
class Ladders:
    """The visible order book of every instrument, cumulated; shape (instruments, levels), NaN beyond what is seen."""

    sell_quantity: Floats
    """What can be sold down to level k (the bids), in the units of `Holdings.quantity`."""
    sell_cost: Floats
    """Quote units lost against the mid price by selling them: quantity x (mid - price), for inverse contracts
    quantity x (mid / price - 1)."""
    buy_quantity: Floats
    buy_cost: Floats
    age_s: Floats
    """Shape (instruments,); inf where never seen."""


@dataclass(frozen=True, slots=True)
class CostlyInputs:
    """Money in the base currency; NaN unknown."""

    layout: Layout
    at_s: float
    """Wall time."""
    settings: RiskSettings
    coins: tuple[str, ...]
    stablecoins: Bools
    """Shape (coins,): what counts as money."""
    symbols: tuple[tuple[str, str], ...]
    """(endpoint, symbol) per instrument; ("", coin) for a coin held."""
    options: Bools
    """Shape (instruments,): which of them are options."""
    holdings: Holdings
    collateral: Collateral
    equity: Floats
    """Shape (scopes,)."""
    gross: Floats
    """Shape (scopes,): gross exposure."""
    initial_margin: Floats
    """Shape (accounts,)."""
    maintenance_margin: Floats
    """Shape (accounts,)."""
    worth: Floats
    """Shape (instruments,): base currency of exposure per unit of quantity."""
    quote_rate: Floats
    """Shape (instruments,): base currency per unit of the quote coin."""
    volume_day: Floats
    """Shape (instruments,): base units traded in 24 hours."""
    ladders: Ladders
    coin_returns: Returns
    """Of the underlyings; series are `coins`."""
    scope_returns: Returns
    """Of every scope's unit value; series are the scopes. Flow-adjusted, of `settings.sample_s`."""
