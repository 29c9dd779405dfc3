"""Keys, signatures, clocks, rate limits and faults as a client of Bybit meets them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from core.paper.faults import Fault, FaultKind
from core.paper.site import PaperSite
from tests.core.paper.conftest import connecting, unified_spec
from tests.core.paper.test_bybit_orders import SPOT, USDT, account_of, rest

REALTIME = "/v5/order/realtime"
Connect = Callable[..., Any]


async def test_a_wrong_secret_a_wrong_key_and_no_key_are_told_apart(connect_unified: Connect) -> None:
    cases = {"10004": {"secret": "wrong"}, "10003": {"apiKey": "nobody"}}
    for code, config in cases.items():
        ex = connect_unified("flat", **config)
        with pytest.raises(ccxt.AuthenticationError, match=f'"retCode":{code}'):
            await ex.privateGetV5UserQueryApi()
    ex = connect_unified("flat")
    url = f"{ex.urls['api']['public']}/v5/user/query-api"
    ex.sign = lambda *_: {"url": url, "method": "GET", "body": None, "headers": {}}
    with pytest.raises(ccxt.BadRequest, match="apiSignature"):
        await ex.privateGetV5UserQueryApi()


async def test_what_was_signed_is_the_very_query_and_body(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    honest = ex.sign

    def meddled(*args: Any, **kwargs: Any) -> Any:
        signed = honest(*args, **kwargs)
        return signed | {"body": signed["body"] and signed["body"].replace("0.01", "1.00")}

    await ex.load_markets()
    ex.sign = meddled
    with pytest.raises(ccxt.AuthenticationError, match="10004"):
        await ex.create_order(USDT, "limit", "buy", 0.01, 50_000)
    assert account_of(unified).orders == {}


@pytest.mark.parametrize("ahead_s", [30, -30])
async def test_a_clock_that_differs_is_refused_until_the_difference_is_known(
    unified: PaperSite, connect_unified: Connect, ahead_s: float
) -> None:
    ex = connect_unified("flat")
    unified.add_fault(Fault(FaultKind.CLOCK_SKEW, seconds=ahead_s))
    with pytest.raises(ccxt.InvalidNonce, match="recv_window"):
        await ex.privateGetV5UserQueryApi()
    await ex.load_time_difference()
    assert (await ex.privateGetV5UserQueryApi())["retCode"] == 0


async def test_the_kind_of_account_is_asked_for_once_and_before_everything(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex, log = connect_unified("flat"), unified.log
    await ex.load_markets()
    seq = log.total
    await ex.fetch_balance()
    await ex.cancel_all_orders()
    paths = [entry.path for entry in log.since(seq)]
    assert sorted(paths[:2]) == ["/v5/account/info", "/v5/user/query-api"]
    assert paths[2:] == ["/v5/account/wallet-balance", "/v5/order/cancel-all"]
    assert [ex.options[name] for name in ("enableUnifiedMargin", "enableUnifiedAccount", "unifiedMarginStatus")] == [
        False,
        True,
        6,
    ]
    preset = connect_unified("legs", options={"enableUnifiedMargin": False, "enableUnifiedAccount": True})
    await preset.load_markets()
    seq = log.total
    await preset.cancel_all_orders()
    assert [(entry.path, entry.params["settleCoin"]) for entry in log.since(seq)] == [("/v5/order/cancel-all", "USDT")]


async def test_requests_over_the_limit_are_told_so_with_http_200(unified: PaperSite) -> None:
    async with PaperSite(unified_spec(weight_limit=30)) as site, connecting(site) as connect:
        ex = connect("flat")
        await ex.publicGetV5MarketTime()
        limits = {name.lower(): value for name, value in ex.last_response_headers.items()}
        assert (limits["x-bapi-limit"], limits["x-bapi-limit-status"]) == ("30", "29")
        batch = [{"symbol": "BTCUSDT", "orderId": str(number)} for number in range(20)]
        request = {"category": "linear", "request": batch}
        await ex.privatePostV5OrderCancelBatch(request)
        assert ex.last_response_headers["X-Bapi-Limit-Status"] == "9"
        with pytest.raises(ccxt.RateLimitExceeded, match="10006"):
            await ex.privatePostV5OrderCancelBatch(request)
        assert int(ex.last_response_headers["X-Bapi-Limit-Reset-Timestamp"]) > site.clock.now() * 1000
        assert {entry.status for entry in site.log.since(0)} == {200}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=503), ccxt.ExchangeNotAvailable),
        (Fault(FaultKind.REFUSE), ccxt.NetworkError),
        (Fault(FaultKind.BUSY, seconds=7), ccxt.NetworkError),
        (Fault(FaultKind.REVOKE_KEY), ccxt.AuthenticationError),
        (Fault(FaultKind.HANG), ccxt.RequestTimeout),
    ],
)
async def test_a_failing_answer_reaches_the_client_as_its_own_kind_of_error(
    unified: PaperSite, connect_unified: Connect, fault: Fault, error: type[Exception]
) -> None:
    ex = connect_unified("flat")
    await ex.load_markets()
    ex.timeout = 300
    unified.add_fault(fault)
    with pytest.raises(error):
        await ex.fetch_open_orders()
    unified.faults.clear()
    assert await ex.fetch_open_orders() == []


async def test_latency_truncation_staleness_and_broken_json(unified: PaperSite, connect_unified: Connect) -> None:
    ex = connect_unified("flat")
    await ex.load_markets()
    rest(unified, 10)
    unified.add_fault(Fault(FaultKind.LATENCY, path=REALTIME, seconds=0.3, count=1))
    began = time.monotonic()
    assert len(await ex.fetch_open_orders()) == 10
    assert time.monotonic() - began >= 0.3
    # An answer that lists nothing uses no fault up.
    cut = unified.add_fault(Fault(FaultKind.TRUNCATE, keep=4, count=1))
    await ex.publicGetV5MarketTime()
    assert unified.faults.struck(cut) == 0
    assert len(await ex.fetch_open_orders()) == 4
    assert len(await ex.fetch_open_orders()) == 10
    await ex.cancel_all_orders()
    stale = unified.add_fault(Fault(FaultKind.STALE, seconds=0.5))
    assert len(await ex.fetch_open_orders()) in {0, 10}
    unified.faults.clear(stale)
    assert await ex.fetch_open_orders() == []
    unified.add_fault(Fault(FaultKind.MALFORMED, path=REALTIME, count=1))
    # Half a reply is no JSON, which ccxt's own listing takes for an empty one.
    half = await ex.privateGetV5OrderRealtime({"category": "linear", "settleCoin": "USDT"})
    assert isinstance(half, str)
    assert half.startswith('{"retCode"')


async def test_cancels_are_acknowledged_and_not_carried_out_on_request(
    unified: PaperSite, connect_unified: Connect
) -> None:
    ex, account = connect_unified("flat"), account_of(unified)
    orders = [await ex.create_order(symbol, "limit", "buy", 0.01, 50_000) for symbol in (USDT, USDT, SPOT)]
    await ex.create_order("ETH/USDT:USDT", "limit", "buy", 0.1, 2_000)
    unified.add_fault(Fault(FaultKind.IGNORE_CANCELS, symbol="BTC*"))
    assert len(await ex.cancel_all_orders()) == 3
    assert [row.symbol for row in account.open_orders()] == ["BTCUSDT", "BTCUSDT", "BTCUSDT_SPOT"]
    await ex.cancel_order(orders[0]["id"], USDT)
    await ex.cancel_orders([orders[1]["id"]], USDT)
    await ex.cancel_all_orders(None, {"type": "spot"})
    assert len(account.open_orders()) == 3
    unified.faults.clear()
    # Used up by one request, whatever it names.
    unified.add_fault(Fault(FaultKind.IGNORE_CANCELS, count=1))
    await ex.cancel_all_orders()
    assert len(account.open_orders()) == 3
    await ex.cancel_all_orders()
    assert [row.symbol for row in account.open_orders()] == ["BTCUSDT_SPOT"]
