"""What differs from venue to venue, as data: one small file per family."""

from __future__ import annotations

from core.venues.families.binance import BINANCE_COIN_M, BINANCE_SPOT, BINANCE_USD_M
from core.venues.families.family import Family
from core.venues.families.generic import generic_family

FAMILIES = (BINANCE_USD_M, BINANCE_COIN_M, BINANCE_SPOT)


def family_of(exchange: str) -> Family:
    """The family of a ccxt id; the generic one where none knows it."""
    for family in FAMILIES:
        if exchange in family.exchanges:
            return family
    return generic_family(exchange)
