"""The file that says where the guardian is found: put up, looked after, and taken down at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from core.clock import Clock
from core.halt.guardian.channel import Address, forget_address, read_address, write_address

LOOK_S = 2.0
"""Between two looks: the system may clear the runtime folder away, and a service goes on without a login."""


class Doorplate:
    def __init__(self, runtime: Path, clock: Clock, tell: Callable[[str], None]) -> None:
        """`tell` is given what is wrong with it, "" when nothing is."""
        self._runtime = runtime
        self._clock = clock
        self._tell = tell
        self._address: Address | None = None

    async def put_up(self, address: Address) -> None:
        self._address = address
        try:
            if await asyncio.to_thread(read_address, self._runtime) != address:
                await asyncio.to_thread(write_address, self._runtime, address)
            self._tell("")
        except OSError as error:
            self._tell(f"nobody can find the guardian: {self._runtime}: {error.strerror}")

    async def look_after(self, address: Address) -> None:
        """For ever."""
        while True:
            await self._clock.sleep(LOOK_S)
            await self.put_up(address)

    async def take_down(self) -> None:
        if self._address is not None:
            await asyncio.to_thread(forget_address, self._runtime, self._address)
