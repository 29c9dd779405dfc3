"""Closing positions under a stop: what is previewed and armed, what is sent, and when it counts as flat."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.domain import PORTFOLIO, Scope, ScopeKind, Side
from core.errors import FlattenError, LatchError, VenueDenied, VenueRefused, VenueTimeout, VenueUnreachable
from core.halt.desk import HaltDesk
from core.halt.flatten.desk import FlattenDesk, FlattenSettings
from core.halt.flatten.model import FlattenPlan, FlattenReport, FlattenStep, FlattenStyle, FlattenTerms, RowState
from core.halt.flatten.run import FlattenTimes
from core.halt.latch import LatchFolder
from core.halt.target import HaltTarget, StopSettings
from core.venues.protocol import OrderRequest
from tests.core.halt.dealer import Dealer, market
from tests.core.halt.scripted import SYMBOL, pass_time, quiet

ETH = "ETH/USDT:USDT"
SETTINGS = FlattenSettings(times=FlattenTimes(deadline_s=12.0, doubt_s=5.0))
SLICED = FlattenTerms(FlattenStyle.SLICED, share=0.5, bound=0.015)


class Floor:
    """Two accounts, a stop desk over them, and a flatten desk beside it."""

    def __init__(self, clock: ManualClock, folder: Path) -> None:
        self.clock = clock
        self.one = Dealer(clock, "alpha-1", positions={SYMBOL: 3.0})
        self.two = Dealer(clock, "alpha-2", positions={SYMBOL: -2.0, ETH: 5.0})
        numbers = itertools.count(1)
        self.halts = HaltDesk(LatchFolder(folder), self.targets, clock, StopSettings(), lambda: f"h-{next(numbers)}")
        self.desk = FlattenDesk(self.halts, clock, lambda: f"plan-{next(numbers)}", random.Random(1), SETTINGS)

    def targets(self, scope: Scope, *, include_unattributed: bool = False) -> tuple[HaltTarget, ...]:
        venues = (self.one, self.two)
        return tuple(row.target() for row in venues if scope.kind is not ScopeKind.ACCOUNT or scope.name == row.account)

    async def stopped(self, scope: Scope = PORTFOLIO) -> str:
        runner = self.halts.fire(scope, "tester", "a test")
        await pass_time(self.clock, 3.0, step_s=0.5)
        return runner.latch.halt_id

    async def armed(self, terms: FlattenTerms | None = None) -> FlattenPlan:
        plan = await self.desk.preview(await self.stopped(), terms or FlattenTerms())
        self.desk.arm(plan.plan_id, "ada")
        return plan

    async def fired(self, plan: FlattenPlan, seconds: float = 70.0) -> FlattenReport:
        """Fire, and let time pass until it is over."""
        firing = asyncio.ensure_future(self.desk.fire(plan.plan_id, "ada", "get out"))
        await quiet()
        for _ in range(int(seconds / 0.25)):
            if firing.done():
                break
            self.clock.advance(0.25)
            await quiet()
        return await firing


@pytest.fixture
async def floor(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Floor]:
    made = Floor(clock, tmp_path)
    yield made
    await made.halts.close()


def states(report: FlattenReport) -> dict[tuple[str, str], tuple[RowState, float | None, str]]:
    return {(row.account, row.symbol): (row.state, row.left, row.reason) for row in report.outcomes}


# -- the preview ------------------------------------------------------------------------------------------------------


async def test_a_preview_tells_what_closing_costs_and_sends_nothing(floor: Floor) -> None:
    floor.two.fee = None
    plan = await floor.desk.preview(await floor.stopped())
    rows = {(row.account, row.symbol): row for row in plan.rows}
    long = rows["alpha-1", SYMBOL]
    # Of 3, one meets 99 and two meet 98, against a mid of 100: half the spread is 1 on each, and the walk 1 on two.
    assert (long.notional, long.spread_cost, long.depth_cost) == (300.0, 3.0, 2.0)
    assert long.fee_cost == pytest.approx(0.001 * (99 + 98 + 98))
    assert (long.unknown, long.beyond, long.side) == ("", 0.0, Side.SELL)
    assert rows["alpha-2", ETH].unknown == "the fee is not known"
    (total,) = plan.totals
    assert (total.positions, total.notional, total.incomplete) == (3, 1_000.0, 2)
    assert [row.notional for row in plan.rows] == [500.0, 300.0, 200.0]
    assert not floor.one.placed + floor.two.placed


async def test_what_cannot_be_closed_or_told_is_said_position_by_position(floor: Floor) -> None:
    floor.one.positions = {SYMBOL: 0.05, ETH: 1.0, "SOL/USDT:USDT": 200.0}
    floor.one.views = {ETH: market(ETH, bids=()), SYMBOL: market(SYMBOL), "SOL/USDT:USDT": market("SOL/USDT:USDT")}
    floor.two.trouble["positions"] = VenueUnreachable("no answer", account="alpha-2")
    plan = await floor.desk.preview(await floor.stopped())
    said = {row.symbol: row.obstacle for row in plan.rows}
    assert said[SYMBOL] == "below the least order of 0.1"
    assert said[ETH] == "nothing rests on the side of the book that would take it"
    (sol,) = plan.closable
    assert (sol.beyond, sol.unknown) == (99.0, "the visible book lacks 99")
    assert [(row.account, row.reason) for row in plan.unread] == [("alpha-2", "no answer")]
    floor.one.trouble["market"] = VenueUnreachable("no book", account="alpha-1")
    again = await floor.desk.preview(plan.halt_id)
    assert {row.unknown for row in again.closable} == {"no order book was seen"}
    assert {row.cost for row in again.closable} == {None}
    sliced = await floor.desk.preview(plan.halt_id, SLICED)
    assert {row.obstacle for row in sliced.rows} == {"no order book to slice it by: no book"}


async def test_accounts_with_coins_alone_are_named(floor: Floor) -> None:
    floor.two.holds_positions, floor.two.positions = False, {}
    plan = await floor.desk.preview(await floor.stopped())
    assert plan.coins_only == ("alpha-2",)


async def test_of_a_symbol_its_positions_alone_and_of_a_strategy_none(floor: Floor) -> None:
    plan = await floor.desk.preview(await floor.stopped(Scope(ScopeKind.SYMBOL, ETH)))
    assert [(row.account, row.symbol) for row in plan.rows] == [("alpha-2", ETH)]
    halt_id = await floor.stopped(Scope(ScopeKind.STRATEGY, "basis"))
    with pytest.raises(FlattenError, match="the positions of strategy:basis cannot be told from others"):
        await floor.desk.preview(halt_id)


# -- previewed, armed, fired ------------------------------------------------------------------------------------------


async def test_nothing_is_sent_without_a_stop_a_fresh_preview_an_arming_a_name_and_a_reason(floor: Floor) -> None:
    with pytest.raises(FlattenError, match="no stop h-9 is latched"):
        await floor.desk.preview("h-9")
    plan = await floor.desk.preview(await floor.stopped())
    with pytest.raises(FlattenError, match="not armed"):
        await floor.desk.fire(plan.plan_id, "ada", "get out")
    with pytest.raises(FlattenError, match="operator's name"):
        floor.desk.arm(plan.plan_id, " ")
    with pytest.raises(FlattenError, match="not the newest preview"):
        floor.desk.arm("plan-0", "ada")
    floor.desk.arm(plan.plan_id, "ada")
    with pytest.raises(FlattenError, match="a reason"):
        await floor.desk.fire(plan.plan_id, "ada", "")
    await pass_time(floor.clock, 31.0, step_s=5.0)
    with pytest.raises(FlattenError, match="not armed any more"):
        await floor.desk.fire(plan.plan_id, "ada", "get out")
    await pass_time(floor.clock, 100.0, step_s=5.0)
    with pytest.raises(FlattenError, match=r"the preview is 13\d s old"):
        floor.desk.arm(plan.plan_id, "ada")
    assert not floor.one.placed + floor.two.placed


@pytest.mark.parametrize("act", ["reset", "fire", "preview", "disarm"])
async def test_what_happens_to_the_stop_or_the_preview_disarms(floor: Floor, act: str) -> None:
    plan = await floor.armed()
    match act:
        case "reset":
            await floor.halts.reset(plan.halt_id, "ada", "a test")
        case "fire":
            floor.halts.fire(PORTFOLIO, "bob", "again")
        case "preview":
            await floor.desk.preview(plan.halt_id)
        case "disarm":
            floor.desk.disarm()
    with pytest.raises(FlattenError):
        await floor.desk.fire(plan.plan_id, "ada", "get out")
    assert not floor.one.placed + floor.two.placed


async def test_positions_are_closed_and_counted_flat_only_when_read_twice(floor: Floor) -> None:
    plan = await floor.armed()
    report = await floor.fired(plan)
    assert report.complete
    assert report.sentence == "3 of 3 positions flat"
    assert [(row.symbol, row.side, row.quantity, row.reduce_only) for row in floor.one.placed] == [
        (SYMBOL, Side.SELL, 3.0, True)
    ]
    assert report.took_s >= 1.5, "the second reading is late enough after the last order"
    view = floor.desk.view
    assert view is not None
    assert (view.step, view.report) == (FlattenStep.ENDED, report)
    with pytest.raises(FlattenError, match="was carried out already"):
        floor.desk.arm(plan.plan_id, "ada")


async def test_ids_are_in_every_latch_before_anything_is_sent_and_where_they_cannot_be_nothing_is(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await floor.armed()
    issued: list[bool] = []
    floor.one.before_place = lambda request: issued.append(
        request.client_order_id in floor.halts._folder.load()[0].issued
    )
    await floor.fired(plan)
    assert issued == [True]
    floor.one.positions = {SYMBOL: 3.0}
    again = await floor.armed()

    def full(_folder: LatchFolder, _latch: object) -> None:
        raise LatchError("the latch cannot be written: no space left")

    monkeypatch.setattr(LatchFolder, "write", full)
    with pytest.raises(LatchError, match="no space left"):
        await floor.fired(again)
    assert len(floor.one.placed) == 1


# -- what comes in between --------------------------------------------------------------------------------------------


async def test_an_account_that_cannot_be_read_is_unknown_and_holds_up_no_other(floor: Floor) -> None:
    plan = await floor.armed()
    floor.two.trouble["positions"] = VenueUnreachable("no answer", account="alpha-2")
    report = await floor.fired(plan)
    found = states(report)
    assert found["alpha-1", SYMBOL][0] is RowState.FLAT
    lost = (RowState.UNKNOWN, None, "its positions could not be read: no answer")
    assert (found["alpha-2", SYMBOL], found["alpha-2", ETH]) == (lost, lost)
    assert not report.complete
    assert not floor.two.placed


async def test_a_reading_that_fails_after_the_order_leaves_it_unknown_and_never_flat(floor: Floor) -> None:
    plan = await floor.armed()
    gone = VenueUnreachable("no answer", account="alpha-1")
    floor.one.after_place = lambda _: floor.one.trouble.update(positions=gone)
    report = await floor.fired(plan)
    assert floor.one.positions[SYMBOL] == 0.0
    assert states(report)["alpha-1", SYMBOL] == (RowState.UNKNOWN, None, "its positions could not be read: no answer")


async def test_a_key_that_may_not_trade_ends_that_account_at_once(floor: Floor) -> None:
    plan = await floor.armed()
    floor.two.trouble["place"] = VenueDenied("no permission", account="alpha-2")
    report = await floor.fired(plan)
    assert states(report)["alpha-2", ETH] == (RowState.LEFT, 5.0, "alpha-2: no permission")
    assert report.took_s < 15.0


async def test_what_grew_since_the_preview_is_left_alone(floor: Floor) -> None:
    plan = await floor.armed()
    floor.one.positions[SYMBOL] = 3.2
    report = await floor.fired(plan)
    said = "it was 3 in the preview and is 3.2 now: preview again"
    assert states(report)["alpha-1", SYMBOL] == (RowState.LEFT, 3.2, said)
    assert not floor.one.placed
    assert report.flat == 2


async def test_what_grows_under_way_is_closed_as_far_as_it_was_there(floor: Floor) -> None:
    plan = await floor.armed()

    def grow(_: OrderRequest) -> None:
        floor.one.positions[SYMBOL] += 0.7

    floor.one.after_place = grow
    report = await floor.fired(plan)
    assert sum(row.quantity for row in floor.one.placed) == 3.0
    state, left, reason = states(report)["alpha-1", SYMBOL]
    assert (state, left) == (RowState.LEFT, pytest.approx(0.7))
    assert reason == "it grew under way: preview again"


async def test_what_appears_beside_it_or_turns_round_is_told(floor: Floor) -> None:
    plan = await floor.armed()
    floor.one.positions = {SYMBOL: -1.0, ETH: 4.0}
    report = await floor.fired(plan)
    found = states(report)
    assert found["alpha-1", ETH] == (RowState.LEFT, 4.0, "it was not in the preview")
    assert found["alpha-1", SYMBOL] == (RowState.LEFT, 1.0, "its position has turned: it was traded from elsewhere")
    assert not floor.one.placed


async def test_partial_fills_are_followed_up_whether_the_answer_names_them_or_not(floor: Floor) -> None:
    floor.two.positions = {ETH: 2.0}
    for dealer, named in ((floor.one, True), (floor.two, False)):
        dealer.names_fills, dealer.fills = named, lambda request: min(request.quantity, 1.0)
    report = await floor.fired(await floor.armed())
    assert report.complete
    assert [row.quantity for row in floor.one.placed] == [3.0, 2.0, 1.0]
    assert [row.quantity for row in floor.two.placed] == [2.0, 1.0]


async def test_what_the_market_takes_nothing_of_is_left(floor: Floor) -> None:
    floor.one.fills = lambda _: 0.0
    report = await floor.fired(await floor.armed())
    assert states(report)["alpha-1", SYMBOL] == (RowState.LEFT, 3.0, "the market takes nothing of it")
    assert len(floor.one.placed) == 3


async def test_a_refusal_is_tried_again_and_told_when_it_stays(floor: Floor) -> None:
    plan = await floor.armed()
    refusals = iter([VenueRefused("ReduceOnly Order is rejected.", account="alpha-1")])

    def refuse(_: OrderRequest) -> None:
        if error := next(refusals, None):
            raise error

    floor.one.before_place = refuse
    floor.two.trouble["place"] = VenueRefused("too small", account="alpha-2")
    report = await floor.fired(plan)
    assert states(report)["alpha-1", SYMBOL][0] is RowState.FLAT
    assert states(report)["alpha-2", ETH] == (RowState.LEFT, 5.0, "alpha-2: too small")


@pytest.mark.parametrize("took_effect", [True, False])
async def test_an_order_without_an_answer_counts_as_filled_until_readings_have_said_otherwise_for_long(
    floor: Floor, took_effect: bool
) -> None:
    plan = await floor.armed()
    lost = iter([VenueTimeout("late", account="alpha-1")])
    sent_s: list[float] = []

    def lose(request: OrderRequest) -> None:
        sent_s.append(floor.clock.monotonic())
        if error := next(lost, None):
            if took_effect:
                floor.one.positions[SYMBOL] = 0.0
            raise error

    floor.one.before_place = lose
    report = await floor.fired(plan)
    assert report.complete
    assert len(sent_s) == (1 if took_effect else 2)
    assert took_effect or sent_s[1] - sent_s[0] >= 5.0


@pytest.mark.parametrize("act", ["reset", "fire", "end"])
async def test_a_reset_a_further_firing_and_an_end_let_nothing_more_be_sent(floor: Floor, act: str) -> None:
    plan = await floor.armed(SLICED)
    floor.two.positions, ended = {}, []

    def end(_: OrderRequest) -> None:
        if not ended:
            ended.append(act)
            if act == "end":
                floor.desk.end("ended by ada")
            elif act == "fire":
                floor.halts.fire(PORTFOLIO, "bob", "again")
            else:
                ended.append(asyncio.ensure_future(floor.halts.reset(plan.halt_id, "ada", "a test")))

    floor.one.after_place = end
    report = await floor.fired(plan)
    sent = len(floor.one.placed)
    assert sent == 1 or (act == "reset" and sent < 6), "a reset is one only when it is on the disk"
    assert report.ended == {
        "reset": "the stop was reset", "fire": "the stop was fired again: preview again", "end": "ended by ada",
    }[act]  # fmt: skip
    state, left, _ = states(report)["alpha-1", SYMBOL]
    assert (state, left) == (RowState.LEFT, 3.0 - 0.5 * sent)


async def test_another_stop_over_the_same_account_sweeps_on_beside_it(floor: Floor) -> None:
    plan = await floor.armed()
    floor.halts.fire(Scope.parse("account:alpha-1"), "bob", "this one too")
    await pass_time(floor.clock, 3.0)
    report = await floor.fired(plan)
    assert report.complete
    assert all(view.late == 0 for view in floor.halts.views())


async def test_one_flattening_at_a_time(floor: Floor) -> None:
    plan = await floor.armed()
    firing = asyncio.ensure_future(floor.desk.fire(plan.plan_id, "ada", "get out"))
    await quiet()
    view = floor.desk.view
    assert view is not None
    assert (view.step, len(view.outcomes)) == (FlattenStep.RUNNING, 3)
    for refused in (floor.desk.preview(plan.halt_id), floor.desk.fire(plan.plan_id, "ada", "twice")):
        with pytest.raises(FlattenError, match="are being closed"):
            await refused
    await pass_time(floor.clock, 5.0)
    assert (await firing).complete


# -- slices -----------------------------------------------------------------------------------------------------------


async def test_a_slice_is_a_share_of_what_rests_within_the_bound_at_no_worse_price(floor: Floor) -> None:
    plan = await floor.armed(SLICED)
    rows = {(row.account, row.symbol): row for row in plan.rows}
    assert rows["alpha-1", SYMBOL].slices == 6
    report = await floor.fired(plan)
    assert report.complete
    # Within 1.5 % of 100 rests 1 on each side: half of that at a time, and alpha-2 buys against the other side.
    assert {row.quantity for row in floor.one.placed} == {0.5}
    assert all(row.immediate and row.price == pytest.approx(98.5) for row in floor.one.placed)
    assert all(row.price == pytest.approx(101.5) for row in floor.two.placed if row.symbol == SYMBOL)


async def test_accounts_that_sell_into_the_same_book_share_the_share(floor: Floor) -> None:
    floor.two.positions = {SYMBOL: 1.0}
    await floor.fired(await floor.armed(SLICED))
    assert floor.one.placed[0].quantity == floor.two.placed[0].quantity == pytest.approx(0.2)


async def test_where_nothing_rests_within_the_bound_it_waits_and_says_so(floor: Floor) -> None:
    plan = await floor.armed(SLICED)
    floor.one.views[SYMBOL] = market(SYMBOL, bids=((90.0, 5.0),), asks=((110.0, 5.0),))
    report = await floor.fired(plan)
    state, left, reason = states(report)["alpha-1", SYMBOL]
    assert (state, left) == (RowState.LEFT, 3.0)
    assert reason == "the time was over; nothing rests within 1.50% of the price"


async def test_dust_at_the_end_of_slices_goes_with_the_last(floor: Floor) -> None:
    floor.one.positions, floor.two.positions = {SYMBOL: 1.05}, {}
    floor.one.views[SYMBOL] = replace(market(SYMBOL), quantity_step=0.01)
    report = await floor.fired(await floor.armed(SLICED))
    assert report.complete
    assert [row.quantity for row in floor.one.placed] == [0.5, pytest.approx(0.55)]


async def test_what_shrinks_under_way_gets_no_order_larger_than_it_is_then(floor: Floor) -> None:
    plan = await floor.armed()

    def shrink(_: OrderRequest) -> None:
        floor.one.positions[SYMBOL] = min(floor.one.positions[SYMBOL], 0.6)

    floor.one.fills, floor.one.after_place = lambda _: 1.0, shrink
    report = await floor.fired(plan)
    assert states(report)["alpha-1", SYMBOL][0] is RowState.FLAT
    assert [row.quantity for row in floor.one.placed] == [3.0, pytest.approx(0.6)]
