"""Binance's names and numbers in text."""

from __future__ import annotations

from core.paper.dialects.words import coin, ms, price_text, quantity_text
from core.paper.instruments import PaperInstrument

__all__ = ["coin", "ms", "pair", "price_text", "quantity_text"]


def pair(instrument: PaperInstrument) -> str:
    """What a perpetual is called without its kind."""
    return instrument.base + instrument.quote
