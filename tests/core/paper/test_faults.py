"""Each kind of fault shows the effect that it promises, and ends when it should."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import ccxt
import pytest

from core.clock import ManualClock
from core.errors import PaperError
from core.paper.engine.account import Account
from core.paper.engine.model import Cause
from core.paper.faults import Fault, FaultBoard, FaultKind
from core.paper.site import PaperSite
from tests.core.paper.conftest import quiet_spec
from tests.core.paper.test_ccxt_streams import Connect

BTC = "BTC/USDT:USDT"
TRIGGER = {"trigger": True}


@pytest.fixture
async def ex(connect: Connect) -> Any:
    client = connect("beta")
    await client.load_markets()
    return client


def account(site: PaperSite, name: str = "beta") -> Account:
    return site.venue_of(name).exchange.accounts[name]


async def test_latency_delays_only_the_paths_it_names(site: PaperSite, ex: Any) -> None:
    site.add_fault(Fault(FaultKind.LATENCY, path="/fapi/v1/openOrders", seconds=1.5))
    began = time.monotonic()
    await ex.fetch_balance()
    assert time.monotonic() - began < 1.5
    began = time.monotonic()
    await ex.fetch_open_orders()
    assert time.monotonic() - began >= 1.5


async def test_a_hanging_venue_times_out_and_comes_back_when_cleared(site: PaperSite, ex: Any) -> None:
    fault = site.add_fault(Fault(FaultKind.HANG))
    ex.timeout = 200
    with pytest.raises(ccxt.RequestTimeout):
        await ex.fetch_open_orders()
    ex.timeout = 3000
    waiting = asyncio.ensure_future(ex.fetch_open_orders())
    await asyncio.sleep(0.15)
    assert not waiting.done()
    site.faults.clear(fault)
    assert await waiting == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=503), ccxt.ExchangeNotAvailable),
        (Fault(FaultKind.REFUSE), ccxt.NetworkError),
        (Fault(FaultKind.BUSY, seconds=7), ccxt.NetworkError),
        (Fault(FaultKind.REVOKE_KEY), ccxt.AuthenticationError),
        (Fault(FaultKind.CLOCK_SKEW, seconds=30), ccxt.InvalidNonce),
        (Fault(FaultKind.CLOCK_SKEW, seconds=-30), ccxt.InvalidNonce),
    ],
)
async def test_a_failing_answer_reaches_the_client_as_its_own_kind_of_error(
    site: PaperSite, ex: Any, fault: Fault, error: type[Exception]
) -> None:
    site.add_fault(fault)
    with pytest.raises(error):
        await ex.fetch_open_orders()
    site.faults.clear()
    assert await ex.fetch_open_orders() == []


async def test_busy_says_how_long_to_wait(site: PaperSite) -> None:
    site.add_fault(Fault(FaultKind.BUSY, seconds=7))
    async with aiohttp.ClientSession() as session, session.get(site.venues[0].url + "/fapi/v1/time") as reply:
        assert (reply.status, reply.headers["Retry-After"]) == (429, "7")
        assert (await reply.json())["code"] == -1003


async def test_faults_keep_to_their_account_and_venue(site: PaperSite, connect: Connect) -> None:
    beta, alpha, gamma = connect("beta"), connect("alpha"), connect("gamma")
    for client in (beta, alpha, gamma):
        await client.load_markets()
    site.add_fault(Fault(FaultKind.STATUS, account="beta"))
    assert await alpha.fetch_open_orders() == []
    with pytest.raises(ccxt.ExchangeNotAvailable):
        await beta.fetch_open_orders()
    site.faults.clear()
    site.add_fault(Fault(FaultKind.STATUS, venue="south"))
    assert await beta.fetch_open_orders() == []
    with pytest.raises(ccxt.ExchangeNotAvailable):
        await gamma.fetch_open_orders()


async def test_ignored_cancels_are_acknowledged_and_the_orders_stay(site: PaperSite, ex: Any) -> None:
    order = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000)
    algo = await ex.create_order(BTC, "market", "sell", 0.1, None, {"stopLossPrice": 40_000})
    site.add_fault(Fault(FaultKind.IGNORE_CANCELS, account="beta"))
    assert (await ex.cancel_order(order["id"], BTC))["status"] == "canceled"
    await ex.cancel_order(algo["id"], BTC, TRIGGER)
    await ex.cancel_all_orders(BTC)
    await ex.cancel_all_orders(BTC, TRIGGER)
    assert len(await ex.fetch_open_orders()) == 1
    assert len(await ex.fetch_open_orders(None, None, None, TRIGGER)) == 1
    site.faults.clear()
    await ex.cancel_all_orders(BTC)
    assert account(site).open_orders() == []


async def test_only_the_first_cancels_may_be_ignored_and_only_of_one_symbol(site: PaperSite, ex: Any) -> None:
    doge = "DOGE/USDT:USDT"
    await ex.create_order(BTC, "limit", "buy", 0.1, 50_000)
    await ex.create_order(doge, "limit", "buy", 1000, 0.1)
    site.add_fault(Fault(FaultKind.IGNORE_CANCELS, symbol="BTCUSDT", count=1))
    await ex.cancel_all_orders(doge)
    await ex.cancel_all_orders(BTC)
    assert [row["symbol"] for row in await ex.fetch_open_orders()] == [BTC]
    await ex.cancel_all_orders(BTC)
    assert await ex.fetch_open_orders() == []


async def test_listings_can_be_cut_short(site: PaperSite, ex: Any) -> None:
    for price in (50_000, 50_100, 50_200):
        await ex.create_order(BTC, "limit", "buy", 0.1, price)
    site.add_fault(Fault(FaultKind.TRUNCATE, path="/fapi/v1/openOrders", keep=1))
    assert len(await ex.fetch_open_orders()) == 1
    site.faults.clear()
    assert len(await ex.fetch_open_orders()) == 3


async def test_a_stale_listing_shows_what_rested_before(site: PaperSite, ex: Any) -> None:
    order = await ex.create_order(BTC, "limit", "buy", 0.1, 50_000)
    await asyncio.sleep(0.8)
    site.add_fault(Fault(FaultKind.STALE, seconds=0.7))
    await ex.cancel_order(order["id"], BTC)
    await ex.create_order(BTC, "limit", "buy", 0.1, 50_100)
    shown = await ex.fetch_open_orders()
    assert [(row["id"], row["status"]) for row in shown] == [(order["id"], "open")]
    site.faults.clear()
    assert [row["price"] for row in await ex.fetch_open_orders()] == [50_100]


async def test_a_garbled_answer_is_not_json(site: PaperSite) -> None:
    site.add_fault(Fault(FaultKind.MALFORMED))
    url = site.venues[0].url + "/fapi/v1/exchangeInfo"
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        assert reply.status == 200
        with pytest.raises(ValueError, match=r".+"):
            await reply.json()


class Socket:
    """A user stream of beta, read by hand."""

    def __init__(self, site: PaperSite, session: aiohttp.ClientSession) -> None:
        self._site = site
        self._session = session
        self.socket: aiohttp.ClientWebSocketResponse

    async def open(self) -> None:
        known = account(self._site)
        url = self._site.venue_of("beta").url
        headers = {"X-MBX-APIKEY": known.api_key}
        async with self._session.post(url + "/fapi/v1/listenKey", headers=headers) as reply:
            key = (await reply.json())["listenKey"]
        self.socket = await self._session.ws_connect(f"{url}/private/ws?listenKey={key}", autoping=False)

    async def hear(self, timeout_s: float = 2.0) -> aiohttp.WSMessage:
        return await self.socket.receive(timeout_s)

    def flow(self) -> None:
        exchange = self._site.venue_of("beta").exchange
        exchange.flow(account(self._site), "USDT", 5.0, Cause.DEPOSIT)


@pytest.fixture
async def socket(site: PaperSite) -> AsyncIterator[Socket]:
    async with aiohttp.ClientSession() as session:
        made = Socket(site, session)
        await made.open()
        yield made
        await made.socket.close()


async def test_a_user_stream_speaks_and_answers_pings(socket: Socket) -> None:
    socket.flow()
    assert (await socket.hear()).json()["e"] == "ACCOUNT_UPDATE"
    await socket.socket.ping(b"hello")
    assert await socket.hear() == (aiohttp.WSMsgType.PONG, b"hello", "")


async def test_a_half_open_stream_is_silent_even_to_pings_and_loses_what_it_did_not_say(
    site: PaperSite, socket: Socket
) -> None:
    site.add_fault(Fault(FaultKind.HALF_OPEN, account="beta"))
    socket.flow()
    await socket.socket.ping()
    with pytest.raises(TimeoutError):
        await socket.hear(0.3)
    assert not socket.socket.closed
    site.faults.clear()
    socket.flow()
    heard = (await socket.hear()).json()
    assert heard["a"]["B"][0]["wb"] == "100010.00000000"


@pytest.mark.parametrize("reset", [False, True])
async def test_dropped_streams_end_and_new_ones_are_refused_while_it_lasts(
    site: PaperSite, socket: Socket, reset: bool
) -> None:
    site.add_fault(Fault(FaultKind.DROP_STREAMS, reset=reset, duration_s=60.0))
    heard = await socket.hear()
    closing = {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    assert heard.type in closing
    assert (socket.socket.close_code == 1001) is not reset
    with pytest.raises(aiohttp.ClientError):
        await socket.open()
    site.faults.clear()
    await socket.open()


async def test_a_stream_key_lives_as_long_as_it_is_renewed_and_the_server_pings() -> None:
    spec = quiet_spec(step_s=0.05, listen_key_life_s=0.6, ping_s=0.1)
    async with PaperSite(spec) as site, aiohttp.ClientSession() as session:
        socket = Socket(site, session)
        await socket.open()
        url, headers = site.venue_of("beta").url, {"X-MBX-APIKEY": account(site).api_key}
        heard: list[aiohttp.WSMessage] = []
        for _ in range(3):
            await asyncio.sleep(0.3)
            async with session.put(url + "/fapi/v1/listenKey", headers=headers) as reply:
                assert reply.status == 200
        async with asyncio.timeout(4):
            while not heard or heard[-1].type is not aiohttp.WSMsgType.TEXT:
                heard.append(await socket.hear())
        assert heard[-1].json()["e"] == "listenKeyExpired"
        assert sum(message.type is aiohttp.WSMsgType.PING for message in heard) >= 3
        async with session.put(url + "/fapi/v1/listenKey", headers=headers) as reply:
            assert (await reply.json())["code"] == -1125
        await socket.socket.close()


async def test_an_ended_stream_key_says_so_and_the_stream_goes_deaf(site: PaperSite, socket: Socket) -> None:
    site.add_fault(Fault(FaultKind.EXPIRE_KEYS, account="beta"))
    assert (await socket.hear()).json()["e"] == "listenKeyExpired"
    socket.flow()
    with pytest.raises(TimeoutError):
        await socket.hear(0.2)
    await socket.socket.close()
    await socket.open()
    socket.flow()
    assert (await socket.hear()).json()["e"] == "ACCOUNT_UPDATE"


def test_faults_end_by_their_time_or_their_count() -> None:
    clock = ManualClock()
    board = FaultBoard(clock)
    board.add(Fault(FaultKind.HANG, duration_s=5.0))
    counted = board.add(Fault(FaultKind.STATUS, count=2))
    assert [board.strike(FaultKind.STATUS, "north") is not None for _ in range(3)] == [True, True, False]
    assert not board.is_active(counted)
    clock.advance(4.9)
    assert board.find(FaultKind.HANG, "north")
    clock.advance(0.2)
    assert board.active() == {}


def test_a_fault_strikes_only_where_all_its_patterns_fit() -> None:
    board = FaultBoard(ManualClock())
    fault = Fault(FaultKind.LATENCY, venue="north", account="alpha-*", method="DELETE", path="/fapi/v1/*", seconds=1.0)
    board.add(fault)
    fits = ("north", "alpha-1", "DELETE", "/fapi/v1/order")
    assert board.find(FaultKind.LATENCY, *fits)
    for index, other in enumerate(("south", "beta", "GET", "/fapi/v2/account")):
        where = [other if place == index else value for place, value in enumerate(fits)]
        assert board.find(FaultKind.LATENCY, *where) is None
    assert board.find(FaultKind.HANG, *fits) is None


def test_a_fault_is_read_from_json_with_words_for_what_is_wrong() -> None:
    assert Fault.parse({"kind": "latency", "seconds": 2}) == Fault(FaultKind.LATENCY, seconds=2)
    with pytest.raises(PaperError, match='no fault "gremlin"'):
        Fault.parse({"kind": "gremlin"})
    with pytest.raises(PaperError, match="wings"):
        Fault.parse({"kind": "hang", "wings": 2})
