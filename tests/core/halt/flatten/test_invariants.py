"""Over any fate of orders and readings: never more is closed than was there, and flat is what the venue's books say.

The books are the paper engine's own, and it is told nothing of reduce-only: a flatten that sent too much would turn a
position round, and be seen.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.domain import Leg, Side
from core.errors import VenueBusy, VenueRefused, VenueTimeout, VenueUnreachable
from core.halt.flatten.model import FlattenOutcome, FlattenRow, FlattenStyle, FlattenTerms, RowState
from core.halt.flatten.run import FlattenRun, FlattenTimes, Ground
from core.paper.engine.exchange import Exchange
from core.paper.engine.model import Cause, OrderKind, Status, TimeInForce
from core.paper.engine.model import OrderRequest as PaperOrder
from core.paper.market import Market
from core.venues.messages import PositionUpdate, Source
from core.venues.protocol import MarketView, OrderAck, OrderRequest
from core.venues.slicing import rounded
from tests.core.halt.guarded import thin
from tests.core.halt.scripted import SYMBOL, ScriptedVenue

TIMES = FlattenTimes(deadline_s=60.0)
LATE_S = 4.5
"""After which an order without an answer may still arrive."""
STALE_READS = 2
"""A reading may be older than the last order, for less long than readings are waited for."""

FATES = ("filled", "unnamed", "refused", "busy", "lost before", "lost after", "late")
READS = ("fresh", "stale", "unreachable")


class Hurrying(ManualClock):
    """Time passes as soon as somebody waits for it."""

    async def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))
        await asyncio.sleep(0)


@dataclass
class EngineVenue(ScriptedVenue):
    """One account of a paper engine, whose answers a test bends."""

    endpoint: str = "paper"
    holds_positions: bool = True
    fates: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    grows: list[float] = field(default_factory=list)
    """Traded by somebody else with the next readings: above zero further away from it, below towards it."""

    def open(self, quantity: float, level_dollars: float) -> None:
        # Of orders that reduce no least value is asked, and here nobody knows that they do.
        market = Market(tuple(replace(row, notional_min=0.0) for row in thin(level_dollars)), 1, 0.1)
        self.engine = Exchange(market, self.clock.now)
        self.row = self.engine.add_account("one", "key", "secret")
        self.engine.flow(self.row, "USDT", 1e9, Cause.DEPOSIT)
        self.engine.seed(self.row, "BTCUSDT", Side.BUY if quantity > 0 else Side.SELL, abs(quantity), "bas-1", 0.0)
        self.sign, self.told = (1.0 if quantity > 0 else -1.0), quantity
        self.late: list[tuple[float, OrderRequest]] = []
        """When they arrive, and what."""
        self.track = [quantity]
        """The position after every fill, whoever's."""
        self.others = 0.0

    @property
    def quantity(self) -> float:
        return self.row.quantity_of("BTCUSDT")

    def _fill(self, request: OrderRequest) -> Any:
        kind = OrderKind.MARKET if request.price is None else OrderKind.LIMIT
        price = None if request.price is None else self.engine.market.instrument("BTCUSDT").round_price(request.price)
        tif = TimeInForce.IOC if request.immediate else TimeInForce.GTC
        assert request.reduce_only
        order = self.engine.place(
            self.row,
            PaperOrder("BTCUSDT", request.side, kind, request.quantity, price, tif, client_id=request.client_order_id),
        )
        assert not order.status.is_open
        assert order.status in {Status.FILLED, Status.EXPIRED}
        self.track.append(self.quantity)
        return order

    async def place(self, request: OrderRequest) -> OrderAck:
        assert request.quantity <= abs(self.told) + 1e-9, "more than the position that was just read"
        request = replace(request, quantity=rounded(await self.read_market(request.symbol), request.quantity))
        if request.quantity == 0.0:
            raise VenueRefused("below the least order", account=self.account)
        fate = self.fates.pop(0) if self.fates else "filled"
        if fate == "refused":
            raise VenueRefused("no", account=self.account)
        if fate == "busy":
            raise VenueBusy("slow down", account=self.account)
        if fate == "lost before":
            raise VenueTimeout("lost", account=self.account)
        if fate == "late":
            self.late.append((self.clock.monotonic() + LATE_S, request))
            raise VenueTimeout("lost", account=self.account)
        order = self._fill(request)
        if fate == "lost after":
            raise VenueTimeout("lost", account=self.account)
        return OrderAck(str(order.order_id), request.quantity, order.filled if fate == "filled" else None, None)

    async def read_positions(self) -> tuple[PositionUpdate, ...]:
        fate = self.reads.pop(0) if self.reads else "fresh"
        self.arrive(self.clock.monotonic())
        self._others_trade(self.grows.pop(0) if self.grows else 0.0, fresh=fate == "fresh")
        if fate == "unreachable":
            raise VenueUnreachable("no answer", account=self.account)
        if fate == "fresh":
            self.told = self.quantity
        held = [(SYMBOL, self.told)] if self.told else []
        return tuple(PositionUpdate("one", name, Leg.NET, held, 1.0, Source.READING, 0.0) for name, held in held)

    def arrive(self, now_s: float) -> None:
        """What was on its way until now."""
        for due_s, request in [*self.late]:
            if due_s <= now_s:
                self.late.remove((due_s, request))
                self._fill(request)

    def _others_trade(self, more: float, *, fresh: bool) -> None:
        """Away from zero, or below zero towards it: the latter where this reading tells, and no order is under way."""
        if more < 0.0:
            more = 0.0 if self.late or not fresh else max(more, -abs(self.quantity))
        if more:
            side = Side.BUY if (self.sign > 0) is (more > 0) else Side.SELL
            self.engine.seed(self.row, "BTCUSDT", side, abs(more), "bot-1", 0.0)
            self.others += more
            self.track.append(self.quantity)

    async def read_market(self, symbol: str) -> MarketView:
        market = self.engine.market
        bids, asks = (
            tuple((level.price, level.quantity) for level in market.ladder("BTCUSDT", side))
            for side in (Side.SELL, Side.BUY)
        )
        return MarketView(symbol, "USDT", False, bids, asks, 0.001, 0.001, self.clock.monotonic())

    async def read_taker_fee(self, symbol: str) -> float | None:
        return None


async def flattened(venue: EngineVenue, terms: FlattenTerms, seen: float) -> FlattenOutcome:
    async def acquire(_: str) -> EngineVenue:
        return venue

    async def issue(*_: object) -> None:
        pass

    row = FlattenRow("one", "north", "paper", SYMBOL, Leg.NET, venue.told, None, 0.0)
    ground = Ground(
        acquire, venue.clock, issue, lambda: "", lambda _: None, terms, TIMES, "abc", lambda _: True,
        itertools.count(1),
    )  # fmt: skip
    run = FlattenRun([row], {("one", row.key): seen}, ground)
    await run.run()
    return run.outcomes()[0]


def by_few_stale(reads: list[str]) -> list[str]:
    """No more stale readings before a fresh one than a venue shows."""
    kept: list[str] = []
    stale = 0
    for read in reads:
        stale = 0 if read == "fresh" else stale + (read == "stale")
        if read != "stale" or stale <= STALE_READS:
            kept.append(read)
    return kept


@given(
    quantity=st.integers(-4_000, 4_000).filter(bool).map(lambda steps: steps / 1_000),
    level_dollars=st.sampled_from([20.0, 500.0, 400_000.0]),
    style=st.sampled_from(FlattenStyle),
    fates=st.lists(st.sampled_from(FATES), max_size=6),
    reads=st.lists(st.sampled_from(READS), max_size=8).map(by_few_stale),
    grows=st.lists(st.sampled_from([0.0, 0.0, 0.5, -0.3]), max_size=4),
)
def test_never_more_than_the_position_is_closed_it_never_turns_and_flat_is_true(
    quantity: float, level_dollars: float, style: FlattenStyle, fates: list[str], reads: list[str], grows: list[float]
) -> None:
    venue = EngineVenue(Hurrying(), fates=[*fates], reads=[*reads], grows=[*grows])
    venue.open(quantity, level_dollars)
    outcome = asyncio.run(flattened(venue, FlattenTerms(style, 0.3, 0.004), abs(quantity)))
    before = venue.quantity
    venue.arrive(float("inf"))
    ours = [order for order in venue.row.orders.values() if order.client_id.startswith("scr")]
    closed = sum(order.filled for order in ours)
    there = abs(quantity) + venue.others
    assert closed <= there + 1e-9
    assert abs(venue.quantity) == max(0.0, round(there - closed, 9))
    assert all(position * venue.sign >= -1e-9 for position in venue.track), "it was turned round"
    assert all(order.side.sign * venue.sign < 0 for order in ours)
    if outcome.state is RowState.FLAT:
        assert venue.told == 0.0
        assert before == 0.0 or any(grows), "what is not there cannot come back by itself"
    elif outcome.state is RowState.LEFT:
        assert outcome.left == abs(venue.told)
        assert outcome.reason
    else:
        assert (outcome.state, outcome.left) == (RowState.UNKNOWN, None)
    if not reads and not grows and set(fates) <= {"filled", "unnamed"} and style is FlattenStyle.MARKET:
        assert outcome.state is RowState.FLAT
