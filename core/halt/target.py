"""What a stop is handed: whom to stop, and the little it may know beforehand. It works without the latter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue
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
