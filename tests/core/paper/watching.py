"""Listening to ccxt.pro's watch calls in tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from core.paper.site import PaperSite
from core.tasks import spawn, stop_all
from tests.core.paper.conftest import eventually


class Watching:
    """Collects what a `watch_*` method says until it is stopped."""

    def __init__(self, watch: Callable[[], Awaitable[Any]]) -> None:
        self.seen: list[Any] = []
        self._watch = watch
        self._task = spawn(self._run(), name="watch")

    async def _run(self) -> None:
        while True:
            self.seen.append(await self._watch())

    async def until(self, holds: Callable[[list[Any]], bool]) -> list[Any]:
        await eventually(lambda: holds(self.seen))
        return self.seen

    async def stop(self) -> None:
        await stop_all([self._task])


async def connected(site: PaperSite, account: str) -> None:
    hub = site.venue_of(account).server.hub
    await eventually(lambda: account in hub.users())
