"""What can go wrong at a venue, on demand: frozen descriptions and the board that the server consults."""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from core.clock import Clock
from core.errors import PaperError


class FaultKind(enum.StrEnum):
    LATENCY = "latency"
    """Every answer comes `seconds` later."""
    HANG = "hang"
    """No answer until the fault ends."""
    REFUSE = "refuse"
    """The connection is reset without an answer. Many clients repeat a GET once by themselves."""
    STATUS = "status"
    """The answer is the HTTP error `status`."""
    BUSY = "busy"
    """429 with Retry-After `seconds`."""
    DROP_STREAMS = "drop_streams"
    """Streams are closed (`reset`: without a closing handshake); while the fault lasts, new ones too."""
    HALF_OPEN = "half_open"
    """Streams stay connected and say nothing more, not even to a ping."""
    CLOCK_SKEW = "clock_skew"
    """The venue's clock is `seconds` ahead."""
    IGNORE_CANCELS = "ignore_cancels"
    """Cancels are acknowledged and not carried out."""
    TRUNCATE = "truncate"
    """Listings end after `keep` rows."""
    STALE = "stale"
    """Order listings show what rested `seconds` ago."""
    MALFORMED = "malformed"
    """The answer is cut off in the middle of its JSON."""
    EXPIRE_KEYS = "expire_keys"
    """Stream keys end at once."""
    REVOKE_KEY = "revoke_key"
    """The API key is not known any more."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Where patterns are given (`*` for all), shell wildcards hold."""

    kind: FaultKind
    venue: str = "*"
    account: str = "*"
    method: str = "*"
    path: str = "*"
    symbol: str = "*"
    """Venue symbol (`BTCUSDT`); looked at by cancels only."""
    seconds: float = 0.0
    status: int = 503
    keep: int = 0
    reset: bool = False
    count: int | None = None
    """How many times it strikes before it is over; None for without end."""
    duration_s: float | None = None
    """How long it lasts; None until cleared."""

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Fault:
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown or "kind" not in data:
            raise PaperError(f"a fault needs a kind and knows only {', '.join(sorted(known))}; got {unknown}")
        try:
            return cls(**{**data, "kind": FaultKind(data["kind"])})
        except ValueError:
            raise PaperError(
                f'there is no fault "{data["kind"]}"; there are {", ".join(kind.value for kind in FaultKind)}'
            ) from None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class _Armed:
    fault: Fault
    until_s: float | None
    left: int | None
    struck: int = 0


class FaultBoard:
    """The faults in force; times are on the monotonic clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._armed: dict[int, _Armed] = {}
        self._next_id = 1

    def add(self, fault: Fault) -> int:
        fault_id = self._next_id
        self._next_id += 1
        until = None if fault.duration_s is None else self._clock.monotonic() + fault.duration_s
        self._armed[fault_id] = _Armed(fault, until, fault.count)
        return fault_id

    def clear(self, fault_id: int | None = None) -> int:
        """Take one fault away, or all; returns how many went."""
        if fault_id is None:
            gone = len(self._armed)
            self._armed.clear()
            return gone
        return 1 if self._armed.pop(fault_id, None) else 0

    def active(self) -> dict[int, Fault]:
        self._drop_ended()
        return {fault_id: armed.fault for fault_id, armed in self._armed.items()}

    def struck(self, fault_id: int) -> int:
        """How many times a fault in force has struck."""
        return self._armed[fault_id].struck if fault_id in self._armed else 0

    def is_active(self, fault_id: int) -> bool:
        self._drop_ended()
        return fault_id in self._armed

    def find(
        self, kind: FaultKind, venue: str, account: str = "", method: str = "", path: str = "", symbol: str = ""
    ) -> tuple[int, Fault] | None:
        """The first fault of this kind that fits; does not use it up."""
        if not self._armed:
            return None
        self._drop_ended()
        for fault_id, armed in self._armed.items():
            fault = armed.fault
            if fault.kind is kind and _fits(fault, venue, account, method, path, symbol):
                return fault_id, fault
        return None

    def strike(
        self, kind: FaultKind, venue: str, account: str = "", method: str = "", path: str = "", symbol: str = ""
    ) -> tuple[int, Fault] | None:
        """Like `find`, and counts one use of it. A fault that is used up ends with the next look."""
        found = self.find(kind, venue, account, method, path, symbol)
        if found is not None:
            armed = self._armed[found[0]]
            armed.struck += 1
            if armed.left is not None:
                armed.left -= 1
        return found

    def skew_s(self, venue: str) -> float:
        found = self.find(FaultKind.CLOCK_SKEW, venue)
        return found[1].seconds if found else 0.0

    def _drop_ended(self) -> None:
        now = self._clock.monotonic()
        ended = [
            fault_id
            for fault_id, armed in self._armed.items()
            if (armed.until_s is not None and armed.until_s <= now) or (armed.left is not None and armed.left <= 0)
        ]
        for fault_id in ended:
            del self._armed[fault_id]


def _fits(fault: Fault, venue: str, account: str, method: str, path: str, symbol: str) -> bool:
    return all(
        pattern == "*" or fnmatch.fnmatchcase(value, pattern)
        for pattern, value in (
            (fault.venue, venue),
            (fault.account, account),
            (fault.method, method),
            (fault.path, path),
            (fault.symbol, symbol),
        )
    )
