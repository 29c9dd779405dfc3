"""Binance USD-M futures, spoken well enough for unmodified clients of the real venue."""

from __future__ import annotations

from core.paper.dialects.binance_usdm.clients import ccxt_settings
from core.paper.dialects.binance_usdm.dialect import BinanceUsdm

__all__ = ["BinanceUsdm", "ccxt_settings"]
