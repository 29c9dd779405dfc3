"""How much of a cut goes into its next order, and at which worst price: by the book, by the volume, by what is left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import VenueError, VenueUnsupported
from core.mitigation.held import Cut
from core.mitigation.readings import Readings
from core.mitigation.terms import Place, Terms
from core.mitigation.urgency import paced
from core.venues.closing import FUZZ
from core.venues.protocol import MarketVenue, MarketView
from core.venues.slicing import least_order, next_slice, rounded


@dataclass(frozen=True, slots=True)
class Part:
    """What of a cut can go now."""

    quantity: float
    price: float | None = None
    """None for the market."""
    market: MarketView | None = None


NOTHING = Part(0.0)


class Sizer:
    def __init__(self, readings: Readings, terms: Terms) -> None:
        self._readings = readings
        self._terms = terms
        self._bookless: set[str] = set()
        self._counted: dict[int, Place] = {}

    async def part(self, cut: Cut) -> Part:
        """The position is read again where it was not just read."""
        held = await self._readings.fresh()
        room = 0.0 if held is None else cut.room(held, self._readings.spoken_for(cut))
        if room <= 0.0:
            return NOTHING
        venue, urgency = self._terms.venues[cut.account], self._terms.urgency
        if cut.account in self._bookless or not isinstance(venue, MarketVenue):
            return Part(room)
        try:
            market = await venue.read_market(cut.reduction.symbol)
        except VenueUnsupported:
            self._bookless.add(cut.account)
            return Part(room)
        except VenueError as error:
            if urgency.blind:
                return Part(room)
            self._without(cut, f"the order book of {cut.reduction.symbol} could not be read: {error}")
            return NOTHING
        return self._of_book(cut, room, market)

    def _of_book(self, cut: Cut, room: float, market: MarketView) -> Part:
        urgency, mid, side = self._terms.urgency, market.mid, cut.reduction.side
        if mid is not None and self._moved(cut, mid):
            return NOTHING
        volume = self._terms.day_volume(cut.account, cut.reduction.symbol)
        most = paced(urgency, volume, self._terms.settings.volume_pause_max_s)
        share = urgency.share / max(1, self._terms.crowd[self._place(cut)])
        quantity = next_slice(market, side, room, share, urgency.bound, most)
        if quantity > 0.0 and mid is not None:
            return Part(quantity, mid * (1.0 + side.sign * urgency.bound), market)
        if rounded(market, room) > 0.0:
            self._without(cut, f"nothing rests within {urgency.bound:.2%} of the price")
        elif cut.orders:
            cut.leave_dust()
        else:
            cut.end(f"{room:g} of {market.symbol} is below the least order of {market.quantity_min:g}")
        return NOTHING

    def _without(self, cut: Cut, reason: str) -> None:
        """No order could be made for it this time."""
        settings = self._terms.settings
        cut.fruitless, cut.refused = cut.fruitless + 1, reason
        cut.due_s = self._terms.clock.monotonic() + settings.verify_pause_s
        if cut.fruitless >= settings.fruitless:
            cut.end(reason)

    def _moved(self, cut: Cut, price: float) -> bool:
        mark, most = cut.reduction.mark, self._terms.urgency.mark_drift
        if not abs(price / mark - 1.0) > most:
            return False
        self._terms.drift(f"{cut.reduction.symbol} is at {price:g} and was at {mark:g} when planned")
        return True

    # -- who else trades there ------------------------------------------------------------------------------------

    def enter(self, cut: Cut) -> None:
        place = self._counted[id(cut)] = self._place(cut)
        self._terms.crowd[place] += 1

    def leave(self, cut: Cut) -> None:
        place = self._counted.pop(id(cut), None)
        if place is not None:
            self._terms.crowd[place] -= 1

    def _place(self, cut: Cut) -> Place:
        venue = self._terms.venues[cut.account]
        endpoint = venue.endpoint if isinstance(venue, MarketVenue) else venue.exchange
        return (endpoint, cut.reduction.symbol, cut.reduction.side.value)


def reach(group: Sequence[Cut], parts: Mapping[int, Part]) -> float:
    """The share of their cuts up to which all legs of a pair can go now; `parts` by `Cut.place`."""
    return min(cut.progress + parts.get(cut.place, NOTHING).quantity / cut.reduction.quantity for cut in group)


def in_step(cut: Cut, part: Part, aim: float) -> float:
    """What of its part a leg sends, so that it comes no further than `aim`."""
    wanted = max(0.0, aim - cut.progress) * cut.reduction.quantity
    if wanted >= part.quantity * (1.0 - FUZZ):
        return part.quantity
    return wanted if part.market is None else rounded(part.market, wanted * (1.0 + FUZZ))


def least_share(cut: Cut, part: Part) -> float:
    """The share of a cut that the smallest order makes which can be sent for it now."""
    least = part.quantity if part.market is None else min(part.quantity, _up(part.market, least_order(part.market)))
    return least / cut.reduction.quantity


def _up(market: MarketView, quantity: float) -> float:
    """In whole steps."""
    step = market.quantity_step
    return round(math.ceil(quantity / step * (1 - 1e-12)) * step, 12) if step else quantity
