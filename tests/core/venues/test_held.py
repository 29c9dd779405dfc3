"""Which marks are asked for beside those that a venue lists by itself: of what is held, kind by kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from core.clock import ManualClock
from core.errors import VenueUnreachable, VenueUnsupported
from core.tasks import spawn, stop_all
from core.venues.held import LOOK_S, HeldMarks, HeldSymbols, kinds_of

LINEAR = {"type": "swap", "settle": "USDT", "inverse": False}
MARKETS: dict[str, dict[str, Any]] = {
    "BTC/USDT:USDT": LINEAR,
    "ETH/USDT:USDT": LINEAR,
    "ETH/USDC:USDC": LINEAR | {"settle": "USDC"},
    "BTC/USD:BTC": {"type": "swap", "settle": "BTC", "inverse": True},
    "ETH/USD:ETH": {"type": "swap", "settle": "ETH", "inverse": True},
    "ETH/USDT:USDT-351228": {"type": "future", "settle": "USDT", "inverse": False},
    "BTC/USD:BTC-351228-90000-C": {"type": "option", "settle": "BTC", "base": "BTC", "inverse": True},
}
EVERY_S = 5.0


class Venue:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.held = HeldSymbols()
        self.listed: set[str] = set()
        self.asked: list[tuple[str, ...]] = []
        self.broken: dict[str, Exception] = {}

    async def ask(self, symbols: tuple[str, ...]) -> None:
        self.asked.append(symbols)
        for symbol in symbols:
            if symbol in self.broken:
                raise self.broken[symbol]

    async def passes(self, seconds: float) -> list[tuple[str, ...]]:
        """What is asked for meanwhile."""
        before = len(self.asked)
        for _ in range(round(seconds / LOOK_S)):
            self.clock.advance(LOOK_S)
            for _ in range(5):
                await asyncio.sleep(0)
        return self.asked[before:]


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    venue = Venue()
    marks = HeldMarks("paper", venue.held, venue.clock, EVERY_S)
    task = spawn(marks.run(lambda: MARKETS, venue.listed, venue.ask), name="marks of what is held")
    await asyncio.sleep(0)
    yield venue
    await stop_all([task])


async def test_what_one_request_tells_is_asked_for_at_once_and_as_often_as_the_rest_is_listed(venue: Venue) -> None:
    venue.held.read("a", ["BTC/USD:BTC", "ETH/USDT:USDT-351228", "XYZ/USDT:USDT"])
    venue.held.read("b", ["ETH/USD:ETH", "BTC/USD:BTC-351228-90000-C"])
    once = {("BTC/USD:BTC", "ETH/USD:ETH"), ("ETH/USDT:USDT-351228",), ("BTC/USD:BTC-351228-90000-C",)}
    first = await venue.passes(LOOK_S)
    assert (set(first), len(first)) == (once, 3)
    assert await venue.passes(EVERY_S - 2 * LOOK_S) == []
    assert set(await venue.passes(2 * LOOK_S)) == once


async def test_nothing_is_asked_for_that_is_listed_or_is_held_no_more(venue: Venue) -> None:
    assert await venue.passes(EVERY_S) == []
    venue.held.read("a", ["BTC/USDT:USDT", "BTC/USD:BTC"])
    venue.listed.add("BTC/USDT:USDT")
    assert await venue.passes(LOOK_S) == [("BTC/USD:BTC",)]
    venue.held.met("a", "ETH/USDC:USDC")
    assert await venue.passes(LOOK_S) == [("ETH/USDC:USDC",)]
    venue.held.read("a", [])
    assert await venue.passes(3 * EVERY_S) == []


@pytest.mark.parametrize(
    ("error", "again"),
    [(VenueUnreachable("gone"), lambda count: 3 <= count <= 6), (VenueUnsupported("none"), lambda count: count == 0)],
    ids=["fails", "does not exist"],
)
async def test_a_kind_that_cannot_be_had_holds_up_no_other_and_is_asked_for_ever_less_often(
    venue: Venue, error: Exception, again: Callable[[int], bool]
) -> None:
    venue.held.read("a", ["BTC/USD:BTC", "ETH/USDT:USDT-351228"])
    venue.broken["ETH/USDT:USDT-351228"] = error
    assert len(await venue.passes(LOOK_S)) == 2
    later = await venue.passes(200.0)
    assert later.count(("BTC/USD:BTC",)) >= 30
    assert again(later.count(("ETH/USDT:USDT-351228",)))


def test_each_kind_is_what_a_venue_lists_in_one_reply() -> None:
    assert kinds_of([*MARKETS, "gone"], MARKETS) == {
        "swap USDT": ("BTC/USDT:USDT", "ETH/USDT:USDT"),
        "swap USDC": ("ETH/USDC:USDC",),
        "swap inverse": ("BTC/USD:BTC", "ETH/USD:ETH"),
        "future USDT": ("ETH/USDT:USDT-351228",),
        "option BTC": ("BTC/USD:BTC-351228-90000-C",),
    }
