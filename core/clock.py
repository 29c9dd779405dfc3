"""Time as a dependency: wall time for records, monotonic time for ages and deadlines."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import time
from typing import Protocol

DAY_S = 86_400.0


class Clock(Protocol):
    def now(self) -> float:
        """Wall time, seconds since 1970-01-01 UTC."""

    def monotonic(self) -> float:
        """Seconds on a clock that never steps; only differences mean anything."""

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed on the monotonic clock."""


class SystemClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        # Qt's coarse timers may wake up to 5 % early or late (qasync), so the deadline is computed, not counted.
        deadline = time.monotonic() + seconds
        await asyncio.sleep(max(0.0, seconds))
        while (left := deadline - time.monotonic()) > 0:
            await asyncio.sleep(left)


class ManualClock:
    """A clock that tests move by hand; sleepers wake when it passes their deadline."""

    def __init__(self, now: float = 1_700_000_000.0, monotonic: float = 1_000.0) -> None:
        self._now = now
        self._monotonic = monotonic
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._monotonic += seconds
        due = [future for deadline, future in self._sleepers if deadline <= self._monotonic]
        self._sleepers = [(deadline, future) for deadline, future in self._sleepers if deadline > self._monotonic]
        for future in due:
            if not future.done():
                future.set_result(None)

    def set_wall(self, by_s: float) -> None:
        """The wall clock is set forward or back, as by a person or by NTP; the monotonic one goes on."""
        self._now += by_s

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._monotonic + seconds, future))
        await future


def sleepless_s() -> float:
    """Seconds on a clock that goes on while the machine is suspended; only differences mean anything.

    `time.monotonic` stands still then on Linux and on macOS. Where neither has such a clock it is wall time, which may
    also be set by hand.
    """
    name = "CLOCK_BOOTTIME" if sys.platform == "linux" else "CLOCK_MONOTONIC" if sys.platform == "darwin" else ""
    number = getattr(time, name, None) if name else None
    return time.time() if number is None else time.clock_gettime(number)


def utc_text(at_s: float) -> str:
    """`at_s` (seconds since the epoch) as ISO 8601 in UTC with milliseconds."""
    moment = dt.datetime.fromtimestamp(at_s, tz=dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_day(at_s: float) -> int:
    """Number of the UTC day that `at_s` (seconds since the epoch) falls in."""
    return int(at_s // DAY_S)
