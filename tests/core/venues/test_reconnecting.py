"""A connection that somebody wants made anew, and what is measured of it, against the paper exchange."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.domain import LinkState
from core.paper.site import PaperSite
from core.venues.health import KEPT, LinkHealth
from core.venues.hub import VenueHub
from core.venues.messages import LinkUpdate
from tests.core.venues.conftest import eventually
from tests.core.venues.watched import a_fresh_reading, settled, state_at_the_venue, watching


async def test_a_new_connection_is_dialled_at_once_and_read_whole_and_the_acting_side_keeps_its_own(
    site: PaperSite, hub: VenueHub
) -> None:
    acting = hub.acting("alpha")
    await acting.prepare()
    async with watching(hub, "alpha") as told:
        await settled(site, hub, "alpha", told)
        before, former = told.of(LinkUpdate), hub.watching("alpha")._session
        hub.watching("alpha").reconnect()
        hub.watching("alpha").reconnect()  # twice is once
        await eventually(lambda: len(told.of(LinkUpdate)) > len(before) and told.is_up())
        states = [link.state for link in told.of(LinkUpdate)[len(before) :]]
        assert states == [LinkState.CONNECTING, LinkState.UP]
        assert former.closed  # nothing of the former connection is used again
        reading = await a_fresh_reading(hub, "alpha", told)
        assert {row.symbol: row.quantity for row in reading.positions} == state_at_the_venue(site, "alpha")["positions"]
        assert await acting.list_orders("regular") is not None


async def test_round_trips_are_measured_and_streams_are_known(site: PaperSite, hub: VenueHub) -> None:
    health = hub.health("alpha")
    assert health.streams is None
    assert math.isnan(health.percentile_ms(0.5))
    async with watching(hub, "alpha") as told:
        await settled(site, hub, "alpha", told)
    assert health.streams is True
    assert health.requests >= 3
    assert 0.0 < health.percentile_ms(0.5) <= health.percentile_ms(0.99) < 20_000.0


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=300), st.floats(0.0, 1.0))
def test_a_percentile_is_a_round_trip_that_was_measured_lately(taken: list[float], share: float) -> None:
    health = LinkHealth(ManualClock())
    for milliseconds in taken:
        health.took(milliseconds)
    lately = taken[-KEPT:]
    found = health.percentile_ms(share)
    assert found in lately
    assert sum(one <= found for one in lately) >= share * len(lately) - 1e-9
    assert health.percentile_ms(0.0) == min(lately)
    assert health.percentile_ms(1.0) == max(lately)
