"""The private streams of one account: kept open, kept alive, and known to be dead within seconds when they are."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from core.clock import Clock
from core.errors import VenueError, VenueUnreachable
from core.tasks import spawn, stop_all
from core.venues.calls import Caller
from core.venues.families.family import Family
from core.venues.messages import AliveUpdate, OrderUpdate, Source
from core.venues.normalise import each, order_from
from core.venues.protocol import Sink
from core.venues.settings import FeedSettings

log = logging.getLogger(__name__)

WATCHED = ("watchOrders", "watchPositions", "watchBalance")
METHODS = {"watchOrders": "watch_orders", "watchPositions": "watch_positions", "watchBalance": "watch_balance"}


class PrivateStreams:
    """Serves until something breaks, and then raises what broke; the feed decides when to try again."""

    def __init__(
        self, account: str, exchange: Any, family: Family, caller: Caller, feed: FeedSettings, clock: Clock
    ) -> None:
        self._account = account
        self._ccxt = exchange
        self._family = family
        self._caller = caller
        self._feed = feed
        self._clock = clock
        self._opened_s = clock.monotonic()

    async def serve(self, sink: Sink, changed: Callable[[], None]) -> None:
        """Until cancelled; raises VenueError when a stream breaks or has gone silent.

        `changed` is called when something happened that only a reading can tell in full.
        """
        self._opened_s = self._clock.monotonic()
        self._listen(sink, changed)
        names = [name for name in WATCHED if self._ccxt.has.get(name)]
        if not names:
            raise VenueUnreachable("ccxt has no private stream for this venue", account=self._account)
        tasks = [
            spawn(self._watch(METHODS[name], sink, changed), name=f"{name} {self._account}", on_failure=_leave_it)
            for name in names
        ]
        tasks.append(spawn(self._look_after(sink), name=f"liveness {self._account}", on_failure=_leave_it))
        if self._family.keep_alive:
            tasks.append(spawn(self._keep_alive(), name=f"listen key {self._account}", on_failure=_leave_it))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await stop_all(tasks)
            await self._hang_up()

    def _listen(self, sink: Sink, changed: Callable[[], None]) -> None:
        """Read the raw messages ahead of ccxt, which merges some of them."""
        tap = self._family.tap
        if tap is None:
            return
        handle = type(self._ccxt).handle_message

        def tapped(client: Any, message: Any) -> Any:
            if isinstance(message, Mapping):
                try:
                    for update in tap(self._ccxt, self._account, message, self._clock.monotonic()):
                        sink(update)
                    if message.get("e") == "listenKeyExpired":
                        self._forget_listen_key()
                except Exception:
                    log.warning("a stream message of %s could not be understood; it is read instead", self._account)
                    changed()
            return handle(self._ccxt, client, message)

        self._ccxt.handle_message = tapped

    async def _watch(self, method: str, sink: Sink, changed: Callable[[], None]) -> None:
        watch: Callable[[], Awaitable[Any]] = getattr(self._ccxt, method)
        while True:
            try:
                result = await watch()
            except asyncio.CancelledError:
                if asyncio.current_task() and asyncio.current_task().cancelling():  # type: ignore[union-attr]
                    raise
                # ccxt cancels the futures of a closing client: that is a broken stream, not a cancelled task.
                raise VenueUnreachable("the stream was closed", account=self._account) from None
            except Exception as error:
                raise self._caller.translate(error) from None
            if self._family.tap is not None:
                continue  # the tap has told it already
            if method == "watch_orders":
                received_s = self._clock.monotonic()
                orders, _ = each(result, partial(self._order, received_s=received_s), "order")
                for order in orders:
                    sink(order)
            # ccxt's position and balance caches hold ghosts and merge messages: take the hint, read the truth.
            changed()

    def _order(self, row: Mapping[str, Any], received_s: float) -> OrderUpdate:
        market = self._ccxt.markets.get(row["symbol"]) or {}
        return order_from(row, self._account, self._family.books[0].name, market, Source.STREAM, received_s)

    async def _look_after(self, sink: Sink) -> None:
        while True:
            await self._clock.sleep(self._feed.alive_s)
            silent_s = self._silent_s()
            if silent_s > self._feed.silent_after_s:
                raise VenueUnreachable(
                    f"the private stream has been silent for {silent_s:.0f} s", account=self._account
                )
            if silent_s < self._feed.silent_after_s / 2 or self._opened():
                sink(AliveUpdate(self._account, self._clock.monotonic() - silent_s))

    def _silent_s(self) -> float:
        """Seconds since anything at all came over the private streams."""
        now_ms = self._ccxt.milliseconds()
        heard = [
            max(client.lastPong or 0, getattr(client, "last_message_at", 0) or 0)
            for client in self._ccxt.clients.values()
            if getattr(client, "connection", None) is not None
        ]
        newest = max(heard, default=0)
        since_open_s = self._clock.monotonic() - self._opened_s
        return since_open_s if newest == 0 else min(since_open_s, max(0.0, (now_ms - newest) / 1000.0))

    def _opened(self) -> bool:
        return any(getattr(client, "connection", None) is not None for client in self._ccxt.clients.values())

    async def _keep_alive(self) -> None:
        renew = getattr(self._ccxt, self._family.keep_alive)
        while True:
            await self._clock.sleep(self._feed.keep_alive_s)
            try:
                await self._caller(lambda: renew())
            except VenueError:
                self._forget_listen_key()
                raise

    def _forget_listen_key(self) -> None:
        bucket = self._ccxt.options.get(self._family.listen_key_bucket)
        if isinstance(bucket, dict):
            bucket["lastAuthenticatedTime"] = 0
            bucket["listenKey"] = None

    async def _hang_up(self) -> None:
        """Close the sockets, so that the next try dials afresh with a fresh key."""
        self._forget_listen_key()
        for client in list(self._ccxt.clients.values()):
            with contextlib.suppress(Exception):
                await client.close()
        self._ccxt.clients.clear()


def _leave_it(_name: str, _error: BaseException) -> None:
    """The failure is raised by `serve` itself."""
