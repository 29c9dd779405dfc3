"""How connections are shown: what is measured of them, what their venues count together, and their recent story."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain import LinkState


@dataclass(frozen=True, slots=True)
class LinkView:
    """What is measured of an account's connection; NaN and None: not known (yet)."""

    lane: str = ""
    """Names its `LaneView`; "" where it has no credentials and so no connection."""
    streams: bool | None = None
    """Whether private streams serve it; False: it is asked in turn."""
    round_trip_p50_ms: float = float("nan")
    round_trip_p99_ms: float = float("nan")
    """From a request's going out to its reply's coming in, of the newest that the watching side sent."""
    requests: int = 0
    """Answered since the start."""
    reconnects: int = 0
    """How often it came up again after it had been lost or dropped."""
    since_s: float = float("nan")
    """Wall time of the last change of its state."""
    clock_offset_ms: float | None = None
    """Our clock minus the venue's."""


NO_LINK = LinkView()


@dataclass(frozen=True, slots=True)
class LaneView:
    """What one venue counts together: the requests that reach it by one way out of this machine."""

    lane: str
    used: float
    """Weight of the present minute, whoever spent it."""
    limit: int | None
    """Weight of a minute; None where nobody has written down what the venue counts."""
    period_s: float = 60.0
    """How long such a minute is there."""
    shut_s: float = 0.0
    """Seconds for which the venue wants to be asked nothing at all."""
    stop_waits: bool = False
    """Whether a stop waits for its turn: watching leaves it the whole minute."""
    clock_offset_ms: float | None = None
    clock_age_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One turn in the story of a connection."""

    number: int
    """Counts the turns of one connection."""
    at_s: float
    """Wall time."""
    state: LinkState
    words: str
    """Why; "" where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class LinkPage:
    """The recent story of one account's connection, since this start."""

    account: str
    lines: tuple[LinkLine, ...] = ()
    """The newest first."""
