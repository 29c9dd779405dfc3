"""One account's acting side over ccxt: no limiter, its own session, a deadline on every call, nothing cached."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any, TypeVar

from core.errors import ConfigError, VenueBusy, VenueClock, VenueError, VenueGarbled, VenueRefused, VenueUnsupported
from core.venues.budget import RequestBudget
from core.venues.calls import Caller, retry_after_s
from core.venues.connect import dispose, last_status
from core.venues.families.family import Family
from core.venues.far_off import far_off
from core.venues.figures import market_view
from core.venues.legs import one_per_leg
from core.venues.line import Line
from core.venues.messages import OrderUpdate, PositionUpdate, Source
from core.venues.normalise import contract_size_of, each, inverse_among, number, order_from, position_from
from core.venues.order_fate import OrderFate, find_order
from core.venues.placing import Params, contracts_of, order_params, trigger_params, why_no_trigger
from core.venues.plans.moves import Moves
from core.venues.plans.plan import Book
from core.venues.positions import position_rows
from core.venues.probing import probe
from core.venues.protocol import FarOffOrder, Listing, MarketView, OrderAck, OrderRequest, Probe, TriggerRequest
from core.venues.rehearsing import rehearse
from core.venues.scrub import Scrubber
from core.venues.timers import Timers
from core.venues.turns import turn_to_ask
from core.venues.wire_lines import CallKind
from core.venues.wire_log import WireLog

T = TypeVar("T")

POSITIONS_WEIGHT = 5.0
BANNED = 418
"""By this Binance says that it takes nothing more from an address for minutes to days."""
FEE_WEIGHT = 20.0
LEARN_RETRY_S = 2.0


class CcxtActing:
    def __init__(self, line: Line) -> None:
        self.account = line.settings.account
        self.venue = line.settings.venue
        self.exchange = line.settings.exchange
        self._plan = line.plan
        self._settings, self._family, self._feed = line.settings, line.family, line.feed
        self._markets, self._budget, self._wires = line.markets, line.budget, line.wires
        self._clock = line.clock
        self.endpoint = line.markets.endpoint
        self.holds_positions = line.family.holds_positions
        self._fees: dict[str, float | None] = {}
        """Taker fees, by the coin of settlement."""
        self._asking_fee = asyncio.Lock()
        self._ccxt: Any = None
        self._session: Any = None
        self._preparing = asyncio.Lock()
        self._clock_known = self._tried = False
        self._learn_again_s = float("-inf")
        self._take_books()
        self.timers = Timers(line.plan, self._move_timer, lambda: self._ccxt, line.budget)
        scrub = Scrubber(line.settings.credentials.values())
        self.wire = WireLog(line.clock, scrub)
        self._caller = Caller(self.account, scrub, line.feed.acting_timeout_s, lambda: retry_after_s(self._ccxt))

    # -- life -----------------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        await self._build()
        await self._caller(lambda: self._prepare(again=True))

    async def _build(self) -> None:
        """Our own work alone, which always ends: many accounts at once take turns, and that is no venue's delay."""
        if self._ccxt is None:
            with self._caller.translated():
                async with self._preparing:
                    if self._ccxt is None:
                        exchange, session = await self._wires.build(self._settings, self._family, acting=True)
                        try:
                            self._plan.check(exchange)
                        except ConfigError:
                            await dispose(exchange, session)
                            raise
                        self.wire.attach(exchange)
                        self._ccxt, self._session = exchange, session

    async def _prepare(self, *, again: bool = False) -> None:
        with self.wire.call(CallKind.PREPARE):
            await self._make_ready(again=again)

    async def _make_ready(self, *, again: bool) -> None:
        """`again` asks anew for what was learned long ago: before a stop, and never within one."""
        first, self._tried = not self._tried, True
        jobs: list[Awaitable[object]] = [self._markets.share_with(self._ccxt, self.account)]
        # Side by side, and what cannot be had holds up nothing: a time that is off is set when the venue complains of
        # it, and books of which nobody knows whether the account has them are stopped all the same.
        if not self._clock_known and (first or again):
            jobs.append(self._learn_clock())
        if (first and not self._plan.is_learned) or again:
            jobs.append(self._try(lambda: self._plan.learn(self._ccxt, self._ask_aside, again=again)))
        jobs += [self._try(getattr(self._ccxt, name)) for name in self._plan.plan.ready]
        await asyncio.gather(*jobs)
        self._plan.meet(self._ccxt)
        self._take_books()

    async def _learn_clock(self) -> None:
        ahead_s = self._budget.clock_ahead_s
        if ahead_s is not None:
            # As another account of the same venue has just found out: a thousand need not ask the same.
            self._ccxt.options["timeDifference"] = round(ahead_s * 1000.0)
            self._clock_known = True
            return
        self._clock_known = await self._try(self._set_clock)

    async def _try(self, work: Callable[[], Awaitable[object]]) -> bool:
        try:
            async with asyncio.timeout(self._feed.acting_timeout_s / 2):
                await work()
        except Exception:
            return False
        return True

    async def _ask_aside(self, request: Callable[[], Awaitable[T]], weight: float) -> T:
        """A question whose answer nothing waits for: counted, and its errors ours."""
        self._budget.spend(weight)
        with self._caller.translated():
            return await request()

    def _take_books(self) -> None:
        plan = self._plan
        self.books, self.coverage = plan.names, plan.coverage
        self.whole_books = frozenset(book.name for book in plan.books if book.empty)
        self.symbol_books = frozenset(book.name for book in plan.books if book.empty_symbol)

    async def _set_clock(self) -> None:
        if self._ccxt.has.get("fetchTime"):
            self._budget.spend(1.0)
            self._budget.keep_time(await self._ccxt.load_time_difference() / 1000.0)

    async def close(self) -> None:
        async with self._preparing:
            exchange, session = self._ccxt, self._session
            self._ccxt, self._session, self._clock_known, self._tried = None, None, False, False
            if exchange is not None:
                await dispose(exchange, session)

    # -- orders ---------------------------------------------------------------------------------------------------

    async def list_orders(self, book: str) -> Listing:
        await self._learn_before_proof()
        recipe, moves = await self._moves(book)
        began_s = self._clock.monotonic()
        with self._caller.translated(), self.wire.call(CallKind.LIST, book) as call:
            rows = await moves.rows(recipe)
        ended_s = self._clock.monotonic()
        orders, bad = each(
            rows,
            lambda row: order_from(row, self.account, book, self._known(row["symbol"]), Source.READING, ended_s),
            "listed order",
        )
        if bad:
            # A row that cannot be read is an order that cannot be counted: the listing is not complete.
            raise VenueGarbled(bad[0], account=self.account)
        return Listing(self.account, book, orders, began_s, ended_s, call)

    async def cancel_book(self, book: str) -> None:
        recipe, moves = await self._moves(book)
        with self._caller.translated(), self.wire.call(CallKind.CANCEL, book):
            await moves.empty(recipe)

    async def cancel_symbol(self, book: str, symbol: str) -> None:
        recipe, moves = await self._moves(book)
        with self._caller.translated(), self.wire.call(CallKind.CANCEL, book):
            await moves.empty_symbol(recipe, symbol)

    async def cancel_orders(self, book: str, orders: Sequence[OrderUpdate]) -> None:
        recipe, moves = await self._moves(book)
        with self._caller.translated(), self.wire.call(CallKind.CANCEL, book):
            await moves.cancel(recipe, orders)

    async def _learn_before_proof(self) -> None:
        """A proof needs to know which books there are; a cancel does not wait for it."""
        now_s = self._clock.monotonic()
        if not self._plan.is_learned and now_s >= self._learn_again_s:
            self._learn_again_s = now_s + LEARN_RETRY_S
            await self._build()
            await self._caller(lambda: self._prepare(again=True))

    async def _moves(self, name: str) -> tuple[Book, Moves]:
        """The book of that name and the moves over it, everything that they need being there."""
        await self._build()
        if self._ccxt.markets is None:
            await self._caller(self._prepare)
        book = self._plan.book(name)
        if book is None:
            has = ", ".join(self.books)
            raise VenueUnsupported(
                f"{self.exchange} has no book {name} for this account, only {has}", account=self.account
            )
        return book, Moves(self._ccxt, self._plan.plan, self._do)

    async def place(self, request: OrderRequest) -> OrderAck:
        return await self._create(request, lambda: order_params(self._ccxt, request))

    def why_no_trigger(self, request: TriggerRequest) -> str:
        return "nobody is connected" if self._ccxt is None else why_no_trigger(self._ccxt, request)

    async def place_trigger(self, request: TriggerRequest) -> OrderAck:
        return await self._create(request.order, lambda: trigger_params(self._ccxt, request))

    async def _create(self, request: OrderRequest, params: Callable[[], Params]) -> OrderAck:
        sent = 0.0

        async def create() -> Any:
            nonlocal sent
            sent = contracts_of(request, self._market(request.symbol), self.account)
            kind = "market" if request.price is None else "limit"
            said = params()
            with self.wire.call(CallKind.PLACE):
                return await self._ccxt.create_order(
                    request.symbol, kind, request.side.value, sent, request.price, said
                )

        row = await self._do(create)
        size = contract_size_of(self._known(request.symbol))
        with self._caller.translated():
            filled = number(row.get("filled"))
            return OrderAck(
                order_id=str(row["id"]),
                quantity=sent * size,
                filled=None if filled is None else filled * size,
                average_price=number(row.get("average")) or None,
            )

    async def find_order(self, symbol: str, client_order_id: str) -> OrderFate | None:
        async def find() -> OrderFate | None:
            with self.wire.call(CallKind.OTHER):
                return await find_order(self._ccxt, self._known(symbol), symbol, client_order_id)

        return await self._do(find)

    # -- the market -----------------------------------------------------------------------------------------------

    async def read_market(self, symbol: str) -> MarketView:
        async def read() -> Any:
            market = self._market(symbol)
            if not self._ccxt.has.get("fetchOrderBook"):
                raise VenueUnsupported(f"{self.exchange} shows no order books", account=self.account)
            with self.wire.call(CallKind.MARKET):
                return market, await self._ccxt.fetch_order_book(symbol, self._family.depth_levels)

        market, book = await self._do(read, self._family.depth_weight)
        with self._caller.translated():
            return market_view(book, market, self._clock.monotonic())

    async def read_taker_fee(self, symbol: str) -> float | None:
        market = self._market(symbol)
        coin = str(market.get("settle") or market.get("quote"))
        async with self._asking_fee:
            if coin not in self._fees:
                # Once for each coin of settlement: the tier is the account's, and at Binance asking costs 20.
                self._fees[coin] = await self._own_fee(symbol) or number(market.get("taker"))
        return self._fees[coin]

    async def _own_fee(self, symbol: str) -> float | None:
        if self._ccxt.has.get("fetchTradingFee") is not True:
            return None
        with contextlib.suppress(VenueError):
            row = await self._do(lambda: self._ccxt.fetch_trading_fee(symbol), FEE_WEIGHT)
            return number(row.get("taker"))
        return None

    async def read_positions(self) -> tuple[PositionUpdate, ...]:
        if not self._family.holds_positions:
            return ()
        with self.wire.call(CallKind.POSITIONS):
            await self._build()
            rows = await position_rows(self._ccxt, self._plan, partial(self._do, weight=POSITIONS_WEIGHT))
        received_s = self._clock.monotonic()
        positions, bad = each(
            rows,
            lambda row: position_from(row, self.account, self._known(row["symbol"]), Source.READING, received_s),
            "position",
        )
        if bad:
            raise VenueGarbled(bad[0], account=self.account)
        return one_per_leg(positions, inverse_among(positions, self._ccxt.markets))

    async def _move_timer(self, call: Callable[[], Awaitable[T]], weight: float) -> T:
        with self.wire.call(CallKind.DEADMAN):
            return await self._do(call, weight)

    # -- itself ---------------------------------------------------------------------------------------------------

    async def probe(self, *, clock: bool) -> Probe:
        await self._build()
        return await probe(self._ccxt, self._do, clock=clock)

    async def rehearse(self, book: str, symbols: Sequence[str], orders: Sequence[OrderUpdate]) -> int:
        recipe, _ = await self._moves(book)
        with self._caller.translated():
            return len(await rehearse(self._ccxt, self._plan.plan, recipe, symbols, orders))

    async def far_off(self, client_order_id: str, held: Collection[str] = ()) -> FarOffOrder:
        return await self._do(lambda: far_off(self._ccxt, self._plan.books, client_order_id, held))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _known(self, symbol: str) -> dict[str, Any]:
        """The market, or an empty one where it is newer than what was loaded: then that is loaded again."""
        market: dict[str, Any] | None = self._ccxt.markets.get(symbol)
        if market is None:
            self._markets.met_unknown()
        return market or {}

    def _market(self, symbol: str) -> dict[str, Any]:
        market = self._known(symbol)
        if not market:
            raise VenueRefused(f"{self.exchange} has no market {symbol}", account=self.account)
        return market

    async def _do(self, call: Callable[[], Awaitable[T]], weight: float = 1.0) -> T:
        """`call`, whatever has to be prepared for it included, within the deadline of one call."""
        await self._build()
        # The deadline is the venue's: waiting for a turn is no fault of its.
        if not await turn_to_ask(weight):
            self._budget.depart(weight)
        try:
            result = await self._caller(lambda: self._prepared(call, weight))
        except VenueBusy as error:
            learn_weight(self._ccxt, self._family, self._budget)
            self._budget.refused(error.retry_after_s, banned=last_status(self._ccxt) == BANNED)
            raise
        finally:
            self._budget.arrived(weight)
        learn_weight(self._ccxt, self._family, self._budget)
        return result

    async def _prepared(self, call: Callable[[], Awaitable[T]], weight: float) -> T:
        await self._prepare()
        try:
            with self._caller.translated():
                return await call()
        except VenueClock:
            # The venue turned it down for its timestamp alone: nothing was done, so it is safe to ask once more.
            await self._set_clock()
            self._budget.spend(weight)
            return await call()


def learn_weight(exchange: Any, family: Family, budget: RequestBudget) -> None:
    """Take over the venue's own count of this minute's weight, where it tells."""
    if not family.used_weight_header:
        return
    headers = getattr(exchange, "last_response_headers", None) or {}
    for name, value in headers.items():
        if str(name).lower() == family.used_weight_header and str(value).isdigit():
            budget.learned(float(value))
