"""What goes into a plan of reductions and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain import Leg, Trust
from core.mitigation.model import Reduction

EXPOSURE_METRICS = frozenset({"leverage", "gross_exposure", "net_exposure", "margin_use"})
"""Metrics that fall in proportion to the positions, so that a plan can aim at a value."""


@dataclass(frozen=True, slots=True)
class PlanPosition:
    """One row of a scope: what one strategy holds of one position at a venue."""

    account: str
    symbol: str
    strategy: str
    quantity: float
    """Signed, base units."""
    notional: float
    """Signed, base currency; NaN while there is no mark."""
    mark: float
    """Quote currency per base unit."""
    quantity_step: float | None
    quantity_min: float | None
    may_act: bool
    """Whether the account's mode lets mitigations act on it."""
    venue_quantity: float
    """Signed: the venue's whole position in this account, symbol and leg, over all strategies."""
    leg: Leg = Leg.NET


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """The scope's positions as the engine holds them now, with how far they may be relied upon."""

    positions: Sequence[PlanPosition]
    trust: Trust
    age_s: float
    base_currency: str = "USD"


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What the breach asks of the plan."""

    metric: str
    value: float
    clear_level: float
    reduce_share: float = 0.5
    """For metrics that reductions do not bring back at once."""


@dataclass(frozen=True, slots=True)
class Plan:
    share: float
    """Share of every position to close, 0 to 1."""
    reductions: tuple[Reduction, ...]
    notional: float
    """Base currency, unsigned: what the reductions add up to."""
    expected: float
    """The metric's value if all of it fills at the marks; NaN where reductions do not move it at once."""
    target: float
    sentence: str
    left_out: tuple[str, ...]
    """One sentence per reason why something of the scope is not touched."""

    @property
    def accounts(self) -> frozenset[str]:
        return frozenset(row.account for row in self.reductions)
