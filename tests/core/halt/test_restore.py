"""Protective orders that a stop took come back only where they still protect something, and the sweep lets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO, Scope, Side
from core.errors import LatchError, VenueRefused, VenueUnreachable
from core.halt.desk import HaltDesk
from core.halt.latch import LatchFolder
from core.halt.target import StopSettings
from core.venues.messages import OrderEnd
from core.venues.protocol import MarketView, OrderAck, TriggerRequest
from core.venues.trigger import Trigger
from tests.core.halt.scripted import SYMBOL, ScriptedVenue, pass_time


class WithTriggers(ScriptedVenue):
    endpoint, holds_positions = "scripted", True
    mid = 100.0

    def why_no_trigger(self, request: TriggerRequest) -> str:
        return "" if request.trigger.rises is not None else "nobody knows how it waited"

    async def read_market(self, symbol: str) -> MarketView:
        self._fail("market")
        levels = ((self.mid, 1.0),)
        return MarketView(symbol, "USDT", False, levels, levels, 0.1, 0.1, self.clock.monotonic())

    async def read_taker_fee(self, symbol: str) -> float | None:
        return None

    async def place_trigger(self, request: TriggerRequest) -> OrderAck:
        self.placed.append(request.order)
        order = self.put(
            symbol=request.order.symbol, side=request.order.side, book="trigger", reduce_only=True,
            client=request.order.client_order_id, quantity=request.order.quantity, late=True,
        )  # fmt: skip
        return OrderAck(order.order_id, request.order.quantity, None, None)


@pytest.fixture
def venue(clock: ManualClock) -> ScriptedVenue:
    return ScriptedVenue(clock, positions={SYMBOL: 1.0})


@pytest.fixture
async def desk(venue: ScriptedVenue, clock: ManualClock, tmp_path: Path) -> AsyncIterator[HaltDesk]:
    made = desk_of(venue, clock, tmp_path)
    yield made
    await made.close()


def desk_of(venue: ScriptedVenue, clock: ManualClock, folder: Path) -> HaltDesk:
    numbers = iter(range(1, 100))

    def targets(_scope: object, *, include_unattributed: bool = False) -> tuple[object, ...]:
        return (venue.target(),)

    return HaltDesk(LatchFolder(folder), targets, clock, StopSettings(), lambda: f"h-{next(numbers)}")  # type: ignore[arg-type]


async def stopped(desk: HaltDesk, clock: ManualClock) -> str:
    """Fire, and wait until it is proven and saved; the id of the stop."""
    runner = desk.fire(PORTFOLIO, "tester", "a test")
    await pass_time(clock, 3.0)
    assert runner.view().proven
    return runner.latch.halt_id


def obstacles(venue: ScriptedVenue) -> set[str]:
    return {order.client_order_id for order in venue.resting.values()}


async def test_a_take_profit_comes_back_reduce_only_and_outlives_the_sweep(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    venue.put(side=Side.BUY, client="entry")
    venue.put(side=Side.SELL, client="tp", reduce_only=True, quantity=0.4)
    halt_id = await stopped(desk, clock)
    issued_before_sending: list[bool] = []
    folder = desk._folder
    venue.before_place = lambda request: issued_before_sending.append(
        request.client_order_id in folder.load()[0].issued
    )
    plan = await desk.restorer.preview(halt_id)
    assert [(row.quantity, row.obstacle) for row in plan.rows] == [(0.4, "")]
    assert (plan.others, venue.placed) == (1, [])
    report = await desk.restorer.restore(halt_id, "ada")
    assert (report.done, issued_before_sending) == (1, [True])
    (request,) = venue.placed
    assert (request.reduce_only, request.side, request.quantity, request.price) == (True, Side.SELL, 0.4, 100.0)
    await pass_time(clock, 6.0)
    assert obstacles(venue) == {request.client_order_id}
    (row,) = desk.views()[0].rows
    assert row.words == "VERIFIED, 1 protective kept"
    again = await desk.restorer.preview(halt_id)
    assert again.rows[0].obstacle == f"it was placed again as {request.client_order_id} and rests"


async def test_a_restored_order_whose_position_is_gone_is_swept_like_any_other(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    venue.put(client="tp", reduce_only=True)
    await desk.restorer.restore(await stopped(desk, clock), "ada")
    venue.positions = {}
    await pass_time(clock, 6.0)
    assert not venue.resting


@pytest.mark.parametrize(
    ("positions", "said"),
    [({}, "its position is closed"), ({SYMBOL: -1.0}, "its position has turned"), ({SYMBOL: 0.3}, "")],
)
async def test_the_preview_goes_by_the_positions_of_now(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock, positions: dict[str, float], said: str
) -> None:
    venue.put(client="tp", reduce_only=True)
    halt_id = await stopped(desk, clock)
    venue.positions = positions
    (row,) = (await desk.restorer.preview(halt_id)).rows
    assert row.obstacle == said
    assert row.quantity == (0.0 if said else 0.3)


async def test_a_trigger_order_is_placed_only_where_the_venue_can(clock: ManualClock, tmp_path: Path) -> None:
    plain, able = ScriptedVenue(clock, positions={SYMBOL: 1.0}), WithTriggers(clock, positions={SYMBOL: 1.0})
    for number, venue in enumerate((plain, able)):
        guard(venue)
        desk = desk_of(venue, clock, tmp_path / str(number))
        try:
            report = await desk.restorer.restore(await stopped(desk, clock), "ada")
        finally:
            await desk.close()
        assert report.done == number
    assert plain.placed == []
    (row,) = (await plan_of(plain, clock, tmp_path / "0")).rows
    assert row.obstacle == "trigger orders cannot be placed at scripted from here: at 90 by hand"


def guard(venue: ScriptedVenue, rises: bool | None = False) -> None:
    """A stop-loss at 90 of a long position, or what is not known to be one."""
    order = venue.put(client="sl", book="trigger", reduce_only=True)
    venue.resting[order.order_id] = replace(order, trigger=None if rises is None else Trigger(rises=rises))


@pytest.mark.parametrize(
    ("mid", "rises", "said"),
    [
        (90.1, False, ""),
        (90.0, False, "it would trigger at once: the price has passed it and is 90"),
        (89.0, True, ""),
        (91.0, True, "it would trigger at once: the price has passed it and is 91"),
        (100.0, None, "nobody knows how it waited: at 90 by hand"),
    ],
)
async def test_what_the_price_has_passed_and_what_waits_nobody_knows_how_is_not_placed(
    clock: ManualClock, tmp_path: Path, mid: float, rises: bool | None, said: str
) -> None:
    venue = WithTriggers(clock, positions={SYMBOL: 1.0})
    venue.mid = mid
    guard(venue, rises)
    desk = desk_of(venue, clock, tmp_path)
    try:
        halt_id = await stopped(desk, clock)
        assert [row.obstacle for row in (await desk.restorer.preview(halt_id)).rows] == [said]
        venue.trouble["market"] = VenueUnreachable("no answer", account="alpha-1")
        (row,) = (await desk.restorer.preview(halt_id)).rows
        assert row.obstacle.startswith("nobody" if rises is None else "whether it would trigger at once is not known")
    finally:
        await desk.close()


async def plan_of(venue: ScriptedVenue, clock: ManualClock, folder: Path) -> object:
    desk = desk_of(venue, clock, folder)
    try:
        return await desk.restorer.preview("h-1")
    finally:
        await desk.close()


async def test_what_was_filled_before_its_cancel_came_is_not_placed_again(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    order = venue.put(client="tp", reduce_only=True)
    runner = desk.fire(PORTFOLIO, "tester", "a test")
    desk.hint(order)
    venue.resting.clear()
    desk.hint(replace(order, is_open=False, ended=OrderEnd.FILLED))
    await pass_time(clock, 3.0)
    (row,) = (await desk.restorer.preview(runner.latch.halt_id)).rows
    assert row.obstacle == "it was filled before the stop took it"


async def test_an_account_that_cannot_be_read_or_refuses_says_so_and_nothing_counts_as_done(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    venue.put(client="tp", reduce_only=True)
    halt_id = await stopped(desk, clock)
    venue.trouble["positions"] = VenueUnreachable("no answer", account="alpha-1")
    (row,) = (await desk.restorer.preview(halt_id)).rows
    assert row.obstacle == "its account cannot be read: no answer"
    del venue.trouble["positions"]
    venue.trouble["place"] = VenueRefused("too far from the market", account="alpha-1")
    report = await desk.restorer.restore(halt_id, "ada")
    assert (report.done, report.placed[0].error) == (0, "too far from the market")
    assert LatchFolder(desk._folder.folder).saved.read(halt_id)[0].restored_as == ""


async def test_firing_again_takes_restored_orders_too(venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock) -> None:
    venue.put(client="tp", reduce_only=True)
    await desk.restorer.restore(await stopped(desk, clock), "ada")
    assert venue.resting
    desk.fire(PORTFOLIO, "tester", "and now everything")
    await pass_time(clock, 3.0)
    assert not venue.resting


async def test_every_latch_over_the_account_lets_a_restored_order_be(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock
) -> None:
    venue.put(client="tp", reduce_only=True)
    halt_id = await stopped(desk, clock)
    desk.fire(Scope.parse("account:alpha-1"), "tester", "and this one")
    await pass_time(clock, 3.0)
    await desk.restorer.restore(halt_id, "ada")
    await pass_time(clock, 6.0)
    assert len(venue.resting) == 1
    assert all(latch.issued for latch in desk.latched())


async def test_nothing_is_placed_where_the_latch_cannot_be_told(
    venue: ScriptedVenue, desk: HaltDesk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue.put(client="tp", reduce_only=True)
    halt_id = await stopped(desk, clock)

    def full(_folder: LatchFolder, _latch: object) -> None:
        raise LatchError("the latch cannot be written: no space left")

    monkeypatch.setattr(LatchFolder, "write", full)
    with pytest.raises(LatchError, match="no space left"):
        await desk.restorer.restore(halt_id, "ada")
    assert venue.placed == []
