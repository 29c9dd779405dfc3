"""A venue in memory whose orders and positions a test moves by hand: for what a socket would only make slower."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.clock import ManualClock
from core.domain import Leg, Side
from core.errors import VenueError, VenueRefused, VenueUnsupported
from core.halt.target import HaltTarget
from core.venues.messages import OrderUpdate, PositionUpdate, Source
from core.venues.protocol import Coverage, Listing, OrderAck, OrderRequest

SYMBOL = "BTC/USDT:USDT"


@dataclass
class ScriptedVenue:
    """One account's acting side; every call is answered at once."""

    clock: ManualClock
    account: str = "alpha-1"
    venue: str = "north"
    exchange: str = "scripted"
    coverage: Coverage = Coverage.EXACT
    books: tuple[str, ...] = ("regular", "trigger")
    whole_books: frozenset[str] = frozenset()
    symbol_books: frozenset[str] = frozenset({"regular", "trigger"})
    resting: dict[str, OrderUpdate] = field(default_factory=dict)
    positions: dict[str, float] = field(default_factory=dict)
    placed: list[OrderRequest] = field(default_factory=list)
    listings: list[tuple[float, int]] = field(default_factory=list)
    """When each listing of all books began, and how many orders it showed."""
    cancels: list[str] = field(default_factory=list)
    """What was asked to be cancelled: `book regular`, `BTC/USDT:USDT of trigger`, `2 of regular`."""
    trouble: dict[str, VenueError] = field(default_factory=dict)
    """By name of the call: what it raises."""
    ignores_cancels: bool = False
    slow_s: float = 0.0
    """How long a listing takes."""
    before_place: Callable[[OrderRequest], None] = lambda _: None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def put(
        self, *, symbol: str = SYMBOL, side: Side = Side.SELL, book: str = "regular", client: str = "bas-1",
        reduce_only: bool = False, quantity: float = 1.0, late: bool = False,
    ) -> OrderUpdate:  # fmt: skip
        """An order comes to rest."""
        number = str(next(self._numbers))
        order = OrderUpdate(
            account=self.account, symbol=symbol, order_id=number, client_order_id=client, book=book, side=side,
            is_open=True, quantity=quantity, filled=0.0, price=100.0,
            trigger_price=90.0 if book == "trigger" else None, reduce_only=reduce_only,
            at_s=self.clock.now() + (0.001 if late else -60.0), source=Source.READING,
            received_s=self.clock.monotonic(),
        )  # fmt: skip
        self.resting[number] = order
        return order

    def target(self, **values: object) -> HaltTarget:
        async def acquire() -> ScriptedVenue:
            self._fail("acquire")
            return self

        return HaltTarget(self.account, self.venue, self.exchange, acquire, **values)  # type: ignore[arg-type]

    # -- ActingVenue ----------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        pass

    async def list_orders(self, book: str) -> Listing:
        self._fail(f"list {book}")
        self._fail("list")
        now_s = self.clock.monotonic()
        if self.slow_s:
            await self.clock.sleep(self.slow_s)
        orders = tuple(order for order in self.resting.values() if order.book == book)
        if book == self.books[-1]:
            self.listings.append((now_s, len(self.resting)))
        return Listing(self.account, book, orders, now_s, self.clock.monotonic())

    async def cancel_book(self, book: str) -> None:
        if book not in self.whole_books:
            raise VenueUnsupported(f"no call empties {book}", account=self.account)
        self._cancelling(f"book {book}")
        if not self.ignores_cancels:
            self.resting = {number: order for number, order in self.resting.items() if order.book != book}

    async def cancel_symbol(self, book: str, symbol: str) -> None:
        if book not in self.symbol_books:
            raise VenueUnsupported(f"no call empties {book} in one symbol", account=self.account)
        self._cancelling(f"{symbol} of {book}")
        if not self.ignores_cancels:
            self.resting = {k: o for k, o in self.resting.items() if (o.book, o.symbol) != (book, symbol)}

    async def cancel_orders(self, book: str, orders: Sequence[OrderUpdate]) -> None:
        self._cancelling(f"{len(orders)} of {book}")
        if not self.ignores_cancels:
            for order in orders:
                self.resting.pop(order.order_id, None)

    async def read_positions(self) -> tuple[PositionUpdate, ...]:
        self._fail("positions")
        now_s = self.clock.monotonic()
        return tuple(
            PositionUpdate(self.account, symbol, Leg.NET, quantity, 100.0, Source.READING, now_s)
            for symbol, quantity in self.positions.items()
        )

    async def place(self, request: OrderRequest) -> OrderAck:
        self._fail("place")
        if not request.reduce_only:
            raise VenueRefused("this venue takes orders that reduce and no other", account=self.account)
        self.before_place(request)
        self.placed.append(request)
        order = self.put(
            symbol=request.symbol, side=request.side, client=request.client_order_id, reduce_only=True,
            quantity=request.quantity, late=True,
        )  # fmt: skip
        return OrderAck(order.order_id, request.quantity, None, None)

    async def close(self) -> None:
        pass

    def _cancelling(self, what: str) -> None:
        self.cancels.append(what)
        self._fail("cancel")

    def _fail(self, call: str) -> None:
        if call in self.trouble:
            raise self.trouble[call]


async def quiet() -> None:
    """Until nothing is left to do without time passing: the loop's own work, and the latch thread's."""
    for _ in range(4):
        for _ in range(30):
            await asyncio.sleep(0)
        await asyncio.sleep(0.002)


async def pass_time(clock: ManualClock, seconds: float, step_s: float = 0.25) -> None:
    """Let time pass in steps, with everybody woken in between."""
    left_s = seconds
    while left_s > 0:
        await quiet()
        clock.advance(min(step_s, left_s))
        left_s -= step_s
    await quiet()
