"""Request budgets per client address, in minutes as the wall clock cuts them, and the log of all requests."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MINUTE_S = 60.0
BAN_S = 120.0
REJECTIONS_BEFORE_BAN = 200
"""Requests sent into a 429 within one minute before the address is banned (418)."""


@dataclass(slots=True)
class _Usage:
    minute: int = -1
    used: int = 0
    rejected: int = 0
    banned_until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Charge:
    used: int
    """Weight of the present minute, this request included."""
    allowed: bool
    banned: bool
    retry_after_s: int


class WeightMeter:
    def __init__(self, limit: int, minute_s: float = MINUTE_S) -> None:
        self.limit = limit
        """Weight per minute and address."""
        self._minute_s = minute_s
        self._usage: dict[str, _Usage] = {}

    @property
    def addresses(self) -> tuple[str, ...]:
        """Whose requests came so far."""
        return tuple(self._usage)

    def charge(self, address: str, weight: int, at_s: float) -> Charge:
        usage = self._usage.setdefault(address, _Usage())
        minute = int(at_s // self._minute_s)
        if minute != usage.minute:
            usage.minute, usage.used, usage.rejected = minute, 0, 0
        if at_s < usage.banned_until_s:
            return Charge(usage.used, False, True, math.ceil(usage.banned_until_s - at_s))
        usage.used += weight
        if usage.used <= self.limit or weight == 0:
            return Charge(usage.used, True, False, 0)
        usage.rejected += 1
        if usage.rejected > REJECTIONS_BEFORE_BAN:
            usage.banned_until_s = at_s + BAN_S
            return Charge(usage.used, False, True, int(BAN_S))
        return Charge(usage.used, False, False, max(1, math.ceil((minute + 1) * self._minute_s - at_s)))

    def used(self, address: str, at_s: float) -> int:
        usage = self._usage.get(address)
        return usage.used if usage and usage.minute == int(at_s // self._minute_s) else 0


class WindowMeter:
    """Limits of so many units per key within `window_s` seconds, counted from the first unit of each window."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._windows: dict[str, tuple[float, float]] = {}
        """When the window of a key began, and what was used of it."""

    def charge(self, wanted: Mapping[str, tuple[float, float]], at_s: float) -> bool:
        """Take `wanted` (key to units and limit) if all of it fits; nothing is taken where a part does not."""
        after: dict[str, tuple[float, float]] = {}
        for key, (units, limit) in wanted.items():
            began_s, used = self._windows.get(key, (at_s, 0.0))
            if not 0.0 <= at_s - began_s < self._window_s:
                began_s, used = at_s, 0.0
            if used + units > limit:
                return False
            after[key] = (began_s, used + units)
        self._windows |= after
        return True


@dataclass(frozen=True, slots=True)
class LogEntry:
    seq: int
    venue: str
    at_s: float
    monotonic_s: float
    """When the request came in."""
    account: str
    method: str
    path: str
    params: Mapping[str, str]
    """Without the signature."""
    weight: int
    status: int
    """0 for a request that was never answered."""
    duration_s: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class RequestLog:
    """The last requests, and counts of all of them."""

    def __init__(self, size: int = 20_000) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=size)
        self.counts: Counter[tuple[str, str, str]] = Counter()
        """(method, path, status) to number of requests since the start."""
        self.total = 0

    def next_seq(self) -> int:
        self.total += 1
        return self.total

    def add(self, entry: LogEntry) -> None:
        self._entries.append(entry)
        self.counts[entry.method, entry.path, str(entry.status)] += 1

    def since(self, seq: int) -> list[LogEntry]:
        """Entries whose number is above `seq`, in the order in which they ended."""
        return [entry for entry in self._entries if entry.seq > seq]
