"""The nouns of the matching engine: orders, triggers, fills, and why it refuses.

Quantities are in the instrument's units (base units, or contracts where inverse), prices in the quote coin, amounts in
coin units, times in seconds since the epoch.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.domain import Leg, Side
from core.errors import PaperError


class Book(enum.StrEnum):
    """The two books of an account, which are listed and cancelled separately."""

    REGULAR = "regular"
    TRIGGER = "trigger"


class OrderKind(enum.StrEnum):
    LIMIT = "limit"
    MARKET = "market"


class TriggerKind(enum.StrEnum):
    STOP_MARKET = "stop_market"
    STOP = "stop"
    TAKE_PROFIT_MARKET = "take_profit_market"
    TAKE_PROFIT = "take_profit"
    WORKED = "worked"
    """One that its venue would work off in parts over time (iceberg, TWAP); here it rests until it is cancelled."""

    @property
    def is_market(self) -> bool:
        return self in {TriggerKind.STOP_MARKET, TriggerKind.TAKE_PROFIT_MARKET}

    @property
    def is_stop(self) -> bool:
        return self in {TriggerKind.STOP_MARKET, TriggerKind.STOP}


class TimeInForce(enum.StrEnum):
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


class PriceSource(enum.StrEnum):
    """Which price a trigger watches."""

    MARK = "mark"
    LAST = "last"


class Status(enum.StrEnum):
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    TRIGGERED = "triggered"
    """Of a trigger only: it fired and placed its order."""

    @property
    def is_open(self) -> bool:
        return self in {Status.NEW, Status.PARTIALLY_FILLED}


class Reason(enum.StrEnum):
    """Why the engine turned something down; a dialect puts its venue's own code to it."""

    UNKNOWN_SYMBOL = "unknown_symbol"
    UNKNOWN_ORDER = "unknown_order"
    BAD_QUANTITY = "bad_quantity"
    QUANTITY_TOO_SMALL = "quantity_too_small"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    BAD_PRICE = "bad_price"
    PRICE_OUT_OF_BAND = "price_out_of_band"
    PRECISION = "precision"
    NOTIONAL_TOO_SMALL = "notional_too_small"
    NO_MARGIN = "no_margin"
    REDUCE_ONLY = "reduce_only"
    WOULD_TRIGGER = "would_trigger"
    WOULD_TAKE = "would_take"
    CANNOT_FILL = "cannot_fill"
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    TOO_MANY_ORDERS = "too_many_orders"
    BAD_LEVERAGE = "bad_leverage"
    NO_FUNDS = "no_funds"
    NOTHING_TO_CHANGE = "nothing_to_change"
    WRONG_LEG = "wrong_leg"
    """A leg that the account's position mode does not have."""
    SAME_MODE = "same_mode"
    HAS_ORDERS = "has_orders"
    HAS_POSITIONS = "has_positions"
    NOT_ISOLATED = "not_isolated"
    NO_POSITION = "no_position"
    POT_TOO_SMALL = "pot_too_small"
    BAD_AMOUNT = "bad_amount"


class Refusal(PaperError):
    """The engine understood a request and turned it down."""

    def __init__(self, reason: Reason, message: str = "") -> None:
        super().__init__(message or reason.value)
        self.reason = reason


class Cause(enum.StrEnum):
    """Why a wallet or a position changed."""

    ORDER = "order"
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    FUNDING = "funding"
    INSURANCE = "insurance"
    """The fee of a liquidation, or what the insurance fund paid."""
    MARGIN = "margin"
    """Margin went into or out of an isolated position's pot."""
    MARGIN_MODE = "margin_mode"


def closes(leg: Leg, side: Side) -> bool:
    """Whether trades of `side` in a leg of hedge mode can only make it smaller."""
    return leg is not Leg.NET and (leg is Leg.LONG) is (side is Side.SELL)


@dataclass(frozen=True, slots=True)
class OrderRequest:
    symbol: str
    side: Side
    kind: OrderKind
    quantity: float
    price: float | None = None
    """Required for a limit order."""
    tif: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    client_id: str = ""
    """"" lets the engine make one up."""
    leg: Leg = Leg.NET

    @property
    def reduces(self) -> bool:
        """Whether it may only reduce: in hedge mode whatever trades against its leg."""
        return self.reduce_only or closes(self.leg, self.side)


@dataclass(frozen=True, slots=True)
class OtherSide:
    """The second half of a one-cancels-other: it fires on the side of the market opposite to the first."""

    trigger_price: float
    price: float | None
    """Limit price of the order it places; None for the market."""


@dataclass(frozen=True, slots=True)
class TriggerRequest:
    symbol: str
    side: Side
    kind: TriggerKind
    trigger_price: float
    quantity: float = 0.0
    """Ignored with `close_position`."""
    price: float | None = None
    """Limit price of the order it places; required for the kinds that are not market."""
    tif: TimeInForce = TimeInForce.GTC
    source: PriceSource = PriceSource.LAST
    reduce_only: bool = False
    close_position: bool = False
    client_id: str = ""
    leg: Leg = Leg.NET
    tag: str = ""
    """The venue's own word for this kind of conditional order; the engine only keeps it."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """What else the venue's wire says of it; kept likewise."""
    other: OtherSide | None = None
    """A second price at which it may fire instead (one cancels the other)."""
    trail: float = 0.0
    """Share of the price at which the trigger price follows a market that moves away from it; 0 stays where it is."""

    @property
    def reduces(self) -> bool:
        return self.reduce_only or self.close_position or closes(self.leg, self.side)


@dataclass(slots=True)
class Order:
    """A regular order through its whole life; only the engine changes it."""

    order_id: int
    client_id: str
    account: str
    symbol: str
    side: Side
    kind: OrderKind
    tif: TimeInForce
    quantity: float
    price: float | None
    reduce_only: bool
    accepted_s: float
    updated_s: float
    status: Status = Status.NEW
    filled: float = 0.0
    filled_value: float = 0.0
    """Notional of all fills: quote coin, or base coin where inverse."""
    average_price: float = 0.0
    ended_s: float | None = None
    trigger_id: int | None = None
    """The trigger that placed it, if one did."""
    leg: Leg = Leg.NET
    is_forced: bool = False
    """Whether the venue placed it to liquidate."""

    @property
    def remaining(self) -> float:
        return round(self.quantity - self.filled, 8)

    def copy(self) -> Order:
        return replace(self)


@dataclass(slots=True)
class Trigger:
    """A conditional order in the trigger book; only the engine changes it."""

    trigger_id: int
    client_id: str
    account: str
    symbol: str
    side: Side
    kind: TriggerKind
    tif: TimeInForce
    trigger_price: float
    fires_above: bool
    """Whether it fires at or above its trigger price (else at or below)."""
    source: PriceSource
    quantity: float
    price: float | None
    reduce_only: bool
    close_position: bool
    accepted_s: float
    updated_s: float
    status: Status = Status.NEW
    ended_s: float | None = None
    order_id: int | None = None
    """The order it placed when it fired."""
    failure: str = ""
    leg: Leg = Leg.NET
    tag: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    other: OtherSide | None = None
    trail: float = 0.0

    def copy(self) -> Trigger:
        return replace(self)


@dataclass(frozen=True, slots=True)
class Fill:
    fill_id: int
    order_id: int
    client_id: str
    account: str
    symbol: str
    side: Side
    quantity: float
    price: float
    fee: float
    """Paid, in `coin`."""
    realised: float
    """Realised PnL before fee, in `coin`."""
    coin: str
    maker: bool
    at_s: float
    leg: Leg = Leg.NET


@dataclass(slots=True)
class Resting:
    """What rests of one account in one symbol."""

    orders: dict[int, Order] = field(default_factory=dict)
    triggers: dict[int, Trigger] = field(default_factory=dict)
