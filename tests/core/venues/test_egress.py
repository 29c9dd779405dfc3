"""By which way an account's requests and streams leave, as a server sees it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from core.clock import SystemClock
from core.errors import VenueError
from core.paper.site import PaperSite
from core.secrets import Credentials
from core.tasks import spawn, stop_all
from core.venues.connect import Wires, dispose
from core.venues.families import family_of
from core.venues.hub import VenueHub
from core.venues.settings import AccountSettings, Egress
from tests.core.venues.conftest import QUICK, Told, eventually, settings_of
from tests.loopback import served

USUAL = Egress()
LINE_2, LINE_3 = Egress("line-2", address="127.0.0.2"), Egress("line-3", address="127.0.0.3")


@pytest.fixture
async def seen(site: PaperSite) -> list[tuple[str, str]]:
    """(remote address, path) of every request and stream that reaches the first venue."""
    found: list[tuple[str, str]] = []
    server = site.venues[0].server
    handle, stream = server._read, server._handle_stream

    async def read(request: web.Request) -> Any:
        found.append((request.remote or "", request.path))
        return await handle(request)

    async def handle_stream(request: web.Request) -> web.StreamResponse:
        found.append((request.remote or "", request.path))
        return await stream(request)

    server._read, server._handle_stream = read, handle_stream  # type: ignore[method-assign]
    return found


def hub_over(site: PaperSite, egress: Callable[[str], Egress]) -> VenueHub:
    rows = [replace(row, egress=egress(row.account)) for row in settings_of(site)]
    return VenueHub(rows, SystemClock(), random.Random(1), QUICK)


async def test_requests_and_streams_of_an_account_leave_by_its_address(
    site: PaperSite, seen: list[tuple[str, str]]
) -> None:
    hub = hub_over(site, lambda name: {"alpha": LINE_2, "beta": LINE_3}.get(name, Egress()))
    told = Told()
    try:
        for name in ("alpha", "beta"):
            await hub.acting(name).prepare()
            await hub.acting(name).list_orders("regular")
        listings = [remote for remote, path in seen if path.endswith("/openOrders")]
        assert listings == ["127.0.0.2", "127.0.0.3"]
        watching = spawn(hub.watching("beta").run(told), name="watch")
        try:
            await eventually(told.is_up)
        finally:
            await stop_all([watching])
        streams = {remote for remote, path in seen if "ws" in path}
        assert streams == {"127.0.0.3"}
    finally:
        await hub.close()


async def test_acting_accounts_behind_one_address_take_their_connections_from_one_pool(site: PaperSite) -> None:
    peers: list[str] = []
    server = site.venues[0].server
    handle = server._read

    async def read(request: web.Request) -> Any:
        peers.append(str(request.transport.get_extra_info("peername") if request.transport else ""))
        return await handle(request)

    hub = hub_over(site, lambda _: Egress())
    try:
        for name in ("alpha", "beta"):
            await hub.acting(name).prepare()
        server._read = read  # type: ignore[method-assign]
        for _ in range(3):
            for name in ("alpha", "beta"):
                await hub.acting(name).list_orders("regular")
        assert len(peers) == 6
        assert len(set(peers)) == 1
        await hub.acting("alpha").close()
        await hub.acting("beta").list_orders("regular")
        assert len(set(peers)) == 1
    finally:
        await hub.close()


async def test_a_venue_counts_each_address_by_itself_and_so_do_we(site: PaperSite) -> None:
    hub = hub_over(site, lambda name: LINE_2 if name == "alpha" else Egress())
    try:
        assert hub.endpoint_of("alpha") == hub.endpoint_of("beta")
        assert hub.budget("alpha") is not hub.budget("beta")
        await hub.acting("alpha").prepare()
        await hub.acting("beta").prepare()
        meter, now_s = site.venues[0].server.meter, site.clock.now()
        before = meter.used("127.0.0.1", now_s)
        await hub.acting("alpha").list_orders("regular")
        await hub.acting("alpha").list_orders("trigger")
        assert meter.used("127.0.0.2", now_s) >= 80
        assert meter.used("127.0.0.1", now_s) == before
        assert hub.budget("alpha").used >= 80
        assert hub.budget("beta").used < 80
    finally:
        await hub.close()


async def test_the_time_is_asked_once_for_all_accounts_behind_one_address(
    site: PaperSite, seen: list[tuple[str, str]]
) -> None:
    hub = hub_over(site, lambda _: LINE_2)
    try:
        for name in ("alpha", "beta"):
            await hub.acting(name).prepare()
            await hub.acting(name).list_orders("regular")
        assert len([path for _, path in seen if path.endswith("/time")]) == 1
        assert hub.acting("beta")._ccxt.options["timeDifference"] == hub.acting("alpha")._ccxt.options["timeDifference"]
    finally:
        await hub.close()


async def test_accounts_behind_one_address_share_a_budget_whatever_else_they_tell_ccxt() -> None:
    def account(name: str, egress: Egress = USUAL, **ccxt: Any) -> AccountSettings:
        return AccountSettings(name, "north", "binanceusdm", Credentials("key", "secret"), ccxt, egress)

    hub = VenueHub(
        [
            account("a"),
            account("b", timeout=5_000),
            account("c", egress=LINE_2),
            account("d", egress=Egress("also-2", address="127.0.0.2")),
            account("e", urls={"api": "http://127.0.0.1:1"}),
        ],
        SystemClock(),
        random.Random(1),
    )
    assert hub.budget("a") is hub.budget("b")
    assert hub.budget("c") is hub.budget("d")
    assert len({id(hub.budget(name)) for name in "ace"}) == 3
    assert hub.listing_pace_s("a") == hub.listing_pace_s("c") == pytest.approx(2 * 81 / 20)


@pytest.mark.parametrize("kind", ["an address that is not there", "a proxy that hangs"])
async def test_a_way_out_that_is_dead_costs_its_own_accounts_and_no_other(site: PaperSite, kind: str) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60.0)
        return web.Response()

    async with served(hang) as port:
        dead = Egress("gone", address="192.0.2.7" if "address" in kind else "", proxy=f"http://127.0.0.1:{port}")
        hub = hub_over(site, lambda name: dead if name == "alpha" else LINE_2)
        listed: list[str] = []
        try:
            with contextlib.suppress(VenueError):
                listed.append((await hub.acting("alpha").list_orders("regular")).account)
            for _ in range(20):  # loading takes longer than the short deadline of these tests
                with contextlib.suppress(VenueError):
                    listed.append((await hub.acting("beta").list_orders("regular")).account)
                    break
            with pytest.raises(VenueError):
                await hub.acting("alpha").list_orders("regular")
            assert listed == ["beta"]
        finally:
            await hub.close()


async def test_requests_of_an_account_with_a_proxy_go_through_it() -> None:
    asked: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        asked.append(str(request.url))
        return web.json_response({"serverTime": 1_700_000_000_000})

    async with served(proxy) as port:
        through = Egress("tunnel", proxy=f"http://127.0.0.1:{port}")
        ccxt = {"urls": {"api": {"fapiPublic": "http://venue.invalid/fapi/v1"}}, "httpsProxy": "http://127.0.0.1:9"}
        settings = AccountSettings("a", "north", "binanceusdm", Credentials("key", "secret"), ccxt, through)
        wires = Wires()
        exchange, session = await wires.build(settings, family_of("binanceusdm"), acting=True)
        try:
            assert await exchange.fetch_time() == 1_700_000_000_000
            assert asked == ["http://venue.invalid/fapi/v1/time"]
            assert exchange.check_ws_proxy_settings()[0] == through.proxy
        finally:
            await dispose(exchange, session)
            await wires.close()
