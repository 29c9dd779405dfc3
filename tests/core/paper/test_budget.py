"""Request weights: what calls cost, when the venue says stop, and what the log remembers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import ccxt
import pytest

from core.clock import ManualClock
from core.paper.budget import REJECTIONS_BEFORE_BAN, LogEntry, RequestLog, WeightMeter
from core.paper.site import PaperSite
from tests.core.paper.conftest import client_of, quiet_spec

MINUTE = 1_700_000_040.0
"""A wall time at which a minute begins."""


def test_the_window_is_the_wall_clocks_minute() -> None:
    meter = WeightMeter(100)
    assert meter.charge("a", 60, MINUTE + 50).allowed
    refused = meter.charge("a", 60, MINUTE + 55.5)
    assert (refused.allowed, refused.retry_after_s, refused.used) == (False, 5, 120)
    assert meter.charge("a", 60, MINUTE + 60).used == 60


def test_addresses_do_not_share_a_budget() -> None:
    meter = WeightMeter(100)
    meter.charge("a", 100, MINUTE)
    assert not meter.charge("a", 1, MINUTE).allowed
    assert meter.charge("b", 100, MINUTE).allowed
    assert (meter.used("a", MINUTE), meter.used("b", MINUTE), meter.used("c", MINUTE)) == (101, 100, 0)


def test_going_on_regardless_ends_in_a_ban_that_outlasts_the_minute() -> None:
    meter = WeightMeter(1)
    charges = [meter.charge("a", 1, MINUTE) for _ in range(REJECTIONS_BEFORE_BAN + 2)]
    assert not charges[-2].banned
    assert charges[-1].banned
    assert meter.charge("a", 1, MINUTE + 100).banned
    assert meter.charge("a", 1, MINUTE + 121).allowed


def test_the_log_keeps_its_last_rows_and_counts_all() -> None:
    log = RequestLog(size=3)
    for _ in range(5):
        log.add(LogEntry(log.next_seq(), "north", 0.0, 0.0, "", "GET", "/x", {}, 1, 200, 0.0))
    assert [entry.seq for entry in log.since(0)] == [3, 4, 5]
    assert [entry.seq for entry in log.since(4)] == [5]
    assert (log.total, log.counts["GET", "/x", "200"]) == (5, 5)


@pytest.fixture
async def tight() -> AsyncIterator[PaperSite]:
    async with PaperSite(quiet_spec(weight_limit=100)) as site:
        yield site


@pytest.fixture
async def frozen() -> AsyncIterator[PaperSite]:
    """On a clock that stands still, so that no minute ends during a test."""
    async with PaperSite(quiet_spec(weight_limit=100), ManualClock(MINUTE)) as site:
        yield site


async def test_the_limit_is_advertised_counted_in_a_header_and_enforced(frozen: PaperSite) -> None:
    url = frozen.venues[0].url
    async with aiohttp.ClientSession() as session:
        async with session.get(url + "/fapi/v1/exchangeInfo") as reply:
            limits = (await reply.json())["rateLimits"]
            assert limits[0] == {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": 100,
            }
        used = []
        for _ in range(3):
            async with session.get(url + "/fapi/v1/ticker/24hr") as reply:
                used.append((reply.status, int(reply.headers["X-MBX-USED-WEIGHT-1M"])))
        assert [row[0] for row in used] == [200, 200, 429]
        assert [later[1] - earlier[1] for earlier, later in itertools.pairwise(used)] == [40, 40]
        assert reply.headers["Retry-After"] == "60"
        # The other venue is another host with a budget of its own.
        async with session.get(frozen.venues[1].url + "/fapi/v1/ticker/24hr") as reply:
            assert reply.status == 200


@pytest.mark.parametrize(
    ("weight", "call"),
    [
        (40, lambda ex: ex.fetch_open_orders()),
        (1, lambda ex: ex.fetch_open_orders("BTC/USDT:USDT")),
        (40, lambda ex: ex.fetch_open_orders(None, None, None, {"trigger": True})),
        (1, lambda ex: ex.cancel_all_orders("BTC/USDT:USDT")),
        (1, lambda ex: ex.cancel_all_orders("BTC/USDT:USDT", {"trigger": True})),
        (5, lambda ex: ex.fetch_balance()),
        (5, lambda ex: ex.fapiPrivateV3GetPositionRisk()),
        (5, lambda ex: ex.fetch_my_trades("BTC/USDT:USDT")),
        (30, lambda ex: ex.fetch_ledger()),
        (1, lambda ex: ex.create_order("BTC/USDT:USDT", "limit", "buy", 0.1, 50_000)),
        (1, lambda ex: ex.fapiPrivatePostListenKey()),
        (1, lambda ex: ex.fetch_time()),
    ],
)
async def test_calls_cost_what_the_real_venue_asks(
    site: PaperSite, connect: Callable[..., Any], weight: int, call: Callable[[Any], Any]
) -> None:
    ex = connect("beta")
    await ex.load_markets()
    before = site.log.total
    await call(ex)
    assert [entry.weight for entry in site.log.since(before)] == [weight]


async def test_ccxt_meets_the_limit_as_an_error_and_the_log_says_so(tight: PaperSite) -> None:
    ex = client_of(tight, "beta")
    try:
        await ex.load_markets()
        # A minute may begin in between: then the budget is fresh once.
        answers = await asyncio.gather(*(ex.fetch_open_orders() for _ in range(6)), return_exceptions=True)
        assert any(isinstance(answer, ccxt.RateLimitExceeded | ccxt.DDoSProtection) for answer in answers)
    finally:
        await ex.close()
    last = tight.log.since(0)[-1]
    assert (last.account, last.path, last.status, last.weight) == ("beta", "/fapi/v1/openOrders", 429, 40)
    assert "signature" not in last.params
    assert "timestamp" in last.params
