"""Mitigating orders in the journal before they are sent, and on the disk before the first of them is.

A disk that does not take them in time holds up no mitigation: what was approved, by a person or by a policy, is carried
out, its orders wait in memory and in the spill file, and the operator is told. Their ids follow from the plan, which is
in the journal since it was set going, so that they are found again at the venue all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from core.clock import Clock
from core.mitigation.executor import PlannedOrder
from core.tasks import spawn, stop_all

WAIT_S = 0.05
"""The longest that an order waits for the disk; with a healthy one it is 2 to 5 ms."""
TRUST_AGAIN_S = 5.0
"""After a disk was too slow, orders wait for it no more for so long."""


class Flushed(Protocol):
    def flush(self, timeout_s: float) -> bool: ...


class OrderLog:
    def __init__(
        self, record: Callable[[PlannedOrder], None], journal: Flushed, clock: Clock, notice: Callable[[str], None]
    ) -> None:
        self._record = record
        self._journal = journal
        self._clock = clock
        self._notice = notice
        self._written: set[tuple[str, str]] = set()
        """Mitigation and account of which an order is on the disk."""
        self._flushing: asyncio.Task[bool] | None = None
        self._again_s = float("-inf")

    async def announce(self, order: PlannedOrder) -> None:
        """Record it; the first of a mitigation in an account waits until it is on the disk, or for `WAIT_S`."""
        self._record(order)
        key = (order.mitigation_id, order.account)
        if key in self._written or self._clock.monotonic() < self._again_s:
            return
        if await self._flush():
            self._written.add(key)
            return
        self._again_s = self._clock.monotonic() + TRUST_AGAIN_S
        self._notice("the journal's disk is slow: orders of a mitigation were sent before it had them")

    async def _flush(self) -> bool:
        """Shared by all who wait: what one records while another's flush runs needs the next one."""
        until_s = self._clock.monotonic() + WAIT_S
        running = self._flushing
        if running is not None and not running.done():
            await asyncio.wait((running,), timeout=WAIT_S)
        if self._flushing is running or self._flushing is None:
            self._flushing = spawn(asyncio.to_thread(self._journal.flush, WAIT_S), name="mitigation order to disk")
        done, _ = await asyncio.wait((self._flushing,), timeout=max(0.0, until_s - self._clock.monotonic()))
        return any(not task.cancelled() and task.exception() is None and task.result() for task in done)

    def forget(self, mitigation_id: str) -> None:
        """It has ended."""
        self._written = {key for key in self._written if key[0] != mitigation_id}

    async def close(self) -> None:
        if self._flushing is not None:
            await stop_all([self._flushing])
