"""What goes into a plan of reductions and what comes out of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.domain import PORTFOLIO, Leg, Scope, Severity, Trust
from core.mitigation.model import Reduction
from core.mitigation.planning.evaluation import Evaluate

EXPOSURE_METRICS = frozenset(
    {
        "leverage", "gross_exposure", "filled_exposure", "long_exposure", "short_exposure", "net_exposure",
        "beta_net_exposure", "margin_use", "maintenance_use", "free_margin", "largest_position_share",
        "largest_instrument_share", "largest_venue_share", "largest_coin_share", "underlying_herfindahl",
        "instrument_herfindahl", "venue_herfindahl", "coin_herfindahl",
    }
)  # fmt: skip
"""Metrics that follow from the positions, so that a plan can aim at a value of theirs."""


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
    venue: str = ""
    underlying: str = ""
    """What it moves with; "" where only the symbol tells (then its base coin)."""
    settle: str = ""
    """The coin it settles in; "" unknown."""
    initial_margin: float = math.nan
    """Base currency, that closing this row frees; NaN unknown. Of an isolated position: what backs it."""
    maintenance_margin: float = math.nan
    isolated: bool = False
    """Whether margin is set aside for it alone."""
    notional_min: float | None = None
    """Least order value, base currency."""
    fee: float = math.nan
    """Share of the notional that a taker pays; NaN unknown."""
    beta: float = math.nan
    """Of the underlying to the benchmark; NaN unknown."""
    book: VisibleBook | None = None
    """What closing it meets; None where no book is known, or it was seen too long ago."""
    is_coin: bool = False
    """A coin in a wallet: it counts in what is held, and no plan sells it."""


@dataclass(frozen=True, slots=True)
class VisibleBook:
    """The side of an order book that closes a position, cumulated from the best level on."""

    quantity: tuple[float, ...]
    """Rising; in the units of `PlanPosition.quantity`."""
    cost: tuple[float, ...]
    """Base currency lost against the mid price by trading down to each level: half the spread is in it."""


@dataclass(frozen=True, slots=True)
class PlanLimit:
    """One limit in force, as the newest cycle has it."""

    scope: Scope
    metric: str
    """Its subject: the metric, or its change (`drawdown_in_300s`)."""
    value: float
    """NaN unknown."""
    threshold: float
    """Of the severity when breached, else the next one; in the metric's unit."""
    clear_level: float
    severity: Severity | None = None
    """None unless breached."""
    worse_is: int = 1
    """-1 where smaller is worse."""
    reduce_share: float = 0.5

    @property
    def breached(self) -> bool:
        return self.severity is not None


def _nobody() -> Evaluate | None:
    """Where there is no risk model to ask."""
    return None


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """Everything held as the engine has it now, with how far the scope's part of it may be relied upon.

    All of the portfolio's positions are here, since a hedge may lie anywhere. What a plan may cut is the scope's, and
    elsewhere no more than the other legs of the hedges that it has to cut into.
    """

    positions: Sequence[PlanPosition]
    trust: Trust
    """Of the scope."""
    age_s: float
    base_currency: str = "USD"
    scope: Scope = PORTFOLIO
    limits: Sequence[PlanLimit] = ()
    """In force for the scope, for what it is part of and for its members."""
    equity: Mapping[Scope, float] = field(default_factory=dict)
    """Base currency, of every scope that a plan may be asked about. NaN unknown."""
    parents: tuple[Scope, ...] = ()
    """What the scope is part of, the next first."""
    evaluation: Callable[[], Evaluate | None] = _nobody
    """Takes what is needed to evaluate the whole risk model on a planned book. To be called where the inputs were
    made, before anything moves; what it gives may be called anywhere."""


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What one breach asks of the plan."""

    metric: str
    value: float
    clear_level: float
    reduce_share: float = 0.5
    """For metrics that reductions do not bring back at once."""
    scope: Scope | None = None
    """None for the scope of the inputs."""


@dataclass(frozen=True, slots=True)
class ScaleTerms:
    """Bring every position of a scope down to `factor` of what it is, hedges in step."""

    factor: float
    """0 closes all, 1 leaves it as it is."""
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class MarginTerms:
    """Free margin at least cost, until one of these holds; isolated margin counts where the venue names it."""

    margin_use: float = math.nan
    """Initial margin / equity to come down to; NaN for none."""
    free_margin: float = math.nan
    """Base currency to be free afterwards; NaN for none."""
    scope: Scope | None = None


Terms = PlanTerms | ScaleTerms | MarginTerms


@dataclass(frozen=True, slots=True)
class LimitEffect:
    """What a plan does to one limit."""

    scope: Scope
    metric: str
    before: float
    after: float
    """NaN where it cannot be told beforehand."""
    target: float
    """The level to come back to; of a limit that is inside, the threshold not to be reached."""
    met: bool


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
    cost: float = math.nan
    """Base currency: spread, what the visible book costs, and fees; NaN where nothing is known of it."""
    feasible: bool = True
    """Whether every level asked for is reached. If not, the reductions are the best that can be done."""
    effects: tuple[LimitEffect, ...] = ()
    """On what was asked for first, then on the other limits that the plan moves."""

    @property
    def accounts(self) -> frozenset[str]:
        return frozenset(row.account for row in self.reductions)
