"""What the parts of one execution share: whom they act through, how urgently, and whom they ask and tell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

from core.clock import Clock
from core.mitigation.held import Cut
from core.mitigation.permission import MayAct
from core.mitigation.urgency import ExecutorSettings, Urgency
from core.venues.protocol import ActingVenue

Place = tuple[str, str, str]
"""One side of one order book: endpoint, symbol, side."""


Acquire = Callable[[str], Awaitable[ActingVenue]]
"""By account, its acting side made ready; raises ScramError where it cannot be acted on."""


Room = Callable[[str, float], AbstractAsyncContextManager[None]]
"""By account and request weight: entered once its venue has room for so much beside the stop's part."""
POSITIONS_WEIGHT = 5.0
"""Request weight of a reading of positions, as Binance counts it."""


def room_enough(account: str, weight: float) -> AbstractAsyncContextManager[None]:
    """Where nobody counts requests."""
    del account, weight
    return nullcontext()


class Spacing:
    """Lets those who wait go one after the other.

    Hundreds of accounts that ask their venues in one breath would hold up the loop, and the screen, for seconds.
    """

    def __init__(self, clock: Clock, apart_s: float) -> None:
        self._clock = clock
        self._apart_s = apart_s
        self._next_s = -math.inf

    async def turn(self) -> None:
        now_s = self._clock.monotonic()
        mine_s = max(now_s, self._next_s)
        self._next_s = mine_s + self._apart_s
        if mine_s > now_s:
            await self._clock.sleep(mine_s - now_s)


@dataclass(frozen=True)
class Terms:
    """What the lanes of one execution share."""

    acquire: Acquire
    clock: Clock
    settings: ExecutorSettings
    urgency: Urgency
    until_s: float
    """Monotonic."""
    order_id: Callable[[Cut], str]
    """The id of its next order."""
    announce: Callable[[Cut, str, float], Awaitable[None]]
    """Told of an order before it is sent."""
    may_act: MayAct
    why_not: Callable[[], str]
    """Why nothing more may be sent by anybody, "" while it may."""
    drift: Callable[[str], None]
    """Give the whole plan up, for this reason."""
    day_volume: Callable[[str, str], float]
    """By account and symbol, base units; NaN unknown."""
    room: Room
    """Held while an account is asked and sent something."""
    spacing: Spacing
    """Between the rounds of different accounts."""
    venues: dict[str, ActingVenue] = field(default_factory=dict)
    """By account, what was acquired."""
    crowd: Counter[Place] = field(default_factory=Counter)
    """How many cuts still trade into one side of one book."""
