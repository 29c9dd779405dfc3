"""The cuts of one account, which are made one after the other.

A slice of everything that is due, then the positions and the orders are read back, then the next.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.errors import ScramError, VenueError
from core.mitigation.balance import Balance, Unit
from core.mitigation.held import GONE, Cut
from core.mitigation.readings import Readings
from core.mitigation.sizing import NOTHING, Part, Sizer, in_step, least_share, reach
from core.mitigation.terms import POSITIONS_WEIGHT, Terms
from core.mitigation.urgency import pause_after
from core.venues.closing import FUZZ, Patience, send

SLICE_WEIGHT = 12.0
"""Of a slice: its order book (up to 10), the order, and one look at what became of it."""
ONE_TRY = Patience(1)
"""A venue that is busy is asked again with the next slice, after another reading."""


class Lane:
    def __init__(self, account: str, units: Sequence[Unit], balance: Balance, terms: Terms) -> None:
        """`units` are those of this account."""
        self._account = account
        self._units = units
        self.cuts = [cut for unit in units for cut in unit.cuts]
        self._balance = balance
        self._terms = terms
        self._clock = terms.clock
        self._readings = Readings(account, self.cuts, terms)
        self._sizer = Sizer(self._readings, terms)
        self._sent = 0
        """Ids used up by the end of the last round."""

    async def run(self) -> None:
        await self._begin()
        self._tidy()
        try:
            while self._goes_on() and await self._round():
                self._tidy()
                await self._wait()
        finally:
            for cut in self.cuts:
                cut.final = True
            self._tidy()

    def _goes_on(self) -> bool:
        over = self._terms.why_not() or self._clock.monotonic() >= self._terms.until_s
        return not over and any(cut.open and not self._readings.is_lost(cut) for cut in self.cuts)

    async def _begin(self) -> None:
        account = self._account
        await self._terms.spacing.turn()
        try:
            self._terms.venues[account] = await self._terms.acquire(account)
        except ScramError as error:
            return _end(self.cuts, f"account {account} cannot be acted on: {error}")
        try:
            async with self._terms.room(account, POSITIONS_WEIGHT):
                held = await self._readings.read(self._terms.settings.read_tries)
        except VenueError as error:
            return _end(self.cuts, f"positions of {account} could not be read: {error}")
        for cut in self.cuts:
            cut.before = held.magnitude(cut.key)
            self._sizer.enter(cut)
        return None

    def _tidy(self) -> None:
        """What hedges nothing any more is not cut further; and the balance is told where everything stands."""
        for unit in self._units:
            stuck = unit.stuck
            for cut in unit.cuts:
                if stuck is not None and cut is not stuck and cut.owes and cut.progress >= stuck.progress - FUZZ:
                    cut.end(f"its other leg, {stuck.reduction.symbol}, could not be cut: {stuck.refused or GONE}")
            self._balance.note(unit)
        for cut in self.cuts:
            if not cut.open or cut.final:
                self._sizer.leave(cut)

    async def _wait(self) -> None:
        """Until the next cut is due; and a little where nothing was sent, whatever the reason."""
        sent, self._sent = self._sent, sum(cut.numbers for cut in self.cuts)
        least_s = self._terms.settings.verify_pause_s if sent == self._sent else 0.0
        due = [cut.due_s for cut in self.cuts if cut.owes]
        if due:
            await self._clock.sleep(max(least_s, min(due) - self._clock.monotonic()))

    # -- a round --------------------------------------------------------------------------------------------------

    async def _round(self) -> bool:
        """One slice of what is due, read back; False where the plan has drifted."""
        due = [unit for unit in self._units if self._is_due(unit)]
        asked = sum(cut.asked > 0.0 or cut.unread for cut in self.cuts)
        if not due and not asked:
            return True
        weight = 2 * POSITIONS_WEIGHT + SLICE_WEIGHT * (asked + sum(len(unit.cuts) for unit in due))
        await self._terms.spacing.turn()
        async with self._terms.room(self._account, weight):
            if due and not await self._refresh():
                return False
            for unit in due:
                await self._slice(unit)
            await self._readings.read_back()
        return True

    def _is_due(self, unit: Unit) -> bool:
        """Whether it may have a slice now. One that will never be allowed another ends here."""
        owing = [cut for cut in unit.cuts if cut.owes]
        now_s = self._clock.monotonic()
        if not owing or any(cut.asked > 0.0 for cut in unit.cuts) or any(cut.due_s > now_s for cut in owing):
            return False
        if self._balance.allowance(unit) > FUZZ or self._balance.may_have_least(unit):
            return True
        if why := self._balance.why_over(unit):
            _end(owing, why)
        return False

    async def _refresh(self) -> bool:
        """A reading, late enough; False where the plan has drifted from it."""
        owing = [cut for cut in self.cuts if cut.owes]
        held = await self._readings.fresh()
        if held is None:
            _end(owing, f"positions of {self._account} could not be read again")
            return True
        return not any(cut.owes and self._drifted(cut, held.magnitude(cut.key)) for cut in owing)

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

    async def _slice(self, unit: Unit) -> None:
        """One order for each cut of a unit that may have one now."""
        owing = [cut for cut in unit.cuts if cut.owes]
        parts = {cut.place: await self._sizer.part(cut) for cut in owing}
        aim = self._aim(unit, parts)
        for cut in sorted(owing, key=lambda cut: cut.progress):
            part = parts[cut.place]
            quantity = in_step(cut, part, aim)
            if quantity <= 0.0 or self._terms.why_not():
                # The other legs, here or elsewhere, have to catch up first.
                cut.due_s = max(cut.due_s, self._clock.monotonic() + 4 * self._terms.settings.verify_pause_s)
                continue
            await self._send(cut, quantity, part)
            self._balance.note(unit)
            if cut.asked == 0.0 or cut.named is not None:
                # The other legs follow what was really done of this one, and wait where it was refused.
                done = cut.filled + (cut.named or 0.0) + cut.dust
                aim = min(aim, done / cut.reduction.quantity)

    def _aim(self, unit: Unit, parts: Mapping[int, Part]) -> float:
        """The share of their cuts up to which all legs can go now, and the other side of the pair lets them."""
        far = reach(unit.cuts, parts)
        at = min(cut.progress for cut in unit.cuts)
        allowed = at + self._balance.allowance(unit)
        if allowed >= far:
            return far
        least = max((least_share(cut, parts.get(cut.place, NOTHING)) for cut in unit.cuts), default=0.0)
        if allowed < at + least and self._balance.may_have_least(unit):
            return min(far, at + least)
        if allowed < at + least and (why := self._balance.why_over(unit)):
            _end([cut for cut in unit.cuts if cut.owes], why)
        return allowed

    async def _send(self, cut: Cut, quantity: float, part: Part) -> None:
        held = await self._readings.fresh()
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
