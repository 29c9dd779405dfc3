"""Cancels what could open or enlarge a position in some accounts of a scope, and believes nothing but listings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.clock import Clock
from core.domain import Protective, StopLevel
from core.errors import ScramError, VenueError
from core.halt.sorting import Reducible, Sorter, reducible
from core.halt.target import HaltTarget
from core.halt.terms import StopTerms
from core.tasks import spawn, stop_all
from core.venues.messages import OrderUpdate
from core.venues.protocol import ActingVenue

ROUNDS = 6
"""Listings of an account: what a bot places again and again is no matter for this rung, but for the next one."""
SPARED = StopTerms(Protective.KEEP, StopLevel.REDUCE_ONLY)


@dataclass(frozen=True, slots=True)
class Cleared:
    """One account."""

    account: str
    cancelled: int
    left: int
    """In the last listing: orders that could still open or enlarge a position, and those that nobody can tell whose."""
    trouble: str = ""

    @property
    def proven(self) -> bool:
        return not self.left and not self.trouble


async def clear(
    targets: Iterable[HaltTarget], may_act: Callable[[str], str], clock: Clock, settle_s: float
) -> tuple[Cleared, ...]:
    """All accounts side by side. `settle_s`: between the two listings that show an account without such orders."""
    rows = tuple(targets)
    tasks = [
        spawn(_clear(target, may_act, clock, settle_s), name=f"cancel orders of {target.account}") for target in rows
    ]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        await stop_all(tasks)


async def _clear(target: HaltTarget, may_act: Callable[[str], str], clock: Clock, settle_s: float) -> Cleared:
    refusal = may_act(target.account)
    if refusal:
        return Cleared(target.account, 0, 0, refusal)
    sorter, gone = Sorter(target, SPARED), set()
    left, shown = 0, 0
    try:
        acting = await target.acquire()
        for _ in range(ROUNDS):
            positions = reducible(await acting.read_positions())
            doomed, unclaimed = await _look(acting, sorter, positions)
            left = sum(map(len, doomed.values())) + unclaimed
            shown = 0 if left else shown + 1
            if shown > 1:
                break
            for book, orders in doomed.items():
                await acting.cancel_orders(book, orders)
                gone |= {order.order_id for order in orders}
            await clock.sleep(settle_s)
    except (VenueError, ScramError) as error:
        return Cleared(target.account, len(gone), left, str(error))
    trouble = "" if shown > 1 or left else "no two listings in a row showed it"
    return Cleared(target.account, len(gone), left, trouble)


async def _look(
    acting: ActingVenue, sorter: Sorter, positions: Reducible
) -> tuple[dict[str, tuple[OrderUpdate, ...]], int]:
    """By book the orders to cancel, and how many there are whose owner nobody can tell."""
    doomed: dict[str, tuple[OrderUpdate, ...]] = {}
    unclaimed = 0
    for book in acting.books:
        found = sorter.sort((await acting.list_orders(book)).orders, positions)
        unclaimed += len(found.unclaimed)
        if found.cancel:
            doomed[book] = found.cancel
    return doomed, unclaimed
