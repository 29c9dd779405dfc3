"""Courses of events by name, as frozen data: what happens how many seconds after the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import PaperError
from core.paper.faults import Fault, FaultKind


@dataclass(frozen=True, slots=True)
class Fall:
    """All markets fall together; `depth` is for beta 1 (Bitcoin), others fall by their beta in log terms."""

    at_s: float
    depth: float
    """As a fraction: 0.28 is 28 %."""
    duration_s: float
    volatility_factor: float = 6.0
    bounces: int = 3


@dataclass(frozen=True, slots=True)
class Runaway:
    """A bot of one account goes mad: orders on every symbol, whatever happens to them."""

    at_s: float
    account_index: int = 0
    orders_per_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Flow:
    """A withdrawal of `share` of the free margin; with `to_index` it goes to that other account."""

    at_s: float
    account_index: int
    share: float
    to_index: int | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault at one venue."""

    at_s: float
    venue_index: int
    fault: Fault


Act = Fall | Runaway | Flow | Trouble


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    title: str
    acts: tuple[Act, ...] = ()
    volatility_factor: float = 3.0
    """Of the whole course, against an ordinary day."""


def calm() -> Scenario:
    return Scenario("calm", "Ordinary markets, nothing special happens")


def crash(lead_s: float = 6.0, depth: float = 0.28, duration_s: float = 13.0, bounces: int = 3) -> Scenario:
    """After `lead_s` everything falls together within `duration_s`: by `depth` for Bitcoin, more for most others."""
    if not 0 < depth < 0.9:
        raise PaperError(f"a fall by {depth} is not between 0 and 0.9")
    return Scenario("crash", "All markets fall together", (Fall(lead_s, depth, duration_s, bounces=bounces),))


def runaway(lead_s: float = 6.0, orders_per_s: float = 20.0) -> Scenario:
    return Scenario("runaway", "A bot goes mad in one account", (Runaway(lead_s, 0, orders_per_s),))


def withdrawal(lead_s: float = 6.0) -> Scenario:
    """A large withdrawal, then a transfer between two own accounts, in calm markets."""
    acts = (Flow(lead_s, 0, 0.6), Flow(lead_s + 4.0, 1, 0.5, to_index=2))
    return Scenario("withdrawal", "Money leaves and moves while nothing is lost", acts)


def venue_outage(lead_s: float = 6.0, duration_s: float = 30.0) -> Scenario:
    """The second venue (the only one where there is one) first hangs, then refuses connections, then comes back."""
    half = duration_s / 2
    acts = (
        Trouble(lead_s, 1, Fault(FaultKind.HANG, duration_s=half)),
        Trouble(lead_s, 1, Fault(FaultKind.HALF_OPEN, duration_s=half)),
        Trouble(lead_s + half, 1, Fault(FaultKind.REFUSE, duration_s=half)),
        Trouble(lead_s + half, 1, Fault(FaultKind.DROP_STREAMS, reset=True, duration_s=half)),
    )
    return Scenario("venue-outage", "One venue hangs, then refuses, then comes back", acts)


SCENARIOS: dict[str, Callable[[], Scenario]] = {
    "calm": calm,
    "crash": crash,
    "runaway": runaway,
    "withdrawal": withdrawal,
    "venue-outage": venue_outage,
}


def scenario_named(name: str) -> Scenario:
    if name not in SCENARIOS:
        raise PaperError(f'there is no scenario "{name}"; there are {", ".join(SCENARIOS)}')
    return SCENARIOS[name]()
