"""How much of a position goes into one order: a share of what rests near the price, and never dust left over."""

from __future__ import annotations

import math

from core.domain import Side
from core.venues.protocol import MarketView


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


def least_order(market: MarketView) -> float:
    """The smallest order that the venue takes at the mid price, by quantity and by worth; 0 where it names none."""
    if market.mid is None:
        return market.quantity_min
    worth = market.notional_min if market.inverse else market.notional_min / market.mid
    return max(market.quantity_min, worth)


def next_slice(
    market: MarketView, side: Side, quantity: float, share: float, bound: float, most: float = math.inf
) -> float:
    """The part of `quantity` to send now; 0 where nothing rests within the bound, or less than an order may be.

    `most`: no more than this, where an order may be that small.
    """
    near = within(market, side, bound)
    if near <= 0.0:
        return 0.0
    least = least_order(market)
    wanted = min(quantity, max(min(share * near, most), least))
    # What would be left over is no dust that nobody can close any more.
    left = rounded(market, quantity - wanted)
    if left == 0.0 or left < least:
        wanted = quantity
    return rounded(market, wanted)
