"""OKX's error codes, and its words for the engine's.

Codes and messages: https://www.okx.com/docs-v5/en/#error-code
"""

from __future__ import annotations

from core.domain import Leg
from core.paper.engine.holdings import LedgerKind
from core.paper.engine.model import Order, OrderKind, Reason, Status, TimeInForce, Trigger
from core.paper.wire import Json, WireReply


class WireError(Exception):
    """A refusal in OKX's form. Many of them come with the HTTP status 200."""

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def reply(self) -> WireReply:
        return WireReply(self.status, {"code": self.code, "data": [], "msg": self.message})


def answered(data: Json, code: str = "0", message: str = "") -> dict[str, Json]:
    return {"code": code, "data": data, "msg": message}


NO_SUCH_INSTRUMENT = ("51001", "Instrument ID doesn't exist.")
GONE = ("51400", "Cancellation failed as the order has been filled, canceled or does not exist.")
CANCELED_BEFORE = ("51401", "Cancellation failed as the order is already canceled.")
COMPLETED_BEFORE = ("51402", "Cancellation failed as the order is already completed.")
NOT_FOUND = ("51603", "Order does not exist.")
NO_SUCH_TO_AMEND = ("51503", "Your order has already been filled or canceled.")

REFUSALS: dict[Reason, tuple[str, str]] = {
    Reason.UNKNOWN_SYMBOL: NO_SUCH_INSTRUMENT,
    Reason.UNKNOWN_ORDER: GONE,
    Reason.BAD_QUANTITY: ("51000", "Parameter sz error"),
    Reason.QUANTITY_TOO_SMALL: ("51020", "Your order should meet or exceed the minimum order amount."),
    Reason.QUANTITY_TOO_LARGE: ("51101", "The maximum amount per order is exceeded."),
    Reason.BAD_PRICE: ("51000", "Parameter px error"),
    Reason.PRICE_OUT_OF_BAND: ("51006", "Order price is not within the price limit."),
    Reason.PRECISION: ("51121", "Order quantity must be a multiple of the lot size."),
    Reason.NOTIONAL_TOO_SMALL: ("51020", "Your order should meet or exceed the minimum order amount."),
    Reason.NO_MARGIN: ("51008", "Order failed. Insufficient balance or margin in account."),
    Reason.REDUCE_ONLY: ("51169", "Order failed because you don't have any positions to reduce or close."),
    Reason.WOULD_TRIGGER: ("51280", "SL trigger price can not be higher than the last price"),
    Reason.WOULD_TAKE: ("51511", "The order price does not meet the requirement for Post Only."),
    Reason.CANNOT_FILL: ("51109", "No available offer."),
    Reason.DUPLICATE_CLIENT_ID: ("51016", "Client order ID already exists."),
    Reason.TOO_MANY_ORDERS: ("51102", "Number of pending orders exceeds the limit."),
    Reason.BAD_LEVERAGE: ("51004", "Order amount exceeds the limit of the current tier at this leverage."),
    Reason.NO_FUNDS: ("59301", "Margin adjustment failed for exceeding the max limit."),
    Reason.NOTHING_TO_CHANGE: ("51500", "You must enter a price, quantity, or TP/SL."),
    Reason.WRONG_LEG: ("51000", "Parameter posSide error"),
    Reason.SAME_MODE: ("51000", "Parameter tdMode error"),
    Reason.HAS_ORDERS: ("59000", "Your settings failed as you have positions, bot or open orders."),
    Reason.HAS_POSITIONS: ("59000", "Your settings failed as you have positions, bot or open orders."),
    Reason.NOT_ISOLATED: ("59300", "Margin call failed. Position does not exist."),
    Reason.NO_POSITION: ("59300", "Margin call failed. Position does not exist."),
    Reason.POT_TOO_SMALL: ("59301", "Margin adjustment failed for exceeding the max limit."),
    Reason.BAD_AMOUNT: ("51000", "Parameter amt error"),
}

STATES = {
    Status.NEW: "live",
    Status.PARTIALLY_FILLED: "partially_filled",
    Status.FILLED: "filled",
    Status.CANCELED: "canceled",
    Status.EXPIRED: "canceled",
    Status.REJECTED: "canceled",
    Status.TRIGGERED: "effective",
}
ALGO_STATES = STATES | {Status.REJECTED: "order_failed"}

LEGS = {"net": Leg.NET, "long": Leg.LONG, "short": Leg.SHORT}
LEG_WORDS = {leg: word for word, leg in LEGS.items()}

TIF_TYPES = {
    "limit": TimeInForce.GTC,
    "post_only": TimeInForce.POST_ONLY,
    "fok": TimeInForce.FOK,
    "ioc": TimeInForce.IOC,
}
TIF_WORDS = {tif: word for word, tif in TIF_TYPES.items()}
MARKET_TYPES = {"market", "optimal_limit_ioc"}

ADVANCED_TYPES = ("move_order_stop", "iceberg", "twap")
ALGO_TYPES = ("conditional", "oco", "trigger", *ADVANCED_TYPES)

TRADE, TRANSFER, LIQUIDATION, FUNDING_FEE = "2", "1", "5", "8"
BILL_TYPES = {
    LedgerKind.REALISED: TRADE,
    LedgerKind.FEE: TRADE,
    LedgerKind.EXCHANGE: TRADE,
    LedgerKind.FLOW: TRANSFER,
    LedgerKind.FUNDING: FUNDING_FEE,
    LedgerKind.LIQUIDATION: LIQUIDATION,
    LedgerKind.INSURANCE: LIQUIDATION,
}


def order_type(order: Order) -> str:
    return "market" if order.kind is OrderKind.MARKET else TIF_WORDS[order.tif]


def algo_type(trigger: Trigger) -> str:
    """What a trigger was sent as; a stop that was placed without any wire is a conditional order."""
    return trigger.tag or "conditional"
