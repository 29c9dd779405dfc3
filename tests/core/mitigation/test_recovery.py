"""What was in flight when a run ended is found again at the venue, and nothing is sent."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.domain import Leg, Side
from core.errors import VenueTimeout
from core.mitigation.executor import Execution, Surroundings
from core.mitigation.model import Mitigation
from core.mitigation.order_ids import order_id
from core.mitigation.recovery import ENDED, Recovery, RecoverySettings
from core.mitigation.report import ExecutionReport
from core.tasks import spawn, stop_all
from core.venues.order_fate import OrderFate
from tests.core.halt.conftest import ground_at
from tests.core.halt.guarded import DIALECTS, Dialect, site_of
from tests.core.mitigation.book_venue import BookVenue
from tests.core.mitigation.scripted_venue import ScriptedVenue, having
from tests.core.mitigation.test_executor import long, mitigation, reduction
from tests.core.venues.conftest import paper_account

QUICK = RecoverySettings(doubt_s=0.05, pause_s=0.001)


async def recover(made: Mitigation, *venues: ScriptedVenue, settings: RecoverySettings = QUICK) -> ExecutionReport:
    return await Recovery(made, having({venue.account: venue for venue in venues}), SystemClock(), settings).run()


async def test_a_plan_all_of_whose_orders_were_filled_is_finished() -> None:
    made = mitigation(reduction(4.0))
    venue = BookVenue(positions=long(6.0))
    venue.fates_of = {order_id(made, 1, number): OrderFate(2.0, ended=True) for number in (1, 3)}
    report = await recover(made, venue)
    assert report.complete
    assert report.recovered
    assert venue.requests == []
    (row,) = report.outcomes
    assert (row.filled, row.after, row.client_order_ids) == (4.0, 6.0, tuple(venue.fates_of))


async def test_a_part_that_was_filled_is_told_and_the_rest_is_for_a_new_plan() -> None:
    made = mitigation(reduction(4.0), reduction(2.0, "ETH"))
    venue = BookVenue(positions=long(9.0) | long(5.0, "ETH"))
    venue.fates_of = {order_id(made, 1, 1): OrderFate(1.0, ended=True)}
    report = await recover(made, venue)
    assert report.ceased == ENDED
    assert report.confirmed
    assert [(row.filled, row.client_order_ids) for row in report.outcomes] == [
        (1.0, (order_id(made, 1, 1),)),
        (0.0, ()),
    ]
    assert report.outcomes[0].refused == f"{ENDED}; 1 of 4 filled"


async def test_of_a_plan_of_which_nothing_was_sent_nothing_is_told() -> None:
    report = await recover(mitigation(reduction(4.0)), BookVenue(positions=long(10.0)))
    assert report.ceased == ENDED
    assert not report.filled_any


async def test_an_order_that_arrives_late_is_waited_for() -> None:
    made = mitigation(reduction(4.0))

    class Late(BookVenue):
        async def find_order(self, symbol: str, client_order_id: str) -> OrderFate | None:
            self.lookups.append(client_order_id)
            if client_order_id == order_id(made, 1, 1) and self.lookups.count(client_order_id) > 1:
                self.positions = long(6.0)
                return OrderFate(4.0, ended=True)
            return None

    report = await recover(made, Late(positions=long(10.0)))
    assert report.complete


async def test_what_nobody_can_be_asked_of_is_unknown_and_never_taken_for_nothing() -> None:
    made = mitigation(reduction(4.0))

    class Deaf(BookVenue):
        async def find_order(self, symbol: str, client_order_id: str) -> OrderFate | None:
            raise VenueTimeout("late")

    for venue in (Deaf(positions=long(6.0)), ScriptedVenue(positions=long(6.0))):
        report = await recover(made, venue)
        (row,) = report.outcomes
        assert math.isnan(row.filled)
        assert row.after == 6.0
        assert report.filled_any
        assert not report.confirmed
    report = await recover(made)
    assert "cannot be acted on" in report.outcomes[0].refused
    assert report.filled_any


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda row: row.exchange)
async def test_a_run_that_was_killed_is_found_again_by_the_venues_own_books(tmp_path: Path, dialect: Dialect) -> None:
    account = dialect.names["net"]
    made = mitigation(reduction(0.4, "BTC/USDT:USDT", Side.SELL, account))
    async with ground_at(tmp_path, spec=site_of(dialect), timeout_s=4.0) as ground:
        ground.site.running = False
        await ground.prepare()
        acquire = having({account: ground.hub.acting(account)})
        work = spawn(Execution(made, acquire, SystemClock(), Surroundings(lambda *_: None)).run(), name="killed")
        held = paper_account(ground.site, account)
        while held.quantity_of(dialect.bitcoin, Leg.NET) * dialect.lot > 0.999:
            await SystemClock().sleep(0.001)
        await stop_all([work])
        report = await Recovery(made, acquire, SystemClock(), RecoverySettings(doubt_s=0.1)).run()
        filled = 1.0 - held.quantity_of(dialect.bitcoin, Leg.NET) * dialect.lot
        assert report.outcomes[0].filled == pytest.approx(filled)
        assert report.confirmed
