"""The marks of one endpoint: one public stream for all its accounts, and polling where it is silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any

from core.domain import LinkState
from core.errors import ScramError, VenueTimeout, VenueUnsupported
from core.tasks import spawn, stop_all
from core.venues.calls import Caller
from core.venues.connect import dispose, hang_up
from core.venues.figures import base_volume
from core.venues.held import HeldMarks
from core.venues.line import Line
from core.venues.messages import LinkUpdate, MarkUpdate, VolumeUpdate
from core.venues.normalise import number
from core.venues.protocol import Sink
from core.venues.scrub import Scrubber

log = logging.getLogger(__name__)

PRICES = ("markPrice", "last", "close")
POLL_WEIGHT = 40.0
POLL_S = 5.0
"""Between two looks where nothing streams."""
WATCHES = {"watchMarkPrices": "watch_mark_prices", "watchTickers": "watch_tickers"}


class MarketFeed:
    def __init__(self, line: Line) -> None:
        """`line` of any account of the endpoint; its credentials are not used."""
        self.endpoint = line.markets.endpoint
        self._settings, self._family, self._feed = line.settings, line.family, line.feed
        self._markets, self._budget, self._wires = line.markets, line.budget, line.wires
        self._clock, self._rng = line.clock, line.rng
        self._ccxt: Any = None
        self._session: Any = None
        self._caller = Caller("", Scrubber(line.settings.credentials.values()), line.feed.call_timeout_s)
        self._link: tuple[LinkState, str] | None = None
        self._volume_due_s: dict[str, float] = {}
        self._listed: set[str] = set()
        """What the stream, or the listing without names, has told a mark of."""
        self._held = HeldMarks(self.endpoint, line.held, line.clock, POLL_S)

    async def run(self, sink: Sink) -> None:
        """Marks of every instrument to `sink` until cancelled; trouble is told as a LinkUpdate and retried."""
        retry_s = self._feed.retry_s
        while True:
            began_s = self._clock.monotonic()
            try:
                await self._serve(sink)
            except ScramError as error:
                self._tell(sink, LinkState.DOWN, str(error))
            except Exception:
                # Without marks every figure grows old: whatever else breaks in here is shown and tried again.
                log.exception("the marks of %s broke and are started again", self.endpoint)
                self._tell(sink, LinkState.DOWN, "Scram's own fault in the marks; started again")
            if self._clock.monotonic() - began_s > 2 * self._feed.retry_max_s:
                retry_s = self._feed.retry_s
            await self._clock.sleep(retry_s * self._rng.uniform(0.5, 1.5))
            retry_s = min(retry_s * 2, self._feed.retry_max_s)

    async def close(self) -> None:
        exchange, session = self._ccxt, self._session
        self._ccxt, self._session = None, None
        if exchange is not None:
            await dispose(exchange, session)

    async def _serve(self, sink: Sink) -> None:
        if self._ccxt is None:
            self._ccxt, self._session = await self._wires.build(self._settings, self._family, public=True)
        await self._markets.share_with(self._ccxt)
        if (news := self._markets.announcement()) is not None:
            sink(news)
        held: list[asyncio.Task[None]] = []
        try:
            await self._poll(sink)
            ask = partial(self._tell_held, sink)
            marks = self._held.run(lambda: self._ccxt.markets, self._listed, ask)
            held.append(spawn(marks, name=f"marks of what is held {self.endpoint}"))
            await self._stream(sink)
        finally:
            await stop_all(held)
            await hang_up(self._ccxt)

    async def _stream(self, sink: Sink) -> None:
        for name in self._family.marks:
            if not self._ccxt.has.get(name):
                continue
            try:
                await self._watch(WATCHES[name], sink)
            except VenueUnsupported:
                continue  # some venues have it for single symbols only
        while True:
            await self._clock.sleep(POLL_S)
            await self._poll(sink)

    async def _watch(self, method: str, sink: Sink) -> None:
        watch: Callable[[], Awaitable[Any]] = getattr(self._ccxt, method)
        while True:
            try:
                tickers = await self._caller(watch, timeout_s=self._feed.marks_silent_s)
            except VenueTimeout:
                # A market stream that says nothing for so long is not to be believed.
                await self._poll(sink)
                await hang_up(self._ccxt)
                continue
            self._listed.update(self._emit(tickers, sink))

    async def _poll(self, sink: Sink) -> None:
        await self._budget.acquire(POLL_WEIGHT)
        with contextlib.suppress(VenueUnsupported):
            self._listed.update(self._emit(await self._read(), sink))

    async def _tell_held(self, sink: Sink, symbols: tuple[str, ...]) -> None:
        await self._markets.share_with(self._ccxt)
        await self._budget.acquire(self._family.tickers_weight)
        self._emit(await self._read(list(symbols)), sink)

    async def _read(self, *symbols: list[str]) -> Any:
        """All that the venue lists where no symbols are named; raises VenueError."""
        has = self._ccxt.has
        if "watchMarkPrices" in self._family.marks and has.get("fetchMarkPrices"):
            return await self._caller(lambda: self._ccxt.fetch_mark_prices(*symbols))
        if has.get("fetchTickers"):
            return await self._caller(lambda: self._ccxt.fetch_tickers(*symbols))
        raise VenueUnsupported(f"{self._settings.exchange} lists no prices")

    def _emit(self, tickers: Mapping[str, Any] | Collection[Any], sink: Sink) -> list[str]:
        """Tells the marks among them, and returns their symbols."""
        received_s, told = self._clock.monotonic(), []
        rows = tickers.values() if isinstance(tickers, Mapping) else tickers
        for row in rows:
            price = next((value for key in PRICES if (value := _price(row, key))), None)
            symbol = row.get("symbol") if isinstance(row, Mapping) else None
            if price is not None and symbol:
                told.append(str(symbol))
                sink(MarkUpdate(self.endpoint, str(symbol), price, received_s))
                if self._volume_due_s.get(str(symbol), received_s) <= received_s:
                    self._emit_volume(row, str(symbol), received_s, sink)
        self._tell(sink, LinkState.UP, "")
        return told

    def _emit_volume(self, ticker: Any, symbol: str, received_s: float, sink: Sink) -> None:
        """Where the marks come out of tickers their volume comes along; now and then is often enough."""
        self._volume_due_s[symbol] = received_s + self._feed.volume_every_s
        market = self._ccxt.markets.get(symbol) or {}
        volume = base_volume(ticker, market, in_contracts=self._family.counts_volume_in_contracts)
        if market and volume is not None:
            sink(VolumeUpdate(self.endpoint, symbol, volume, received_s))

    def _tell(self, sink: Sink, state: LinkState, reason: str) -> None:
        if self._link != (state, reason):
            self._link = (state, reason)
            sink(LinkUpdate("", self.endpoint, state, reason, self._clock.monotonic()))


def _price(row: Any, key: str) -> float | None:
    try:
        return number(row.get(key)) if isinstance(row, Mapping) else None
    except (TypeError, ValueError):
        return None
