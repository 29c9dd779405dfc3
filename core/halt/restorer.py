"""Places protective orders of a stop again, every latch over their accounts being told before they are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.errors import LatchError
from core.halt.restore import RestorePlan, RestoreReport, place_again, plan_restore
from core.halt.saved import Restored, SavedOrders

if TYPE_CHECKING:
    from core.halt.desk import HaltDesk

SHORT_ID = 8
"""Venues take between 32 and 64 characters of a client id."""


class Restorer:
    def __init__(
        self,
        desk: HaltDesk,
        saved: SavedOrders,
        clock: Clock,
        new_id: Callable[[], str],
        on_disk: Callable[..., Awaitable[Any]],
    ) -> None:
        self._desk = desk
        self._saved = saved
        self._clock = clock
        self._new_id = new_id
        self._on_disk = on_disk

    async def preview(self, halt_id: str) -> RestorePlan:
        """Which protective orders that this stop took would be placed again, and which not and why. Raises LatchError.

        A stop that was reset can be asked about too.
        """
        saved = await self._on_disk(self._saved.read, halt_id)
        return await plan_restore(halt_id, saved, self._desk.acquirer())

    async def restore(self, halt_id: str, operator: str, *, wait_s: float = 0.0) -> RestoreReport:
        """Place them again, reduce-only; every latch over their accounts is told first, so that no sweep takes them.

        `wait_s`: between that and placing, where another process sweeps, which reads latches every `FOLLOW_S`.
        Raises LatchError where a latch cannot be written, and then nothing was placed.
        """
        if not operator.strip():
            raise LatchError("placing protective orders again needs the operator's name")
        plan = await self.preview(halt_id)
        # Letters and digits alone: OKX takes nothing else in a client id.
        stem = "".join(filter(str.isalnum, self._new_id()))[-SHORT_ID:]
        ids = tuple(f"scr{stem}x{number}" for number in range(1, len(plan.possible) + 1))
        if ids:
            await self._desk.issue(ids, {row.order.account for row in plan.possible})
            await self._clock.sleep(wait_s)
        placed = await place_again(plan, ids, self._desk.acquirer())
        notes = [
            Restored(row.order.account, row.order.book, row.order.order_id, row.client_order_id)
            for row in placed
            if not row.error
        ]
        if notes:
            await self._on_disk(self._saved.append, halt_id, notes)
        return RestoreReport(halt_id, operator, plan, placed)
