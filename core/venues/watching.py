"""One account's watching side: streams for speed, a reading for truth, and every state of the link in plain words."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Any

from core.clock import Clock
from core.domain import LinkState
from core.errors import ScramError, VenueDenied, VenueError
from core.tasks import spawn, stop_all
from core.venues.budget import RequestBudget
from core.venues.calls import Caller, retry_after_s
from core.venues.connect import Wires, construct, dispose, load_ccxt
from core.venues.families.family import Family
from core.venues.markets import SharedMarkets
from core.venues.messages import FillUpdate, InstrumentsUpdate, LinkUpdate, PositionUpdate, Update
from core.venues.protocol import CheckReport, Sink
from core.venues.reader import AccountReader
from core.venues.scrub import Scrubber
from core.venues.settings import AccountSettings, FeedSettings
from core.venues.streams import PrivateStreams

log = logging.getLogger(__name__)

SOON_S = 0.2
"""Readings asked for within this time are one reading."""
FILLS_OVERLAP_S = 5.0


class CcxtWatching:
    def __init__(
        self,
        settings: AccountSettings,
        family: Family,
        markets: SharedMarkets,
        budget: RequestBudget,
        wires: Wires,
        feed: FeedSettings,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.account = settings.account
        self._settings = settings
        self._family = family
        self._markets = markets
        self._budget = budget
        self._wires = wires
        self._feed = feed
        self._clock = clock
        self._rng = rng
        self._ccxt: Any = None
        self._session: Any = None
        self._soon = asyncio.Event()
        self._whole_wanted = True
        self._link: tuple[LinkState, str] | None = None
        self._traded: dict[str, float] = {}
        self._fills_since_s: float | None = None
        self._flows_since_s = clock.now()
        scrub = Scrubber(settings.credentials.values())
        self._caller = Caller(self.account, scrub, feed.call_timeout_s, lambda: retry_after_s(self._ccxt))

    # -- what the protocol asks for -------------------------------------------------------------------------------

    async def run(self, sink: Sink) -> None:
        retry_s = self._feed.retry_s
        while True:
            began_s = self._clock.monotonic()
            try:
                await self._serve(sink)
            except ScramError as error:
                self._tell(sink, LinkState.DOWN, str(error))
                if self._clock.monotonic() - began_s > self._feed.reconcile_s:
                    retry_s = self._feed.retry_s
                wait_s = self._feed.denied_retry_s if isinstance(error, VenueDenied) else retry_s
                retry_s = min(retry_s * 2, self._feed.retry_max_s)
            except Exception:
                # Whatever else breaks in here must not leave the account unwatched in silence.
                log.exception("the feed of %s broke and is started again", self.account)
                self._tell(sink, LinkState.DOWN, "Scram's own fault in the feed; started again")
                wait_s = retry_s
            await self._clock.sleep(wait_s * self._rng.uniform(0.5, 1.5))

    def read_soon(self) -> None:
        self._soon.set()

    async def check(self) -> CheckReport:
        await self._connect()
        reader = self._reader()
        offset_ms = await reader.clock_offset_ms()
        reading = await reader.read()
        return CheckReport(
            account=self.account,
            exchange=self._settings.exchange,
            coins=len(reading.balance.coins),
            positions=len(reading.positions),
            resting_orders=len(reading.orders or ()),
            clock_offset_ms=offset_ms,
            can_withdraw=await reader.can_withdraw(),
            coverage=self._family.coverage,
            books=tuple(book.name for book in self._family.books),
            notes=reading.bad_rows,
        )

    async def close(self) -> None:
        if self._ccxt is not None:
            await dispose(self._ccxt, self._session)
        self._ccxt, self._session = None, None

    # -- one life of the connection -------------------------------------------------------------------------------

    async def _serve(self, sink: Sink) -> None:
        self._tell(sink, LinkState.CONNECTING, "")
        await self._connect()
        sink(InstrumentsUpdate(self._markets.endpoint, self._markets.instruments, self._clock.monotonic()))
        reader = self._reader()
        await reader.clock_offset_ms()
        await self._read(reader, sink)
        streams = PrivateStreams(self.account, self._ccxt, self._family, self._caller, self._feed, self._clock)
        tasks = [
            spawn(streams.serve(self._noting(sink), self.read_soon), name=f"streams {self.account}", on_failure=_told),
            spawn(self._reconcile(reader, sink), name=f"reconcile {self.account}", on_failure=_told),
        ]
        self._whole_wanted = True
        self._soon.set()  # what happened between the first reading and the opening of the streams
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await stop_all(tasks)

    async def _connect(self) -> None:
        if self._ccxt is None:
            ccxt = await load_ccxt()
            self._session = await self._wires.session()
            self._ccxt = construct(ccxt, self._settings, self._family, self._session, acting=False)
        if not self._ccxt.markets:
            await self._markets.share_with(self._ccxt)

    def _reader(self) -> AccountReader:
        return AccountReader(self.account, self._ccxt, self._family, self._caller, self._budget, self._clock)

    async def _reconcile(self, reader: AccountReader, sink: Sink) -> None:
        flows_due_s = self._clock.monotonic()
        while True:
            timer = spawn(self._clock.sleep(self._feed.reconcile_s), name=f"reading due {self.account}")
            asked = spawn(self._soon.wait(), name=f"reading asked {self.account}")
            try:
                await asyncio.wait((timer, asked), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await stop_all([timer, asked])
            if self._soon.is_set():
                await self._clock.sleep(SOON_S)
                self._soon.clear()
                await self._read(reader, sink, whole=self._whole_wanted)
            else:
                await self._read(reader, sink)
            if self._clock.monotonic() >= flows_due_s:
                await self._read_flows(reader, sink)
                flows_due_s = self._clock.monotonic() + self._feed.flows_s

    async def _read(self, reader: AccountReader, sink: Sink, *, whole: bool = True) -> None:
        """One reading, with the fills of what it shows to have been traded since the last one.

        Without `whole` the resting orders, the dearest part, are left to the stream and to the next whole one.
        """
        asked_at_s = self._clock.now()
        reading = await reader.read(orders=whole)
        self._whole_wanted = self._whole_wanted and not whole
        sink(reading)
        self._tell(sink, LinkState.UP, reading.bad_rows[0] if reading.bad_rows else "")
        held = {row.symbol: row.quantity for row in reading.positions}
        moved = {name for name in held.keys() | self._traded.keys() if held.get(name) != self._traded.get(name)}
        since_s, self._fills_since_s = self._fills_since_s, asked_at_s - FILLS_OVERLAP_S
        self._traded = held
        if since_s is not None and moved:
            for fill in await reader.fills_since(moved, since_s):
                sink(fill)

    async def _read_flows(self, reader: AccountReader, sink: Sink) -> None:
        asked_at_s = self._clock.now()
        for flow in await reader.flows_since(self._flows_since_s - FILLS_OVERLAP_S):
            sink(flow)
        self._flows_since_s = asked_at_s

    def _noting(self, sink: Sink) -> Sink:
        """What the streams tell is passed on, and kept in mind so that readings ask only for fills that were missed."""

        def take(update: Update) -> None:
            if isinstance(update, PositionUpdate):
                self._note_position(update)
            elif isinstance(update, FillUpdate):
                self._fills_since_s = max(self._fills_since_s or 0.0, update.at_s - FILLS_OVERLAP_S)
            sink(update)

        return take

    def _note_position(self, update: PositionUpdate) -> None:
        if update.quantity:
            self._traded[update.symbol] = update.quantity
        else:
            self._traded.pop(update.symbol, None)

    def _tell(self, sink: Sink, state: LinkState, reason: str) -> None:
        if self._link != (state, reason):
            self._link = (state, reason)
            sink(LinkUpdate(self.account, self._markets.endpoint, state, reason, self._clock.monotonic()))


def _told(_name: str, error: BaseException) -> None:
    """`_serve` raises it; only what is no venue's doing is worth a line here."""
    if not isinstance(error, VenueError):
        log.error("the feed broke: %r", error, exc_info=error)
