"""Binance's error codes, and its words for the engine's."""

from __future__ import annotations

from core.domain import Leg
from core.paper.engine.holdings import LedgerKind
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
    Reason.WRONG_LEG: (-4061, "Order's position side does not match user's setting."),
    Reason.NOT_ISOLATED: (-4049, "Add margin only support for isolated position."),
    Reason.NO_POSITION: (-4054, "Cannot add position margin: position is 0."),
    Reason.POT_TOO_SMALL: (-4051, "Isolated balance insufficient."),
    Reason.BAD_AMOUNT: (-4055, "Amount must be positive."),
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
LEGS = {"BOTH": Leg.NET, "LONG": Leg.LONG, "SHORT": Leg.SHORT}
LEG_WORDS = {leg: word for word, leg in LEGS.items()}

INCOME_TYPES = {
    LedgerKind.REALISED: "REALIZED_PNL",
    LedgerKind.FEE: "COMMISSION",
    LedgerKind.FLOW: "TRANSFER",
    LedgerKind.FUNDING: "FUNDING_FEE",
    LedgerKind.LIQUIDATION: "INSURANCE_CLEAR",
    LedgerKind.INSURANCE: "INSURANCE_CLEAR",
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
