"""Volume, depth, candles and greeks over the wire: of what is wanted, politely, and never in the way of a mark."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from core.clock import ManualClock, SystemClock
from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from core.tasks import spawn, stop_all
from core.venues.budget import RequestBudget
from core.venues.hub import VenueHub
from core.venues.market_data_feed import BURST_S, SHARE, Share
from core.venues.markets import SharedMarkets
from core.venues.messages import CandlesUpdate, DepthUpdate, GreeksUpdate, MarkUpdate, VolumeUpdate
from core.venues.settings import AccountSettings
from tests.core.venues.conftest import BTC, ETH, QUICK, MakeHub, Told, eventually, settings_of
from tests.core.venues.recorded_venue import CREDENTIALS
from tests.loopback import led_to, served

HASTY = dataclasses.replace(
    QUICK, volume_every_s=0.3, depth_every_s=0.2, candles_every_s=0.3, greeks_every_s=0.2, candles_count=450,
    weight_per_minute=1_000_000,
)  # fmt: skip
ENDPOINT = "binanceusdm"


@contextlib.asynccontextmanager
async def telling(hub: VenueHub, *, marks: bool = False) -> AsyncIterator[Told]:
    told = Told()
    tasks = [spawn(hub.market_data_feed(ENDPOINT).run(told), name="market data")]
    if marks:
        tasks.append(spawn(hub.market_feed(ENDPOINT).run(told), name="marks"))
    try:
        yield told
    finally:
        await stop_all(tasks)


def symbols(told: Told, kind: Any) -> set[str]:
    return {update.symbol for update in told.of(kind)}


@pytest.fixture
def hub(site: PaperSite, make_hub: MakeHub) -> VenueHub:
    return make_hub(settings_of(site), HASTY)


async def test_what_is_wanted_is_told_and_nothing_else(site: PaperSite, hub: VenueHub) -> None:
    hub.want_market_data(ENDPOINT, [BTC])
    async with telling(hub) as told:
        await eventually(lambda: all(symbols(told, kind) for kind in (VolumeUpdate, DepthUpdate, CandlesUpdate)))
        assert {update.symbol for update in told.updates} == {BTC}  # type: ignore[union-attr]
        hub.want_market_data(ENDPOINT, [ETH])
        await eventually(lambda: ETH in symbols(told, DepthUpdate))
        count = len([update for update in told.of(DepthUpdate) if update.symbol == BTC])
        seen = len(told.of(DepthUpdate))
        await eventually(lambda: len(told.of(DepthUpdate)) > seen + 2)
        assert len([update for update in told.of(DepthUpdate) if update.symbol == BTC]) == count
        assert not told.of(GreeksUpdate)


async def test_depth_and_volume_are_the_venues_own(site: PaperSite, hub: VenueHub) -> None:
    site.running = False
    hub.want_market_data(ENDPOINT, [BTC])
    async with telling(hub) as told:
        await eventually(lambda: told.of(DepthUpdate) and told.of(VolumeUpdate))
    depth, volume = told.of(DepthUpdate)[-1], told.of(VolumeUpdate)[-1]
    assert depth.bids == tuple(sorted(depth.bids, reverse=True))
    assert depth.asks == tuple(sorted(depth.asks))
    assert depth.bids[0][0] < depth.asks[0][0]
    market = site.venue_of("alpha").exchange.market
    assert volume.base_volume_day == pytest.approx(market.last_day("BTCUSDT").volume, rel=0.01)


async def test_candles_are_had_once_in_full_and_then_the_new_ones(hub: VenueHub) -> None:
    hub.want_market_data(ENDPOINT, [BTC])
    async with telling(hub) as told:
        await eventually(lambda: sum(len(update.close) for update in told.of(CandlesUpdate)) >= HASTY.candles_count)
        pages = len(told.of(CandlesUpdate))
        await eventually(lambda: len(told.of(CandlesUpdate)) >= pages + 2)
    now_s = SystemClock().now()
    first, later = told.of(CandlesUpdate)[:pages], told.of(CandlesUpdate)[pages:]
    opens = [opened for update in first for opened in update.opens_at_s]
    assert opens == sorted(set(opens))
    assert {after - before for before, after in itertools.pairwise(opens)} == {3600.0}
    assert opens[-1] + 3600.0 <= now_s < opens[-1] + 2 * 3600.0 + 5.0
    assert all(len(update.close) <= 2 for update in later)


async def test_a_call_that_hangs_delays_neither_marks_nor_other_figures(site: PaperSite, hub: VenueHub) -> None:
    hub.want_market_data(ENDPOINT, [BTC])
    site.add_fault(Fault(FaultKind.HANG, path="/fapi/v1/klines"))
    async with telling(hub, marks=True) as told:
        await eventually(lambda: symbols(told, MarkUpdate) >= {BTC, ETH})
        await eventually(lambda: len(told.of(DepthUpdate)) > 2 and told.of(VolumeUpdate))
        before = len(told.of(MarkUpdate))
        await eventually(lambda: len(told.of(MarkUpdate)) > before + 100, 3.0)
        assert not told.of(CandlesUpdate)
        site.faults.clear()
        await eventually(lambda: told.of(CandlesUpdate))


async def test_a_venue_without_depth_leaves_it_unknown_and_says_so_once(
    site: PaperSite, hub: VenueHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "core.venues.market_data_feed")
    site.add_fault(Fault(FaultKind.STATUS, status=404, path="/fapi/v1/depth"))
    hub.want_market_data(ENDPOINT, [BTC])
    async with telling(hub) as told:
        await eventually(lambda: len(told.of(VolumeUpdate)) > 4)
    assert not told.of(DepthUpdate)
    lines = [record.message for record in caplog.records]
    assert len(lines) == 1
    assert lines[0].startswith(f"the depth of {BTC} at {ENDPOINT} is unknown: ")


async def test_what_the_venue_does_not_know_is_not_asked_for(hub: VenueHub, monkeypatch: pytest.MonkeyPatch) -> None:
    reloads = []
    monkeypatch.setattr(SharedMarkets, "met_unknown", lambda self: reloads.append(self.endpoint))
    hub.want_market_data(ENDPOINT, ["NOSUCH/USDT:USDT", BTC])
    hub.want_market_data("nowhere", [BTC])
    async with telling(hub) as told:
        await eventually(lambda: len(told.of(DepthUpdate)) > 3)
    assert symbols(told, DepthUpdate) == {BTC}
    # The catalogue may be older than the listing: it is loaded again, once.
    assert reloads == [ENDPOINT]


async def test_where_marks_come_out_of_tickers_their_volume_comes_along(site: PaperSite, make_hub: MakeHub) -> None:
    tickers_only = {"watchMarkPrices": False, "fetchMarkPrices": False}
    accounts = [dataclasses.replace(row, ccxt={**row.ccxt, "has": tickers_only}) for row in settings_of(site)]
    hub = make_hub(accounts, dataclasses.replace(HASTY, volume_every_s=30.0))
    told, asked = Told(), Told()
    hub.want_market_data(ENDPOINT, [BTC])
    tasks = [
        spawn(hub.market_feed(ENDPOINT).run(told), name="marks"),
        spawn(hub.market_data_feed(ENDPOINT).run(asked), name="market data"),
    ]
    await eventually(lambda: len([mark for mark in told.of(MarkUpdate) if mark.symbol == BTC]) > 5)
    await eventually(lambda: asked.of(DepthUpdate))
    await stop_all(tasks)
    volumes = [update.symbol for update in told.of(VolumeUpdate)]
    assert {BTC, ETH} <= set(volumes)
    assert len(volumes) == len(set(volumes))  # now and then, and not with every ticker
    assert not asked.of(VolumeUpdate)


async def test_nothing_is_connected_before_something_is_wanted(site: PaperSite, hub: VenueHub) -> None:
    async with telling(hub) as told:
        await SystemClock().sleep(0.6)
        assert hub.market_data_feed(ENDPOINT)._ccxt is None
        hub.want_market_data(ENDPOINT, [BTC])
        await eventually(lambda: told.of(DepthUpdate))


async def test_what_comes_back_is_asked_for_again(site: PaperSite, hub: VenueHub) -> None:
    hub.want_market_data(ENDPOINT, [BTC])
    fault = site.add_fault(Fault(FaultKind.STATUS, status=503))
    async with telling(hub) as told:
        await SystemClock().sleep(0.5)
        assert not told.updates
        site.faults.clear(fault)
        await eventually(lambda: all(symbols(told, kind) for kind in (VolumeUpdate, DepthUpdate, CandlesUpdate)))


@pytest.mark.parametrize("limit", [2_400, 600])
async def test_no_more_is_asked_for_than_a_part_of_the_watchings_allowance(limit: int) -> None:
    clock, spent = ManualClock(), 0.0
    share = Share(limit, clock)

    async def ask() -> None:
        nonlocal spent
        while True:
            await share.take(5.0)
            spent += 5.0

    task = spawn(ask(), name="asking")
    for _ in range(6_000):
        clock.advance(0.1)
        await SystemClock().sleep(0)
    await stop_all([task])
    allowed = RequestBudget(limit, clock).limit_per_minute
    assert allowed is not None
    per_s = allowed / 60 * 0.5 * SHARE
    assert spent <= per_s * (600 + BURST_S) + 5.0
    assert spent >= per_s * 600 * 0.9


async def test_a_feed_in_haste_leaves_the_budget_to_the_others(site: PaperSite, make_hub: MakeHub) -> None:
    limit = 2_400
    hub = make_hub(settings_of(site), dataclasses.replace(HASTY, depth_every_s=0.0, weight_per_minute=limit))
    hub.want_market_data(ENDPOINT, [BTC, ETH])
    seconds = 2.0
    async with telling(hub) as told:
        await eventually(lambda: told.of(DepthUpdate))
        await SystemClock().sleep(seconds)
    asked = 2.0 * (len(told.of(DepthUpdate)) + len(told.of(CandlesUpdate)))
    assert 20.0 < asked <= limit / 60 * 0.5 * SHARE * (BURST_S + seconds + 3.0)


# -- options ----------------------------------------------------------------------------------------------------------


async def deribit(request: web.Request) -> web.Response:
    """As much of Deribit as one option needs."""
    method = request.path.rpartition("/")[2]
    if method == "get_currencies":
        return web.json_response({"result": [{"currency": "BTC", "coin_type": "BITCOIN", "fee_precision": 4}]})
    if method == "get_instruments":
        rows: list[dict[str, Any]] = [
            {
                "instrument_name": "BTC-25DEC26-100000-C", "kind": "option", "option_type": "call", "strike": 1e5,
                "base_currency": "BTC", "quote_currency": "BTC", "counter_currency": "USD", "is_active": True,
                "settlement_currency": "BTC", "instrument_type": "reversed", "settlement_period": "month",
                "expiration_timestamp": 1_798_185_600_000, "creation_timestamp": 1, "contract_size": 1.0,
                "tick_size": 0.0005, "min_trade_amount": 0.1, "taker_commission": 0.0003, "maker_commission": 0.0003,
            },
            {
                "instrument_name": "BTC-PERPETUAL", "kind": "future", "settlement_period": "perpetual",
                "base_currency": "BTC", "quote_currency": "USD", "counter_currency": "USD", "is_active": True,
                "settlement_currency": "BTC", "instrument_type": "reversed", "contract_size": 10.0,
                "expiration_timestamp": 32_503_708_800_000, "creation_timestamp": 1, "tick_size": 0.5,
                "min_trade_amount": 10.0, "taker_commission": 0.0005, "maker_commission": 0.0,
            },
        ]  # fmt: skip
        return web.json_response({"result": rows})
    if method == "ticker":
        greeks = {"delta": 0.41, "gamma": 0.00001, "vega": 90.0, "theta": -20.0, "rho": 30.0}
        name = request.query["instrument_name"]
        row = {"instrument_name": name, "greeks": greeks, "underlying_price": 61_000.0, "timestamp": 1, "stats": {}}
        return web.json_response({"result": row})
    if method == "get_order_book":
        levels = {"bids": [[60_000.0, 120_000.0]], "asks": [[60_100.0, 60_100.0]], "timestamp": 1, "change_id": 1}
        return web.json_response({"result": levels})
    return web.json_response({"error": {"code": -32601, "message": "Method not found"}}, status=400)


@pytest.fixture
async def deribit_port() -> AsyncIterator[int]:
    async with served(deribit) as port:
        yield port


async def test_greeks_of_a_held_option_and_the_depth_of_an_inverse_contract(
    deribit_port: int, make_hub: MakeHub
) -> None:
    call, perpetual = "BTC/USD:BTC-261225-100000-C", "BTC/USD:BTC"
    addresses = {"rest": "https://www.deribit.com"}
    settings = {"urls": {"api": led_to(deribit_port, addresses)}, "enableRateLimit": False}
    hub = make_hub([AccountSettings("main", "deribit", "deribit", CREDENTIALS, settings)], HASTY)
    hub.want_market_data("deribit", [call, perpetual])
    told = Told()
    task = spawn(hub.market_data_feed("deribit").run(told), name="market data")
    await eventually(lambda: told.of(GreeksUpdate) and perpetual in symbols(told, DepthUpdate))
    await stop_all([task])
    greeks = told.of(GreeksUpdate)[0]
    assert (greeks.symbol, greeks.delta, greeks.underlying_price) == (call, 0.41, 61_000.0)
    assert symbols(told, GreeksUpdate) == {call}
    depth = next(update for update in told.of(DepthUpdate) if update.symbol == perpetual)
    # Deribit's amounts are dollars: 120,000 of them are two coins at 60,000.
    assert depth.bids == ((60_000.0, pytest.approx(2.0)),)
    assert depth.asks == ((60_100.0, pytest.approx(1.0)),)
