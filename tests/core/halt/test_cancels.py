"""By which way resting orders are cancelled, and what becomes of those that one way does not take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.target import StopSettings
from core.venues.messages import OrderUpdate
from tests.core.halt.scripted import ScriptedVenue, pass_time


@dataclass
class OneWay(ScriptedVenue):
    """Carries out one kind of cancel, and only acknowledges the other."""

    way: str = "symbol"
    deaf_for: int = 3
    """How many cancels it ignores at first, whichever they are."""

    def _takes(self, way: str) -> bool:
        self.deaf_for -= 1
        return self.deaf_for < 0 and way == self.way

    async def cancel_symbol(self, book: str, symbol: str) -> None:
        if self._takes("symbol"):
            await super().cancel_symbol(book, symbol)

    async def cancel_orders(self, book: str, orders: Sequence[OrderUpdate]) -> None:
        if self._takes("id"):
            await super().cancel_orders(book, orders)


@pytest.mark.parametrize("way", ["symbol", "id"])
async def test_what_one_way_does_not_take_is_tried_by_the_other_for_as_long_as_it_rests(
    clock: ManualClock, tmp_path: Path, way: str
) -> None:
    venue = OneWay(clock, way=way)
    venue.put()
    desk = HaltDesk(LatchFolder(tmp_path), lambda *_, **__: (venue.target(),), clock, StopSettings(), lambda: "h-1")
    try:
        runner = desk.fire(PORTFOLIO, "ada", "a test")
        await pass_time(clock, 12.0)
        assert venue.deaf_for < 0
        assert (venue.resting, runner.view().proven) == ({}, True)
    finally:
        await desk.close()
