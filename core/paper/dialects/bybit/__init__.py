"""Bybit v5, spoken well enough for unmodified clients of the real venue: one unified account, four categories.

service, routes, context, codes       the envelope, signatures, parameters, refusals
listing, market, topics               what there is to trade, and its public side
trade, find, lists, rows              orders and conditional orders, which share their endpoints
protection, disconnect                what the venue does by itself: take-profits, stop-losses, disconnect-cancel-all
holdings, account, settings           wallet, positions, and how the account is set up
streams, user_events                  the websocket side
"""

from __future__ import annotations

from core.paper.dialects.bybit.listing import RULES, unified
from core.paper.dialects.bybit.service import Bybit

__all__ = ["RULES", "Bybit", "unified"]
