"""Binance's spot venue (`binance` in ccxt, with its default type spot): wallets of many coins and no positions."""

from __future__ import annotations

from core.paper.dialects.binance.spot.service import BinanceSpot

__all__ = ["BinanceSpot"]
