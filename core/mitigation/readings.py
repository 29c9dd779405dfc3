"""What the venue's own books say while an account's cuts are made: its positions, and what became of each order.

Nothing that the venue answered to an order is believed until its books, asked again, show it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.errors import VenueBusy, VenueError, VenueUnsupported
from core.mitigation.held import Cut, show
from core.mitigation.terms import Terms
from core.venues.closing import FUZZ, Held, HeldKey
from core.venues.order_fate import LookupVenue


class Readings:
    def __init__(self, account: str, cuts: Sequence[Cut], terms: Terms) -> None:
        self._account = account
        self._cuts = cuts
        self._by_key: dict[HeldKey, list[Cut]] = {}
        for cut in cuts:
            self._by_key.setdefault(cut.key, []).append(cut)
        self._terms = terms
        self._clock = terms.clock
        self._held = Held({}, {})
        self._read_s = -math.inf
        """When the last reading began."""
        self._mute = False
        """Whether the venue cannot be asked for an order by our id."""

    def is_lost(self, cut: Cut) -> bool:
        """Whether nobody will ever know what became of its order."""
        return cut.final and self._mute

    def sharing(self, cut: Cut) -> list[Cut]:
        """All cuts of the same position."""
        return self._by_key[cut.key]

    def spoken_for(self, cut: Cut) -> float:
        """What of its position orders may still take that the last reading does not show."""
        return math.fsum(row.on_its_way for row in self.sharing(cut))

    async def fresh(self) -> Held | None:
        """The positions, read again where that was too long ago; None where they cannot be."""
        behind = any(cut.unread and cut.asked == 0.0 for cut in self._cuts)
        if behind or self._clock.monotonic() - self._read_s > self._terms.settings.fresh_s:
            try:
                await self.read(self._terms.settings.read_tries)
            except VenueError:
                return None
        return self._held

    async def read(self, tries: int) -> Held:
        settings = self._terms.settings
        for attempt in range(1, tries + 1):
            began_s = self._clock.monotonic()
            try:
                held = Held.of(await self._terms.venues[self._account].read_positions())
            except VenueError as error:
                if attempt == tries:
                    raise
                pause_s = settings.verify_pause_s
                if isinstance(error, VenueBusy) and error.retry_after_s is not None:
                    pause_s = min(error.retry_after_s, settings.busy_pause_max_s)
                await self._clock.sleep(pause_s)
                continue
            show(held, self._cuts)
            for cut in self._cuts:
                cut.read(held)
            self._held, self._read_s = held, began_s
            return held
        raise AssertionError("unreachable")

    async def read_back(self) -> None:
        """Until the venue's books tell of every order, or the tries are over; then the last reading stands."""
        settings = self._terms.settings
        for attempt in range(1, settings.verify_tries + 1):
            over = self._clock.monotonic() > self._terms.until_s + settings.grace_s
            if over or not any(cut.asked > 0.0 or cut.unread for cut in self._cuts):
                return
            await self._clock.sleep(settings.verify_pause_s * attempt)
            await self._look()
            if all(self._in_long_doubt(cut) for cut in self._cuts if cut.asked > 0.0 or cut.unread):
                break
        for cut in self._cuts:
            if cut.asked > 0.0 and self._mute:
                self._settle(cut)

    def _in_long_doubt(self, cut: Cut) -> bool:
        """The others need not wait for it: it is looked for again in every round."""
        looked = self._terms.settings.verify_tries * self._terms.settings.verify_pause_s
        return cut.doubt_s is not None and not self._mute and self._clock.monotonic() - cut.doubt_s > looked

    async def _look(self) -> None:
        """The orders first and then the positions, so that these are of later."""
        for cut in self._cuts:
            if cut.asked > 0.0 and not self._mute:
                await self._look_up(cut)
        try:
            await self.read(1)
        except VenueError:
            return
        for cut in self._cuts if self._mute else ():
            wanted = cut.asked if cut.named is None else cut.named
            if cut.asked > 0.0 and cut.seen >= wanted * (1.0 - FUZZ):
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
        venue = self._terms.venues[self._account]
        if not isinstance(venue, LookupVenue):
            self._mute = True
            return
        asked_s = self._clock.monotonic()
        try:
            fate = await venue.find_order(cut.reduction.symbol, cut.orders[-1])
        except VenueUnsupported:
            self._mute = True
            return
        except VenueError:
            return
        if fate is not None and fate.ended:
            self._shift(cut, fate.filled)
            cut.told(fate, self._terms.settings.fruitless)
        elif fate is None and cut.doubt_s is not None and asked_s - cut.doubt_s > self._terms.urgency.doubt_s:
            cut.never_came()
