"""The watching side when the venue misbehaves: trouble is told, nothing is lost, and the way back is found."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.clock import SystemClock
from core.domain import LinkState, Side
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.venues.hub import VenueHub
from core.venues.messages import FillUpdate, LinkUpdate, PositionUpdate, Source
from tests.core.venues.conftest import (
    QUICK,
    MakeHub,
    Told,
    eventually,
    paper_account,
    quiet_spec,
    settings_of,
)
from tests.core.venues.test_watching_what_happens import trade
from tests.core.venues.watched import Folded, a_fresh_reading, pinging, settled, state_at_the_venue, watching

# In a tenth of the time that a real venue is given.
WATCHFUL = dataclasses.replace(QUICK, silent_after_s=0.9)


@pytest.fixture
def watchful(site: PaperSite, make_hub: MakeHub) -> VenueHub:
    return make_hub(pinging(settings_of(site)), WATCHFUL)


@pytest.fixture
async def forgetful_site() -> AsyncIterator[PaperSite]:
    """Its stream keys live for a second."""
    async with PaperSite(quiet_spec(listen_key_life_s=1.0)) as running:
        yield running


def states(told: Told, since: int = 0) -> list[LinkState]:
    return [update.state for update in told.updates[since:] if isinstance(update, LinkUpdate)]


def is_troubled(told: Told) -> bool:
    """Whether the last word on the link gives a reason: of the stream, or of readings that fail beside it."""
    return told.link is not None and bool(told.link.reason)


def is_back(told: Told, since: int) -> bool:
    """Down and up again, and read anew after that began."""
    seen = states(told, since)
    return LinkState.DOWN in seen and seen[-1] is LinkState.UP


async def trades_come_over_the_stream(site: PaperSite, told: Told) -> None:
    before = len(told.updates)
    trade(site, "beta", "ETHUSDT", Side.BUY, 0.25)

    def streamed() -> bool:
        return any(isinstance(u, PositionUpdate) and u.source is Source.STREAM for u in told.updates[before:])

    await eventually(streamed)


# -- streams that end -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
async def test_a_dropped_stream_is_down_then_up_with_a_fresh_reading(
    site: PaperSite, watchful: VenueHub, reset: bool
) -> None:
    async with watching(watchful, "beta") as told:
        await settled(site, watchful, "beta", told)
        before, readings = len(told.updates), len(told.readings)
        site.add_fault(Fault(FaultKind.DROP_STREAMS, account="beta", reset=reset, count=1))
        await eventually(lambda: is_back(told, before) and len(told.readings) > readings)
        down = next(u for u in told.updates[before:] if isinstance(u, LinkUpdate) and u.state is LinkState.DOWN)
        assert down.reason
        assert down.account == "beta"
        await eventually(lambda: "beta" in site.venue_of("beta").server.hub.users())
        await trades_come_over_the_stream(site, told)


async def test_what_was_traded_while_the_stream_was_away_is_read_afterwards(
    site: PaperSite, watchful: VenueHub
) -> None:
    async with watching(watchful, "beta") as told:
        await settled(site, watchful, "beta", told)
        trade(site, "beta", "ETHUSDT", Side.BUY, 1.0)
        fault = site.add_fault(Fault(FaultKind.DROP_STREAMS, account="beta", reset=True))
        await eventually(told.is_down)
        for symbol, side in (("ETHUSDT", Side.BUY), ("BTCUSDT", Side.SELL), ("ETHUSDT", Side.BUY)):
            trade(site, "beta", symbol, side, 0.5)
        site.faults.clear(fault)
        booked = {str(fill.fill_id) for fill in paper_account(site, "beta").fills}
        await eventually(lambda: {fill.fill_id for fill in told.of(FillUpdate)} >= booked)
        assert {fill.fill_id for fill in told.of(FillUpdate)} == booked
        reading = await a_fresh_reading(watchful, "beta", told)
        assert Folded(reading).state()["positions"] == state_at_the_venue(site, "beta")["positions"]


async def test_a_trade_there_and_back_while_the_stream_was_away_is_read_as_well(
    site: PaperSite, watchful: VenueHub
) -> None:
    async with watching(watchful, "beta") as told:
        await settled(site, watchful, "beta", told)
        fault = site.add_fault(Fault(FaultKind.DROP_STREAMS, account="beta", reset=True))
        await eventually(told.is_down)
        for side in (Side.BUY, Side.SELL):
            trade(site, "beta", "SOLUSDT", side, 5.0)
        site.faults.clear(fault)
        booked = {str(fill.fill_id) for fill in paper_account(site, "beta").fills}
        await eventually(lambda: {fill.fill_id for fill in told.of(FillUpdate)} == booked, 2.0)


async def test_a_half_open_stream_is_noticed_and_opened_anew(site: PaperSite, watchful: VenueHub) -> None:
    async with watching(watchful, "beta") as told:
        await settled(site, watchful, "beta", told)
        before, clock = len(told.updates), SystemClock()
        began_s = clock.monotonic()
        fault = site.add_fault(Fault(FaultKind.HALF_OPEN, account="beta"))
        await eventually(lambda: LinkState.DOWN in states(told, before))
        assert clock.monotonic() - began_s < WATCHFUL.silent_after_s + 4.0
        site.faults.clear(fault)
        await eventually(lambda: is_back(told, before))
        await eventually(lambda: "beta" in site.venue_of("beta").server.hub.users())
        await trades_come_over_the_stream(site, told)


# -- stream keys ------------------------------------------------------------------------------------------------------


async def test_a_stream_key_is_kept_alive_well_past_its_life(forgetful_site: PaperSite, make_hub: MakeHub) -> None:
    feed = dataclasses.replace(WATCHFUL, keep_alive_s=0.3)
    hub = make_hub(pinging(settings_of(forgetful_site)), feed)
    async with watching(hub, "beta") as told:
        await settled(forgetful_site, hub, "beta", told)
        await SystemClock().sleep(1.7)
        await trades_come_over_the_stream(forgetful_site, told)
        assert LinkState.DOWN not in states(told)


async def test_a_stream_key_that_cannot_be_kept_alive_is_told_and_replaced(
    forgetful_site: PaperSite, make_hub: MakeHub
) -> None:
    hub = make_hub(pinging(settings_of(forgetful_site)), dataclasses.replace(WATCHFUL, keep_alive_s=0.3))
    async with watching(hub, "beta") as told:
        await settled(forgetful_site, hub, "beta", told)
        before = len(told.updates)
        forgetful_site.add_fault(Fault(FaultKind.STATUS, method="PUT", path="*listenKey*", status=500, count=1))
        await eventually(lambda: is_back(told, before))
        await eventually(lambda: "beta" in forgetful_site.venue_of("beta").server.hub.users())
        await trades_come_over_the_stream(forgetful_site, told)


async def test_a_key_that_the_venue_ends_is_replaced(site: PaperSite, watchful: VenueHub) -> None:
    async with watching(watchful, "beta") as told:
        await settled(site, watchful, "beta", told)
        site.add_fault(Fault(FaultKind.EXPIRE_KEYS, account="beta"))
        site.faults.clear()
        await eventually(lambda: "beta" not in site.venue_of("beta").server.hub.users())
        await eventually(lambda: "beta" in site.venue_of("beta").server.hub.users(), 2.0)
        await trades_come_over_the_stream(site, told)


# -- requests that fail -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.REFUSE),
        Fault(FaultKind.STATUS, status=503),
        Fault(FaultKind.HANG, account="beta"),
        Fault(FaultKind.MALFORMED),
        Fault(FaultKind.BUSY, seconds=1, count=3),
    ],
    ids=lambda fault: fault.kind.value,
)
async def test_a_venue_in_trouble_at_the_start_is_told_and_found_again(
    site: PaperSite, watchful: VenueHub, fault: Fault
) -> None:
    fault_id = site.add_fault(fault)
    async with watching(watchful, "beta") as told:
        await eventually(told.is_down)
        assert told.link is not None
        assert told.link.reason
        assert not told.readings
        site.faults.clear(fault_id)
        await eventually(lambda: told.is_up() and told.readings, 8.0)


@pytest.mark.parametrize(
    "wrong", [{"api_key": "paper-nobody-at-all"}, {"secret": "not-the-secret-of-anybody"}], ids=["key", "secret"]
)
async def test_a_wrong_key_is_told_in_plain_words_and_not_hammered(
    site: PaperSite, make_hub: MakeHub, wrong: dict[str, str]
) -> None:
    hub = make_hub(settings_of(site, **wrong), QUICK)
    async with watching(hub, "beta") as told:
        await eventually(told.is_down)
        assert told.link is not None
        assert "refuses the key" in told.link.reason
        since = site.log.total
        await SystemClock().sleep(0.8)
        assert [entry.path for entry in site.log.since(since)] == []


async def test_a_venues_clock_that_steps_away_is_followed(site: PaperSite, watchful: VenueHub) -> None:
    async with watching(watchful, "beta") as told:
        await settled(site, watchful, "beta", told)
        site.add_fault(Fault(FaultKind.CLOCK_SKEW, seconds=60.0))
        watchful.watching("beta").read_soon()
        since_s = SystemClock().monotonic()
        await eventually(lambda: any(row.began_s > since_s for row in told.readings) and told.is_up())


async def test_one_account_in_trouble_leaves_the_others_alone(site: PaperSite, watchful: VenueHub) -> None:
    site.add_fault(Fault(FaultKind.HANG, account="beta"))
    async with watching(watchful, "beta") as troubled, watching(watchful, "alpha") as other:
        await eventually(lambda: other.is_up() and other.readings)
        await eventually(troubled.is_down)
        assert LinkState.DOWN not in states(other)


# -- what is left behind ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [None, Fault(FaultKind.DROP_STREAMS, reset=True), Fault(FaultKind.HANG)])
async def test_nothing_is_left_after_the_end(site: PaperSite, make_hub: MakeHub, fault: Fault | None) -> None:
    hub = make_hub(pinging(settings_of(site)), WATCHFUL)
    before = asyncio.all_tasks()
    async with watching(hub, "beta") as told:
        await settled(site, hub, "beta", told)
        if fault is not None:
            site.add_fault(fault)
            hub.watching("beta").read_soon()
            await eventually(lambda: told.link is not None and told.link.reason)
    await hub.close()
    site.faults.clear()

    def ours() -> set[asyncio.Task[Any]]:
        return {task for task in asyncio.all_tasks() - before if "paper" not in task.get_name() and not served(task)}

    await eventually(lambda: not ours(), 2.0)
    # what nobody fetched the error of is complained about when it is collected
    gc.collect()


def served(task: asyncio.Task[Any]) -> bool:
    """Whether a task belongs to the paper exchange's web server, which lives as long as the site."""
    return "RequestHandler" in repr(task.get_coro())


def reasons(told: Told, since: int = 0) -> list[str]:
    return [update.reason for update in told.updates[since:] if isinstance(update, LinkUpdate)]


async def test_no_secret_is_told_or_logged_whatever_goes_wrong(
    site: PaperSite, make_hub: MakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="core")
    accounts = pinging(settings_of(site))
    hub = make_hub(accounts, WATCHFUL)
    async with watching(hub, "beta") as told:
        await settled(site, hub, "beta", told)
        for kind in (FaultKind.STATUS, FaultKind.REFUSE, FaultKind.MALFORMED, FaultKind.HANG, FaultKind.REVOKE_KEY):
            before = len(told.updates)
            fault = site.add_fault(Fault(kind, account="beta"))
            hub.watching("beta").read_soon()
            await eventually(lambda before=before: any(reasons(told, before)))  # type: ignore[misc]
            site.faults.clear(fault)
            if kind is not FaultKind.REVOKE_KEY:
                await eventually(lambda: told.is_up() and not reasons(told)[-1])
    shown = " ".join([*reasons(told), caplog.text])
    secrets = [secret for row in accounts for secret in row.credentials.values()]
    assert len(set(reasons(told))) >= 4
    assert not any(text in shown for text in (*secrets, "signature=", "listenKey=", "timestamp="))
