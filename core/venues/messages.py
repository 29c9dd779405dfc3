"""What a venue tells us, normalised and frozen: the only form in which the rest of Scram sees it.

Times called `received_s`, `began_s`, `ended_s` are on the monotonic clock; times called `at_s` are the venue's, in
seconds since the epoch (UTC). Quantities are in base units (contracts x contract size; for inverse contracts
contracts x contract value in the quote coin, see `Instrument.inverse`). None means the venue does not say: unknown,
never zero.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from core.domain import FlowKind, Leg, LinkState, Side
from core.venues.trigger import Trigger


class InstrumentKind(enum.StrEnum):
    SPOT = "spot"
    SWAP = "swap"
    FUTURE = "future"
    OPTION = "option"


class Source(enum.StrEnum):
    """Where a message came from: a stream is a hint, a reading is the truth."""

    STREAM = "stream"
    READING = "reading"


class OrderEnd(enum.StrEnum):
    """How an order ended."""

    NONE = ""
    """It rests, or the venue does not say."""
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"


class MarginMode(enum.StrEnum):
    CROSS = "cross"
    ISOLATED = "isolated"


@dataclass(frozen=True, slots=True)
class Instrument:
    endpoint: str
    """Which set of markets it belongs to (`EndpointKey.name`)."""
    symbol: str
    """ccxt's unified symbol."""
    base: str
    quote: str
    settle: str
    kind: InstrumentKind
    contract_size: float
    """Base units per contract (linear, options), quote units per contract (inverse), 1 for spot."""
    inverse: bool
    """Whether it pays 1/entry - 1/exit in the base coin. An option settled in its coin does not: its price is one."""
    quantity_step: float | None
    """Smallest change of an order's quantity, in the unit of `quantity`."""
    quantity_min: float | None
    notional_min: float | None
    """Least order value in the quote coin."""
    price_step: float | None
    taker_fee: float | None = None
    """Share of the notional, as the venue lists it for everybody."""


@dataclass(frozen=True, slots=True)
class CoinBalance:
    coin: str
    total: float
    """Coin units in the wallet, borrowings already subtracted."""
    includes_unrealised: bool
    """Whether `total` already holds the unrealised PnL of open positions (so it is never added twice)."""


@dataclass(frozen=True, slots=True)
class BalanceUpdate:
    account: str
    coins: tuple[CoinBalance, ...]
    complete: bool
    """True when coins not named here are zero (a full reading); False for a stream's change."""
    source: Source
    received_s: float
    reason: str = ""
    """The venue's own word for the change (`ORDER`, `WITHDRAW`, ...), "" where it gives none."""


@dataclass(frozen=True, slots=True)
class PositionUpdate:
    account: str
    symbol: str
    leg: Leg
    quantity: float
    """Signed: positive long, negative short."""
    entry_price: float | None
    source: Source
    received_s: float
    initial_margin_rate: float | None = None
    """Initial margin per unit of notional."""
    maintenance_margin_rate: float | None = None
    liquidation_price: float | None = None
    margin_mode: MarginMode | None = None
    isolated_margin: float | None = None
    """Settle coins that back this position alone; None where it is not isolated."""
    leverage: float | None = None
    """As set at the venue."""


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """One resting (or just ended) order; also the row of a listing."""

    account: str
    symbol: str
    order_id: str
    client_order_id: str
    """"" where the venue gives none."""
    book: str
    """Which of the venue's order books holds it: `regular`, `trigger`, ..."""
    side: Side
    is_open: bool
    quantity: float
    filled: float
    price: float | None
    trigger_price: float | None
    reduce_only: bool
    at_s: float | None
    """When the venue accepted it."""
    source: Source
    received_s: float
    ended: OrderEnd = OrderEnd.NONE
    trigger: Trigger | None = None
    """How it waits for `trigger_price`; None where it waits for none, or nobody told."""
    leg: Leg = Leg.NET
    """The leg that it names; NET in one-way mode, and where it names none."""
    margin_mode: MarginMode | None = None
    """Of the position that it trades, where the venue wants it named with the order."""

    @property
    def is_protective(self) -> bool:
        """Whether it can only reduce a position: the venue says so of the order itself (reduce only, close position).

        A stop or a take-profit that the venue would also let open a position is none, whatever it is meant for.
        """
        return self.reduce_only


@dataclass(frozen=True, slots=True)
class FillUpdate:
    account: str
    symbol: str
    fill_id: str
    order_id: str
    client_order_id: str
    """"" when not known; the book then looks it up by `order_id`."""
    side: Side
    quantity: float
    """Positive, in the unit of `PositionUpdate.quantity`."""
    price: float
    fee: float
    """Paid by us, in `fee_coin`; negative for a rebate."""
    fee_coin: str
    at_s: float
    source: Source
    received_s: float


@dataclass(frozen=True, slots=True)
class FlowUpdate:
    account: str
    flow_id: str
    coin: str
    amount: float
    """Coin units; positive into the account."""
    kind: FlowKind
    at_s: float
    received_s: float


@dataclass(frozen=True, slots=True)
class MarkUpdate:
    endpoint: str
    symbol: str
    price: float
    received_s: float


@dataclass(frozen=True, slots=True)
class VolumeUpdate:
    """What was traded of an instrument at its endpoint in the last 24 hours."""

    endpoint: str
    symbol: str
    base_volume_day: float
    """Base units, for inverse contracts too: coins and not contracts."""
    received_s: float


@dataclass(frozen=True, slots=True)
class DepthUpdate:
    """The visible book of an instrument: (price, quantity in base units) per level, the best first."""

    endpoint: str
    symbol: str
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]
    received_s: float


@dataclass(frozen=True, slots=True)
class CandlesUpdate:
    """Closed candles only, oldest first; those told before may come again."""

    endpoint: str
    symbol: str
    period_s: float
    opens_at_s: tuple[float, ...]
    """Wall time (UTC) at which each bar opened, by the venue's clock."""
    close: tuple[float, ...]
    received_s: float


@dataclass(frozen=True, slots=True)
class GreeksUpdate:
    """An option's sensitivities, each per unit of `PositionUpdate.quantity` (one base unit of the underlying)."""

    endpoint: str
    symbol: str
    delta: float
    """Base units of the underlying; negative for a put."""
    gamma: float | None
    vega: float | None
    underlying_price: float | None
    """Quote coins."""
    received_s: float


@dataclass(frozen=True, slots=True)
class SubAccountsUpdate:
    """What accounts exist under the key of `account`, by the venue's own names; the account itself is not named."""

    account: str
    names: tuple[str, ...]
    received_s: float


@dataclass(frozen=True, slots=True)
class LinkUpdate:
    """The state of an account's private stream (or, with account "", of an endpoint's public stream)."""

    account: str
    endpoint: str
    state: LinkState
    reason: str
    received_s: float


@dataclass(frozen=True, slots=True)
class AliveUpdate:
    """Proof that an account's private stream is being served, though nothing changed."""

    account: str
    received_s: float


@dataclass(frozen=True, slots=True)
class AccountReading:
    """One complete REST reading of an account: the truth as of some moment in [began_s, ended_s]."""

    account: str
    began_s: float
    ended_s: float
    balance: BalanceUpdate
    positions: tuple[PositionUpdate, ...]
    """All of them: a position not named is flat."""
    orders: tuple[OrderUpdate, ...] | None
    """All resting orders of all books, or None where this reading did not list them."""
    fills: tuple[FillUpdate, ...] = ()
    flows: tuple[FlowUpdate, ...] = ()
    bad_rows: tuple[str, ...] = field(default=())
    """One sentence per row that could not be understood; the others stand."""


@dataclass(frozen=True, slots=True)
class InstrumentsUpdate:
    endpoint: str
    instruments: tuple[Instrument, ...]
    received_s: float


Update = (
    BalanceUpdate
    | PositionUpdate
    | OrderUpdate
    | FillUpdate
    | FlowUpdate
    | MarkUpdate
    | LinkUpdate
    | AliveUpdate
    | AccountReading
    | InstrumentsUpdate
    | VolumeUpdate
    | DepthUpdate
    | CandlesUpdate
    | GreeksUpdate
    | SubAccountsUpdate
)

MarketFigures = VolumeUpdate | DepthUpdate | CandlesUpdate | GreeksUpdate
"""What is told of an instrument beside its mark, each at a pace of its own."""
