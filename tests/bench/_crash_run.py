"""One run of a crash: the engine as it is on a desk, against a paper exchange over the wire, on a clock moved by hand.

Prices move every 75 s of that clock. Between two of them the engine beats ten times a second for as long as something
is being mended or asks for it, and the clock stands still while a request is on the wire: what takes hours in the crash
takes a minute here, and every wait of the engine is as long, in the crash's time, as on a desk.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.demo.configuration import demo_credentials, environment_prefix
from core.clock import ManualClock
from core.config.load import read_config
from core.config.write import to_toml
from core.domain import LinkState, Side
from core.engine.build import build
from core.engine.engine import Engine
from core.engine.parts import Parts
from core.mitigation.model import Mitigation, MitigationState
from core.mitigation.roster import UNDERWAY
from core.paper.site import PaperSite
from core.places import find_places
from core.risk.metrics import METRIC_NAMES
from core.tasks import spawn
from core.venues.messages import AliveUpdate, DepthUpdate, LinkUpdate, MarkUpdate, VolumeUpdate
from tests.bench._crash_site import BOOKS, PLENTY, CrashSite, make_books, make_spec, symbol_of
from tests.bench._crash_tale import Notes, Tale
from tests.core.engine.candles import STEP_S, Candles

BEAT_S = 0.1
BEATS_AT_LEAST = 3
"""After every move of the prices: limits want their confirmations."""
SLOW_BEAT_S = 1.0
"""While a breach stands and nothing is being done about it: until its cool-down is over."""
CALM_S = 15.0
"""How long the engine goes on beating where a breach stands and nothing is being done about it: cool-downs are over."""
SETTLES = 3
"""Turns of the loop without a request or a thread at work after which all are waiting for the clock."""


@dataclass(frozen=True)
class Case:
    candles: Candles
    template: str
    leverage: float
    seed: int


class AtWork:
    """How much is under way that is not waiting for the clock: requests, and what runs in threads."""

    def __init__(self) -> None:
        self.count = 0
        self.thought_s = 0.0
        """Processor time of what ran in threads and was not yet added to the clock."""

    def watched(self, acting: Any) -> Any:
        return _Watched(acting, self)


class _Watched:
    """An acting venue whose calls are counted while they last."""

    def __init__(self, inner: Any, work: AtWork) -> None:
        self._inner = inner
        self._work = work

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def counted(*args: Any, **named: Any) -> Any:
            self._work.count += 1
            try:
                return await found(*args, **named)
            finally:
                self._work.count -= 1

        return counted


class _CountedThreads(concurrent.futures.ThreadPoolExecutor):
    def __init__(self, work: AtWork) -> None:
        super().__init__(max_workers=4)
        self._counted = work

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> concurrent.futures.Future[Any]:
        loop = asyncio.get_running_loop()
        self._counted.count += 1

        def timed() -> Any:
            began_s = time.thread_time()
            try:
                return fn(*args, **named)
            finally:
                loop.call_soon_threadsafe(self._less, time.thread_time() - began_s)

        return super().submit(timed)

    def _less(self, thought_s: float) -> None:
        self._counted.count -= 1
        self._counted.thought_s += thought_s


def tables_of(site: PaperSite, case: Case) -> dict[str, Any]:
    described = site.describe()["venues"][0]
    return {
        "operator": "nobody",
        "feed": {"stale_after_s": 200.0, "unknown_after_s": 600.0, "request_weight_per_minute": PLENTY},
        "accounts": [
            {
                "name": name,
                "exchange": described["exchange"],
                "venue": described["name"],
                "mode": "act",
                "credentials": f"env:{environment_prefix(name)}",
                "ccxt": described["ccxt"],
            }
            for name, _ in BOOKS
        ],
        "mitigation": {"automatic": True},
        "assign": [{"scope": "account:*", "profile": case.template}, {"scope": "portfolio", "profile": case.template}],
    }


async def run(case: Case) -> Tale:
    """Live through the crash once; the tale of it."""
    chance = random.Random(f"{case.candles.name} {case.leverage} {case.seed}")
    prices = case.candles.steps()[0]
    books = make_books(prices, case.leverage, chance)
    async with PaperSite(make_spec(prices, books, case.seed)) as site:
        site.running = False
        with tempfile.TemporaryDirectory() as home:
            lived = await Lived.begin(case, site, Path(home))
            try:
                await lived.live()
            finally:
                await lived.close()
            return lived.tale()


class Lived:
    def __init__(
        self, case: Case, site: PaperSite, engine: Engine, parts: Parts, clock: ManualClock, work: AtWork, tape: Tape
    ) -> None:
        self.case = case
        self.clock = clock
        self.crash = CrashSite(site, case.candles)
        self.engine = engine
        self.parts = parts
        self.work = work
        self.names = [name for name, _ in BOOKS]
        self.endpoint = parts.hub.endpoint_of(self.names[0])
        self.readers: dict[str, Any] = {}
        self.wanted: dict[str, asyncio.Event] = {}
        """By account: set where the engine asks for a reading."""
        self.tape = tape
        self.ordered_s: dict[str, float] = {}
        """When Scram's orders were accepted, by client id, the crash's time."""

    @staticmethod
    async def begin(case: Case, site: PaperSite, home: Path) -> Lived:
        work = AtWork()
        asyncio.get_running_loop().set_default_executor(_CountedThreads(work))
        clock = ManualClock(now=case.candles.began_s)
        config = read_config(to_toml(tables_of(site, case)), "a crash", METRIC_NAMES)
        environ = demo_credentials(site.describe())
        threads = _CountedThreads(work)
        parts = build(config, environ, find_places(home, {}), clock, random.Random(case.seed), plan_threads=threads)
        prepare = parts.prepare

        async def watched(account: str) -> Any:
            work.count += 1
            try:
                return work.watched(await prepare(account))
            finally:
                work.count -= 1

        tape = Tape(parts.journal)
        parts = replace(parts, prepare=watched, journal=tape)  # type: ignore[arg-type]
        lived = Lived(case, site, Engine(parts), parts, clock, work, tape)
        for name in lived.names:
            watching = parts.hub.watching(name)
            await watching.check(lived.engine.take)
            lived.readers[name], lived.wanted[name] = watching._reader(), watching._soon
            lived.engine.take(LinkUpdate(name, lived.endpoint, LinkState.UP, "", clock.monotonic()))
            await parts.prepare(name)
        return lived

    # -- the passing of time --------------------------------------------------------------------------------------

    async def live(self) -> None:
        for number in range(len(self.crash.steps)):
            self.crash.move(number)
            until_s = self.clock.monotonic() + STEP_S
            self._tell_market()
            await self._read(self.names)
            await self._between(until_s)
            self.clock.advance(max(0.0, until_s - self.clock.monotonic()))
            await self._settled()

    async def _between(self, until_s: float) -> None:
        beats, calm_since_s = 0, self.clock.monotonic()
        while self.clock.monotonic() < until_s:
            self.engine.beat()
            await self._settled()
            await self._read(self._asked_for())
            beats += 1
            if self._busy():
                calm_since_s = self.clock.monotonic()
            elif beats >= BEATS_AT_LEAST and self._calm(calm_since_s):
                return
            self.clock.advance(BEAT_S if self._busy() or beats < BEATS_AT_LEAST else SLOW_BEAT_S)
            self._tell_market(depth=False)
            await self._settled()

    def _busy(self) -> bool:
        return any(self._is_at_work(row) for row in self.parts.mitigations.views())

    def _is_at_work(self, row: Mitigation) -> bool:
        if row.state is MitigationState.CONFIRMING:
            # One whose breach became milder meanwhile goes on waiting for as long as that stands.
            return self.clock.now() - row.created_at_s < CALM_S
        return row.state in UNDERWAY

    def _calm(self, since_s: float) -> bool:
        return (
            not any(row.waits(self.clock.now()) for row in self.tape.notes.episodes)
            or self.clock.monotonic() - since_s > CALM_S
        )

    async def _settled(self) -> None:
        """Until everything waits for the clock."""
        quiet = 0
        while quiet < SETTLES:
            quiet = 0 if self.work.count else quiet + 1
            await asyncio.sleep(0.0005 if self.work.count else 0)
        # A plan takes the time that it takes; on a desk the beats go on meanwhile.
        self.clock.advance(self.work.thought_s)
        self.work.thought_s = 0.0
        for order in self.crash.orders[len(self.ordered_s) :]:
            self.ordered_s[order] = self.clock.now()

    # -- what the feeds would tell --------------------------------------------------------------------------------

    def _tell_market(self, *, depth: bool = True) -> None:
        now_s, market = self.clock.monotonic(), self.crash.site.market
        for instrument in market.instruments:
            symbol, unified = instrument.symbol, symbol_of(instrument.base)
            self.engine.take(MarkUpdate(self.endpoint, unified, market.mark_of(symbol), now_s))
            if depth:
                bids, asks = (
                    tuple((level.price, level.quantity) for level in market.ladder(symbol, side))
                    for side in (Side.SELL, Side.BUY)
                )
                self.engine.take(DepthUpdate(self.endpoint, unified, bids, asks, now_s))
                volume = self.case.candles.volume_day.get(instrument.base, 0.0)
                self.engine.take(VolumeUpdate(self.endpoint, unified, volume, now_s))
        for name in self.names:
            self.engine.take(AliveUpdate(name, now_s))

    def _asked_for(self) -> list[str]:
        """Accounts that traded, as their streams would tell, and those of which the engine wants a reading."""
        names = {name for name in self.names if self.wanted[name].is_set()} | self.crash.filled
        self.crash.filled.clear()
        return sorted(names)

    async def _read(self, names: list[str]) -> None:
        for name in names:
            self.wanted[name].clear()
        for reading in await asyncio.gather(*(self.readers[name].read(orders=False) for name in names)):
            self.engine.take(reading)

    # -- the end --------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        closing = spawn(self.engine.close(), name="the end of a crash")
        while not closing.done():
            await asyncio.sleep(0.001)
            self.clock.advance(BEAT_S)
        await closing

    def tale(self) -> Tale:
        notes, guarded, twins = self.tape.notes, self.crash.guarded, self.crash.twins
        return Tale(
            candles=self.case.candles.name,
            template=self.case.template,
            leverage=self.case.leverage,
            seed=self.case.seed,
            verdicts=dict(Counter(episode.verdict for episode in notes.episodes)),
            not_mended=dict(Counter(row.metric for row in notes.episodes if row.verdict == "not mended")),
            stops=notes.stops,
            stops_proposed=sum(row.verdict == "mended" and row.stop_proposed for row in notes.episodes),
            plans=dict(Counter(f"{row.state.value} {row.mode.value}" for row in notes.mitigations.values())),
            drawdown=guarded.drawdown,
            twin_drawdown=twins.drawdown,
            liquidated=len(guarded.liquidated),
            twins_liquidated=len(twins.liquidated),
            equity=guarded.equity,
            twin_equity=twins.equity,
            cost=self.crash.cost,
            turnover=self.crash.turnover,
            to_order_s=notes.to_order_s(self.ordered_s),
        )


class Tape:
    """The journal, which also keeps notes of what it is told."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.notes = Notes()

    def record(self, kind: str, actor: str, scope: str, body: object, **more: Any) -> None:
        self.notes.take(body)
        self._inner.record(kind, actor, scope, body, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
