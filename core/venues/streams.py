"""The private streams of one account: kept open, kept alive, and known to be dead within seconds when they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from core.clock import Clock
from core.errors import VenueError, VenueUnreachable
from core.tasks import spawn, stop_all
from core.venues.calls import Caller
from core.venues.connect import hang_up
from core.venues.families.family import Family
from core.venues.messages import AliveUpdate, FillUpdate, OrderUpdate, Source
from core.venues.normalise import each, fill_from, order_from
from core.venues.plans.account import AccountPlan
from core.venues.protocol import Sink
from core.venues.settings import FeedSettings

log = logging.getLogger(__name__)

METHODS = {
    "watchOrders": "watch_orders",
    "watchPositions": "watch_positions",
    "watchBalance": "watch_balance",
    "watchMyTrades": "watch_my_trades",
}
LOOK_S = 0.05
"""How often it is looked whether a stream is open, until it is."""


class PrivateStreams:
    """Serves until something breaks, and then raises what broke; the feed decides when to try again."""

    def __init__(
        self, account: str, exchange: Any, family: Family, plan: AccountPlan, caller: Caller, feed: FeedSettings,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._account = account
        self._ccxt = exchange
        self._family = family
        self._plan = plan
        self._caller = caller
        self._feed = feed
        self._clock = clock
        self._began_s = clock.monotonic()
        self._names = [name for name in family.watched if name in METHODS and exchange.has.get(name)]
        self._expired = asyncio.Event()

    @property
    def exist(self) -> bool:
        return bool(self._names)

    async def serve(self, sink: Sink, *, opened: Callable[[], None], changed: Callable[[], None]) -> None:
        """Until cancelled; raises VenueError when a stream breaks or has gone silent.

        `opened` is called once; `changed` when something happened that only a reading can tell in full.
        """
        self._began_s = self._clock.monotonic()
        self._expired.clear()
        self._listen(sink, changed)
        work = {name: self._watch(METHODS[name], sink, changed) for name in self._names}
        work |= {"liveness": self._look_after(sink, opened), "expiry": self._await_expiry()}
        if self._family.keep_alive:
            work["listen key"] = self._keep_alive()
        tasks = [spawn(job, name=f"{name} {self._account}", on_failure=_leave_it) for name, job in work.items()]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await stop_all(tasks)
            self._forget_listen_key()
            await hang_up(self._ccxt)

    def _listen(self, sink: Sink, changed: Callable[[], None]) -> None:
        """Read the raw messages ahead of ccxt, which merges some of them."""
        tap = self._family.tap
        if tap is None:
            return
        handle = type(self._ccxt).handle_message

        def tapped(client: Any, message: Any) -> Any:
            if isinstance(message, Mapping):
                if message.get("e") == "listenKeyExpired":
                    self._expired.set()
                try:
                    updates = tap(self._ccxt, self._account, message, self._clock.monotonic())
                    for update in updates:
                        sink(update)
                    if updates:
                        # ccxt would read it once more into caches that nobody reads, and wake its watch call for
                        # nothing: more than all that is done with a message here.
                        return None
                except Exception as error:
                    kind = type(error).__name__
                    log.warning(
                        "a stream message of %s could not be understood (%s); the account is read", self._account, kind
                    )
                    changed()
            return handle(self._ccxt, client, message)

        self._ccxt.handle_message = tapped

    async def _watch(self, method: str, sink: Sink, changed: Callable[[], None]) -> None:
        watch: Callable[[], Awaitable[Any]] = getattr(self._ccxt, method)
        while True:
            with self._caller.translated():
                result = await watch()
            if self._family.tap is not None:
                continue  # the tap has told it already
            received_s = self._clock.monotonic()
            if method == "watch_orders":
                for order in each(result, partial(self._order, received_s=received_s), "order")[0]:
                    sink(order)
            elif method == "watch_my_trades":
                for fill in each(result, partial(self._fill, received_s=received_s), "trade")[0]:
                    sink(fill)
            # ccxt's position and balance caches hold ghosts and merge messages: take the hint, read the truth.
            changed()

    def _order(self, row: Mapping[str, Any], received_s: float) -> OrderUpdate:
        market = self._ccxt.market(row["symbol"])
        waits = bool(row.get("triggerPrice") or row.get("stopPrice"))
        book = self._plan.book_of(market, trigger=waits)
        return order_from(row, self._account, book, market, Source.STREAM, received_s)

    def _fill(self, row: Mapping[str, Any], received_s: float) -> FillUpdate:
        return fill_from(row, self._account, self._ccxt.market(row["symbol"]), received_s, Source.STREAM)

    async def _look_after(self, sink: Sink, opened: Callable[[], None]) -> None:
        while not self._open_clients():
            self._raise_if_silent()
            await self._clock.sleep(LOOK_S)
        opened()
        while True:
            silent_s = self._raise_if_silent()
            sink(AliveUpdate(self._account, self._clock.monotonic() - silent_s))
            await self._clock.sleep(self._feed.alive_s)

    def _raise_if_silent(self) -> float:
        """Seconds since the most silent of the open streams carried anything at all, a pong included."""
        now_ms = self._ccxt.milliseconds()
        heard = [
            max(client.lastPong or 0, client.last_message_at or 0, client.connectionEstablished or 0)
            for client in self._open_clients()
        ]
        since_began_s = self._clock.monotonic() - self._began_s
        silent_s = min(since_began_s, max(0.0, (now_ms - min(heard)) / 1000.0)) if heard else since_began_s
        if silent_s > self._feed.silent_after_s:
            raise VenueUnreachable(f"the private stream has been silent for {silent_s:.0f} s", account=self._account)
        return silent_s

    def _open_clients(self) -> list[Any]:
        return [client for client in self._ccxt.clients.values() if not client.closed()]

    async def _keep_alive(self) -> None:
        # ccxt's own renews the key once and never again.
        renew = getattr(self._ccxt, self._family.keep_alive)
        while True:
            await self._clock.sleep(self._feed.keep_alive_s)
            await self._caller(lambda: renew())

    async def _await_expiry(self) -> None:
        # The connection stays open, and nothing comes over it any more.
        await self._expired.wait()
        raise VenueUnreachable("the venue ended the key of the private stream", account=self._account)

    def _forget_listen_key(self) -> None:
        """So that the next try dials with a fresh one."""
        bucket = self._ccxt.options.get(self._family.listen_key_bucket)
        if isinstance(bucket, dict):
            bucket["lastAuthenticatedTime"] = 0
            bucket["listenKey"] = None


def _leave_it(_name: str, error: BaseException) -> None:
    """The failure is raised by `serve` itself; only what is no venue's doing is worth a line."""
    if not isinstance(error, VenueError):
        log.error("a stream broke: %r", error, exc_info=error)
