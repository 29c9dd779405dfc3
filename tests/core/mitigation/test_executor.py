from __future__ import annotations

import asyncio
import math

import pytest

from core.clock import SystemClock
from core.domain import PORTFOLIO, Leg, Policy, Severity, Side
from core.errors import (
    VenueBusy,
    VenueDenied,
    VenueError,
    VenueGarbled,
    VenueRefused,
    VenueTimeout,
    VenueUnreachable,
)
from core.ladder import Rung
from core.mitigation.executor import Execution, Surroundings
from core.mitigation.model import Mitigation, MitigationState, Reduction
from core.mitigation.report import ExecutionReport
from core.mitigation.urgency import ExecutorSettings
from core.venues.protocol import OrderAck, OrderRequest
from tests.core.mitigation.scripted_venue import ScriptedVenue, fails, fills, hangs, having

QUICK = ExecutorSettings(verify_pause_s=0.001, busy_pause_s=0.001, busy_pause_max_s=0.01)


def reduction(
    quantity: float = 4.0, symbol: str = "BTC", side: Side = Side.SELL, account: str = "alpha", strategy: str = "trend"
) -> Reduction:
    return Reduction(account, symbol, strategy, side, quantity, quantity * 100.0)


def mitigation(*reductions: Reduction, mitigation_id: str = "0f0e6b1c-1111-4a4a-8888-123456789abc") -> Mitigation:
    return Mitigation(
        mitigation_id, "e1", PORTFOLIO, "leverage", Severity.HIGH, Rung.RESTORE, Policy.AUTO,
        MitigationState.RUNNING, 0.4, reductions, 6.0, 3.9, 4.0, math.nan, False, 0.0, None, None,
    )  # fmt: skip


def execution(
    venues: dict[str, ScriptedVenue], *reductions: Reduction, claims: list[tuple[str, str]] | None = None
) -> Execution:
    def claim(client_order_id: str, strategy: str) -> None:
        if claims is not None:
            claims.append((client_order_id, strategy))

    return Execution(mitigation(*reductions), having(venues), SystemClock(), Surroundings(claim), QUICK)


async def run(venue: ScriptedVenue, *reductions: Reduction) -> ExecutionReport:
    return await execution({venue.account: venue}, *reductions).run()


def long(quantity: float, symbol: str = "BTC") -> dict[tuple[str, Leg], float]:
    return {(symbol, Leg.NET): quantity}


async def test_orders_are_reduce_only_at_market_and_the_positions_are_read_back() -> None:
    venue = ScriptedVenue(positions=long(10.0) | long(-5.0, "ETH"))
    report = await run(venue, reduction(4.0), reduction(2.0, "ETH", Side.BUY))
    assert all(order.reduce_only and order.price is None for order in venue.requests)
    assert venue.positions == long(6.0) | long(-3.0, "ETH")
    assert report.complete
    assert [(row.sent, row.filled, row.before, row.after) for row in report.outcomes] == [
        (4.0, 4.0, 10.0, 6.0),
        (2.0, 2.0, 5.0, 3.0),
    ]
    assert report.sentence == "2 of 2 reductions done"


async def test_every_order_is_claimed_for_its_strategy_before_it_is_sent() -> None:
    venue = ScriptedVenue(positions=long(10.0))
    claims: list[tuple[str, str]] = []
    rows = [reduction(1.0, strategy="a"), reduction(2.0, strategy="b")]
    await execution({"alpha": venue}, *rows, claims=claims).run()
    assert claims == [(order.client_order_id, name) for order, name in zip(venue.requests, "ab", strict=True)]
    assert all(name.startswith("scm") and name.isalnum() and len(name) <= 32 for name, _ in claims)
    assert len({name for name, _ in claims}) == 2


async def test_a_reduction_is_capped_at_the_position_as_it_is_now() -> None:
    venue = ScriptedVenue(positions=long(1.5))
    report = await run(venue, reduction(4.0))
    assert [order.quantity for order in venue.requests] == [1.5]
    assert report.outcomes[0].sent == 1.5
    assert venue.positions == long(0.0)


async def test_strategies_that_share_a_position_never_sell_more_than_it_together() -> None:
    venue = ScriptedVenue(positions=long(5.0))
    report = await run(venue, reduction(4.0, strategy="a"), reduction(4.0, strategy="b"), reduction(4.0, strategy="c"))
    assert [order.quantity for order in venue.requests] == [4.0, 1.0]
    assert report.outcomes[2].refused == "the position is gone already"


async def test_a_position_that_has_turned_round_is_left_alone() -> None:
    venue = ScriptedVenue(positions=long(-3.0))
    report = await run(venue, reduction(4.0))
    assert venue.requests == []
    assert report.outcomes[0].refused == "the position is gone already"
    assert not report.filled_any


async def test_each_leg_of_a_hedged_position_is_reduced_by_itself() -> None:
    venue = ScriptedVenue(positions={("BTC", Leg.LONG): 5.0, ("BTC", Leg.SHORT): -2.0})
    report = await run(venue, reduction(3.0), reduction(3.0, side=Side.BUY))
    assert venue.positions == {("BTC", Leg.LONG): 2.0, ("BTC", Leg.SHORT): 0.0}
    assert report.confirmed


async def test_one_refused_order_does_not_hold_up_the_others() -> None:
    venue = ScriptedVenue(positions=long(10.0) | long(10.0, "ETH"), fates=[fails(VenueRefused("too small"))])
    report = await run(venue, reduction(4.0), reduction(4.0, "ETH"))
    refused, done = report.outcomes
    assert (refused.refused, refused.client_order_ids, refused.filled) == ("alpha: too small", (), 0.0)
    assert (done.refused, done.filled) == ("", 4.0)
    assert report.confirmed
    assert not report.complete
    assert report.sentence == "1 of 2 reductions done; alpha: too small"


async def test_accounts_run_side_by_side_and_one_that_cannot_be_read_holds_up_nobody() -> None:
    dead = ScriptedVenue("dead", read_errors=[VenueUnreachable("no route")] * 9)
    good = ScriptedVenue("good", long(10.0))
    rows = [reduction(account="dead"), reduction(account="good"), reduction(account="nobody")]
    report = await execution({"dead": dead, "good": good}, *rows).run()
    assert [row.refused for row in report.outcomes] == [
        "positions of dead could not be read: no route",
        "",
        "account nobody cannot be acted on: nobody is not configured",
    ]
    assert dead.requests == []
    assert good.positions == long(6.0)


async def test_the_rest_of_a_partial_fill_is_sent_again() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fills(0.25)])
    report = await run(venue, reduction(4.0))
    assert [order.quantity for order in venue.requests] == [4.0, 3.0]
    assert venue.positions == long(6.0)
    assert report.complete
    assert len(report.outcomes[0].client_order_ids) == 2


async def test_what_stays_unfilled_is_reported_as_it_is() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fills(0.5), fills(0.5), fails(VenueRefused("no more"))])
    report = await run(venue, reduction(4.0))
    assert report.outcomes[0].filled == 3.0
    assert report.outcomes[0].refused == "alpha: no more"
    assert report.confirmed


async def test_an_answer_without_a_fill_is_settled_by_the_position() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fills(said=False)])
    report = await run(venue, reduction(4.0))
    assert report.complete
    assert report.outcomes[0].filled == 4.0


async def test_an_order_that_the_position_does_not_show_is_not_confirmed_and_not_sent_twice() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fills(0.0, said=False)])
    report = await run(venue, reduction(4.0))
    assert len(venue.requests) == 1
    assert not report.confirmed
    assert report.outcomes[0].refused == "only 0 of 4 filled"


async def test_what_is_gone_from_a_shared_position_is_counted_for_one_order_only() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fills(said=False), fills(0.0, said=False)])
    report = await run(venue, reduction(3.0, strategy="a"), reduction(3.0, strategy="b"))
    assert [row.filled for row in report.outcomes] == [3.0, 0.0]
    assert [row.refused for row in report.outcomes] == ["", "only 0 of 3 filled"]
    assert not report.confirmed


async def test_a_fill_that_the_venue_claims_and_the_position_denies_is_not_confirmed() -> None:
    venue = ScriptedVenue(positions=long(10.0))
    liar = fills()

    async def lie(where: ScriptedVenue, order: object) -> object:
        ack = await liar(where, venue.requests[-1])
        where.positions = long(10.0)
        return ack

    venue.fates = [lie]  # type: ignore[list-item]
    report = await run(venue, reduction(4.0))
    assert not report.confirmed
    assert report.outcomes[0].after == 10.0


AMBIGUOUS: list[VenueError] = [VenueTimeout("late"), VenueUnreachable("reset"), VenueGarbled("noise"), VenueError("?")]


@pytest.mark.parametrize("error", AMBIGUOUS)
async def test_an_order_without_an_answer_is_looked_up_in_the_position(error: VenueError) -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fails(error, after_filling=1.0)])
    report = await run(venue, reduction(4.0))
    assert len(venue.requests) == 1
    assert report.complete
    assert report.outcomes[0].filled == 4.0


@pytest.mark.parametrize("error", AMBIGUOUS)
async def test_an_order_without_an_answer_and_without_effect_is_never_sent_again(error: VenueError) -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fails(error)])
    report = await run(venue, reduction(4.0))
    assert len(venue.requests) == 1
    assert "no answer to the order" in report.outcomes[0].refused
    assert not report.confirmed


async def test_what_cannot_be_read_back_stays_unknown() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fails(VenueTimeout("late"), after_filling=1.0)])
    venue.read_errors = []
    job = execution({"alpha": venue}, reduction(4.0))

    async def cut() -> None:
        await venue.arrivals.get()
        venue.read_errors = [VenueUnreachable("gone")] * 99

    report, _ = await asyncio.gather(job.run(), cut())
    (row,) = report.outcomes
    assert math.isnan(row.filled)
    assert math.isnan(row.after)
    assert report.filled_any
    assert not report.confirmed


async def test_a_busy_venue_is_asked_again_after_the_time_it_names() -> None:
    busy = VenueBusy("slow down", retry_after_s=0.002)
    venue = ScriptedVenue(positions=long(10.0), fates=[fails(busy), fails(busy)])
    report = await run(venue, reduction(4.0))
    assert len(venue.requests) == 3
    assert report.complete
    assert len(report.outcomes[0].client_order_ids) == 1


async def test_a_venue_that_stays_busy_is_left_alone_in_the_end() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fails(VenueBusy("slow down"))] * 99)
    report = await run(venue, reduction(4.0))
    assert len(venue.requests) <= 6
    assert report.outcomes[0].refused == "alpha: slow down"


async def test_a_key_that_may_not_trade_is_told_once_per_order() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[fails(VenueDenied("no permission"))] * 9)
    report = await run(venue, reduction(1.0), reduction(1.0))
    assert len(venue.requests) == 2
    assert not report.filled_any


async def test_told_to_cease_it_sends_nothing_more_at_once() -> None:
    venue = ScriptedVenue(positions=long(10.0) | long(10.0, "ETH"), fates=[fills(), hangs()])
    job = execution({"alpha": venue}, reduction(1.0), reduction(1.0, "ETH"), reduction(1.0, "ETH"))
    task = asyncio.gather(job.run())
    await venue.arrivals.get()
    await venue.arrivals.get()
    job.cease("a stop of portfolio was fired")
    (report,) = await asyncio.wait_for(task, 1.0)
    sent, flying, unsent = report.outcomes
    assert report.ceased == "a stop of portfolio was fired"
    assert len(venue.requests) == 2
    assert sent.filled == 1.0
    assert math.isnan(flying.filled)
    assert flying.refused == "a stop of portfolio was fired while the order was on its way"
    assert (unsent.refused, unsent.client_order_ids) == ("a stop of portfolio was fired", ())
    assert not report.confirmed


async def test_told_to_cease_before_it_began_it_touches_nothing() -> None:
    venue = ScriptedVenue(positions=long(10.0))
    job = execution({"alpha": venue}, reduction())
    job.cease("the desk closes")
    report = await job.run()
    assert (venue.reads, venue.requests) == (0, [])
    assert report.outcomes[0].refused == "the desk closes"


async def test_a_cancelled_run_leaves_no_task_behind() -> None:
    venue = ScriptedVenue(positions=long(10.0), fates=[hangs()])
    task = asyncio.gather(execution({"alpha": venue}, reduction()).run())
    await venue.arrivals.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert [other for other in asyncio.all_tasks() if other.get_name().startswith("mitigation ")] == []


@pytest.mark.expected_logs("an order of alpha broke")
async def test_an_error_of_our_own_in_one_order_is_reported_and_the_others_go_on() -> None:
    venue = ScriptedVenue(positions=long(10.0) | long(10.0, "ETH"), fates=[fails(ValueError("a bug"))])
    report = await run(venue, reduction(4.0), reduction(4.0, "ETH"))
    assert report.outcomes[0].refused == "alpha: the order broke: ValueError"
    assert report.outcomes[1].filled == 4.0
    assert not report.confirmed


@pytest.mark.expected_logs("alpha broke")
async def test_an_error_of_our_own_in_reading_is_reported_and_nothing_is_called_done() -> None:
    venue = ScriptedVenue(positions=long(10.0), read_errors=[ValueError("a bug")])
    report = await run(venue, reduction(4.0))
    assert "broke: ValueError" in report.outcomes[0].refused
    assert venue.requests == []


@pytest.mark.parametrize("quantity", [0.0, math.nan])
async def test_an_answer_that_names_no_quantity_is_settled_by_the_position(quantity: float) -> None:
    async def strange(venue: ScriptedVenue, request: OrderRequest) -> OrderAck:
        venue.fill(request, request.quantity)
        return OrderAck("7", quantity, None, None)

    venue = ScriptedVenue(positions=long(10.0), fates=[strange])
    report = await run(venue, reduction(4.0))
    assert report.complete
    assert report.outcomes[0].filled == 4.0
