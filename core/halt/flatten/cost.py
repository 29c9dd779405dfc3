"""What closing a quantity costs against the visible book: half the spread, the walk down its levels, and the fee.

Everything is counted in the coin of the price. Quantities of inverse contracts are in that coin themselves, and their
loss is one in coins of the other kind, valued at the mid.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.domain import Side
from core.venues.protocol import MarketView


@dataclass(frozen=True, slots=True)
class Cost:
    notional: float
    """At the mid price, of the whole quantity."""
    spread: float
    depth: float
    fee: float | None
    beyond: float
    """Quantity that no visible level takes; its spread, walk and fee are in none of the figures but the fee's."""


def cost_of(market: MarketView, side: Side, quantity: float, taker_fee: float | None) -> Cost | None:
    """None where one side of the book is empty."""
    mid = market.mid
    if mid is None:
        return None
    left, lost, paid, taken = quantity, 0.0, 0.0, 0.0
    best = market.facing(side)[0][0]
    for price, size in market.facing(side):
        part = min(left, size)
        lost += part * _slip(market, mid, price)
        paid += part if market.inverse else part * price
        left, taken = left - part, taken + part
        if left <= 0.0:
            break
    beyond = max(0.0, left)
    spread = taken * _slip(market, mid, best)
    worth = quantity if market.inverse else quantity * mid
    # Beyond the book a fee is due too, at a price that nobody knows: the mid is the nearest to it.
    fees = None if taker_fee is None else taker_fee * (paid + (beyond if market.inverse else beyond * mid))
    return Cost(worth, spread, max(0.0, lost - spread), fees, beyond)


def _slip(market: MarketView, mid: float, price: float) -> float:
    """Lost per unit of quantity that trades at `price` instead of the mid."""
    return abs(mid / price - 1.0) if market.inverse else abs(price - mid)
