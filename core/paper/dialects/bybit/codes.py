"""Bybit's return codes, which come with HTTP 200, and its words for the engine's."""

from __future__ import annotations

from core.domain import Leg
from core.paper.engine.holdings import LedgerKind
from core.paper.engine.model import OrderKind, PriceSource, Reason, Refusal, Status, TimeInForce
from core.paper.wire import Json

PARAMS = 10001
"""What a request says cannot be meant."""
BAD_KEY = (10003, "API key is invalid.")
BAD_SIGN = (10004, "error sign! Please check your signature generation algorithm.")
TOO_MANY = (10006, "Too many visits. Exceeded the API Rate Limit.")
FROM_ADDRESS = (10018, "Exceeded the IP Rate Limit.")
NO_SUCH_PATH = (10017, "Route not found.")


class WireError(Exception):
    """A refusal in Bybit's form."""

    def __init__(self, code: int, message: str, result: Json = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.result = result or {}


REFUSALS: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_SYMBOL: (PARAMS, "params error: symbol invalid"),
    Reason.UNKNOWN_ORDER: (110001, "order not exists or too late to cancel"),
    Reason.BAD_QUANTITY: (PARAMS, "Qty invalid"),
    Reason.QUANTITY_TOO_SMALL: (PARAMS, "The number of contracts is below the minimum limit allowed"),
    Reason.QUANTITY_TOO_LARGE: (PARAMS, "The number of contracts exceeds the maximum limit allowed"),
    Reason.BAD_PRICE: (PARAMS, "Price invalid"),
    Reason.PRICE_OUT_OF_BAND: (110003, "Order price exceeds the allowable range."),
    Reason.PRECISION: (PARAMS, "Price or qty is not a multiple of its step"),
    Reason.NOTIONAL_TOO_SMALL: (110094, "Order does not meet minimum order value"),
    Reason.NO_MARGIN: (110007, "ab not enough for new order"),
    Reason.REDUCE_ONLY: (110017, "current position is zero, cannot fix reduce-only order qty"),
    Reason.WOULD_TRIGGER: (110092, "the trigger price is already reached"),
    # The real venue takes these two kinds of orders and ends them a moment later.
    Reason.WOULD_TAKE: (170218, "The LIMIT-MAKER order is rejected due to invalid price."),
    Reason.CANNOT_FILL: (170210, "New order rejected."),
    Reason.DUPLICATE_CLIENT_ID: (110072, "OrderLinkedID is duplicate"),
    Reason.TOO_MANY_ORDERS: (110020, "Not allowed to have more active orders."),
    Reason.BAD_LEVERAGE: (110013, "Cannot set leverage due to risk limit level."),
    Reason.NO_FUNDS: (110012, "Insufficient available balance."),
    Reason.NOTHING_TO_CHANGE: (
        PARAMS,
        "The order remains unchanged as the parameters entered match the existing ones.",
    ),
    Reason.WRONG_LEG: (PARAMS, "position idx not match position mode"),
    Reason.SAME_MODE: (110025, "Position mode has not been modified."),
    Reason.HAS_ORDERS: (110028, "You have existing open orders, so position mode cannot be switched."),
    Reason.HAS_POSITIONS: (110024, "You have an existing position, so position mode cannot be switched."),
    Reason.NOT_ISOLATED: (110015, "The position is in cross margin mode."),
    Reason.NO_POSITION: (110033, "Margin cannot be set without an open position."),
    Reason.POT_TOO_SMALL: (110044, "Insufficient available margin."),
    Reason.BAD_AMOUNT: (PARAMS, "margin invalid"),
}

SPOT_REFUSALS: dict[Reason, tuple[int, str]] = REFUSALS | {
    Reason.UNKNOWN_SYMBOL: (170121, "Invalid symbol."),
    Reason.UNKNOWN_ORDER: (170213, "Order does not exist."),
    Reason.BAD_QUANTITY: (170130, "Data sent for parameter 'qty' is not valid."),
    Reason.QUANTITY_TOO_SMALL: (170136, "Order quantity lower than the minimum."),
    Reason.QUANTITY_TOO_LARGE: (170135, "Order quantity too large."),
    Reason.BAD_PRICE: (170130, "Data sent for parameter 'price' is not valid."),
    Reason.PRICE_OUT_OF_BAND: (170132, "Order price too high."),
    Reason.PRECISION: (170137, "Order volume decimal too long."),
    Reason.NOTIONAL_TOO_SMALL: (170140, "Order value lower than the minimum."),
    Reason.NO_MARGIN: (170131, "Insufficient balance."),
    Reason.REDUCE_ONLY: (PARAMS, "reduceOnly is not supported for spot"),
    Reason.WOULD_TRIGGER: (170130, "Data sent for parameter 'triggerPrice' is not valid."),
    Reason.DUPLICATE_CLIENT_ID: (170141, "Duplicate clientOrderId."),
    Reason.TOO_MANY_ORDERS: (170005, "Too many new orders."),
}


def refusal_words(refusal: Refusal, *, is_spot: bool) -> tuple[int, str]:
    return (SPOT_REFUSALS if is_spot else REFUSALS)[refusal.reason]


KINDS = {OrderKind.LIMIT: "Limit", OrderKind.MARKET: "Market"}
KIND_OF = {word: kind for kind, word in KINDS.items()}
TIFS = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "PostOnly": TimeInForce.POST_ONLY,
}
TIF_WORDS = {tif: word for word, tif in TIFS.items()}
LEGS = {"0": Leg.NET, "1": Leg.LONG, "2": Leg.SHORT}
LEG_NUMBERS = {leg: int(number) for number, leg in LEGS.items()}
SOURCES = {"LastPrice": PriceSource.LAST, "MarkPrice": PriceSource.MARK, "IndexPrice": PriceSource.MARK}
SOURCE_WORDS = {PriceSource.LAST: "LastPrice", PriceSource.MARK: "MarkPrice"}

ORDER_STATES = {
    Status.NEW: "New",
    Status.PARTIALLY_FILLED: "PartiallyFilled",
    Status.FILLED: "Filled",
    Status.CANCELED: "Cancelled",
    Status.EXPIRED: "Cancelled",
    Status.REJECTED: "Rejected",
}
TRIGGER_STATES = {
    Status.NEW: "Untriggered",
    Status.TRIGGERED: "Triggered",
    Status.CANCELED: "Deactivated",
    Status.EXPIRED: "Deactivated",
    Status.REJECTED: "Rejected",
}

LOG_TYPES = {
    LedgerKind.REALISED: "TRADE",
    LedgerKind.FEE: "TRADE",
    LedgerKind.EXCHANGE: "TRADE",
    LedgerKind.FUNDING: "SETTLEMENT",
    LedgerKind.LIQUIDATION: "LIQUIDATION",
    LedgerKind.INSURANCE: "LIQUIDATION",
}
"""Of the transaction log; deposits and withdrawals are told by their sign."""
