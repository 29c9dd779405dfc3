"""The request budget of one endpoint and egress: the venue counts weight per address and minute, so we do too.

Watching queues for what it may use and leaves a reserve; acting never waits here and is only counted.
"""

from __future__ import annotations

import asyncio
import math

from core.clock import Clock

RESERVE = 0.5
"""Share of a minute's budget that watching never touches: it belongs to the stop."""
MINUTE_S = 60.0
MINUTES_DIFFER_S = 5.0
"""By how much the venue's minute may turn later than ours."""


class RequestBudget:
    def __init__(self, limit_per_minute: int | None, clock: Clock, reserve: float = RESERVE) -> None:
        """`limit_per_minute` None: the venue is not counted, ccxt's own limiter paces the watching."""
        self.limit_per_minute = limit_per_minute
        self._clock = clock
        self._reserve = reserve
        self._minute = self._this_minute()
        self._used = 0.0
        self._said = self._said_before = math.inf
        """The venue's last count, of this minute and of the one before."""
        self._closed_until_s = float("-inf")
        self._turn = asyncio.Lock()

    @property
    def used(self) -> float:
        """Weight spent in the current minute, by whomever."""
        self._roll()
        return self._used

    async def acquire(self, weight: float) -> None:
        """Wait for watching's turn to spend `weight`; first come, first served."""
        async with self._turn:
            while (wait_s := self._wait_s(weight)) > 0:
                await self._clock.sleep(wait_s)
            self._used += weight

    def spend(self, weight: float) -> None:
        """The acting side spends without asking."""
        self._roll()
        self._used += weight

    def learned(self, used: float) -> None:
        """The venue's own count of this minute: others may share our address."""
        self._roll()
        if self._clock.now() % MINUTE_S < MINUTES_DIFFER_S and used >= self._said_before:
            return  # its minute has not turned yet, and this is still the count of the last one
        self._said = used
        self._used = max(self._used, used)

    def refused(self, retry_after_s: float | None) -> None:
        """The venue said 429: watching rests until it may ask again."""
        rest_s = retry_after_s if retry_after_s is not None else self._to_next_minute_s()
        self._closed_until_s = max(self._closed_until_s, self._clock.monotonic() + rest_s)

    def _wait_s(self, weight: float) -> float:
        self._roll()
        closed_s = self._closed_until_s - self._clock.monotonic()
        if closed_s > 0:
            return closed_s
        if self.limit_per_minute is None:
            return 0.0
        allowed = self.limit_per_minute * (1.0 - self._reserve)
        # A request dearer than the whole allowance goes at the beginning of a minute rather than never.
        if self._used + weight <= allowed or (self._used == 0 and weight > allowed):
            return 0.0
        return self._to_next_minute_s()

    def _roll(self) -> None:
        if self._this_minute() != self._minute:
            self._minute = self._this_minute()
            self._used = 0.0
            self._said_before, self._said = self._said, math.inf

    def _this_minute(self) -> int:
        return int(self._clock.now() // MINUTE_S)

    def _to_next_minute_s(self) -> float:
        return MINUTE_S - self._clock.now() % MINUTE_S + 0.05
