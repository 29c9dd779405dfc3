"""A plan is sent slice by slice, by the book and by what is held then; the legs of a hedge go in step."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.clock import SystemClock
from core.domain import Leg, Severity, Side
from core.errors import VenueRefused, VenueTimeout, VenueUnreachable, VenueUnsupported
from core.mitigation.executor import Execution, PlannedOrder, Surroundings
from core.mitigation.model import Mitigation, Reduction
from core.mitigation.order_ids import mitigation_of, parse
from core.mitigation.report import ExecutionReport
from core.mitigation.urgency import USUAL, ExecutorSettings, Urgency, paced, pause_after
from core.venues.order_fate import OrderFate
from core.venues.protocol import OrderAck, OrderRequest
from tests.core.mitigation.book_venue import BookVenue
from tests.core.mitigation.scripted_venue import ScriptedVenue, fails, fills, having
from tests.core.mitigation.test_executor import long, mitigation, reduction

QUICK = ExecutorSettings(
    urgencies={key: replace(row, pause_s=0.0, doubt_s=0.05) for key, row in USUAL.items()},
    verify_pause_s=0.002, busy_pause_s=0.002, busy_pause_max_s=0.01, fresh_s=0.0,
)  # fmt: skip


def plan(*rows: Reduction, severity: Severity = Severity.MEDIUM) -> Mitigation:
    return replace(mitigation(*rows), severity=severity)


async def run(
    made: Mitigation, *venues: ScriptedVenue, settings: ExecutorSettings = QUICK, around: Surroundings | None = None
) -> ExecutionReport:
    by_name = {venue.account: venue for venue in venues}
    around = around or Surroundings(lambda *_: None)
    return await Execution(made, having(by_name), SystemClock(), around, settings).run()


def sizes(venue: ScriptedVenue, symbol: str = "BTC") -> list[float]:
    return [order.quantity for order in venue.requests if order.symbol == symbol]


# -- slices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "first"), [(Severity.LOW, 0.4), (Severity.MEDIUM, 0.8), (Severity.HIGH, 4.0), (Severity.CRITICAL, 6.0)]
)
async def test_the_graver_the_breach_the_more_of_the_book_one_slice_takes(severity: Severity, first: float) -> None:
    # Within 0.3 and 0.5 % of the price rest 4, within 1 and 2 % rest 8.
    venue = BookVenue(positions=long(10.0))
    report = await run(plan(reduction(6.0), severity=severity), venue)
    assert sizes(venue)[0] == pytest.approx(first)
    assert sum(sizes(venue)) == pytest.approx(6.0)
    assert report.complete
    bound = USUAL[severity].bound
    assert all(order.immediate and order.reduce_only for order in venue.requests)
    assert all(order.price == pytest.approx(100.0 * (1.0 - bound)) for order in venue.requests)


async def test_accounts_that_trade_in_the_same_book_share_it() -> None:
    venues = [BookVenue(name, long(10.0)) for name in ("alpha", "beta")]
    await run(plan(*(reduction(6.0, account=venue.account) for venue in venues)), *venues)
    assert [sizes(venue)[0] for venue in venues] == pytest.approx([0.4, 0.4])


def replace_book(venue: BookVenue, near: float) -> BookVenue:
    venue.bids = ((99.9, near), (50.0, 1_000.0))
    venue.asks = ((100.1, near), (150.0, 1_000.0))
    return venue


async def test_every_slice_is_sized_by_what_is_held_then() -> None:
    venue = replace_book(BookVenue(positions=long(10.0)), 3.0)

    async def raced(where: ScriptedVenue, order: OrderRequest) -> OrderAck:
        ack = await fills()(where, order)
        where.positions = long(1.0)  # and others closed six
        return ack

    venue.fates = [raced]
    report = await run(plan(reduction(6.0), severity=Severity.CRITICAL), venue)
    assert sizes(venue) == pytest.approx([3.0, 1.0])
    assert report.outcomes[0].refused == "only 4 of 6 filled"
    assert report.confirmed


async def test_in_sum_no_more_is_closed_than_was_approved_however_the_position_grows() -> None:
    venue = replace_book(BookVenue(positions=long(10.0)), 2.0)

    def grow(_: OrderRequest) -> None:
        venue.positions = long(venue.positions["BTC", Leg.NET] + 5.0)

    venue.before_place = grow
    report = await run(plan(reduction(6.0), severity=Severity.CRITICAL), venue)
    assert sizes(venue) == pytest.approx([2.0, 2.0, 2.0])
    assert report.complete
    assert report.outcomes[0].filled == pytest.approx(6.0)


def test_a_thin_market_makes_slices_smaller_and_pauses_longer() -> None:
    urgency = Urgency(0.5, 0.01, 0.25, 0.1, 0.3, 0.05)
    # A tenth of 86,400 a day is 0.1 a second.
    assert paced(urgency, 86_400.0, 10.0) == pytest.approx(1.0)
    assert pause_after(urgency, 0.5, 86_400.0) == pytest.approx(5.0)
    assert pause_after(urgency, 0.001, 86_400.0) == 0.25
    for unknown in (math.nan, 0.0):
        assert paced(urgency, unknown, 10.0) == math.inf
        assert pause_after(urgency, 0.5, unknown) == 0.25
    assert paced(USUAL[Severity.CRITICAL], 86_400.0, 10.0) == math.inf


async def test_the_days_volume_bounds_a_slice() -> None:
    venue = BookVenue(positions=long(10.0))
    settings = replace(QUICK, volume_pause_max_s=0.05)
    around = Surroundings(lambda *_: None, day_volume=lambda _account, _symbol: 86_400.0 * 24.0)
    report = await run(plan(reduction(1.0)), venue, settings=settings, around=around)
    # A quarter of 24 a second, for 0.05 s.
    assert sizes(venue)[0] == pytest.approx(0.3)
    assert report.complete


async def test_what_no_order_can_be_made_for_is_dust_and_the_rest_is_done() -> None:
    venue = BookVenue(positions=long(10.0), least=0.5)
    report = await run(plan(reduction(1.2), severity=Severity.CRITICAL), venue)
    (row,) = report.outcomes
    assert (row.filled, row.dust) == (pytest.approx(1.0), pytest.approx(0.2))
    assert report.complete


async def test_a_cut_below_the_least_order_is_refused_with_a_sentence() -> None:
    venue = BookVenue(positions=long(10.0), least=0.5)
    report = await run(plan(reduction(0.2)), venue)
    assert venue.requests == []
    assert report.outcomes[0].refused == "0.2 of BTC is below the least order of 0.5"


async def test_a_book_that_cannot_be_read_holds_up_all_but_what_is_critical() -> None:
    for severity, sent in ((Severity.HIGH, []), (Severity.CRITICAL, [6.0])):
        venue = BookVenue(positions=long(10.0), book_errors=[VenueUnreachable("no route")] * 9)
        report = await run(plan(reduction(6.0), severity=severity), venue)
        assert sizes(venue) == sent
        if not sent:
            assert report.outcomes[0].refused == "the order book of BTC could not be read: no route"


async def test_a_venue_without_order_books_gets_one_order_at_the_market() -> None:
    venue = BookVenue(positions=long(10.0), book_errors=[VenueUnsupported("shows none")])
    report = await run(plan(reduction(6.0)), venue)
    assert [(order.quantity, order.price) for order in venue.requests] == [(6.0, None)]
    assert report.complete


async def test_a_market_that_takes_nothing_ends_it_with_a_reason() -> None:
    venue = BookVenue(positions=long(10.0), fates=[fills(0.0)] * 9)
    report = await run(plan(reduction(6.0)), venue)
    assert len(venue.requests) == QUICK.fruitless
    assert report.outcomes[0].refused == "the market takes nothing of it"
    empty = BookVenue(positions=long(10.0), bids=((50.0, 1.0),), asks=((150.0, 1.0),))
    report = await run(plan(reduction(6.0)), empty)
    assert report.outcomes[0].refused == "nothing rests within 0.50% of the price"


async def test_the_time_that_a_run_may_take_is_bounded_and_it_says_what_is_left() -> None:
    venue = BookVenue(positions=long(10.0))
    report = await run(plan(reduction(6.0)), venue, settings=replace(QUICK, deadline_s=0.0))
    assert venue.requests == []
    assert report.outcomes[0].refused == "the time was over"


# -- orders without an answer ---------------------------------------------------------------------------------------


async def test_an_order_without_an_answer_is_asked_for_by_its_id() -> None:
    venue = BookVenue(positions=long(10.0), fates=[fails(VenueTimeout("late"), after_filling=1.0)])
    report = await run(plan(reduction(4.0), severity=Severity.CRITICAL), venue)
    assert len(venue.requests) == 1
    assert venue.lookups[0] == venue.requests[0].client_order_id
    assert report.complete


async def test_what_others_took_meanwhile_is_not_told_as_ours() -> None:
    venue = BookVenue(positions=long(10.0), fates=[fails(VenueTimeout("late"))])

    def others(_: OrderRequest) -> None:
        venue.positions = long(4.0)

    venue.before_place, venue.keeps_books = others, False
    settings = replace(QUICK, deadline_s=0.2, grace_s=0.0)
    settings = replace(settings, urgencies={key: replace(row, doubt_s=9.0) for key, row in USUAL.items()})
    report = await run(plan(reduction(6.0), severity=Severity.CRITICAL), venue, settings=settings)
    assert math.isnan(report.outcomes[0].filled)
    assert not report.confirmed


async def test_an_order_that_the_venue_never_heard_of_is_sent_again_under_another_id_and_only_late_enough() -> None:
    venue = BookVenue(positions=long(10.0), fates=[fails(VenueTimeout("late"))])
    venue.keeps_books = False
    clock = SystemClock()
    sent_s: list[float] = []

    def note(request: OrderRequest) -> None:
        sent_s.append(clock.monotonic())
        venue.keeps_books = len(sent_s) > 1

    venue.before_place = note
    report = await run(plan(reduction(4.0), severity=Severity.CRITICAL), venue)
    assert [parse(order.client_order_id).number for order in venue.requests] == [1, 2]  # type: ignore[union-attr]
    assert sent_s[1] - sent_s[0] > 0.05
    assert report.complete
    assert venue.positions == long(6.0)


async def test_an_order_that_is_still_working_is_waited_for() -> None:
    venue = BookVenue(positions=long(10.0), fates=[fills(0.0, said=False)])
    venue.keeps_books = False
    working = OrderFate(0.0, ended=False)

    class Slow(BookVenue):
        async def find_order(self, symbol: str, client_order_id: str) -> OrderFate | None:
            self.lookups.append(client_order_id)
            if len(self.lookups) < 4:
                return working
            self.positions = long(6.0)
            return OrderFate(4.0, ended=True)

    slow = Slow(positions=long(10.0), fates=[fills(0.0, said=False)])
    report = await run(plan(reduction(4.0), severity=Severity.CRITICAL), slow)
    assert len(slow.requests) == 1
    assert report.complete


async def test_orders_are_told_of_before_they_leave_and_name_plan_event_and_slice() -> None:
    venue = BookVenue(positions=long(10.0))
    told: list[tuple[PlannedOrder, int]] = []

    async def announce(order: PlannedOrder) -> None:
        told.append((order, len(venue.requests)))

    made = plan(reduction(2.0))
    await run(made, venue, around=Surroundings(lambda *_: None, announce=announce))
    assert [row.client_order_id for row, _ in told] == [order.client_order_id for order in venue.requests]
    assert [before for _, before in told] == list(range(len(told)))
    assert [row.quantity for row, _ in told] == sizes(venue)
    assert all(mitigation_of(order.client_order_id, [made]) is made for order in venue.requests)
    names = [parse(order.client_order_id) for order in venue.requests]
    assert [name.number for name in names if name] == list(range(1, len(names) + 1))


# -- legs of a hedge ------------------------------------------------------------------------------------------------


def hedge() -> tuple[Reduction, Reduction]:
    return (replace(reduction(6.0, "BTC"), pair="p"), replace(reduction(3.0, "ETH", Side.BUY), pair="p"))


async def test_the_legs_of_a_hedge_go_slice_by_slice_together() -> None:
    venue = BookVenue("alpha", long(10.0) | long(-5.0, "ETH"))
    gaps: list[float] = []

    def look(_: OrderRequest) -> None:
        closed = 10.0 - venue.positions["BTC", Leg.NET]
        gaps.append(abs(closed / 6.0 - (5.0 + venue.positions["ETH", Leg.NET]) / 3.0))

    venue.before_place = look
    report = await run(plan(*hedge()), venue)
    assert report.complete
    assert len(gaps) > 4
    # A slice of 0.8, and a step of 0.1 of the smaller leg.
    assert max(gaps) <= 0.8 / 6.0 + 0.1 / 3.0 + 1e-9


async def test_a_leg_that_is_refused_stops_the_other() -> None:
    venue = BookVenue(positions=long(10.0) | long(-5.0, "ETH"), fates=[fills(), fills(), fails(VenueRefused("no"))])
    report = await run(plan(*hedge()), venue)
    shares = [sum(sizes(venue)) / 6.0, (5.0 + venue.positions["ETH", Leg.NET]) / 3.0]
    assert len(venue.requests) == 3
    assert shares[0] == pytest.approx(shares[1], abs=0.8 / 6.0 + 0.1)
    refused = sorted(row.refused for row in report.outcomes)
    assert refused[0] == "alpha: no"
    assert "its other leg" in refused[1]
    assert not report.complete


async def test_a_hedge_of_which_one_leg_is_gone_is_left_alone() -> None:
    venue = BookVenue(positions=long(10.0))
    report = await run(plan(*hedge()), venue)
    assert venue.requests == []
    assert report.outcomes[0].refused == ("its other leg, ETH, could not be cut: the position is gone already")


# -- drift ----------------------------------------------------------------------------------------------------------


async def test_a_plan_is_given_up_where_other_hands_moved_its_position() -> None:
    venue = BookVenue(positions=long(10.0))

    def trade(_: OrderRequest) -> None:
        if len(venue.requests) == 1:
            venue.positions = long(venue.positions["BTC", Leg.NET] + 4.0)

    venue.before_place = trade
    report = await run(plan(replace(reduction(6.0), held=10.0)), venue)
    assert len(venue.requests) == 2
    assert report.drifted == "BTC of alpha is 12.4 and was 10 when planned, of which we closed 1.6"
    assert report.confirmed
    assert not report.complete
    assert not report.ceased
    assert report.sentence.endswith(f"given up for a new plan: {report.drifted}")


async def test_a_plan_is_given_up_where_the_price_ran_away() -> None:
    venue = BookVenue(positions=long(10.0))
    report = await run(plan(replace(reduction(6.0), mark=110.0)), venue)
    assert venue.requests == []
    assert report.drifted == "BTC is at 100 and was at 110 when planned"


async def test_what_is_critical_is_carried_out_whatever_moved() -> None:
    venue = BookVenue(positions=long(10.0))
    made = plan(replace(reduction(6.0), held=20.0, mark=150.0), severity=Severity.CRITICAL)
    report = await run(made, venue)
    assert report.complete
    assert not report.drifted


async def test_a_plan_is_given_up_where_its_limit_was_moved() -> None:
    venue = BookVenue(positions=long(10.0))
    around = Surroundings(lambda *_: None, changed=lambda _: "the limit was changed" if venue.requests else "")
    report = await run(plan(reduction(6.0)), venue, around=around)
    assert len(venue.requests) == 1
    assert report.drifted == "the limit was changed"


# -- the request budget ---------------------------------------------------------------------------------------------


async def test_an_account_is_asked_and_sent_something_only_while_its_venue_has_room_beside_the_stop() -> None:
    venue = BookVenue(positions=long(10.0))
    inside = 0
    outside: list[str] = []

    @contextlib.asynccontextmanager
    async def room(account: str, weight: float) -> AsyncIterator[None]:
        nonlocal inside
        assert account == "alpha"
        assert weight > 0.0
        inside += 1
        yield
        inside -= 1

    def look(order: OrderRequest) -> None:
        if not inside:
            outside.append(order.client_order_id)

    venue.before_place = look
    report = await run(plan(reduction(2.0)), venue, around=Surroundings(lambda *_: None, room=room))
    assert report.complete
    assert outside == []
    assert inside == 0
