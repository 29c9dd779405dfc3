"""What the venues' own books say while cuts are made: positions by account, and what became of each order.

Nothing that the venue answered to an order is believed until its books, asked again, show it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from core.errors import VenueBusy, VenueError, VenueUnsupported
from core.mitigation.held import Cut, show
from core.mitigation.terms import Terms
from core.venues.closing import FUZZ, Held
from core.venues.order_fate import LookupVenue


class Readings:
    def __init__(self, cuts: Sequence[Cut], terms: Terms) -> None:
        self._cuts = cuts
        self._terms = terms
        self._clock = terms.clock
        self._held: dict[str, Held] = {}
        self._read_s: dict[str, float] = {}
        """When the reading of each account began."""
        self._mute: set[str] = set()
        """Accounts whose venue cannot be asked for an order by our id."""

    def is_lost(self, cut: Cut) -> bool:
        """Whether nobody will ever know what became of its order."""
        return cut.final and cut.account in self._mute

    def sharing(self, cut: Cut) -> list[Cut]:
        """All cuts of the same position."""
        return [row for row in self._cuts if row.key == cut.key and row.account == cut.account]

    def spoken_for(self, cut: Cut) -> float:
        """What of its position orders may still take that the last reading does not show."""
        return math.fsum(row.on_its_way for row in self.sharing(cut))

    async def fresh(self, account: str) -> Held | None:
        """The positions, read again where that was too long ago; None where they cannot be."""
        behind = any(cut.unread and cut.asked == 0.0 for cut in self._cuts if cut.account == account)
        if behind or self._clock.monotonic() - self._read_s[account] > self._terms.settings.fresh_s:
            try:
                await self.read(account, self._terms.settings.read_tries)
            except VenueError:
                return None
        return self._held[account]

    async def read(self, account: str, tries: int) -> Held:
        settings = self._terms.settings
        for attempt in range(1, tries + 1):
            began_s = self._clock.monotonic()
            try:
                held = Held.of(await self._terms.venues[account].read_positions())
            except VenueError as error:
                if attempt == tries:
                    raise
                pause_s = settings.verify_pause_s
                if isinstance(error, VenueBusy) and error.retry_after_s is not None:
                    pause_s = min(error.retry_after_s, settings.busy_pause_max_s)
                await self._clock.sleep(pause_s)
                continue
            mine = [cut for cut in self._cuts if cut.account == account]
            show(held, mine)
            for cut in mine:
                cut.read(held)
            self._held[account], self._read_s[account] = held, began_s
            return held
        raise AssertionError("unreachable")

    async def read_back(self) -> None:
        """Until the venues' books tell of every order, or the tries are over; then the last reading stands."""
        settings = self._terms.settings
        for attempt in range(1, settings.verify_tries + 1):
            waiting = sorted({cut.account for cut in self._cuts if cut.asked > 0.0 or cut.unread})
            if not waiting or self._clock.monotonic() > self._terms.until_s + settings.grace_s:
                return
            await self._clock.sleep(settings.verify_pause_s * attempt)
            await asyncio.gather(*(self._look(account) for account in waiting))
            if all(self._in_long_doubt(cut) for cut in self._cuts if cut.asked > 0.0 or cut.unread):
                break
        for cut in self._cuts:
            if cut.asked > 0.0 and cut.account in self._mute:
                self._settle(cut)

    def _in_long_doubt(self, cut: Cut) -> bool:
        """The others need not wait for it: it is looked for again in every round."""
        looked = self._terms.settings.verify_tries * self._terms.settings.verify_pause_s
        now_s = self._clock.monotonic()
        return cut.doubt_s is not None and cut.account not in self._mute and now_s - cut.doubt_s > looked

    async def _look(self, account: str) -> None:
        """The orders first and then the positions, so that these are of later."""
        for cut in self._cuts:
            if cut.account == account and cut.asked > 0.0 and account not in self._mute:
                await self._look_up(cut)
        try:
            await self.read(account, 1)
        except VenueError:
            return
        if account not in self._mute:
            return
        for cut in self._cuts:
            wanted = cut.asked if cut.named is None else cut.named
            if cut.account == account and cut.asked > 0.0 and cut.seen >= wanted * (1.0 - FUZZ):
                self._settle(cut)

    def _settle(self, cut: Cut) -> None:
        before = cut.filled
        cut.settle(self._terms.settings.fruitless)
        self._shift(cut, cut.filled - before)

    def _shift(self, cut: Cut, filled: float) -> None:
        """What one order is known to have taken is not looked for in the others on the same position."""
        for other in self.sharing(cut):
            if other is not cut and other.asked > 0.0:
                other.base -= filled

    async def _look_up(self, cut: Cut) -> None:
        venue = self._terms.venues[cut.account]
        if not isinstance(venue, LookupVenue):
            self._mute.add(cut.account)
            return
        asked_s = self._clock.monotonic()
        try:
            fate = await venue.find_order(cut.reduction.symbol, cut.orders[-1])
        except VenueUnsupported:
            self._mute.add(cut.account)
            return
        except VenueError:
            return
        if fate is not None and fate.ended:
            self._shift(cut, fate.filled)
            cut.told(fate, self._terms.settings.fruitless)
        elif fate is None and cut.doubt_s is not None and asked_s - cut.doubt_s > self._terms.urgency.doubt_s:
            cut.never_came()
