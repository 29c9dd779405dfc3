"""OKX's way of writing numbers: as strings without needless zeros, and "" where there is nothing to say."""

from __future__ import annotations

import math

from core.paper.dialects.words import ms
from core.paper.engine.model import Order, Trigger
from core.paper.instruments import PaperInstrument


def amount(value: float) -> str:
    if not math.isfinite(value):
        return ""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def price(instrument: PaperInstrument, value: float | None) -> str:
    return amount(round(value, instrument.price_decimals)) if value else ""


def stamp(at_s: float | None) -> str:
    return str(ms(at_s)) if at_s else ""


def client_text(row: Order | Trigger) -> str:
    """The client's own id, "" where it gave none and the engine made one up."""
    number = row.order_id if isinstance(row, Order) else row.trigger_id
    return "" if row.client_id == f"paper{number}" else row.client_id
