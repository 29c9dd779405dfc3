"""What closing a quantity costs against the visible book: half the spread, the walk down its levels, and the fee.

Everything is counted in the coin of the price. Quantities of inverse contracts are in that coin themselves, and their
loss is one in coins of the other kind, valued at the mid.
"""

from __future__ import annotations

import math
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


def within(market: MarketView, side: Side, bound: float) -> float:
    """Quantity that rests no further from the mid price than `bound` of it."""
    mid = market.mid
    if mid is None:
        return 0.0
    return math.fsum(size for price, size in market.facing(side) if abs(price / mid - 1.0) <= bound)


def rounded(market: MarketView, quantity: float) -> float:
    """What an order for `quantity` would really ask for; 0 where that is below the least order."""
    step = market.quantity_step
    # A hair above the next step is that step, as where the order is sent.
    sent = round(math.floor(quantity / step * (1 + 1e-12)) * step, 12) if step else quantity
    return sent if sent > 0.0 and sent >= market.quantity_min * (1 - 1e-9) else 0.0


def next_slice(market: MarketView, side: Side, quantity: float, share: float, bound: float) -> float:
    """The part of `quantity` to send now; 0 where nothing rests within the bound, or less than an order may be."""
    near = within(market, side, bound)
    if near <= 0.0:
        return 0.0
    wanted = min(quantity, max(share * near, market.quantity_min))
    # What would be left over is no dust that nobody can close any more.
    if rounded(market, quantity - wanted) == 0.0:
        wanted = quantity
    return rounded(market, wanted)
