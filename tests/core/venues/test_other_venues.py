"""Venues that no family knows: they can be spoken to, fail in plain words, and sign nothing that nobody asked for."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import socket
from collections.abc import AsyncIterator

import ccxt.pro
import pytest
from aiohttp import web

from core.clock import SystemClock
from core.domain import Side
from core.errors import VenueError, VenueTimeout, VenueUnreachable
from core.secrets import Credentials
from core.tasks import spawn, stop_all
from core.venues.hub import VenueHub
from core.venues.protocol import Coverage, OrderRequest
from core.venues.settings import AccountSettings
from tests.core.venues.conftest import QUICK, MakeHub, Told, eventually
from tests.loopback import led_to, served

CREDENTIALS = Credentials(
    api_key="an-api-key-of-ours",
    secret="YS1zZWNyZXQtb2Ytb3Vycw==",
    password="a-passphrase-of-ours",
    wallet_address="0x" + "ab" * 20,
    private_key="0x" + "5e" * 32,
)
DECLARED = ["kraken", "okx", "bybit", "kucoin", "deribit"]
APPROVING = ["hyperliquid", "aster"]
# Long enough for ccxt's limiter to let through whatever it would sign.
PATIENT = dataclasses.replace(QUICK, acting_timeout_s=3.0)


@pytest.fixture
def dead_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def an_account(exchange: str, port: int) -> AccountSettings:
    addresses = getattr(ccxt.pro, exchange)().urls["api"]
    return AccountSettings("main", exchange, exchange, CREDENTIALS, {"urls": {"api": led_to(port, addresses)}})


@pytest.mark.parametrize("exchange", ["bitvavo", *DECLARED, *APPROVING])
async def test_a_venue_that_nobody_answers_for_is_unreachable_in_a_sentence(
    exchange: str, dead_port: int, make_hub: MakeHub
) -> None:
    hub = make_hub([an_account(exchange, dead_port)])
    acting = hub.acting("main")
    assert (acting.coverage is Coverage.GENERIC) is (exchange == "bitvavo")
    for call in (acting.list_orders(acting.books[0]), acting.read_positions(), hub.watching("main").check()):
        with pytest.raises(VenueError) as caught:
            await call
        assert isinstance(caught.value, VenueUnreachable | VenueTimeout)
        assert not any(secret in str(caught.value) for secret in CREDENTIALS.values())


async def test_a_generic_feed_tells_that_it_is_down_and_why(dead_port: int, make_hub: MakeHub) -> None:
    hub, told = make_hub([an_account("kraken", dead_port)]), Told()
    task = spawn(hub.watching("main").run(told), name="watching")
    await eventually(told.is_down)
    assert told.link is not None
    assert "cannot be reached" in told.link.reason
    await stop_all([task])


class Listener:
    """A venue that knows nothing and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path} {await request.text()}")
        return web.json_response(
            {"universe": [], "symbols": [], "serverTime": 1_700_000_000_000, "status": "ok", "response": {}}
        )

    def approvals(self) -> list[str]:
        """What was sent that only a signature makes: nobody has ordered anything here."""
        words = ("/exchange ", "approve", "setreferrer", "agent", "builder")
        sent = [line for line in self.asked if not line.startswith("GET ")]
        return [line for line in sent if any(word in line.lower() for word in words)]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    running = Listener()
    async with served(running.answer) as running.port:
        yield running


@pytest.mark.parametrize("exchange", APPROVING)
async def test_nothing_is_signed_that_nobody_asked_for(exchange: str, listener: Listener, rng: random.Random) -> None:
    hub = VenueHub([an_account(exchange, listener.port)], SystemClock(), rng, PATIENT)
    acting = hub.acting("main")
    request = OrderRequest("BTC/USDC:USDC", Side.SELL, 1.0, True, "scm-1")
    # The listener's answers are no market anybody could trade in; only what was sent matters here.
    for call in (acting.prepare(), acting.read_positions(), acting.list_orders(acting.books[0]), acting.place(request)):
        with contextlib.suppress(VenueError):
            await call
    await hub.close()
    assert listener.asked
    assert not listener.approvals()


@pytest.mark.parametrize("exchange", APPROVING)
async def test_ccxt_left_to_itself_would_have_signed(exchange: str, listener: Listener) -> None:
    # The other way round, so that the test above cannot pass for want of an occasion.
    settings = an_account(exchange, listener.port)
    keys = {"walletAddress": CREDENTIALS.wallet_address, "privateKey": CREDENTIALS.private_key}
    bare = getattr(ccxt.pro, exchange)({**keys, **settings.ccxt})
    for call in (bare.load_markets, bare.fetch_positions):
        with contextlib.suppress(Exception):
            if not listener.approvals():
                await call()
    await bare.close()
    assert listener.approvals()
