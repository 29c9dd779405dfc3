"""Binance's error codes, and its words for the engine's."""

from __future__ import annotations

from core.paper.engine.model import OrderKind, Reason, Status, TimeInForce, TriggerKind
from core.paper.wire import WireReply


class WireError(Exception):
    """A refusal in Binance's form."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def reply(self) -> WireReply:
        return WireReply(self.status, self.body())

    def body(self) -> dict[str, object]:
        return {"code": self.code, "msg": self.message}


REFUSALS: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    Reason.UNKNOWN_ORDER: (-2011, "Unknown order sent."),
    Reason.BAD_QUANTITY: (-4003, "Quantity less than or equal to zero."),
    Reason.QUANTITY_TOO_SMALL: (-4004, "Quantity less than min quantity."),
    Reason.QUANTITY_TOO_LARGE: (-4005, "Quantity greater than max quantity."),
    Reason.BAD_PRICE: (-4001, "Price less than or equal to zero."),
    Reason.PRICE_OUT_OF_BAND: (-4016, "Limit price is beyond the allowed band around the mark price."),
    Reason.PRECISION: (-1111, "Precision is over the maximum defined for this asset."),
    Reason.NOTIONAL_TOO_SMALL: (
        -4164,
        "Order's notional must be no smaller than the minimum (unless you choose reduce only).",
    ),
    Reason.NO_MARGIN: (-2019, "Margin is insufficient."),
    Reason.REDUCE_ONLY: (-2022, "ReduceOnly Order is rejected."),
    Reason.WOULD_TRIGGER: (-2021, "Order would immediately trigger."),
    Reason.WOULD_TAKE: (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    ),
    Reason.CANNOT_FILL: (
        -5021,
        "Due to the order could not be filled immediately, the FOK order has been rejected.",
    ),
    Reason.DUPLICATE_CLIENT_ID: (-4116, "ClientOrderId is duplicated."),
    Reason.TOO_MANY_ORDERS: (-2025, "Reach max open order limit."),
    Reason.BAD_LEVERAGE: (-2027, "Exceeded the maximum allowable position at current leverage."),
    Reason.NO_FUNDS: (-2018, "Balance is insufficient."),
    Reason.NOTHING_TO_CHANGE: (-5027, "No need to modify the order."),
}

KINDS = {OrderKind.LIMIT: "LIMIT", OrderKind.MARKET: "MARKET"}

TRIGGER_KINDS = {
    "STOP_MARKET": TriggerKind.STOP_MARKET,
    "STOP": TriggerKind.STOP,
    "TAKE_PROFIT_MARKET": TriggerKind.TAKE_PROFIT_MARKET,
    "TAKE_PROFIT": TriggerKind.TAKE_PROFIT,
}

TIFS = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.POST_ONLY,
}
TIF_WORDS = {tif: word for word, tif in TIFS.items()}

STATUS_WORDS = {
    Status.NEW: "NEW",
    Status.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELED: "CANCELED",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTED",
    Status.TRIGGERED: "TRIGGERED",
}

ORDER_TYPES = (
    "LIMIT",
    "MARKET",
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
)
