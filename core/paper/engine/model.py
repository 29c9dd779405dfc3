"""The nouns of the matching engine: orders, triggers, fills, ledger rows, and the events it tells of them.

Quantities are in base units, prices in the quote coin, amounts in coin units, times in seconds since the epoch.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace

from core.domain import Side
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


class LedgerKind(enum.StrEnum):
    REALISED = "realised"
    FEE = "fee"
    FLOW = "flow"


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
    """Quantity times price over all fills, quote coin."""
    ended_s: float | None = None
    trigger_id: int | None = None
    """The trigger that placed it, if one did."""

    @property
    def remaining(self) -> float:
        return round(self.quantity - self.filled, 8)

    @property
    def average_price(self) -> float:
        return self.filled_value / self.filled if self.filled else 0.0

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


@dataclass(frozen=True, slots=True)
class LedgerRow:
    row_id: int
    account: str
    kind: LedgerKind
    coin: str
    amount: float
    """Signed change of the wallet."""
    symbol: str
    fill_id: int | None
    at_s: float
    note: str = ""


@dataclass(slots=True)
class Position:
    symbol: str
    quantity: float = 0.0
    """Signed: positive long."""
    entry_price: float = 0.0
    realised: float = 0.0
    """Accumulated since the account exists, before fees."""
    updated_s: float = 0.0

    def unrealised(self, mark: float) -> float:
        return self.quantity * (mark - self.entry_price)


@dataclass(frozen=True, slots=True)
class Margin:
    """One coin of one account, in that coin."""

    wallet: float
    unrealised: float
    position_initial: float
    order_initial: float
    maintenance: float

    @property
    def equity(self) -> float:
        return self.wallet + self.unrealised

    @property
    def available(self) -> float:
        return max(0.0, self.equity - self.position_initial - self.order_initial)


@dataclass(slots=True)
class Resting:
    """What rests of one account in one symbol."""

    orders: dict[int, Order] = field(default_factory=dict)
    triggers: dict[int, Trigger] = field(default_factory=dict)
