"""Accounts whose stop is ready and waits: each begins when it is released, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


class Holding:
    """What the guardian's stops wait for; see `core.halt.beside`."""

    def __init__(self) -> None:
        self._released: set[tuple[str, str]] = set()
        self._waiting: dict[tuple[str, str], asyncio.Event] = {}

    async def hold(self, halt_id: str, account: str) -> None:
        key = (halt_id, account)
        if key not in self._released:
            await self._waiting.setdefault(key, asyncio.Event()).wait()

    async def issued(self, halt_id: str, client_order_ids: Sequence[str]) -> None:
        return

    def release(self, halt_id: str, account: str) -> None:
        self._released.add((halt_id, account))
        waiting = self._waiting.pop((halt_id, account), None)
        if waiting is not None:
            waiting.set()

    def forget(self, halt_id: str) -> None:
        """Its latch is off."""
        self._released = {key for key in self._released if key[0] != halt_id}
        self._waiting = {key: event for key, event in self._waiting.items() if key[0] != halt_id}
