"""OKX v5 (`okx` in ccxt): one account for spot pairs, swaps and futures, spoken well enough for unmodified clients.

service          the dialect: keys, limits per endpoint, replies; routes names the endpoints
instruments      what is listed; an instrument's symbol is OKX's instId, a quantity counts contracts (or coins on spot)
orders, algos    the two kinds of orders, their lists and their cancels; batches settles many in one request
holdings, ledger balances and positions, and what led to them
channels         streams: login and subscriptions; topics speaks of markets, user_events of accounts

Where the engine knows less than the venue: an instrument has one margin mode and not one per position; iceberg and TWAP
orders rest until they are cancelled; margin trading of spot pairs and attached stops are refused; futures are listed so
far ahead that none is ever delivered; a post-only or fill-or-kill order that cannot stand is refused at once, where OKX
takes it and cancels it.
"""

from __future__ import annotations

from core.paper.dialects.okx.instruments import unified_listing
from core.paper.dialects.okx.service import Okx

__all__ = ["Okx", "unified_listing"]
