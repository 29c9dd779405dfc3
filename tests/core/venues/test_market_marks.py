"""The market feed of an endpoint: marks of every instrument, through whatever happens to its stream."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from core.domain import LinkState
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.tasks import spawn, stop_all
from core.venues.hub import VenueHub
from core.venues.messages import InstrumentsUpdate, LinkUpdate, MarkUpdate, Update
from core.venues.protocol import Sink
from tests.core.venues.conftest import BTC, Told, eventually
from tests.core.venues.watched import unified


@contextlib.asynccontextmanager
async def feeding(hub: VenueHub, sink: Sink, account: str = "alpha") -> AsyncIterator[None]:
    task = spawn(hub.market_feed(hub.endpoint_of(account)).run(sink), name="market feed")
    try:
        yield
    finally:
        await stop_all([task])


def symbols_at_the_venue(site: PaperSite) -> set[str]:
    return {unified(instrument.symbol) for instrument in site.spec.instruments}


def marked(told: Told, since: int = 0) -> set[str]:
    return {update.symbol for update in told.updates[since:] if isinstance(update, MarkUpdate)}


async def test_every_instrument_has_a_mark_and_goes_on_having_one(site: PaperSite, hub: VenueHub) -> None:
    told = Told()
    async with feeding(hub, told):
        await eventually(lambda: marked(told) >= symbols_at_the_venue(site))
        assert told.is_up()
        assert told.link is not None
        assert (told.link.account, told.link.endpoint) == ("", hub.endpoint_of("alpha"))
        before = len(told.updates)
        await eventually(lambda: marked(told, before) >= symbols_at_the_venue(site))
        known = {row.symbol for row in told.of(InstrumentsUpdate)[0].instruments}
        assert known >= symbols_at_the_venue(site)


async def test_a_mark_is_the_venues_own(site: PaperSite, hub: VenueHub) -> None:
    site.running = False
    site.market.shock_price("BTCUSDT", 54_321.0)
    told = Told()
    async with feeding(hub, told):
        await eventually(lambda: BTC in marked(told))
        price = next(mark.price for mark in told.of(MarkUpdate) if mark.symbol == BTC)
        assert price == pytest.approx(54_321.0, rel=0.01)


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
async def test_marks_come_again_after_a_drop(site: PaperSite, hub: VenueHub, reset: bool) -> None:
    told = Told()
    async with feeding(hub, told):
        await eventually(lambda: marked(told) >= symbols_at_the_venue(site))
        await eventually(lambda: site.venue_of("alpha").server.hub.connections > 0)
        before = len(told.updates)
        site.add_fault(Fault(FaultKind.DROP_STREAMS, reset=reset, count=1))
        await eventually(
            lambda: LinkState.DOWN in [u.state for u in told.updates[before:] if isinstance(u, LinkUpdate)]
        )
        before = len(told.updates)
        await eventually(lambda: marked(told, before) >= symbols_at_the_venue(site) and told.is_up())
        await eventually(lambda: site.venue_of("alpha").server.hub.connections > 0)


async def test_a_venue_that_comes_up_late_is_found(site: PaperSite, hub: VenueHub) -> None:
    fault = site.add_fault(Fault(FaultKind.STATUS, status=503))
    told = Told()
    async with feeding(hub, told):
        await eventually(told.is_down)
        assert told.link is not None
        assert told.link.reason
        site.faults.clear(fault)
        await eventually(lambda: told.is_up() and BTC in marked(told))


async def test_endpoints_do_not_wait_for_one_another(site: PaperSite, hub: VenueHub) -> None:
    site.add_fault(Fault(FaultKind.HANG, venue="north"))
    north, south = Told(), Told()
    async with feeding(hub, north, "alpha"), feeding(hub, south, "gamma"):
        await eventually(lambda: marked(south) >= symbols_at_the_venue(site))
        assert not marked(north)
    site.faults.clear()


@pytest.mark.allowed_logs("market|feed")
async def test_a_fault_of_our_own_does_not_end_the_feed(site: PaperSite, hub: VenueHub) -> None:
    told, broken = Told(), [True]

    def stumbling(update: Update) -> None:
        if isinstance(update, MarkUpdate) and broken:
            broken.clear()
            raise RuntimeError("a receiver stumbled")
        told(update)

    async with feeding(hub, stumbling):
        await eventually(lambda: not broken)
        await eventually(lambda: marked(told) >= symbols_at_the_venue(site), 2.0)
