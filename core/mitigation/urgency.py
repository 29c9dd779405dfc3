"""How much of a plan is sent at once and how long is waited between two slices: the graver the breach, the more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain import Severity

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Urgency:
    share: float
    """Of what rests within `bound`, for one slice; of all accounts that trade there together."""
    bound: float
    """How far from the mid price a slice may trade, as a share of it."""
    pause_s: float
    """Between two slices of the same cut, at the least."""
    volume_share: float
    """Of what the market trades on an ordinary day, while this goes on; infinite where it does not matter."""
    drift: float
    """A position that moved by more than this share of what the plan saw, by other hands than ours, needs a new plan;
    infinite where every reduction helps, whatever else was traded."""
    mark_drift: float
    """The same of the price."""
    step: float = 0.25
    """Of a pair, the share by which accounts that sell may be ahead of those that buy, and the other way round."""
    doubt_s: float = 30.0
    """After which an order without an answer, of which the venue knows nothing, is taken as not carried out: OKX turns
    down what was signed 30 s ago or longer, Binance and Bybit what is older than 5 to 10 s."""
    blind: bool = False
    """Whether it goes at the market where the order book cannot be read."""


USUAL: Mapping[Severity, Urgency] = {
    Severity.LOW: Urgency(0.1, 0.003, 2.0, 0.1, 0.1, 0.02, 0.1),
    Severity.MEDIUM: Urgency(0.2, 0.005, 1.0, 0.25, 0.2, 0.03, 0.2),
    Severity.HIGH: Urgency(0.5, 0.01, 0.25, 1.0, 0.3, 0.05),
    Severity.CRITICAL: Urgency(1.0, 0.02, 0.0, math.inf, math.inf, math.inf, 0.5, doubt_s=10.0, blind=True),
}


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    urgencies: Mapping[Severity, Urgency] = field(default_factory=lambda: USUAL)
    deadline_s: float = 90.0
    """After which nothing more is sent: the mitigation desk gives an execution up soon after."""
    grace_s: float = 15.0
    """How long after that the last orders are still looked for."""
    fresh_s: float = 0.5
    """Positions that were read longer ago are read again before an order."""
    apart_s: float = 0.004
    """Between two accounts that begin a round: about what asking a venue takes this machine."""
    read_tries: int = 2
    verify_tries: int = 5
    verify_pause_s: float = 0.25
    """Before the first re-reading; each further one waits longer by this."""
    fruitless: int = 3
    """Slices in a row that the market took nothing of, or for which no order could be made."""
    busy_tries: int = 5
    """How often a venue is asked that goes on saying that it is busy."""
    busy_pause_s: float = 0.5
    """Where it does not say for how long; longer with every time."""
    busy_pause_max_s: float = 3.0
    volume_pause_max_s: float = 10.0
    """The longest pause that a thin market asks for; the slice gets smaller instead."""


def paced(urgency: Urgency, day_volume: float, pause_max_s: float) -> float:
    """The most that one slice may be for the sake of the day's volume; infinite where that does not matter."""
    pace = _pace(urgency, day_volume)
    return math.inf if math.isinf(pace) else pace * max(pause_max_s, urgency.pause_s)


def pause_after(urgency: Urgency, quantity: float, day_volume: float) -> float:
    """Seconds until the next slice of the same cut."""
    pace = _pace(urgency, day_volume)
    return max(urgency.pause_s, 0.0 if math.isinf(pace) else quantity / pace)


def _pace(urgency: Urgency, day_volume: float) -> float:
    """Quantity per second."""
    if not day_volume > 0.0 or math.isinf(urgency.volume_share):
        return math.inf
    return urgency.volume_share * day_volume / DAY_S
