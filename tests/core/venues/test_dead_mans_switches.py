"""Dead-man's switches through the real adapter, at exchanges that really count down: OKX's account, Bybit's stream."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import pytest

from core.clock import ManualClock
from core.domain import Side
from core.errors import VenueBusy, VenueError, VenueRefused
from core.paper.engine.model import OrderKind, OrderRequest, TriggerKind, TriggerRequest
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.venues.budget import RequestBudget
from core.venues.plans.deadman import Stream
from core.venues.switch_stream import SwitchStream
from core.venues.timers import Timers
from tests.core.paper.conftest import okx_spec, unified_spec
from tests.core.venues.conftest import QUICK, MakeHub, eventually, paper_account, settings_of

PATIENT = dataclasses.replace(QUICK, acting_timeout_s=4.0, call_timeout_s=4.0)
BTC = "BTC/USDT:USDT"


@pytest.fixture
async def okx() -> AsyncIterator[PaperSite]:
    async with PaperSite(okx_spec(step_s=0.05, mark_period_s=0.1, weight_limit=240_000)) as running:
        yield running


@pytest.fixture
async def bybit() -> AsyncIterator[PaperSite]:
    async with PaperSite(unified_spec()) as running:
        yield running


def rest(site: PaperSite, name: str, symbol: str) -> None:
    """An order and a stop far away."""
    account, exchange = paper_account(site, name), site.venue_of(name).exchange
    leg = account.legs_of(symbol)[0]
    exchange.place(account, OrderRequest(symbol, Side.BUY, OrderKind.LIMIT, 1.0, 50_000.0, client_id="mm", leg=leg))
    exchange.place_trigger(
        account, TriggerRequest(symbol, Side.SELL, TriggerKind.STOP_MARKET, 40_000.0, 1.0, leg=leg, tag="conditional")
    )


def let_time_pass(site: PaperSite, name: str, seconds: float) -> None:
    """At the venue alone."""
    exchange = site.venue_of(name).exchange
    now = exchange.now
    exchange.now = lambda: now() + seconds
    exchange.match()
    exchange.now = now


def resting(site: PaperSite, name: str) -> tuple[int, int]:
    account = paper_account(site, name)
    return len(account.open_orders()), len(account.open_triggers())


async def test_okx_counts_down_for_the_account_and_says_for_how_long(okx: PaperSite, make_hub: MakeHub) -> None:
    rest(okx, "two", "BTC-USDT-SWAP")
    okx.running = False
    timers = make_hub(settings_of(okx), PATIENT).acting("two").timers
    assert timers.names([BTC]) == ("account",)
    assert await timers.arm("account", 20) == pytest.approx(20.0)
    let_time_pass(okx, "two", 15.0)
    assert resting(okx, "two") == (1, 1)
    assert await timers.disarm("account")
    let_time_pass(okx, "two", 25.0)
    assert resting(okx, "two") == (1, 1)
    await timers.arm("account", 20)
    let_time_pass(okx, "two", 21.0)
    assert resting(okx, "two") == (0, 1)


async def test_a_venue_that_is_busy_says_when_it_may_be_asked_again(okx: PaperSite, make_hub: MakeHub) -> None:
    acting = make_hub(settings_of(okx), PATIENT).acting("two")
    await acting.prepare()
    okx.add_fault(Fault(FaultKind.BUSY, path="*cancel-all-after*", seconds=7.0))
    with pytest.raises(VenueBusy) as raised:
        await acting.timers.arm("account", 20)
    assert raised.value.retry_after_s == 7.0


async def test_a_renewal_finds_room_beside_the_stops_reserve_or_says_that_there_is_none(
    okx: PaperSite, make_hub: MakeHub
) -> None:
    acting = make_hub(settings_of(okx), PATIENT).acting("two")
    await acting.prepare()
    budget = RequestBudget(100, ManualClock())
    timers = Timers(acting._plan, lambda request, _: request(), lambda: acting._ccxt, budget)
    assert await timers.room("account", 0.0)
    assert budget.used == 1.0
    budget.spend(48.5)
    assert not await timers.room("account", 0.05)
    assert budget.used == 49.5


async def test_bybit_counts_from_the_moment_that_our_stream_is_gone(bybit: PaperSite, make_hub: MakeHub) -> None:
    rest(bybit, "uta", "BTCUSDT")
    bybit.running = False
    hub = make_hub(settings_of(bybit), PATIENT)
    timers = hub.acting("uta").timers
    await hub.acting("uta").prepare()
    (name,) = timers.names([BTC])
    granted = await timers.arm(name, 60)
    assert granted is not None
    assert 55.0 < granted <= 60.0
    let_time_pass(bybit, "uta", 300.0)
    assert resting(bybit, "uta") == (1, 1), "the stream is open"
    assert await timers.disarm(name) is False
    await hub.acting("uta").close()
    await eventually(lambda: bybit.venue_of("uta").server.hub.connections == 0)
    let_time_pass(bybit, "uta", 55.0)
    assert resting(bybit, "uta") == (1, 1)
    let_time_pass(bybit, "uta", 61.0)
    assert resting(bybit, "uta") == (0, 1)


async def test_a_stream_that_broke_is_opened_again_with_the_next_renewal(bybit: PaperSite, make_hub: MakeHub) -> None:
    rest(bybit, "uta", "BTCUSDT")
    bybit.running = False
    acting = make_hub(settings_of(bybit), PATIENT).acting("uta")
    await acting.prepare()
    await acting.timers.arm("derivatives", 60)
    breaking = bybit.add_fault(Fault(FaultKind.DROP_STREAMS, duration_s=30.0))
    await eventually(lambda: bybit.venue_of("uta").server.hub.connections == 0)
    await eventually(lambda: all(client.closed() for client in acting._ccxt.clients.values()))
    with pytest.raises(VenueError):
        await acting.timers.arm("derivatives", 60)
    bybit.faults.clear(breaking)
    await acting.timers.arm("derivatives", 60)
    let_time_pass(bybit, "uta", 300.0)
    assert resting(bybit, "uta") == (1, 1)


async def test_what_is_refused_on_the_stream_is_an_error_and_not_an_armed_switch(
    bybit: PaperSite, make_hub: MakeHub
) -> None:
    acting = make_hub(settings_of(bybit), PATIENT).acting("uta")
    await acting.prepare()
    how = Stream(("api", "ws", "private", "contract"), {"op": "subscribe", "req_id": "{id}", "args": ["dcp.nothing"]},
                 login_takes_address=True, id_key="req_id", numbers=False, granted="success")  # fmt: skip
    with pytest.raises(VenueRefused, match="handler not found"):
        await SwitchStream(acting._ccxt, how).hold("nothing", how.arm)
