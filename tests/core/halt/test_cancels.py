"""By which ways and with how few requests resting orders are cancelled, and what becomes of those that stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO
from core.errors import VenueUnreachable
from core.halt.desk import HaltDesk
from core.halt.first import HEAD_START_S
from core.halt.latch import LatchFolder
from core.halt.model import ProofRow
from core.halt.runner import HaltRunner
from core.halt.target import HaltTarget, StopSettings
from core.venues.messages import OrderUpdate
from tests.core.halt.scripted import SYMBOL, ScriptedVenue, pass_time, quiet

OTHER = "ETH/USDT:USDT"


@pytest.fixture
def venue(clock: ManualClock) -> ScriptedVenue:
    venue = ScriptedVenue(clock)
    venue.put()
    venue.put(symbol=OTHER)
    venue.put(book="trigger")
    return venue


@pytest.fixture
async def desk(venue: ScriptedVenue, clock: ManualClock, tmp_path: Path) -> AsyncIterator[HaltDesk]:
    def targets(_scope: object, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        known = tuple(venue.resting.values())
        return (venue.target(known_orders=known, known_symbols=frozenset(order.symbol for order in known)),)

    made = HaltDesk(LatchFolder(tmp_path), targets, clock, StopSettings(latch_wait_s=0.0), lambda: "h-1")  # type: ignore[arg-type]
    yield made
    await made.close()


def row(runner: HaltRunner) -> ProofRow:
    (only,) = runner.view().rows
    return only


async def test_a_book_that_can_be_emptied_whole_takes_one_request(venue: ScriptedVenue, desk: HaltDesk) -> None:
    venue.whole_books = frozenset(venue.books)
    desk.fire(PORTFOLIO, "tester", "a test")
    await quiet()
    assert venue.cancels == ["book regular", "book trigger"]
    assert not venue.resting


async def test_a_book_is_emptied_whole_before_anything_is_listed_though_nothing_is_known_to_rest_in_it(
    venue: ScriptedVenue, desk: HaltDesk
) -> None:
    venue.whole_books = frozenset(venue.books)
    venue.resting.clear()
    venue.trouble["list"] = VenueUnreachable("no listing")
    desk.fire(PORTFOLIO, "tester", "a test")
    await quiet()
    assert venue.cancels[:2] == ["book regular", "book trigger"]


async def test_what_a_book_held_is_kept_before_it_is_emptied_whole_though_nothing_was_known_of_it(
    venue: ScriptedVenue, clock: ManualClock, tmp_path: Path
) -> None:
    venue.whole_books = frozenset(venue.books)
    folder = LatchFolder(tmp_path)
    settings = StopSettings(latch_wait_s=0.0)
    desk = HaltDesk(folder, lambda *_, **__: (venue.target(),), clock, settings, lambda: "h-1")
    try:
        desk.fire(PORTFOLIO, "tester", "a test")
        await pass_time(clock, 1.0)
    finally:
        await desk.close()
    assert venue.cancels[:2] == ["book regular", "book trigger"]
    assert {row.order.order_id for row in folder.saved.read("h-1")} == {"1", "2", "3"}


async def test_a_listing_that_hangs_holds_up_the_emptying_of_a_whole_book_for_moments_only(
    venue: ScriptedVenue, clock: ManualClock, tmp_path: Path
) -> None:
    venue.whole_books = frozenset(venue.books)
    venue.slow_s = 1e6
    settings = StopSettings(latch_wait_s=0.0)
    desk = HaltDesk(LatchFolder(tmp_path), lambda *_, **__: (venue.target(),), clock, settings, lambda: "h-1")
    try:
        desk.fire(PORTFOLIO, "tester", "a test")
        await asyncio.sleep(HEAD_START_S * 2)
        assert venue.cancels == ["book regular", "book trigger"]
    finally:
        await desk.close()


async def test_elsewhere_each_known_symbol_takes_one_request_a_book(venue: ScriptedVenue, desk: HaltDesk) -> None:
    desk.fire(PORTFOLIO, "tester", "a test")
    await quiet()
    assert sorted(venue.cancels) == sorted(f"{symbol} of {book}" for symbol in (SYMBOL, OTHER) for book in venue.books)
    assert not venue.resting


async def test_known_orders_go_by_id_at_once_where_a_book_has_no_broader_cancel(
    venue: ScriptedVenue, desk: HaltDesk
) -> None:
    venue.symbol_books = frozenset()
    venue.trouble["list"] = VenueUnreachable("no listing")
    desk.fire(PORTFOLIO, "tester", "a test")
    await quiet()
    assert venue.cancels[:2] == ["2 of regular", "1 of trigger"]
    assert not venue.resting


async def test_what_a_broad_cancel_did_not_take_goes_by_id(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    venue.whole_books = frozenset(venue.books)
    venue.ignores_cancels = True
    runner = desk.fire(PORTFOLIO, "tester", "a test")
    await pass_time(clock, 1.0)
    assert "2 of regular" in venue.cancels
    assert row(runner).words == "RESTING 3"
    venue.ignores_cancels = False
    await pass_time(clock, 6.0)
    assert row(runner).words == "VERIFIED"


async def test_no_first_cancel_is_claimed_where_nothing_was_sent(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    venue.symbol_books = frozenset()
    venue.resting.clear()
    runner = desk.fire(PORTFOLIO, "tester", "a test")
    await pass_time(clock, 3.0)
    assert (venue.cancels, row(runner).first_cancel_ms, row(runner).words) == ([], None, "VERIFIED")


async def test_every_account_is_under_way_within_moments_even_where_the_loop_hardly_turns(
    clock: ManualClock, tmp_path: Path
) -> None:
    venues = [ScriptedVenue(clock, account=f"alpha-{number}") for number in range(200)]

    def targets(_scope: object, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        return tuple(venue.target(known_symbols=frozenset({SYMBOL})) for venue in venues)

    desk = HaltDesk(LatchFolder(tmp_path), targets, clock, StopSettings(latch_wait_s=0.0), lambda: "h-1")  # type: ignore[arg-type]
    try:
        desk.fire(PORTFOLIO, "tester", "a test")
        for _ in range(10):
            await asyncio.sleep(0)  # the first ones are under way
        clock.advance(1.1)
        await quiet()
        assert all(venue.cancels for venue in venues)
    finally:
        await desk.close()


async def test_the_first_account_sends_its_cancel_before_the_last_one_begins(
    clock: ManualClock, tmp_path: Path
) -> None:
    venues = [ScriptedVenue(clock, account=f"alpha-{number}") for number in range(200)]

    def targets(_scope: object, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        return tuple(venue.target(known_symbols=frozenset({SYMBOL})) for venue in venues)

    desk = HaltDesk(LatchFolder(tmp_path), targets, clock, StopSettings(latch_wait_s=0.0), lambda: "h-1")  # type: ignore[arg-type]
    try:
        desk.fire(PORTFOLIO, "tester", "a test")
        for _ in range(100):
            await asyncio.sleep(0)
            if venues[0].cancels:
                break
        assert venues[0].cancels
        assert not venues[-1].cancels
    finally:
        await desk.close()


async def test_a_proven_account_is_listed_again_the_more_seldom_the_longer_a_listing_takes(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    desk.fire(PORTFOLIO, "tester", "a test")
    await pass_time(clock, 3.0)
    quick = len(venue.listings)
    await pass_time(clock, 12.0)
    quick = len(venue.listings) - quick
    venue.slow_s = 1.5
    await pass_time(clock, 12.0)
    slow = len(venue.listings)
    await pass_time(clock, 12.0)
    slow = len(venue.listings) - slow
    assert (quick >= 9, slow <= 3) == (True, True), (quick, slow)


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
