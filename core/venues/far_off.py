"""An order that is as harmless as an order can be: the least size, far below the market, and never one that takes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from core.domain import Side
from core.errors import VenueRefused
from core.venues.normalise import contract_size_of, is_inverse, number
from core.venues.plans.plan import Book
from core.venues.protocol import FarOffOrder, OrderRequest

DISTANCE, LEAST_DISTANCE = 0.25, 0.10
"""How far below the best bid it is wanted, and has to be, as a share of it."""
ROOM = 0.01
"""Kept from the venue's lowest price, which moves with the market; and above its least order value."""
QUOTES = ("USDT", "USDC", "USD", "USDE", "EUR")
BASES = ("XRP", "DOGE", "TRX", "ADA", "LTC", "SOL", "LINK", "BNB", "ETH", "BTC")
"""Coins that are traded everywhere and deeply, those with the smallest least orders first."""

Market = Mapping[str, Any]


def choose(markets: Iterable[Market], books: Iterable[Book], held: Collection[str] = ()) -> tuple[Market, Book] | None:
    """The market for it and the book in which it would rest; None where the account has none that fits.

    `held`: symbols in which the account is known to trade, and so to have what an order there binds.
    """
    plain = [book for book in books if not book.holds.trigger]
    fitting = [
        (_rank(market, held), market, book)
        for market in markets
        if market.get("active") is not False and market.get("base") in BASES and market.get("quote") in QUOTES
        for book in plain
        if market.get("type") in {"swap", "spot"} and book.may_hold(market)
    ]
    if not fitting:
        return None
    _, market, book = min(fitting, key=lambda row: row[0])
    return market, book


def _rank(market: Market, held: Collection[str]) -> tuple[int, bool, int, int, str]:
    """Contracts bind a fraction of what a pair of coins does, and those paid in dollars need no coin of their own."""
    kind = 0 if market.get("linear") else 1 if market.get("type") == "spot" else 2
    strange = kind == 2 and market["symbol"] not in held
    return kind, strange, BASES.index(market["base"]), QUOTES.index(market["quote"]), str(market["symbol"])


def price_of(market: Market, bid: float) -> float:
    """Where it is placed, before rounding; raises VenueRefused where the venue lets none be far enough away."""
    price = max(bid * (1.0 - DISTANCE), _lowest(market, bid) * (1.0 + ROOM))
    if price > bid * (1.0 - LEAST_DISTANCE):
        raise VenueRefused(
            f"{market['symbol']} takes no order {LEAST_DISTANCE * 100:.0f} % below its best bid of {bid:g}: "
            f"its lowest price is {_lowest(market, bid):g}"
        )
    return price


def _lowest(market: Market, bid: float) -> float:
    """The venue's lowest price for a buy order: its own limit, or a share of the market's."""
    lowest = number(((market.get("limits") or {}).get("price") or {}).get("min")) or 0.0
    # Binance spot, PERCENT_PRICE and PERCENT_PRICE_BY_SIDE: https://developers.binance.com/docs/binance-spot-api-docs/filters
    for rule in (market.get("info") or {}).get("filters") or ():
        share = number(rule.get("bidMultiplierDown") or rule.get("multiplierDown"))
        if share and market.get("type") == "spot":
            lowest = max(lowest, share * bid)
    return lowest


def quantity_of(market: Market, price: float) -> float:
    """The least that the venue takes at that price, in base units (inverse: quote units)."""
    limits = market.get("limits") or {}
    size = contract_size_of(market)
    least = number((limits.get("amount") or {}).get("min")) or 0.0
    cost = number((limits.get("cost") or {}).get("min")) or 0.0
    worth = size if is_inverse(market) else size * price
    contracts = max(least, cost * (1.0 + ROOM) / worth)
    step = number((market.get("precision") or {}).get("amount"))
    if step:
        contracts = max(1, math.ceil(contracts / step - 1e-9)) * step
    if contracts <= 0.0:
        raise VenueRefused(f"{market['symbol']} does not say what its least order is")
    return contracts * size


def bid_of(ticker: Mapping[str, Any], market: Market) -> float:
    """Raises VenueRefused where nobody bids and nothing was traded."""
    known = [price for name in ("bid", "last") if (price := number(ticker.get(name))) and price > 0.0]
    if not known:
        raise VenueRefused(f"{market['symbol']} has no price now")
    return min(known)


async def far_off(exchange: Any, books: Iterable[Book], client_order_id: str, held: Collection[str]) -> FarOffOrder:
    """Asks for one ticker. Raises VenueRefused where the account has no market that lets such an order in."""
    found = choose((exchange.markets or {}).values(), books, held)
    if found is None:
        raise VenueRefused(f"{exchange.id} has no market of {', '.join(BASES)} in dollars that fits this account")
    market, book = found
    bid = bid_of(await exchange.fetch_ticker(market["symbol"]), market)
    price = float(exchange.price_to_precision(market["symbol"], price_of(market, bid)))
    request = OrderRequest(
        symbol=market["symbol"],
        side=Side.BUY,
        quantity=quantity_of(market, price),
        reduce_only=False,
        client_order_id=client_order_id,
        price=price,
        post_only=True,
    )
    return FarOffOrder(request, book.name, bid)
