"""What a stop is handed: whom to stop, and the little it may know beforehand. It works without the latter."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from core.halt.firing import FiringOrder
from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue, StopCost
from core.venues.wire_log import WireLog

Ownership = Callable[[OrderUpdate], bool | None]
"""Whether an order belongs to the stopped scope; None where nobody can tell (an unattributed order)."""


@dataclass(frozen=True, slots=True)
class HaltTarget:
    """One account in the scope of a stop."""

    account: str
    venue: str
    exchange: str
    acquire: Callable[[], Awaitable[ActingVenue]]
    """Gives the acting object, prepared; raises a ScramError where that cannot be, and is asked again."""
    known_symbols: frozenset[str] = frozenset()
    """Where orders are known or likely to rest: cancelled at once, before anything is listed."""
    known_orders: tuple[OrderUpdate, ...] = ()
    """Orders the book knew of at the moment of firing, so that what was cancelled can be kept."""
    owns: Ownership | None = None
    """None when the whole account is in scope."""
    strategy_of: Callable[[OrderUpdate], str] | None = None
    pace_s: float = field(default=1.0)
    """Seconds between two full listings that this account's share of the venue's request budget allows."""
    wire: Callable[[], WireLog] | None = None
    """Gives the log of what the acting object sends and gets; None where none is kept."""
    order: FiringOrder | None = None
    """In which its requests leave among those that its venue counts together; None: at once."""
    cost: StopCost = field(default_factory=StopCost)
    exposure: float | None = None
    """What is at risk here while orders rest, base currency; None where nobody knows."""

    def first_symbols(self) -> frozenset[str]:
        """Where to cancel before anything is listed: wherever orders rest, and where they are likely to.

        Of the latter, where requests are counted, so many as cost no more than the listing that says where they rest.
        """
        resting = frozenset(order.symbol for order in self.known_orders)
        likely = self.known_symbols - resting
        return resting.union(likely if len(likely) <= self._likely_most else sorted(likely)[: self._likely_most])

    @property
    def _likely_most(self) -> int:
        counted = self.order is not None and self.order.is_counted
        return int(self.cost.listing // max(1.0, self.cost.symbol)) if counted else sys.maxsize

    def first_weight(self, *, selective: bool) -> float:
        """What its first cancels cost, as far as can be told. `selective`: they go by id."""
        if selective:
            return float(len({(order.book, order.symbol) for order in self.known_orders}))
        resting = {order.symbol for order in self.known_orders}
        likely = min(len(self.known_symbols - resting), self._likely_most)
        return self.cost.whole + self.cost.symbol * (len(resting) + likely)


def most_at_risk_first(targets: Iterable[HaltTarget]) -> list[tuple[HaltTarget, float]]:
    """With each the exposure at risk per request of its first cancels, the most first.

    An exposure that nobody knows counts as the mean of those that are known: it is no reason to wait, nor to go ahead.
    """
    rows = list(targets)
    known = [row.exposure for row in rows if row.exposure is not None]
    mean = sum(known) / len(known) if known else 1.0
    scored = [
        (row, (mean if row.exposure is None else row.exposure) / max(1.0, row.first_weight(selective=False)))
        for row in rows
    ]
    return sorted(scored, key=lambda pair: -pair[1])


@dataclass(frozen=True, slots=True)
class StopSettings:
    """Times of the stop, in seconds."""

    settle_s: float = 1.5
    """See `Proof`."""
    sweep_s: float = 1.0
    """Least time between two listings while latched."""
    quiet_s: float = 1.0
    """While the stream reports new orders, a listing proves nothing: wait until it was quiet this long."""
    retry_s: float = 0.5
    """First wait after a failed call; doubles up to `retry_max_s`."""
    retry_max_s: float = 4.0
    stale_proof_s: float = 10.0
    """A proof that could not be renewed for this long (and three paces) is shown as unknown again."""
    latch_wait_s: float = 0.02
    """The first request never waits longer than this for the latch to reach the disk."""
    second_person_s: float = 0.0
    """Within so long a second person has to confirm what leads the portfolio back; 0 where one is enough."""
