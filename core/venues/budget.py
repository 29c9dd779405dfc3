"""The request budget of one venue and egress: the venue counts weight per address and minute, so we do too.

Watching queues for what it may use and leaves a reserve; so do a mitigation's slices, before it. Acting itself never
waits here: the stop's firing order asks what fits, everything else is only counted. What other processes of this
machine spend is counted with it where they share.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Iterator

from core.clock import Clock
from core.venues.shared_budget import MINUTE_S, Record, SharedCount

RESERVE = 0.5
"""Share of a minute's budget that watching never touches: it belongs to the stop."""
MENDING = 0.75
"""Share of a minute's budget that mitigations and watching together may use."""
MINUTES_DIFFER = 1 / 12
"""By how much of it the venue's minute may turn later than ours."""
TURNED_S = 0.25
"""How long after our minute has turned the venue's surely has, its clock being known."""
FEIGNED_S = 1.0
"""A difference of clocks below this may be the time that the reply took."""
CLOCK_HOLDS_S = 600.0
"""For how long one account's look at the venue's clock serves all that the venue counts together."""
SPENT = 0.9
"""A refusal at or above this share of the limit says that the minute is spent; below it, that something else is."""
YIELD_S = 1.0
"""How often watching looks whether a stop still waits for its turn."""
HEARD_S = 0.5
"""How long what other processes spent may be on its way to us."""


class RequestBudget:
    def __init__(
        self,
        limit_per_minute: int | None,
        clock: Clock,
        reserve: float = RESERVE,
        shared: SharedCount | None = None,
        minute_s: float = MINUTE_S,
    ) -> None:
        """`limit_per_minute` None: the venue is not counted, ccxt's own limiter paces the watching."""
        self.minute_s = minute_s
        self.limit_per_minute = limit_per_minute
        self._clock = clock
        self._reserve = reserve
        self._shared = shared
        self._ahead_s = 0.0
        self._told = (0.0, float("-inf"))
        self._minute = self._this_minute()
        self._mine = 0.0
        self._flying = 0.0
        """Weight of what was let go and is not answered yet: the venue may count it in the next minute."""
        self._unseen = 0.0
        """Weight that the venue counts this minute beyond what we know of: others share our address."""
        self._said = self._said_before = math.inf
        """The venue's last count, of this minute and of the one before."""
        self._heard: tuple[float, float] | None = None
        """What the venue counted beyond our own, and when it said so: judged when others' counts have arrived."""
        self._closed_until_s = float("-inf")
        self._shut_until_s = float("-inf")
        self._stop_waits = False
        self._moment, self._moment_left = -1, 0.0
        self._turn, self._mending = asyncio.Lock(), asyncio.Lock()
        self._tell()

    # -- what is counted ------------------------------------------------------------------------------------------

    @property
    def used(self) -> float:
        """Weight spent in the current minute, by whomever."""
        self._roll()
        others = self._others()
        return self._mine + sum(row.weight for row in others) + max([self._unseen, *(row.unseen for row in others)])

    @property
    def minute(self) -> int:
        """Number of the venue's minute."""
        self._roll()
        return self._minute

    def spend(self, weight: float) -> None:
        """The acting side spends without asking."""
        self._roll()
        self._mine += weight
        self._tell()

    def depart(self, weight: float) -> None:
        """As `spend`, for a request of which `arrived` will be told, however it ends."""
        self._flying += weight
        self._moment_left -= weight
        self.spend(weight)

    def arrived(self, weight: float) -> None:
        self._flying = max(0.0, self._flying - weight)

    def learned(self, used: float) -> None:
        """The venue's own count of this minute: others may share our address."""
        self._roll()
        if self._venue_now() % self.minute_s < MINUTES_DIFFER * self.minute_s and used >= self._said_before:
            return  # its minute has not turned yet, and this is still the count of the last one
        self._said = used
        if self._shared is not None and self._shared.company:
            self._heard = (used - self._mine, self._clock.monotonic())
            return
        self._unseen = max(self._unseen, used - self._mine)
        self._tell()

    def refused(self, retry_after_s: float | None, *, banned: bool = False) -> None:
        """The venue said 429: watching rests until it may ask again.

        So does the stop, where the address is banned or the venue says that its minute is spent: asking on would turn
        a minute's wait into hours. A refusal of anything else (one account's orders) is that account's alone.
        """
        rest_s = retry_after_s if retry_after_s is not None else self.next_minute_in_s()
        until_s = self._clock.monotonic() + rest_s
        self._closed_until_s = max(self._closed_until_s, until_s)
        limit = self.limit_per_minute
        if banned or (limit is not None and SPENT * limit <= self._said < math.inf):
            self._shut_until_s = max(self._shut_until_s, until_s)
            self._tell()

    def keep_time(self, ahead_s: float) -> None:
        """Our clock is so much ahead of the venue's, which says when a minute turns.

        What a busy line alone may feign is not believed: clocks that are kept differ by less.
        """
        self._ahead_s = ahead_s if abs(ahead_s) >= FEIGNED_S else 0.0
        self._told = (ahead_s, self._clock.monotonic())

    @property
    def clock_ahead_s(self) -> float | None:
        """By how much our clock is ahead, as any account of this venue and egress found out a while ago; else None."""
        ahead_s, told_s = self._told
        return ahead_s if self._clock.monotonic() - told_s < CLOCK_HOLDS_S else None

    # -- watching -------------------------------------------------------------------------------------------------

    async def acquire(self, weight: float) -> None:
        """Wait for watching's turn to spend `weight`; first come, first served."""
        async with self._turn:
            while (wait_s := self._wait_s(weight)) > 0:
                await self._clock.sleep(wait_s)
            self.spend(weight)

    @contextlib.asynccontextmanager
    async def lend(self, weight: float) -> AsyncIterator[None]:
        """Watching's turn for what the acting side counts itself as it sends it; given back when that is over."""
        await self.acquire(weight)
        with self._lent(weight):
            yield

    @contextlib.contextmanager
    def _lent(self, weight: float) -> Iterator[None]:
        minute = self._minute
        try:
            yield
        finally:
            if self.minute == minute:
                self._mine = max(0.0, self._mine - weight)
                self._tell()

    # -- mending --------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def lend_to_mend(self, weight: float) -> AsyncIterator[None]:
        """A mitigation's turn: it goes before watching, and leaves the stop `1 - MENDING` of every minute."""
        async with self._mending:
            while (wait_s := self._mending_wait_s(weight)) > 0:
                await self._clock.sleep(min(wait_s, YIELD_S))
            self.spend(weight)
        with self._lent(weight):
            yield

    def _mending_wait_s(self, weight: float) -> float:
        self._roll()
        if (shut_s := self.shut_for_s) > 0:
            return shut_s
        if self.limit_per_minute is None:
            return 0.0
        fits = not self.stop_waits and self._fits(weight, self.limit_per_minute * MENDING)
        return 0.0 if fits else self.next_minute_in_s()

    def _wait_s(self, weight: float) -> float:
        self._roll()
        closed_s = max(self._closed_until_s - self._clock.monotonic(), self.shut_for_s)
        if closed_s > 0:
            return closed_s
        if self.limit_per_minute is None:
            return 0.0
        if self.stop_waits:
            return min(YIELD_S, self.next_minute_in_s())
        allowed = self.limit_per_minute * (1.0 - self._reserve)
        return 0.0 if self._fits(weight, allowed) else self.next_minute_in_s()

    # -- the stop -------------------------------------------------------------------------------------------------

    def has_room(self, weight: float, share: float, kept: float = 0.0) -> bool:
        """Whether `weight` fits into this `share` of the minute's limit, `kept` being left for others."""
        if self.shut_for_s > 0:
            return False
        if self.limit_per_minute is None:
            return True
        allowed = self.limit_per_minute * share
        return self._fits(weight, allowed, kept) and self._in_step(weight, allowed)

    @property
    def rivals(self) -> int:
        """Other processes whose stops wait for the same minute."""
        now = self._clock.now()
        return sum(row.waits_until_s > now for row in self._others(every=True))

    @property
    def shut_for_s(self) -> float:
        """Seconds for which nothing at all may be asked; 0 or less: now."""
        now = self._clock.now()
        others_s = max((row.shut_until_s - now for row in self._others(every=True)), default=0.0)
        return max(self._shut_until_s - self._clock.monotonic(), others_s)

    @property
    def stop_waits(self) -> bool:
        """Whether a stop waits for its turn, here or in another process: watching leaves it the whole minute then."""
        return self._stop_waits or self.rivals > 0

    def note_waiting(self, waits: bool) -> None:
        if waits or self._stop_waits:
            self._stop_waits = waits
            self._tell()

    def next_minute_in_s(self) -> float:
        return self.minute_s - self._venue_now() % self.minute_s + TURNED_S

    # -- inside ---------------------------------------------------------------------------------------------------

    def _fits(self, weight: float, allowed: float, kept: float = 0.0) -> bool:
        used = self.used + kept
        # A request dearer than the whole allowance goes at the beginning of a minute rather than never.
        return used + weight <= allowed or (used == 0 and weight > allowed)

    def _in_step(self, weight: float, allowed: float) -> bool:
        """Whether two stops that wait for the same minute leave each other room until they know of each other's part.

        Each takes its share of what is left, then waits until what the others took has been told.
        """
        rivals = self.rivals
        if not rivals:
            return True
        moment = int(self._clock.now() // HEARD_S)
        if moment != self._moment:
            self._moment = moment
            self._moment_left = max(weight, (allowed - self.used) / (rivals + 1))
        return weight <= self._moment_left

    def _roll(self) -> None:
        if self._this_minute() != self._minute:
            self._minute = self._this_minute()
            self._mine, self._unseen = self._flying, 0.0
            self._heard = None
            self._said_before, self._said = self._said, math.inf
            self._tell()
        if self._heard is not None and self._clock.monotonic() - self._heard[1] >= HEARD_S:
            (beyond, _), self._heard = self._heard, None
            self._unseen = max(self._unseen, beyond - sum(row.weight for row in self._others()))
            self._tell()

    def _others(self, *, every: bool = False) -> tuple[Record, ...]:
        """What other processes tell of this minute; with `every`, whatever their minute."""
        if self._shared is None:
            return ()
        return tuple(row for row in self._shared.others if every or row.minute == self._minute)

    def _tell(self) -> None:
        if self._shared is not None:
            now, left_s = self._clock.now(), self._shut_until_s - self._clock.monotonic()
            self._shared.tell(
                Record(
                    minute=self._minute,
                    weight=self._mine,
                    unseen=self._unseen,
                    shut_until_s=now + left_s if left_s > 0 else 0.0,
                    waits_until_s=now + self.minute_s + YIELD_S if self._stop_waits else 0.0,
                )
            )

    def _venue_now(self) -> float:
        return self._clock.now() - self._ahead_s

    def _this_minute(self) -> int:
        return int(self._venue_now() // self.minute_s)
