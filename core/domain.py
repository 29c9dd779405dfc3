"""The words of the field (README, "Words"), as types that every part shares."""

from __future__ import annotations

import enum
import fnmatch
from dataclasses import dataclass

from core.errors import ConfigError

UNATTRIBUTED = "unattributed"
"""The strategy name of what no attribution rule claims."""


class Severity(enum.IntEnum):
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Trust(enum.IntEnum):
    """How far a figure may be relied upon; automatic acts need TRUSTED."""

    UNKNOWN = 0
    """Never read, or so old that it says nothing."""
    STALE = 1
    """Read once, but older than a fresh figure may be."""
    UNSETTLED = 2
    """Fresh, but it moved in a way that trades and prices do not explain yet."""
    TRUSTED = 3


class GuardianAct(enum.StrEnum):
    """What the guardian does when a desk fails."""

    ALARM = "alarm"
    STOP = "stop"


class ScopeKind(enum.StrEnum):
    PORTFOLIO = "portfolio"
    VENUE = "venue"
    ACCOUNT = "account"
    STRATEGY = "strategy"
    SYMBOL = "symbol"
    """Of a stop only: nothing is measured or limited by it."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One of: the portfolio, a venue, an account, a strategy; of a stop also a symbol. Written `account:alpha-1`."""

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return self.kind.value if self.kind is ScopeKind.PORTFOLIO else f"{self.kind.value}:{self.name}"

    @property
    def words(self) -> str:
        """`account okx-sub-114`, `portfolio`."""
        return self.kind.value if self.kind is ScopeKind.PORTFOLIO else f"{self.kind.value} {self.name}"

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Read `portfolio`, `venue:NAME`, `account:NAME` or `strategy:NAME`; NAME may be a pattern.

        Raises ConfigError with the allowed forms.
        """
        kind, separator, name = text.partition(":")
        if kind == ScopeKind.PORTFOLIO and not separator:
            return PORTFOLIO
        if kind in {ScopeKind.VENUE, ScopeKind.ACCOUNT, ScopeKind.STRATEGY} and name:
            return cls(ScopeKind(kind), name)
        raise ConfigError(f'"{text}" is not a scope; allowed are portfolio, venue:NAME, account:NAME and strategy:NAME')

    @classmethod
    def parse_stop(cls, text: str) -> Scope:
        """Read the scope of a stop: one of those above, or `symbol:BTC/USDT:USDT`. Raises ConfigError."""
        kind, _, name = text.partition(":")
        if kind == ScopeKind.SYMBOL and name:
            return cls(ScopeKind.SYMBOL, name)
        try:
            return cls.parse(text)
        except ConfigError as error:
            raise ConfigError(f"{error}; a stop may also be of symbol:NAME") from None

    def covers(self, other: Scope) -> bool:
        """Whether this scope, taken as a pattern (`account:alpha-*`), matches `other`."""
        return self.kind is other.kind and fnmatch.fnmatchcase(other.name, self.name)

    @property
    def specificity(self) -> tuple[int, int]:
        """Orders patterns: an exact name above any pattern, a longer literal part above a shorter."""
        wildcards = sum(self.name.count(mark) for mark in "*?[")
        return (0 if wildcards else 1, len(self.name) - wildcards)


PORTFOLIO = Scope(ScopeKind.PORTFOLIO)


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Accounts that the configuration puts together, written `group:majors`; limits and profiles may name one."""

    name: str
    members: tuple[str, ...] = ()
    """Names of accounts."""

    def __str__(self) -> str:
        return f"group:{self.name}"

    def covers(self, other: Scope) -> bool:
        return other.kind is ScopeKind.ACCOUNT and other.name in self.members


Pattern = Scope | Group
"""What a limit is set on: a scope whose name may be a pattern, or a group of accounts."""


def parse_pattern(text: str) -> Pattern:
    """Read a scope, or `group:NAME`. Raises ConfigError with the allowed forms."""
    kind, _, name = text.partition(":")
    if kind == "group" and name:
        return Group(name)
    return Scope.parse(text)


def rank_of(pattern: Pattern) -> tuple[int, int]:
    """Orders them: an exact name above a group, that above any pattern, a longer literal part above a shorter."""
    if isinstance(pattern, Group):
        return (1, 0)
    exact, literal = pattern.specificity
    return (2 * exact, literal)


class AccountMode(enum.StrEnum):
    WATCH = "watch"
    """Only the emergency stop may act."""
    ACT = "act"
    """Mitigations may act too."""


class Policy(enum.StrEnum):
    """What follows a breach of one severity, besides its event."""

    PROPOSE = "propose"
    APPROVE = "approve"
    AUTO = "auto"
    STOP = "stop"


class NotifyKind(enum.StrEnum):
    """What of an event's life a route may carry."""

    RAISED = "raised"
    """Also what had cleared and came back."""
    ESCALATED = "escalated"
    CLEARED = "cleared"
    RESOLVED = "resolved"


class EvidenceFormat(enum.StrEnum):
    """In which the evidence of a stop is handed on."""

    JSON = "json"
    CSV = "csv"
    SIGNED = "signed"


class Protective(enum.StrEnum):
    """What a stop does with orders that can only reduce a position."""

    CANCEL = "cancel"
    KEEP = "keep"


class StopLevel(enum.StrEnum):
    """How far a stop goes; each is an act of its own."""

    BLOCK = "block"
    """Cancels what rests and whatever appears."""
    REDUCE_ONLY = "reduce-only"
    """Lets orders through that can only reduce a position, and sweeps every other."""


class Side(enum.StrEnum):
    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class Leg(enum.StrEnum):
    """The side of a hedge-mode position; `net` in one-way mode."""

    NET = "net"
    LONG = "long"
    SHORT = "short"


class FlowKind(enum.StrEnum):
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    SUSPECTED = "suspected"


class LinkState(enum.StrEnum):
    """The state of an account's connection to its venue."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"
