"""One account's watching side: streams for speed, a reading for truth, and every state of the link in plain words."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from core.domain import LinkState
from core.errors import ScramError, VenueBusy, VenueClock, VenueDenied, VenueError
from core.tasks import spawn, stop_all
from core.venues.calls import Caller, retry_after_s
from core.venues.connect import dispose
from core.venues.fills import FillGaps
from core.venues.flows import FlowLedger
from core.venues.line import Line
from core.venues.link import Link
from core.venues.messages import AccountReading, BalanceUpdate, PositionUpdate, Update
from core.venues.protocol import CheckReport, Sink
from core.venues.reader import AccountReader
from core.venues.scrub import Scrubber
from core.venues.streams import PrivateStreams
from core.venues.sub_accounts import SubAccounts

log = logging.getLogger(__name__)

SOON_S = 0.2
"""Readings asked for within this time are one reading."""
FIRST_READING_S = 3.0
"""How long the first reading waits for the stream: one that began before it opened would have to be done again."""


class CcxtWatching:
    def __init__(self, line: Line) -> None:
        self.account = line.settings.account
        self._settings, self._family, self._feed = line.settings, line.family, line.feed
        self._plan = line.plan
        self._markets, self._budget, self._wires = line.markets, line.budget, line.wires
        self._health, self._held = line.health, line.held
        self._clock, self._rng = line.clock, line.rng
        self._ccxt: Any = None
        self._session: Any = None
        self._link = Link(self.account, line.markets.endpoint, line.clock, 2 * line.feed.reconcile_s)
        self._gaps = FillGaps(line.clock)
        self._flows = FlowLedger(line.clock, line.feed.flows_s)
        self._building = asyncio.Lock()
        self._soon = asyncio.Event()
        self._afresh: asyncio.Future[None] | None = None
        """Done when it is to be connected anew."""
        self._whole = True
        self._streams_tried = asyncio.Event()
        self._clock_known = False
        self._denied_until_s = float("-inf")
        scrub = Scrubber(line.settings.credentials.values())
        self._caller = Caller(self.account, scrub, line.feed.call_timeout_s, lambda: retry_after_s(self._ccxt))

    # -- what the protocol asks for -------------------------------------------------------------------------------

    async def run(self, sink: Sink) -> None:
        while True:
            self._afresh = asyncio.get_running_loop().create_future()
            self._streams_tried.clear()
            self._link.connecting(sink)
            await self._serve(sink, self._afresh)
            # Somebody wants it connected anew: nothing of the former connection is used again.
            self._denied_until_s, self._whole = float("-inf"), True
            await self.close()

    async def _serve(self, sink: Sink, afresh: asyncio.Future[None]) -> None:
        """Until `reconnect` is called."""
        # Each with its own patience: a reading that fails leaves the stream alone, a stream that breaks the readings.
        tasks = [
            spawn(self._again(self._stream, sink, self._link.stream), name=f"streams {self.account}"),
            spawn(self._again(self._read_on, sink, self._link.reading), name=f"readings {self.account}"),
            spawn(self._look_for_others(sink), name=f"sub-accounts {self.account}"),
        ]
        try:
            done, _ = await asyncio.wait((*tasks, afresh), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await stop_all(tasks)

    def read_soon(self) -> None:
        self._soon.set()

    def reconnect(self) -> None:
        """Drop the connection and make another, at once."""
        if self._afresh is not None and not self._afresh.done():
            self._afresh.set_result(None)

    async def check(self, sink: Sink = lambda _: None) -> CheckReport:
        await self._connect()
        if (news := self._markets.announcement()) is not None:
            sink(news)
        reader = self._reader()
        offset_ms = await reader.clock_offset_ms()
        reading = await reader.read()
        self._note(reading)
        sink(reading)
        return CheckReport(
            account=self.account,
            exchange=self._settings.exchange,
            coins=len(reading.balance.coins),
            positions=len(reading.positions),
            resting_orders=len(reading.orders or ()),
            clock_offset_ms=offset_ms,
            can_withdraw=await reader.can_withdraw(),
            coverage=self._plan.coverage,
            books=self._plan.names,
            unconfirmed=self._plan.unconfirmed,
            notes=(*reading.bad_rows, *((self._plan.doubt,) if self._plan.doubt else ())),
        )

    async def close(self) -> None:
        exchange, session = self._ccxt, self._session
        self._ccxt, self._session, self._clock_known = None, None, False
        if exchange is not None:
            await dispose(exchange, session)

    # -- patience -------------------------------------------------------------------------------------------------

    async def _again(
        self, work: Callable[[Sink], Awaitable[None]], sink: Sink, tell: Callable[[Sink, ScramError], None]
    ) -> None:
        """`work` again and again; what it raises is told, and answered with a jittered and growing pause."""
        retry_s = self._feed.retry_s
        while True:
            began_s, least_s = self._clock.monotonic(), 0.0
            try:
                await work(sink)
            except ScramError as error:
                tell(sink, error)
                self._clock_known = self._clock_known and not isinstance(error, VenueClock)
                if isinstance(error, VenueDenied):
                    pause_s = self._feed.denied_retry_s * self._rng.uniform(0.8, 1.2)
                    self._denied_until_s = self._clock.monotonic() + pause_s
                elif isinstance(error, VenueBusy):
                    least_s = error.retry_after_s or 0.0
            except Exception:
                # Whatever else breaks in here must not leave the account unwatched in silence.
                log.exception("the feed of %s broke and is started again", self.account)
                tell(sink, ScramError("Scram's own fault in the feed; started again"))
            if self._clock.monotonic() - began_s > 2 * self._feed.retry_max_s:
                retry_s = self._feed.retry_s
            await self._clock.sleep(max(least_s, retry_s * self._rng.uniform(0.5, 1.5)))
            retry_s = min(retry_s * 2, self._feed.retry_max_s)

    async def _connect(self) -> None:
        if self._ccxt is None:
            async with self._building:
                if self._ccxt is None:
                    self._ccxt, self._session = await self._wires.build(
                        self._settings, self._family, traces=(self._health.trace(),)
                    )
        await self._markets.share_with(self._ccxt, self.account)
        await self._learn()

    async def _learn(self) -> None:
        """Which books the account has; what cannot be learned is asked again, and rules out no book until then."""
        exchange = self._ccxt
        with self._caller.translated():
            self._plan.meet(exchange)

        async def ask(request: Callable[[], Awaitable[Any]], weight: float) -> Any:
            await self._budget.acquire(weight)
            return await self._caller(request)

        with contextlib.suppress(VenueError):
            await self._plan.learn(exchange, ask)
            for name in self._plan.plan.ready:
                await self._caller(getattr(exchange, name))

    async def _ready(self, sink: Sink) -> AccountReader:
        # A key refused to the stream is refused to the readings too: asking on may get the address banned.
        while (left_s := self._denied_until_s - self._clock.monotonic()) > 0:
            await self._clock.sleep(left_s)
        await self._connect()
        if (news := self._markets.announcement()) is not None:
            sink(news)
        reader = self._reader()
        if not self._clock_known:
            offset_ms = await reader.clock_offset_ms()
            self._gaps.venue_ahead_s = self._flows.venue_ahead_s = -(offset_ms or 0.0) / 1000.0
            self._clock_known = True
        return reader

    def _reader(self) -> AccountReader:
        return AccountReader(
            self.account, self._ccxt, self._family, self._plan, self._caller, self._budget, self._clock
        )

    # -- streams --------------------------------------------------------------------------------------------------

    async def _stream(self, sink: Sink) -> None:
        try:
            await self._ready(sink)
            streams = PrivateStreams(
                self.account, self._ccxt, self._family, self._plan, self._caller, self._feed, self._clock
            )
            self._health.streams = streams.exist
            if not streams.exist:
                self._opened(sink)
                await asyncio.Event().wait()
            await streams.serve(self._noting(sink), opened=lambda: self._opened(sink), changed=self.read_soon)
        finally:
            self._gaps.stream_broke()
            self._whole = True
            self._streams_tried.set()

    def _opened(self, sink: Sink) -> None:
        self._link.stream(sink)
        # What happened until now, only a reading that begins from here on can tell.
        self._whole = True
        self._streams_tried.set()
        self.read_soon()

    def _noting(self, sink: Sink) -> Sink:
        """What the streams tell is passed on, and noted, so that readings ask only for what was missed."""

        def take(update: Update) -> None:
            self._gaps.note(update)
            if isinstance(update, PositionUpdate):
                self._held.met(self.account, update.symbol)
            if isinstance(update, BalanceUpdate) and update.reason in self._family.flow_reasons:
                self._flows.ask()
                self.read_soon()
            sink(update)

        return take

    # -- accounts beside this one ---------------------------------------------------------------------------------

    async def _look_for_others(self, sink: Sink) -> None:
        """What other accounts there are is no part of this one's health: its trouble is told nowhere but in the log."""
        others = SubAccounts(self.account, self._family.sub_accounts, self._feed.sub_accounts_every_s, self._clock)
        await others.first_wait(self._rng)
        while True:
            pause_s = self._feed.sub_accounts_every_s
            try:
                if self._link.state is LinkState.UP:
                    pause_s = await others.look(self._reader(), sink)
            except Exception:
                log.exception("the list of accounts beside %s broke and is asked for again", self.account)
            await self._clock.sleep(pause_s * self._rng.uniform(0.9, 1.1))

    # -- readings -------------------------------------------------------------------------------------------------

    async def _read_on(self, sink: Sink) -> None:
        await self._wait(self._streams_tried, FIRST_READING_S)
        while True:
            reader = await self._ready(sink)
            self._soon.clear()
            # Asked for in between, the resting orders, by far the dearest part, are left to the stream.
            whole, self._whole = self._whole, False
            reading = await self._read(reader, whole=whole)
            if reader.has_unknown:
                self._markets.met_unknown()
            self._note(reading)
            sink(reading)
            self._gaps.compare(reading)
            self._was_read(sink, reading)
            await self._gaps.fetch(reader, sink)
            await self._flows.fetch(reader, sink)
            await self._until_next(reading.began_s)

    def _note(self, reading: AccountReading) -> None:
        self._held.read(self.account, (row.symbol for row in reading.positions))

    def _was_read(self, sink: Sink, reading: AccountReading) -> None:
        before = self._link.state
        self._link.reading(sink, flaw=reading.bad_rows[0] if reading.bad_rows else "")
        if self._link.state is LinkState.UP and before is not LinkState.UP:
            self._whole = True
            self.read_soon()  # only what begins after the link came up is known to be complete

    async def _read(self, reader: AccountReader, *, whole: bool) -> AccountReading:
        try:
            return await reader.read(orders=whole)
        except BaseException:
            self._whole = self._whole or whole
            raise

    async def _until_next(self, began_s: float) -> None:
        period_s = self._feed.reconcile_s * self._rng.uniform(0.9, 1.1)
        while (left_s := began_s + period_s - self._clock.monotonic()) > 0:
            await self._wait(self._soon, left_s)
            if self._soon.is_set():
                await self._clock.sleep(max(SOON_S, began_s + self._feed.least_gap_s - self._clock.monotonic()))
                return
        self._whole = True

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        timer = spawn(self._clock.sleep(seconds), name=f"reading due {self.account}")
        asked = spawn(event.wait(), name=f"reading asked {self.account}")
        try:
            await asyncio.wait((timer, asked), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await stop_all([timer, asked])
