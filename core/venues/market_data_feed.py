"""Volume, depth, candles and greeks of one endpoint, of what is held or rests there: beside the marks, and politely."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from core.clock import Clock
from core.errors import ScramError, VenueBusy, VenueUnsupported
from core.tasks import spawn, stop_all
from core.venues.acting import learn_weight
from core.venues.budget import RESERVE
from core.venues.calls import Caller
from core.venues.connect import dispose
from core.venues.figures import base_volume, candles_from, depth_from, greeks_from
from core.venues.line import Line
from core.venues.messages import VolumeUpdate
from core.venues.protocol import Sink
from core.venues.scrub import Scrubber

log = logging.getLogger(__name__)

T = TypeVar("T")

SHARE = 0.25
"""Of what watching may spend: readings and marks come first."""
BURST_S = 20.0
"""How long what was not spent may be spent later."""
LOOK_S = 0.25
"""How often it is looked whether something is due."""
LONGEST_PAUSE_S = 3600.0
"""Between two tries of what fails again and again."""
CANDLES_A_CALL = 200
"""No venue gives fewer at once."""
MOST_PAGES = 20


class Share:
    """Market data's part of the watching's allowance, so that it never queues before a reading or a mark."""

    def __init__(self, limit_per_minute: int | None, clock: Clock) -> None:
        """`limit_per_minute` None: ccxt's own limiter paces what is asked."""
        self._per_s = None if limit_per_minute is None else limit_per_minute / 60.0 * (1.0 - RESERVE) * SHARE
        self._clock = clock
        self._spent_up_to_s = float("-inf")

    async def take(self, weight: float) -> None:
        """Wait until `weight` may be spent."""
        if self._per_s is None:
            return
        now_s = self._clock.monotonic()
        self._spent_up_to_s = max(self._spent_up_to_s, now_s - BURST_S) + weight / self._per_s
        await self._clock.sleep(self._spent_up_to_s - now_s)


@dataclass
class Due:
    """When one key of a beat is asked for next, and how often it has failed."""

    at_s: float
    failures: int = 0


@dataclass(frozen=True)
class Beat:
    """One kind of figures, asked for key by key, each at its own time."""

    name: str
    every_s: float
    keys: Callable[[], Mapping[str, tuple[str, ...]]]
    """What is asked for at present: per key the symbols."""
    ask: Callable[[tuple[str, ...], Sink], Awaitable[None]]
    due: dict[str, Due] = field(default_factory=dict)

    def next(self, now_s: float) -> tuple[str, tuple[str, ...]] | None:
        """What has been due for longest, if anything is."""
        keys = self.keys()
        for gone in self.due.keys() - keys.keys():
            del self.due[gone]
        for key in keys:
            self.due.setdefault(key, Due(now_s))
        if not keys:
            return None
        key = min(keys, key=lambda known: self.due[known].at_s)
        return (key, keys[key]) if self.due[key].at_s <= now_s else None


class MarketDataFeed:
    """Each kind on its own: what hangs, fails or does not exist holds up no other kind, and no mark.

    What cannot be had is unknown, silently but for one line in the log.
    """

    def __init__(self, line: Line) -> None:
        """`line` of any account of the endpoint; its credentials are not used."""
        self.endpoint = line.markets.endpoint
        self._settings, self._family, self._feed = line.settings, line.family, line.feed
        self._markets, self._budget, self._wires = line.markets, line.budget, line.wires
        self._clock = line.clock
        self._share = Share(line.budget.limit_per_minute, line.clock)
        self._ccxt: Any = None
        self._session: Any = None
        self._building = asyncio.Lock()
        self._caller = Caller("", Scrubber(line.settings.credentials.values()), line.feed.call_timeout_s)
        self._wanted: tuple[str, ...] = ()
        self._unknown: set[str] = set()
        self._told_until_s: dict[str, float] = {}
        """Per symbol: when the newest candle told opened (wall time)."""
        feed = line.feed
        self._beats = (
            Beat("volume", feed.volume_every_s, self._volume_groups, self._volumes),
            Beat("depth", feed.depth_every_s, self._each, self._depth),
            Beat("candles", feed.candles_every_s, self._each, self._candles),
            Beat("greeks", feed.greeks_every_s, self._options, self._greeks),
        )

    def want(self, symbols: Iterable[str]) -> None:
        """From now on these alone are asked for."""
        self._wanted = tuple(dict.fromkeys(symbols))

    async def run(self, sink: Sink) -> None:
        """Tell what is wanted until cancelled; never raises a VenueError."""
        tasks = [spawn(self._serve(beat, sink), name=f"{beat.name} {self.endpoint}") for beat in self._beats]
        try:
            await asyncio.gather(*tasks)
        finally:
            await stop_all(tasks)

    async def close(self) -> None:
        exchange, session = self._ccxt, self._session
        self._ccxt, self._session = None, None
        if exchange is not None:
            await dispose(exchange, session)

    # -- one kind -------------------------------------------------------------------------------------------------

    async def _serve(self, beat: Beat, sink: Sink) -> None:
        while True:
            # Nothing is connected before something is wanted.
            found = (await self._connected() and beat.next(self._clock.monotonic())) if self._wanted else None
            if not found:
                await self._clock.sleep(LOOK_S)
                continue
            key, symbols = found
            try:
                await beat.ask(symbols, sink)
            except Exception as error:
                self._failed(beat, key, error)
            else:
                beat.due[key] = Due(self._clock.monotonic() + beat.every_s)

    def _failed(self, beat: Beat, key: str, error: Exception) -> None:
        failures = beat.due[key].failures + 1
        pause_s = min(beat.every_s * 2**failures, max(LONGEST_PAUSE_S, beat.every_s))
        if isinstance(error, VenueUnsupported):
            pause_s = math.inf
        if failures == 1:
            what = error if isinstance(error, ScramError) else f"{type(error).__name__}: {error}"
            log.info("the %s of %s at %s is unknown: %s", beat.name, key, self.endpoint, what)
        beat.due[key] = Due(self._clock.monotonic() + pause_s, failures)

    async def _connected(self) -> bool:
        try:
            async with self._building:
                if self._ccxt is None:
                    self._ccxt, self._session = await self._wires.build(self._settings, self._family, public=True)
                await self._markets.share_with(self._ccxt)
        except ScramError:
            # The feed of the marks says so, and what is missing grows old.
            await self._clock.sleep(self._feed.retry_max_s)
            return False
        return True

    async def _ask(self, weight: float, call: Callable[[], Awaitable[T]]) -> T:
        await self._share.take(weight)
        await self._budget.acquire(weight)
        try:
            result = await self._caller(call)
        except VenueBusy as error:
            self._budget.refused(error.retry_after_s)
            raise
        learn_weight(self._ccxt, self._family, self._budget)
        return result

    # -- what is asked for ----------------------------------------------------------------------------------------

    def _market(self, symbol: str) -> Mapping[str, Any] | None:
        market: Mapping[str, Any] | None = self._ccxt.markets.get(symbol)
        if market is None and symbol not in self._unknown:
            # Once: a symbol that is gone for good must not have the catalogue loaded again and again.
            self._unknown.add(symbol)
            self._markets.met_unknown()
        return market

    def _each(self) -> Mapping[str, tuple[str, ...]]:
        return {symbol: (symbol,) for symbol in self._wanted if self._market(symbol)}

    def _options(self) -> Mapping[str, tuple[str, ...]]:
        rows = ((symbol, self._market(symbol)) for symbol in self._wanted)
        return {symbol: (symbol,) for symbol, market in rows if market and market.get("type") == "option"}

    def _volume_groups(self) -> Mapping[str, tuple[str, ...]]:
        """What one call for tickers can tell: venues list each kind of contract on its own."""
        if not self._tells_volume_apart():
            return {}
        groups: dict[str, tuple[str, ...]] = {}
        for symbol in self._wanted:
            if market := self._market(symbol):
                name = f"{market.get('type')} {market.get('settle') or ''}".strip()
                groups[name] = (*groups.get(name, ()), symbol)
        return groups

    def _tells_volume_apart(self) -> bool:
        """False where the marks come out of tickers, which tell the volume as well."""
        return "watchMarkPrices" in self._family.marks and bool(self._ccxt.has.get("watchMarkPrices"))

    # -- asking ---------------------------------------------------------------------------------------------------

    async def _volumes(self, symbols: tuple[str, ...], sink: Sink) -> None:
        self._need("fetchTickers")
        tickers = await self._ask(self._family.tickers_weight, lambda: self._ccxt.fetch_tickers(list(symbols)))
        received_s = self._clock.monotonic()
        for symbol in symbols:
            ticker, market = tickers.get(symbol), self._market(symbol)
            if ticker and market:
                volume = base_volume(ticker, market, in_contracts=self._family.counts_volume_in_contracts)
                if volume is not None:
                    sink(VolumeUpdate(self.endpoint, symbol, volume, received_s))

    async def _depth(self, symbols: tuple[str, ...], sink: Sink) -> None:
        self._need("fetchOrderBook")
        (symbol,), levels = symbols, self._family.depth_levels
        book = await self._ask(self._family.depth_weight, lambda: self._ccxt.fetch_order_book(symbol, levels))
        if market := self._market(symbol):
            sink(depth_from(book, self.endpoint, market, self._clock.monotonic()))

    async def _candles(self, symbols: tuple[str, ...], sink: Sink) -> None:
        self._need("fetchOHLCV")
        (symbol,), period_s = symbols, self._feed.candles_period_s
        frame = self._timeframe(period_s)
        told_s = self._told_until_s.get(symbol)
        now_s = self._clock.now()
        # The newest one told is asked for again: it may have been told a moment before it was final.
        since_s = now_s - (self._feed.candles_count + 1) * period_s if told_s is None else told_s
        for _ in range(MOST_PAGES):
            page = partial(self._ccxt.fetch_ohlcv, symbol, frame, int(since_s * 1000), CANDLES_A_CALL)
            rows: list[Any] = await self._ask(self._family.candles_weight, page)
            candles = candles_from(rows, self.endpoint, symbol, period_s, self._clock.now(), self._clock.monotonic())
            if not candles.opens_at_s:
                return
            sink(candles)
            newest_s = candles.opens_at_s[-1]
            self._told_until_s[symbol] = newest_s
            if newest_s <= since_s or newest_s + 2 * period_s > now_s:
                return
            since_s = newest_s + period_s

    def _timeframe(self, period_s: float) -> str:
        """ccxt's name of a bar of so many seconds; raises VenueUnsupported where the venue has none."""
        for name in self._ccxt.timeframes or {}:
            if self._ccxt.parse_timeframe(name) == period_s:
                return str(name)
        raise VenueUnsupported(f"{self._settings.exchange} has no candles of {period_s:g} s")

    async def _greeks(self, symbols: tuple[str, ...], sink: Sink) -> None:
        self._need("fetchGreeks")
        (symbol,) = symbols
        row = await self._ask(self._family.greeks_weight, lambda: self._ccxt.fetch_greeks(symbol))
        if update := greeks_from(row, self.endpoint, symbol, self._clock.monotonic()):
            sink(update)

    def _need(self, name: str) -> None:
        if not self._ccxt.has.get(name):
            raise VenueUnsupported(f"{self._settings.exchange} has no {name}")
