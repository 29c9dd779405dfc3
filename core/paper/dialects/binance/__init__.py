"""Binance's venues, spoken well enough for unmodified clients of the real ones.

service, streams, topics, market   what they share
futures                            what USD-M and COIN-M share; usdm and coinm name their endpoints
spot                               wallets instead of positions
"""

from __future__ import annotations

from core.paper.dialects.binance.clients import ccxt_settings
from core.paper.dialects.binance.coinm import BinanceCoinm
from core.paper.dialects.binance.spot import BinanceSpot
from core.paper.dialects.binance.usdm import BinanceUsdm

__all__ = ["BinanceCoinm", "BinanceSpot", "BinanceUsdm", "ccxt_settings"]
