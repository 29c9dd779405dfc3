"""How most venues write times, amounts, prices and quantities, and the numbers that their clients know orders by."""

from __future__ import annotations

from core.paper.engine.model import Order, Trigger
from core.paper.instruments import PaperInstrument


def ms(at_s: float) -> int:
    return int(at_s * 1000)


def coin(amount: float) -> str:
    return f"{amount:.8f}"


def price_text(instrument: PaperInstrument, price: float | None) -> str:
    return f"{price or 0.0:.{instrument.price_decimals}f}"


def quantity_text(instrument: PaperInstrument, quantity: float) -> str:
    return f"{quantity:.{instrument.quantity_decimals}f}"


def lasting_id(row: Order | Trigger) -> int:
    """The number of an order at a venue where a conditional order keeps its own when it fires."""
    return row.trigger_id if isinstance(row, Trigger) else row.trigger_id or row.order_id
