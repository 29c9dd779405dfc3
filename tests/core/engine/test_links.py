"""What an engine tells of its connections: their story, what is measured, what venues count together; and a new one."""

from __future__ import annotations

import math

from core.domain import LinkState
from core.engine.links import LEAST_BETWEEN_S
from core.snapshot import ConnectionView
from core.venues.link_intents import CloseLink, OpenLink, Reconnect
from tests.core.engine.ground import Ground, Running, until


def _row(it: Running, account: str) -> ConnectionView:
    return next(row for row in it.latest.connections if row.account == account)


async def test_a_new_connection_is_made_told_of_and_counted_and_the_other_account_is_left_alone(
    ground: Ground,
) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        await until(lambda: _row(it, "alpha-1").measured.requests > 3)
        other = _row(it, "alpha-2").measured.since_s
        it.engine.submit(OpenLink("alpha-1"))
        it.engine.submit(Reconnect(("alpha-1",), "ada"))
        await until(lambda: _row(it, "alpha-1").measured.reconnects == 1)
        await it.watched("account:alpha-1")
        page = it.latest.link
        assert page is not None
        assert page.account == "alpha-1"
        assert [line.state for line in page.lines][:2] == [LinkState.UP, LinkState.CONNECTING]
        assert "ada asked for a new connection" in [line.words for line in page.lines]
        assert _row(it, "alpha-2").measured.since_s == other
        assert _row(it, "alpha-2").measured.reconnects == 0
        it.engine.submit(Reconnect(("alpha-1", "nobody"), "ada"))
        told = f"within {LEAST_BETWEEN_S:.0f} s"
        await until(lambda: any(told in notice and "alpha-1" in notice for notice in it.latest.notices))
        it.engine.submit(CloseLink())
        await until(lambda: it.latest.link is None)
    assert ground.kinds().count("operator.Reconnect") == 2


async def test_what_is_measured_is_shown_and_what_venues_count_together_stands_once(ground: Ground) -> None:
    async with ground.engine() as it:
        await it.watched("account:alpha-1", "account:alpha-2")
        await until(lambda: _row(it, "alpha-1").measured.clock_offset_ms is not None)
        measured = _row(it, "alpha-1").measured
        assert measured.streams is True
        assert 0.0 < measured.round_trip_p50_ms <= measured.round_trip_p99_ms
        assert abs(measured.clock_offset_ms or 0.0) < 5_000.0
        assert math.isfinite(measured.since_s)
        lanes = {lane.lane: lane for lane in it.latest.lanes}
        # Two servers of the same exchange are two countings.
        assert {row.measured.lane for row in it.latest.connections} == set(lanes)
        assert len(lanes) == 2
        assert all(lane.limit == 1_000_000 and lane.used > 0.0 for lane in lanes.values())
