"""Binance's way of writing times, amounts, prices and quantities."""

from __future__ import annotations

from core.paper.instruments import PaperInstrument


def ms(at_s: float) -> int:
    return int(at_s * 1000)


def coin(amount: float) -> str:
    return f"{amount:.8f}"


def price_text(instrument: PaperInstrument, price: float | None) -> str:
    return f"{price or 0.0:.{instrument.price_decimals}f}"


def quantity_text(instrument: PaperInstrument, quantity: float) -> str:
    return f"{quantity:.{instrument.quantity_decimals}f}"


def pair(instrument: PaperInstrument) -> str:
    """What a perpetual is called without its kind."""
    return instrument.base + instrument.quote
