"""The shape of a dead-man's switch: a countdown at the venue that cancels orders unless it is renewed in time.

Data like the rest of a plan. In parameters `{s}` and `{ms}` stand for the time asked for, beside what stands for the
instrument. What ccxt unifies as `cancel_all_orders_after` is called so, with milliseconds; 0 takes it back except where
another call is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError

if TYPE_CHECKING:
    from core.venues.plans.plan import Call, Holds

LEAST_S, MOST_S = 5, 86_400
"""What is allowed where the venue says nothing: less could not be renewed in time over a slow line."""


@dataclass(frozen=True, slots=True)
class Told:
    """Where a reply says when the countdown ends: its end and the venue's own time beside it, or the time itself."""

    end: str = ""
    now: str = ""
    left_ms: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """A private stream that a switch hangs on, and what is said on it; `{id}` stands for the message's number."""

    address: tuple[str, ...]
    """Where ccxt keeps it, below `urls`."""
    arm: Mapping[str, Any]
    disarm: Mapping[str, Any] | None = None
    login_takes_address: bool = False
    id_key: str = "id"
    numbers: bool = True
    """Whether messages are numbered by numbers; else by texts."""
    granted: str = "result"
    """Where the answer says `true` or `ok`."""


@dataclass(frozen=True, slots=True)
class Countdown:
    """One countdown at the venue: a product's, or an instrument's."""

    name: str
    """Of the product: `swap USDT`; what belongs to an instrument is called by its symbol."""
    arm: Call | None = None
    """None where all is said on the stream."""
    disarm: Call | None = None
    """None where no request takes it back."""
    each_symbol: bool = False
    """Whether every instrument has one of its own."""
    holds: Holds | None = None
    """Which instruments it covers, None all: it is armed while orders rest or positions stand in one of these."""
    when: Mapping[str, Any] = field(default_factory=dict)
    """What has to be so of the account, by the names of its plan's facts."""
    told: Told = Told()
    stream: Stream | None = None
    """What has to be open for it: its time begins to run when the stream is gone."""
    weight: float = 1.0
    confirmed: bool = True
    """False where neither ccxt's source nor a documentation that was read says how it is called."""


@dataclass(frozen=True, slots=True)
class DeadMan:
    """What a venue offers, or why it offers nothing."""

    countdowns: tuple[Countdown, ...] = ()
    least_s: int = LEAST_S
    most_s: int = MOST_S
    late_s: float = 0.0
    """By how much it may fire later than it says."""
    triggers: bool | None = None
    """Whether orders that wait for a trigger go too; None where nothing that was read says so."""
    at_disconnect: bool = False
    """Whether no time runs: orders go when the connection that placed them ends."""
    traps: tuple[str, ...] = ()
    """What an operator has to know before arming it, a sentence each."""
    none: str = ""
    """Why there is none."""

    def __post_init__(self) -> None:
        if idle := [row.name for row in self.countdowns if row.arm is None and row.stream is None]:
            raise ConfigError(f"nothing arms the countdown {idle[0]}")
        if bool(self.countdowns) == bool(self.none):
            raise ConfigError("a dead-man's switch has countdowns, or a reason why there is none")
        if not 0 < self.least_s <= self.most_s:
            raise ConfigError(f"a dead-man's switch cannot run from {self.least_s} to {self.most_s} s")
        if twice := {
            row.name for row in self.countdowns if sum(row.name == other.name for other in self.countdowns) > 1
        }:
            raise ConfigError(f"two countdowns are called {', '.join(sorted(twice))}")

    def refuses(self, seconds: int) -> str:
        """Why so many seconds cannot be asked for; "" where they can."""
        if self.none:
            return self.none
        if self.least_s <= seconds <= self.most_s:
            return ""
        return f"from {self.least_s} to {self.most_s:,} s are possible there"


NOT_KNOWN = DeadMan(none="no dead-man's switch is known there")
