"""The marks of one endpoint: one public stream for all its accounts, and polling where it is silent."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from core.clock import Clock
from core.domain import LinkState
from core.errors import ScramError, VenueTimeout
from core.venues.budget import RequestBudget
from core.venues.calls import Caller
from core.venues.connect import Wires, construct, dispose, load_ccxt
from core.venues.families.family import Family
from core.venues.markets import SharedMarkets
from core.venues.messages import InstrumentsUpdate, LinkUpdate, MarkUpdate
from core.venues.normalise import number
from core.venues.protocol import Sink
from core.venues.scrub import Scrubber
from core.venues.settings import AccountSettings, FeedSettings

PRICES = ("markPrice", "last", "close")
POLL_WEIGHT = 40.0
SILENT_S = 10.0


class MarketFeed:
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
        """`settings` of any account of the endpoint; its credentials are not used."""
        self.endpoint = markets.endpoint
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
        self._caller = Caller("", Scrubber(settings.credentials.values()), feed.call_timeout_s)
        self._link: tuple[LinkState, str] | None = None

    async def run(self, sink: Sink) -> None:
        """Marks of every instrument to `sink` until cancelled; trouble is told as a LinkUpdate and retried."""
        retry_s = self._feed.retry_s
        while True:
            try:
                await self._connect()
                sink(InstrumentsUpdate(self.endpoint, self._markets.instruments, self._clock.monotonic()))
                await self._poll(sink)
                retry_s = self._feed.retry_s
                await self._stream(sink)
            except ScramError as error:
                self._tell(sink, LinkState.DOWN, str(error))
            retry_s = min(retry_s * 2, self._feed.retry_max_s)
            await self._clock.sleep(retry_s * self._rng.uniform(0.5, 1.5))

    async def close(self) -> None:
        if self._ccxt is not None:
            await dispose(self._ccxt, self._session)
        self._ccxt, self._session = None, None

    async def _connect(self) -> None:
        if self._ccxt is None:
            ccxt = await load_ccxt()
            self._session = await self._wires.session()
            self._ccxt = construct(ccxt, self._settings, self._family, self._session, acting=False, public=True)
        if not self._ccxt.markets:
            await self._markets.share_with(self._ccxt)

    async def _stream(self, sink: Sink) -> None:
        watch = self._watch_call()
        while True:
            try:
                tickers = await self._caller(watch, timeout_s=SILENT_S)
            except VenueTimeout:
                await self._poll(sink)  # a market stream that says nothing for so long is not to be believed
                continue
            self._emit(tickers, sink)

    def _watch_call(self) -> Callable[[], Awaitable[Mapping[str, Any]]]:
        has = self._ccxt.has
        if has.get("watchMarkPrices"):
            return lambda: self._ccxt.watch_mark_prices()
        if has.get("watchTickers"):
            return lambda: self._ccxt.watch_tickers()
        return self._poll_slowly

    async def _poll_slowly(self) -> Mapping[str, Any]:
        await self._clock.sleep(SILENT_S / 2)
        await self._budget.acquire(POLL_WEIGHT)
        tickers: Mapping[str, Any] = await self._ccxt.fetch_tickers()
        return tickers

    async def _poll(self, sink: Sink) -> None:
        has = self._ccxt.has
        await self._budget.acquire(POLL_WEIGHT)
        if has.get("fetchMarkPrices"):
            self._emit(await self._caller(lambda: self._ccxt.fetch_mark_prices()), sink)
        elif has.get("fetchTickers"):
            self._emit(await self._caller(lambda: self._ccxt.fetch_tickers()), sink)

    def _emit(self, tickers: Mapping[str, Any] | Collection[Any], sink: Sink) -> None:
        received_s = self._clock.monotonic()
        rows = tickers.values() if isinstance(tickers, Mapping) else tickers
        for row in rows:
            price = next((value for key in PRICES if (value := _price(row, key))), None)
            symbol = row.get("symbol") if isinstance(row, Mapping) else None
            if price is not None and symbol:
                sink(MarkUpdate(self.endpoint, str(symbol), price, received_s))
        self._tell(sink, LinkState.UP, "")

    def _tell(self, sink: Sink, state: LinkState, reason: str) -> None:
        if self._link != (state, reason):
            self._link = (state, reason)
            sink(LinkUpdate("", self.endpoint, state, reason, self._clock.monotonic()))


def _price(row: Any, key: str) -> float | None:
    try:
        return number(row.get(key)) if isinstance(row, Mapping) else None
    except (TypeError, ValueError):
        return None
