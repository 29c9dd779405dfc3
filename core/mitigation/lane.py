"""Cuts that have to be made one after the other: those of one account, and of all accounts that share a pair with it.

A slice of everything that is due, then the positions and the orders are read back, then the next.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack

from core.errors import ScramError, VenueError
from core.mitigation.held import GONE, Cut
from core.mitigation.readings import Readings
from core.mitigation.sizing import Part, Sizer, in_step, reach
from core.mitigation.terms import Terms
from core.mitigation.urgency import pause_after
from core.venues.closing import FUZZ, Patience, send

POSITIONS_WEIGHT = 10.0
"""Request weight of a reading before a round and one after it, as Binance counts it (5 each)."""
SLICE_WEIGHT = 12.0
"""Of a slice: its order book (up to 10), the order, and one look at what became of it."""
ONE_TRY = Patience(1)
"""A venue that is busy is asked again with the next slice, after another reading."""


class Lane:
    def __init__(self, groups: Sequence[Sequence[Cut]], terms: Terms) -> None:
        """`groups`: cuts that go together, slice by slice; most are alone."""
        self._groups = groups
        self.cuts = [cut for group in groups for cut in group]
        self._accounts = sorted({cut.account for cut in self.cuts})
        self._terms = terms
        self._clock = terms.clock
        self._readings = Readings(self.cuts, terms)
        self._sizer = Sizer(self._readings, terms)
        self._sent = 0
        """Ids used up by the end of the last round."""

    async def run(self) -> None:
        await asyncio.gather(*(self._begin(account) for account in self._accounts))
        self._tidy()
        try:
            while self._goes_on() and await self._round():
                self._tidy()
                await self._wait()
        finally:
            for cut in self.cuts:
                self._sizer.leave(cut)

    async def _round(self) -> bool:
        """One slice of what is due, read back; False where the plan has drifted."""
        async with AsyncExitStack() as stack:
            for account in self._accounts:
                open_cuts = sum(cut.account == account and cut.open for cut in self.cuts)
                if open_cuts:
                    weight = POSITIONS_WEIGHT + open_cuts * SLICE_WEIGHT
                    await stack.enter_async_context(self._terms.room(account, weight))
            if not await self._refresh():
                return False
            for group in self._groups:
                await self._slice(group)
            await self._readings.read_back()
            return True

    def _goes_on(self) -> bool:
        over = self._terms.why_not() or self._clock.monotonic() >= self._terms.until_s
        return not over and any(cut.open and not self._readings.is_lost(cut) for cut in self.cuts)

    async def _begin(self, account: str) -> None:
        mine = [cut for cut in self.cuts if cut.account == account]
        try:
            self._terms.venues[account] = await self._terms.acquire(account)
        except ScramError as error:
            return _end(mine, f"account {account} cannot be acted on: {error}")
        try:
            async with self._terms.room(account, POSITIONS_WEIGHT):
                held = await self._readings.read(account, self._terms.settings.read_tries)
        except VenueError as error:
            return _end(mine, f"positions of {account} could not be read: {error}")
        for cut in mine:
            cut.before = held.magnitude(cut.key)
            self._sizer.enter(cut)
        return None

    def _tidy(self) -> None:
        """A leg that cannot be cut any more ends the cut of the others: what is left of them hedges it."""
        for group in self._groups:
            stuck = next((cut for cut in group if cut.final and cut.progress < 1.0 - FUZZ), None)
            for cut in group:
                if stuck is not None and cut is not stuck and cut.owes and cut.progress >= stuck.progress - FUZZ:
                    other = stuck.reduction
                    cut.end(
                        f"its other leg, {other.symbol} of {other.account}, could not be cut: {stuck.refused or GONE}"
                    )
        for cut in self.cuts:
            if not cut.open:
                self._sizer.leave(cut)

    async def _wait(self) -> None:
        """Until the next cut is due; and a little where nothing was sent, whatever the reason."""
        sent, self._sent = self._sent, sum(cut.numbers for cut in self.cuts)
        least_s = self._terms.settings.verify_pause_s if sent == self._sent else 0.0
        due = [cut.due_s for cut in self.cuts if cut.owes]
        if due:
            await self._clock.sleep(max(least_s, min(due) - self._clock.monotonic()))

    # -- before a round -------------------------------------------------------------------------------------------

    async def _refresh(self) -> bool:
        """A reading, late enough, of every account that owes something; False where the plan has drifted from it."""
        for account in self._accounts:
            owing = [cut for cut in self.cuts if cut.account == account and cut.owes]
            if not owing:
                continue
            held = await self._readings.fresh(account)
            if held is None:
                _end(owing, f"positions of {account} could not be read again")
            elif any(self._drifted(cut, held.magnitude(cut.key)) for cut in owing if cut.owes):
                return False
        return True

    def _drifted(self, cut: Cut, magnitude: float) -> bool:
        """Whether other hands moved the position by more than a plan may be wrong."""
        sharing = self._readings.sharing(cut)
        if any(row.asked > 0.0 for row in sharing):
            return False
        planned = cut.reduction.held if math.isfinite(cut.reduction.held) else cut.before
        ours = math.fsum(row.filled for row in sharing)
        if not abs(magnitude - (planned - ours)) > self._terms.urgency.drift * planned:
            return False
        told = f"{cut.reduction.symbol} of {cut.account} is {magnitude:g} and was {planned:g} when planned"
        self._terms.drift(f"{told}, of which we closed {ours:g}" if ours else told)
        return True

    # -- a round --------------------------------------------------------------------------------------------------

    async def _slice(self, group: Sequence[Cut]) -> None:
        """One order for each cut of a group that may have one now."""
        now_s = self._clock.monotonic()
        owing = [cut for cut in group if cut.owes]
        if any(cut.asked > 0.0 for cut in group) or any(cut.due_s > now_s for cut in owing):
            return
        parts = {cut.place: await self._sizer.part(cut) for cut in owing}
        aim = reach(group, parts)
        for cut in sorted(owing, key=lambda cut: cut.progress):
            part = parts[cut.place]
            quantity = part.quantity if len(group) == 1 else in_step(cut, part, aim)
            if quantity <= 0.0 or self._terms.why_not():
                continue
            await self._send(cut, quantity, part)
            if cut.asked == 0.0 or cut.named is not None:
                # The other legs follow what was really done of this one, and wait where it was refused.
                done = cut.filled + (cut.named or 0.0) + cut.dust
                aim = min(aim, done / cut.reduction.quantity)

    async def _send(self, cut: Cut, quantity: float, part: Part) -> None:
        held = await self._readings.fresh(cut.account)
        if refusal := self._terms.may_act(cut.account):
            return cut.end(refusal)
        quantity = 0.0 if held is None else min(quantity, cut.room(held, self._readings.spoken_for(cut)))
        if held is None or quantity <= 0.0:
            return None
        client_order_id = self._terms.order_id(cut)
        await self._terms.announce(cut, client_order_id, quantity)
        if self._terms.why_not():
            return None
        request = held.reducing(cut.key, quantity, client_order_id, part.price)
        cut.sending(client_order_id, quantity, held)
        sent = await send(self._terms.venues[cut.account], request, self._clock, ONE_TRY)
        now_s, settings = self._clock.monotonic(), self._terms.settings
        volume = self._terms.day_volume(cut.account, cut.reduction.symbol)
        cut.due_s = now_s + pause_after(self._terms.urgency, quantity, volume)
        if sent.ack is not None:
            cut.acked(sent.ack)
        elif sent.doubt:
            cut.doubted(sent.doubt, now_s)
        else:
            cut.turned_down(sent.refused, busy=sent.busy, most_busy=settings.busy_tries)
            wish_s = sent.retry_after_s or settings.busy_pause_s * cut.busy
            cut.due_s = now_s + min(wish_s, settings.busy_pause_max_s)
        return None


def _end(cuts: Sequence[Cut], reason: str) -> None:
    for cut in cuts:
        cut.end(reason)
