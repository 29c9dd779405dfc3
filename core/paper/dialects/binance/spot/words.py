"""Order types and refusals in the spot venue's words, which are not those of the futures venues."""

from __future__ import annotations

from core.paper.dialects.binance.codes import REFUSALS
from core.paper.engine.model import Order, OrderKind, Reason, TimeInForce, Trigger, TriggerKind

SPOT_REFUSALS: dict[Reason, tuple[int, str]] = REFUSALS | {
    Reason.BAD_QUANTITY: (-1013, "Invalid quantity."),
    Reason.QUANTITY_TOO_SMALL: (-1013, "Filter failure: LOT_SIZE"),
    Reason.QUANTITY_TOO_LARGE: (-1013, "Filter failure: LOT_SIZE"),
    Reason.BAD_PRICE: (-1013, "Invalid price."),
    Reason.PRICE_OUT_OF_BAND: (-1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    Reason.NOTIONAL_TOO_SMALL: (-1013, "Filter failure: NOTIONAL"),
    Reason.NO_MARGIN: (-2010, "Account has insufficient balance for requested action."),
    Reason.WOULD_TRIGGER: (-2010, "Stop price would trigger immediately."),
    Reason.WOULD_TAKE: (-2010, "Order would immediately match and take."),
    Reason.CANNOT_FILL: (-2010, "Order would not fill at once."),
    Reason.DUPLICATE_CLIENT_ID: (-2010, "Duplicate order sent."),
    Reason.TOO_MANY_ORDERS: (-1013, "Filter failure: MAX_NUM_ORDERS"),
}

TRIGGER_TYPES = {
    "STOP_LOSS": TriggerKind.STOP_MARKET,
    "STOP_LOSS_LIMIT": TriggerKind.STOP,
    "TAKE_PROFIT": TriggerKind.TAKE_PROFIT_MARKET,
    "TAKE_PROFIT_LIMIT": TriggerKind.TAKE_PROFIT,
}
TRIGGER_WORDS = {kind: word for word, kind in TRIGGER_TYPES.items()}
ORDER_TYPES = ("LIMIT", "LIMIT_MAKER", "MARKET", *TRIGGER_TYPES)


def type_word(row: Order | Trigger) -> str:
    if isinstance(row, Trigger):
        return TRIGGER_WORDS[row.kind]
    if row.kind is OrderKind.MARKET:
        return "MARKET"
    return "LIMIT_MAKER" if row.tif is TimeInForce.POST_ONLY else "LIMIT"


def tif_word(row: Order | Trigger) -> str:
    """Post-only is a type here and not a time in force."""
    return "GTC" if row.tif is TimeInForce.POST_ONLY else row.tif.name
