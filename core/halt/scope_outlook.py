"""What a stop of one scope would do, as it is told before anybody fires it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScopeOutlook:
    """What a stop of one scope would do if it were fired now."""

    accounts: int
    """Accounts that it would fire at."""
    able: int
    """Of these, accounts whose acting side is prepared."""
    unable: tuple[str, ...] = ()
    """Names of some that nobody can act on, having no credentials."""
    unable_all: int = 0
    orders: int = 0
    """Known resting orders of the scope."""
    protective: int = 0
    """Of these, orders that only reduce a position."""
    unlisted: int = 0
    """Accounts whose resting orders nobody knows: there may be more."""
    unclaimed: int = 0
    """Of a strategy: orders in its accounts that no rule claims, and that its stop leaves alone."""
    sources: int = 0
    """Strategies that can be asked to pause."""
    sourceless: int = 0
    """Strategies that nobody can ask: their orders are swept for as long as the stop stands."""
    expected_ms: float | None = None
    """Expected time to full proof; None where it cannot be told."""
    protective_first: bool = True
    """Whether the configuration has a stop cancel protective orders too."""
