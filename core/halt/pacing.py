"""When an account under a stop is listed next: soon after cancelling, late enough for a proof, at nobody's cost."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable

from core.clock import Clock
from core.errors import ScramError, VenueBusy
from core.halt.allowance import ListingAllowance
from core.halt.target import StopSettings
from core.tasks import spawn, stop_all

BLIND_SWEEP_SHARE = 0.2
"""A cancel by symbol costs a fraction of a listing, so between two listings orders are cancelled that much oftener."""

SWEEP_SHARE = 0.25
"""Of the time, at most, that an account which is proven spends on being listed again: where many are stopped, and this
machine or the venue is what takes time, others still wait for their first listing."""

FIRST_RELIST_S = 0.2
"""Wait before looking again after cancelling; doubles while orders keep being listed, up to the account's pace."""


class Standing(enum.Enum):
    """How an account stands when a round is over."""

    TROUBLE = "something failed"
    RESTING = "orders were listed"
    SETTLED = "proven, or nothing more can be told"
    OPEN = "listed empty, not proven yet"


class Pacing:
    """Of one account under one stop; times are monotonic, seconds."""

    def __init__(self, pace_s: float, settings: StopSettings, clock: Clock) -> None:
        """`pace_s`: seconds between two full listings that the account's share of the request budget allows."""
        self.pace_s = max(settings.sweep_s, pace_s)
        self.last_hint_s = float("-inf")
        self._settings = settings
        self._clock = clock
        self._allowance = ListingAllowance(self.pace_s, clock)
        self._wanted = asyncio.Event()
        self._not_before_s = float("-inf")
        self._retry_s = settings.retry_s
        self._nonempty_rounds = 0
        self._began_s = self._took_s = 0.0

    def hinted(self) -> None:
        """The stream reported a new order."""
        self.last_hint_s = self._clock.monotonic()

    def want_listing(self) -> None:
        """A hinted order was cancelled: the proof has to be renewed, ahead of the pause."""
        self._wanted.set()

    def listing(self) -> None:
        """A full listing is asked for."""
        self._allowance.take()
        self._began_s = self._clock.monotonic()

    def listed(self, resting: bool) -> None:
        """It was answered in full."""
        self._retry_s = self._settings.retry_s
        self._took_s = self._clock.monotonic() - self._began_s
        self._nonempty_rounds = self._nonempty_rounds + 1 if resting else 0

    def failed(self, error: ScramError) -> None:
        if isinstance(error, VenueBusy) and error.retry_after_s is not None:
            self._not_before_s = max(self._not_before_s, self._clock.monotonic() + error.retry_after_s)

    async def next_round(
        self, standing: Standing, second_listing_due_s: float, sweep: Callable[[], Awaitable[None]] | None
    ) -> None:
        """Return when it is time to list again; `sweep` cancels without listing, None where nothing rests."""
        await self._pause(max(self._due_s(standing, second_listing_due_s), self._not_before_s))
        await self._until_a_listing_is_worth_it(sweep)

    def _due_s(self, standing: Standing, second_listing_due_s: float) -> float:
        now_s = self._clock.monotonic()
        match standing:
            case Standing.TROUBLE:
                due_s = now_s + self._retry_s
                self._retry_s = min(self._retry_s * 2, self._settings.retry_max_s)
                return due_s
            case Standing.RESTING:
                return now_s + min(FIRST_RELIST_S * 2.0 ** max(0, self._nonempty_rounds - 1), self.pace_s)
            case Standing.SETTLED:
                return now_s + max(self.pace_s, self._took_s * (1.0 / SWEEP_SHARE - 1.0))
            case Standing.OPEN:
                return max(now_s, min(second_listing_due_s, now_s + self._settings.settle_s))

    async def _pause(self, until_s: float) -> None:
        self._wanted.clear()
        waiting = spawn(self._clock.sleep(max(0.0, until_s - self._clock.monotonic())), name="stop pause")
        wanted = spawn(self._wanted.wait(), name="stop listing wanted")
        try:
            await asyncio.wait((waiting, wanted), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await stop_all([waiting, wanted])

    async def _until_a_listing_is_worth_it(self, sweep: Callable[[], Awaitable[None]] | None) -> None:
        """While new orders keep coming a listing proves nothing, and while the budget is spent it starves others.

        New orders are cancelled all the while; and now and then a listing is asked for even in the noise, because the
        stream that reports them may miss some.
        """
        while True:
            now_s = self._clock.monotonic()
            quiet_in_s = self.last_hint_s + self._settings.quiet_s - now_s
            wait_s = self._allowance.wait_s(may_prove=True)
            if quiet_in_s > 0:
                wait_s = max(wait_s, min(quiet_in_s, self._allowance.wait_s(may_prove=False)))
            wait_s = max(wait_s, self._not_before_s - now_s)
            if wait_s <= 0:
                return
            if sweep is None:
                await self._clock.sleep(wait_s)
                continue
            await self._clock.sleep(min(wait_s, max(self._settings.sweep_s, self.pace_s * BLIND_SWEEP_SHARE)))
            await sweep()
