"""How long a stop will take, before it is fired: what the venues' clocks and budgets allow, and our own work.

A venue grants so much weight a minute to an address, so many accounts behind one wait for the next minutes; where there
is room for all, the wait between two listings is most of a proof. Pure arithmetic over what it is handed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.halt.firing import CANCELS_SHARE, LISTINGS_SHARE
from core.halt.target import HaltTarget
from core.venues.shared_budget import MINUTE_S

ROUND_TRIP_S = 0.06
"""What a request and its reply are assumed to take."""
REQUEST_S = 0.002
"""What signing, sending and reading one request takes this process."""
LISTING_REQUESTS = 2
"""Of one full listing, as most venues have it."""
RELIST_S = 0.2
"""Between a listing with orders and the next."""


@dataclass(frozen=True, slots=True)
class Work:
    """One account: what has to be asked of its venue."""

    first: float
    """Weight of the cancels that go before anything is listed."""
    listing: float
    """Weight of one full listing."""
    listings: int
    """How many it takes: two, and one more where nothing is known beforehand of what rests."""
    dearest: float = 1.0
    """Weight of the dearest request of a listing: what is left of a minute below that is left to the next."""


@dataclass(frozen=True, slots=True)
class Crew:
    """The accounts that a venue counts together."""

    works: Sequence[Work]
    limit_per_minute: float | None = None
    used: float = 0.0
    """Of the present minute."""
    next_minute_in_s: float = MINUTE_S
    minute_s: float = MINUTE_S

    def weight_s(self, weight: float, share: float) -> float:
        """When the last of so much weight may leave, seconds from now."""
        if self.limit_per_minute is None:
            return 0.0
        over = weight - max(0.0, self.limit_per_minute * share - self.used)
        if over <= 0.0:
            return 0.0
        whole = max((work.dearest for work in self.works), default=1.0)
        room = self.limit_per_minute * share
        minutes = math.ceil(over / max(whole, room // whole * whole))
        return self.next_minute_in_s + (minutes - 1) * self.minute_s


@dataclass(frozen=True, slots=True)
class Forecast:
    cancels_ms: float
    """Until the last of the first cancels has left."""
    proof_ms: float
    """Until the last account is proven."""


def forecast(crews: Sequence[Crew], settle_s: float) -> Forecast | None:
    """None where there is nobody to stop."""
    works = [work for crew in crews for work in crew.works]
    if not works:
        return None
    sending_s = REQUEST_S * sum(work.first for work in works)
    ours_s = sending_s + REQUEST_S * LISTING_REQUESTS * sum(work.listings for work in works)
    cancels_s = max(crew.weight_s(sum(work.first for work in crew.works), CANCELS_SHARE) for crew in crews)
    proof_s = max(_proof_s(crew, settle_s, ours_s) for crew in crews)
    return Forecast((cancels_s + sending_s) * 1000.0, proof_s * 1000.0)


def _proof_s(crew: Crew, settle_s: float, ours_s: float) -> float:
    """`ours_s`: what all requests together take this process; it passes while a minute is waited for."""
    # Cancel, listings with orders and the wait after each, the wait for the venue to settle, the listing that proves.
    more = max((work.listings for work in crew.works), default=2) - 2
    at_best_s = 2 * ROUND_TRIP_S + settle_s + more * (ROUND_TRIP_S + RELIST_S) + ours_s
    weight = sum(work.first + work.listing * work.listings for work in crew.works)
    return max(at_best_s, crew.weight_s(weight, LISTINGS_SHARE) + ROUND_TRIP_S)


@dataclass(frozen=True, slots=True)
class Minute:
    """What a venue's minute had room for at one moment, for the accounts that it counts together."""

    limit: float | None
    used: float
    next_in_s: float
    length_s: float


Minutes = Mapping[int, Minute]
"""By the identity of the firing order."""


def minutes_of(targets: Iterable[HaltTarget]) -> Minutes:
    """Of this moment; costs next to nothing."""
    orders = {id(target.order): target.order for target in targets if target.order is not None}
    return {
        key: Minute(
            order.budget.limit_per_minute, order.budget.used, order.budget.next_minute_in_s(), order.budget.minute_s
        )
        for key, order in orders.items()
    }


def forecast_of(
    targets: Sequence[HaltTarget], settle_s: float, minutes: Minutes | None = None, *, selective: bool = False
) -> Forecast | None:
    """Of a stop that is fired at these, at the moment of `minutes` (now); `selective`: its cancels go by id."""
    then = minutes_of(targets) if minutes is None else minutes
    crews: dict[int, list[HaltTarget]] = {}
    for target in targets:
        crews.setdefault(id(target.order), []).append(target)
    return forecast([_crew(members, then.get(key), selective=selective) for key, members in crews.items()], settle_s)


def _crew(targets: Sequence[HaltTarget], minute: Minute | None, *, selective: bool) -> Crew:
    works = [
        Work(
            target.first_weight(selective=selective),
            target.cost.listing,
            2 if target.known_symbols or target.known_orders or target.cost.whole else 3,
            target.cost.dearest,
        )
        for target in targets
    ]
    return Crew(works) if minute is None else Crew(works, minute.limit, minute.used, minute.next_in_s, minute.length_s)
