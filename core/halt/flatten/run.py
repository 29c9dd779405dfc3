"""Closes what was previewed: reduce-only, account by account side by side, and reads back until it is gone.

Never more is sent than the position that was just read holds, nor in sum more than was there at the beginning. An order
whose fate is not known counts as filled until readings have said otherwise for longer than a venue takes a late one.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.clock import Clock
from core.domain import Leg, Side
from core.errors import LatchError, ScramError, VenueDenied, VenueError, VenueUnsupported
from core.halt.flatten.leg import ClosingLeg
from core.halt.flatten.model import (
    FlattenOrder,
    FlattenOutcome,
    FlattenRow,
    FlattenStyle,
    FlattenTerms,
    RowState,
)
from core.halt.restore import Acquire
from core.tasks import spawn, stop_all
from core.venues.closing import Held, HeldKey, Patience, Sent, key_of, send
from core.venues.messages import PositionUpdate
from core.venues.protocol import ActingVenue, MarketVenue
from core.venues.slicing import next_slice

log = logging.getLogger(__name__)

Issue = Callable[[tuple[str, ...], Sequence[str]], Awaitable[None]]
"""Tells every latch over these accounts that orders with these ids are about to be placed; raises LatchError."""
Why = Callable[[], str]
"""Why nothing more may be sent, "" while it may."""

IDS_AT_ONCE = 8
"""Client ids that are written into the latches ahead: each time costs a write to the disk."""


@dataclass(frozen=True, slots=True)
class FlattenTimes:
    """In seconds."""

    deadline_s: float = 60.0
    read_pause_s: float = 0.25
    """Before a position is read back; each further time waits longer by this."""
    read_pause_max_s: float = 2.0
    verify_tries: int = 5
    doubt_s: float = 10.0
    """After which an order without an answer, which no reading shows, is taken as not carried out: a venue turns down
    what was signed longer ago (Binance and Bybit after 5 s, ccxt asks Binance for 10 s)."""
    settle_s: float = 1.5
    """What is read as gone has to be read as gone again so long after the last answer."""
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Ground:
    """What the accounts of one run share."""

    acquire: Acquire
    clock: Clock
    issue: Issue
    why_not: Why
    tell: Callable[[FlattenOrder], None]
    terms: FlattenTerms
    times: FlattenTimes
    stem: str
    """Begins the client ids: letters and digits, which is all that OKX takes."""
    in_scope: Callable[[PositionUpdate], bool]
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    crowd: Counter[tuple[str, str, str, Side]] = field(default_factory=Counter)
    """How many positions still trade into one side of one book."""


class FlattenRun:
    def __init__(self, rows: Iterable[FlattenRow], seen: Mapping[tuple[str, HeldKey], float], ground: Ground) -> None:
        """`seen`: what the operator was shown of each position, by account and key; more than that is not closed."""
        by_account: dict[str, list[ClosingLeg]] = {}
        for row in rows:
            leg = ClosingLeg(row, seen.get((row.account, row.key), 0.0))
            by_account.setdefault(row.account, []).append(leg)
            ground.crowd[_place_of(row)] += not row.obstacle
        self._accounts = [AccountFlatten(account, legs, ground) for account, legs in by_account.items()]
        self._ground = ground
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Until every position is flat, left for a reason, or the time is over.

        Raises LatchError where the latches cannot be told beforehand, and then nothing was sent.
        """
        ids = tuple(itertools.chain.from_iterable(account.take_ids() for account in self._accounts))
        await self._ground.issue(ids, [account.name for account in self._accounts])
        for account in self._accounts:
            self._tasks.append(spawn(account.run(), name=f"flatten {account.name}", on_failure=account.broke))
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            await stop_all(list(self._tasks))

    def outcomes(self) -> tuple[FlattenOutcome, ...]:
        return tuple(row for account in self._accounts for row in account.outcomes())


def _place_of(row: FlattenRow) -> tuple[str, str, str, Side]:
    return (row.venue, row.exchange, row.symbol, row.side)


class AccountFlatten:
    """All positions of one account, by one reading after the other."""

    def __init__(self, name: str, legs: list[ClosingLeg], ground: Ground) -> None:
        self.name = name
        self._legs = legs
        self._ground = ground
        self._ids: list[str] = []
        self._appeared: tuple[FlattenOutcome, ...] = ()
        self._answered_s = float("-inf")
        """When the last order's answer was there, or the wait for it over."""
        self._settled = False
        """Whether the last reading was late enough after it."""
        self._blind = ""

    # -- what others see ------------------------------------------------------------------------------------------

    def outcomes(self) -> tuple[FlattenOutcome, ...]:
        return (*(leg.outcome() for leg in self._legs), *self._appeared)

    def take_ids(self) -> tuple[str, ...]:
        """Client ids that have to be issued before any of them is used."""
        if all(leg.row.obstacle for leg in self._legs):
            return ()
        fresh = tuple(f"scr{self._ground.stem}f{next(self._ground.numbers)}" for _ in range(IDS_AT_ONCE))
        self._ids.extend(fresh)
        return fresh

    def broke(self, name: str, error: BaseException) -> None:
        log.error("%s broke", name, exc_info=error)
        for leg in self._legs:
            leg.lose(f"Scram's own fault while closing: {type(error).__name__}")

    # -- the course -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        until_s = self._ground.clock.monotonic() + self._ground.times.deadline_s
        try:
            venue = await self._ground.acquire(self.name)
        except ScramError as error:
            return self._lose(f"its account cannot be acted on: {error}")
        held = await self._read(venue, until_s)
        if held is not None:
            for leg in self._legs:
                leg.begin(held)
        while held is not None and self._goes_on(until_s):
            held = await self._close(venue, held, until_s)
        if held is None:
            return self._lose(f"its positions could not be read: {self._blind}")
        for leg in self._legs:
            leg.conclude(self._ground.why_not() or "the time was over")
        return None

    def _goes_on(self, until_s: float) -> bool:
        in_time = self._ground.clock.monotonic() < until_s and not self._ground.why_not()
        return in_time and not (self._settled and all(leg.over for leg in self._legs))

    async def _close(self, venue: ActingVenue, held: Held, until_s: float) -> Held | None:
        """Until nothing is left to send; then a reading that is late enough: what was gone may have been so in a stale
        answer only."""
        clock = self._ground.clock
        now: Held | None = held
        self._settled = False
        while now is not None and not all(leg.over for leg in self._legs):
            if clock.monotonic() >= until_s or self._ground.why_not():
                break
            now = await self._round(venue, now, until_s)
        if now is None:
            return None
        await clock.sleep(max(0.0, self._answered_s + self._ground.times.settle_s - clock.monotonic()))
        self._settled = True
        return await self._read(venue, until_s)

    async def _round(self, venue: ActingVenue, held: Held, until_s: float) -> Held | None:
        """One order for each position that may have one, then read until they show; None where that cannot be."""
        now_s = self._ground.clock.monotonic()
        due = [leg for leg in self._legs if leg.may_send(held, now_s, self._ground.times.doubt_s)]
        await asyncio.gather(*(self._send(venue, leg, held) for leg in due))
        return await self._read_back(venue, held, until_s)

    async def _send(self, venue: ActingVenue, leg: ClosingLeg, held: Held) -> None:
        quantity, price = await self._part(venue, leg, held)
        client_order_id = await self._next_id(leg) if quantity > 0.0 else ""
        if not client_order_id:
            return
        if reason := self._ground.why_not():
            leg.end(reason)
            return
        request = held.reducing(leg.row.key, quantity, client_order_id, price)
        leg.sending(quantity, held)
        sent = await send(venue, request, self._ground.clock, self._ground.times.patience)
        self._answered_s = self._ground.clock.monotonic()
        leg.sent(sent, self._answered_s)
        self._tell(leg, client_order_id, quantity, sent)

    async def _part(self, venue: ActingVenue, leg: ClosingLeg, held: Held) -> tuple[float, float | None]:
        """How much to send now and at which worst price; (0, None) where nothing can be sent at this moment."""
        terms, room = self._ground.terms, leg.room(held)
        if terms.style is FlattenStyle.MARKET:
            return room, None
        if not isinstance(venue, MarketVenue):
            leg.end("its venue shows no order book to slice it by")
            return 0.0, None
        try:
            market = await venue.read_market(leg.row.symbol)
        except VenueError as error:
            leg.note(f"its order book could not be read: {error}")
            return 0.0, None
        side = leg.row.side
        share = terms.share / max(1, self._ground.crowd[_place_of(leg.row)])
        part = next_slice(market, side, room, share, terms.bound)
        if part <= 0.0 or market.mid is None:
            leg.note(f"nothing rests within {terms.bound:.2%} of the price")
            return 0.0, None
        return part, market.mid * (1.0 + side.sign * terms.bound)

    async def _next_id(self, leg: ClosingLeg) -> str:
        if not self._ids:
            try:
                await self._ground.issue(self.take_ids(), [self.name])
            except LatchError as error:
                self._ids.clear()
                leg.end(str(error))
                return ""
        return self._ids.pop(0)

    def _tell(self, leg: ClosingLeg, client_order_id: str, quantity: float, sent: Sent) -> None:
        ack, row = sent.ack, leg.row
        self._ground.tell(
            FlattenOrder(
                row.account, row.symbol, row.leg, row.side, client_order_id,
                quantity if ack is None else ack.quantity, None if ack is None else ack.filled,
                sent.refused or sent.doubt,
            )
        )  # fmt: skip

    # -- reading --------------------------------------------------------------------------------------------------

    async def _read(self, venue: ActingVenue, until_s: float) -> Held | None:
        """Tried again until it is there; None where that cannot be, or not in time."""
        clock, times = self._ground.clock, self._ground.times
        for attempt in itertools.count(1):
            try:
                held = self._take(await venue.read_positions())
            except VenueError as error:
                self._blind = str(error)
                pause_s = min(times.read_pause_s * attempt, times.read_pause_max_s)
                if isinstance(error, VenueDenied | VenueUnsupported) or clock.monotonic() + pause_s >= until_s:
                    return None
                await clock.sleep(pause_s)
                continue
            return held
        raise AssertionError("unreachable")

    def _take(self, positions: Sequence[PositionUpdate]) -> Held:
        mine = [row for row in positions if self._ground.in_scope(row) and row.quantity != 0.0]
        held, planned = Held.of(mine), {leg.row.key for leg in self._legs}
        planned |= {leg.row.turned_key for leg in self._legs if leg.row.leg is Leg.NET}
        for leg in self._legs:
            leg.read(held)
        self._appeared = tuple(
            FlattenOutcome(
                self.name, row.symbol, row.leg, key_of(row)[1], 0.0, abs(row.quantity), 0, RowState.LEFT,
                "it was not in the preview",
            )
            for row in mine
            if key_of(row) not in planned
        )  # fmt: skip
        return held

    async def _read_back(self, venue: ActingVenue, before: Held, until_s: float) -> Held | None:
        """Until the positions show every order, or the tries are over; then the last reading stands."""
        times, held, began_s = self._ground.times, before, self._ground.clock.monotonic()
        for attempt in range(1, times.verify_tries + 1):
            await self._ground.clock.sleep(times.read_pause_s * attempt)
            fresh = await self._read(venue, until_s)
            if fresh is None:
                return None
            held = fresh
            if all(leg.shown(held) for leg in self._legs):
                break
        for leg in self._legs:
            leg.settle(held, began_s, times.doubt_s)
            if leg.over and not leg.left_crowd and not leg.row.obstacle:
                leg.left_crowd = True
                self._ground.crowd[_place_of(leg.row)] -= 1
        return held

    def _lose(self, reason: str) -> None:
        for leg in self._legs:
            leg.lose(reason)
